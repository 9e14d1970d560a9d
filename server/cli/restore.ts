import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { KeyringError, keyFingerprintsOf } from '../../auth/index.js';
import {
  backupNote,
  makeRestored,
  readMeta,
  requireWhole,
  StorageDamagedError,
} from '../../storage/index.js';
import type { BackupNote, Database } from '../../storage/index.js';
import { migrate, NewerDatabaseError, refuseNewer } from '../../storage/migrations/index.js';
import { openSqlite } from '../../storage/sqlite/index.js';
import { NotEmptyError, transfer, TransferError } from '../../storage/transfer.js';
import { loadConfig } from '../config.js';
import type { Config } from '../config.js';
import { openDatabase } from '../core.js';
import { DataError } from '../failures.js';
import { requireClosed, syncToDisk } from './backup.js';
import { passphraseFrom } from './password-input.js';
import { ProgressBar } from './progress-bar.js';
import { unsealKey } from './sealed-key.js';
import { print } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface RestoreOptions extends OutputOptions {
  readonly passphraseFile?: string;
}

/**
 * `latchkey restore`: makes a backup the database of the configuration, which must not be there yet (a file), or be empty
 * (PostgreSQL). The server is stopped meanwhile. Devices have to sync anew.
 */
export function restoreCommand(program: Command, shell: Shell): void {
  program
    .command('restore')
    .description('Make a backup the database of this configuration; stop the server first')
    .argument('<file>', 'as `latchkey backup` wrote it')
    .option('--passphrase-file <file>', 'the passphrase of a key that is inside; - for standard input')
    .option('--json', 'answer with JSON')
    .action(async (name: string, options: RestoreOptions) => {
      const config = loadConfig(shell.environment);
      const target = config.database;
      const file = resolve(name);
      if (!existsSync(file)) throw new DataError(`There is no file ${file}.`);
      await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
      if (target.kind === 'sqlite') {
        await mkdir(dirname(target.path), { recursive: true, mode: 0o700 });
        await refuseExisting(target.path);
      }
      const copy =
        target.kind === 'sqlite' ? `${target.path}.restoring` : join(config.dataDir, 'restoring.sqlite');
      const remove = async (): Promise<void> => {
        for (const end of ['', '-wal', '-shm', '-reserve']) await rm(`${copy}${end}`, { force: true });
      };
      await remove();
      try {
        await copyFile(file, copy);
        // Whatever the rights of the backup are.
        await chmod(copy, 0o600);
        const { note, lost } = await prepare(shell, copy, config, options);
        if (target.kind === 'sqlite') {
          await requireClosed(copy);
          await syncToDisk(copy);
          await refuseExisting(target.path);
          await rename(copy, target.path);
          await syncToDisk(dirname(target.path));
        } else await moveInto(shell, copy, config);
        const text = [`Restored what was there at ${note.madeAt}.`, 'Every device syncs anew.', ...lost].join(
          ' ',
        );
        print(shell, options, { madeAt: note.madeAt, version: note.version, key: lost.length === 0 }, text);
      } finally {
        await remove();
      }
    });
}

/**
 * A log of another database would be taken for that of the restored one, and is not removed: it can hold what the file that
 * was moved away has not got yet, as after `kill -9`.
 */
async function refuseExisting(path: string): Promise<void> {
  if (existsSync(path)) throw new DataError(`There is a database already: move ${path} away first.`);
  const log = await stat(`${path}-wal`).catch(() => undefined);
  if (log !== undefined && log.size > 0)
    throw new DataError(
      `There is ${path}-wal, the log of a database that was here: move it away first, beside that database, which it belongs to.`,
    );
  await rm(`${path}-shm`, { force: true });
}

interface Prepared {
  readonly note: BackupNote;
  /** What will not work, in sentences; nothing where the key is there. */
  readonly lost: readonly string[];
}

/** Works on the copy: the backup itself stays as it is. */
async function prepare(
  shell: Shell,
  copy: string,
  config: Config,
  options: RestoreOptions,
): Promise<Prepared> {
  const database = await opened(copy);
  try {
    const { note, fingerprint } = await noted(database);
    await refuseUnusable(shell, database, note);
    await migrate(database);
    const lost = await putKey(note, fingerprint, config, options);
    await database.write((writer) => makeRestored(writer, Date.now()));
    return { note, lost };
  } finally {
    await database.close();
  }
}

/** @throws DataError for a backup of a newer version, and for one that is not as it was made */
async function refuseUnusable(shell: Shell, database: Database, note: BackupNote): Promise<void> {
  try {
    await refuseNewer(database);
    const bar = new ProgressBar(shell.terminal);
    await requireWhole(database, note, (progress) => bar.show(progress));
  } catch (error) {
    if (error instanceof NewerDatabaseError)
      throw new DataError(
        `The backup was made by Latchkey ${note.version}, which is newer: restore it with that version.`,
        { cause: error },
      );
    if (error instanceof StorageDamagedError) throw damaged(error);
    throw error;
  }
}

const damaged = (cause: unknown): DataError =>
  new DataError('The backup is damaged or was changed: nothing was restored.', { cause });

/** @throws DataError for a file without a note, or without the table that it stands in */
async function noted(database: Database): Promise<{ note: BackupNote; fingerprint: string | undefined }> {
  try {
    return await database.read(async (reader) => {
      const note = await backupNote(reader);
      if (note === undefined) throw noBackup();
      return { note, fingerprint: await readMeta(reader, 'key_fingerprint') };
    });
  } catch (error) {
    throw error instanceof StorageDamagedError ? damaged(error) : noBackup(error);
  }
}

const noBackup = (cause?: unknown): DataError =>
  new DataError('This file is no backup of `latchkey backup`.', { cause });

async function opened(file: string): Promise<Database> {
  try {
    return await openSqlite({ file });
  } catch (error) {
    throw noBackup(error);
  }
}

/** Sees to the server key, and answers what will not work without it. @throws DataError */
async function putKey(
  { key }: BackupNote,
  fingerprint: string | undefined,
  { secretFile }: Config,
  { passphraseFile }: RestoreOptions,
): Promise<readonly string[]> {
  if (existsSync(secretFile)) {
    const known = await keyFingerprintsOf(secretFile);
    if (fingerprint !== undefined && !known.includes(fingerprint))
      throw new DataError(
        `The server key ${secretFile} is not the one of the backup: move it away, and put the right one there.`,
      );
    return [];
  }
  if (key !== null) {
    const content = await unsealKey(key, await passphraseFrom(passphraseFile, false));
    await mkdir(dirname(secretFile), { recursive: true, mode: 0o700 });
    const unfinished = `${secretFile}.restoring`;
    await writeFile(unfinished, content, { mode: 0o600 });
    if (fingerprint !== undefined && !(await fingerprintsIn(unfinished)).includes(fingerprint)) {
      await rm(unfinished, { force: true });
      throw new DataError(
        `The server key in the backup is not the one of its database: put the right one at ${secretFile}.`,
      );
    }
    await syncToDisk(unfinished);
    await rename(unfinished, secretFile);
    await syncToDisk(dirname(secretFile));
    return [];
  }
  return [
    `The server key is not in the backup and not at ${secretFile}: put it there, or no server starts.`,
    'Without it no login password, no authenticator app, no recovery code and no app password works.',
  ];
}

/** None where it is no key at all. */
const fingerprintsIn = (file: string): Promise<readonly string[]> =>
  keyFingerprintsOf(file).catch((error: unknown) => {
    if (error instanceof KeyringError) return [];
    throw error;
  });

async function moveInto(shell: Shell, copy: string, config: Config): Promise<void> {
  const bar = new ProgressBar(shell.terminal);
  const from = await openSqlite({ file: copy });
  try {
    const to = await openDatabase(config);
    try {
      await migrate(to);
      await transfer(from, to, (progress) => bar.show(progress));
    } finally {
      await to.close();
    }
  } catch (error) {
    if (error instanceof NotEmptyError || error instanceof TransferError)
      throw new DataError(error.message, { cause: error });
    throw error;
  } finally {
    await from.close();
  }
}
