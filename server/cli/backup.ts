import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { keyFingerprintsOf } from '../../auth/index.js';
import { backUp, readMeta, StorageFullError } from '../../storage/index.js';
import type { Database } from '../../storage/index.js';
import { migrate } from '../../storage/migrations/index.js';
import { openSqlite } from '../../storage/sqlite/index.js';
import { TransferError } from '../../storage/transfer.js';
import { loadConfig } from '../config.js';
import { openDatabase } from '../core.js';
import { DataError } from '../failures.js';
import { readVersion } from '../version.js';
import { passphraseFrom } from './password-input.js';
import { ProgressBar } from './progress-bar.js';
import { sealKey } from './sealed-key.js';
import { print, refuseMissing } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface BackupOptions extends OutputOptions {
  readonly withKey?: true;
  readonly passphraseFile?: string;
}

/** `latchkey backup`: everything at one moment, in one file, while the server runs. The file appears when it is whole. */
export function backupCommand(program: Command, shell: Shell): void {
  program
    .command('backup')
    .description('Write everything into one file, as it is at this moment; the server may run')
    .argument('<file>', 'a file that is not there yet')
    .option(
      '--with-key',
      'with the server key inside, encrypted by a passphrase; otherwise keep a copy of it elsewhere',
    )
    .option('--passphrase-file <file>', 'the passphrase of --with-key; - for standard input')
    .option('--json', 'answer with JSON')
    .action(async (name: string, options: BackupOptions) => {
      const file = resolve(name);
      if (existsSync(file)) throw new DataError(`There is a file ${file} already.`);
      if (!existsSync(dirname(file))) throw new DataError(`There is no folder ${dirname(file)}.`);
      const config = loadConfig(shell.environment);
      refuseMissing(config);
      const passphrase =
        options.withKey === true ? await passphraseFrom(options.passphraseFile, true) : undefined;
      const from = await openDatabase(config);
      try {
        const key = passphrase === undefined ? null : await sealedKey(from, config.secretFile, passphrase);
        const note = { madeAt: new Date().toISOString(), version: readVersion(), key };
        const rows = await writeFileOf(from, file, (to) => {
          const bar = new ProgressBar(shell.terminal);
          return backUp(from, to, note, (progress) => bar.show(progress));
        });
        const objects = rows.get('object') ?? 0;
        const inside =
          key === null
            ? 'The server key is not inside: keep a copy of it apart.'
            : 'The server key is inside.';
        const text = `Wrote ${file}: ${rows.get('account') ?? 0} accounts, ${objects} objects. ${inside}`;
        print(shell, options, { file, ...note, key: key !== null, rows: Object.fromEntries(rows) }, text);
      } finally {
        await from.close();
      }
    });
}

/** @throws DataError where the file is not the key of the database: nobody would see it before a restore */
async function sealedKey(from: Database, secretFile: string, passphrase: string): Promise<string> {
  const known = await from.read((reader) => readMeta(reader, 'key_fingerprint'));
  const fingerprints = await keyFingerprintsOf(secretFile);
  if (known !== undefined && !fingerprints.includes(known))
    throw new DataError(`${secretFile} does not hold the server key that this database was made with.`);
  return sealKey(await readFile(secretFile), passphrase);
}

/** Under another name until everything is there and on the disk, so that half a backup is never taken for a whole one. */
async function writeFileOf<Result>(
  from: Database,
  file: string,
  write: (to: Database) => Promise<Result>,
): Promise<Result> {
  const unfinished = `${file}.unfinished`;
  const remove = async (): Promise<void> => {
    for (const end of ['', '-wal', '-shm', '-reserve']) await rm(`${unfinished}${end}`, { force: true });
  };
  await remove();
  try {
    // Brought up to date first: a backup has the tables of the program that makes it.
    await migrate(from);
    const to = await openSqlite({ file: unfinished });
    let result: Result;
    try {
      await migrate(to);
      result = await write(to);
    } finally {
      await to.close();
    }
    await requireClosed(unfinished);
    await chmod(unfinished, 0o600);
    await syncToDisk(unfinished);
    await rename(unfinished, file);
    await syncToDisk(dirname(file));
    await remove();
    return result;
  } catch (error) {
    await remove();
    if (error instanceof TransferError) throw new DataError(error.message, { cause: error });
    throw error;
  }
}

/**
 * Everything is in the file itself: SQLite says nothing where it could not carry its log over at the end, as on a full disk.
 * @throws StorageFullError
 */
export async function requireClosed(file: string): Promise<void> {
  const log = await stat(`${file}-wal`).catch(() => undefined);
  if (log !== undefined && log.size > 0)
    throw new StorageFullError(`What was written could not be carried over into ${file}.`);
}

/** A file's bytes, or the names in a folder. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
