import type { Command } from 'commander';
import type { Database } from '../../storage/index.js';
import { migrate } from '../../storage/migrations/index.js';
import { NotEmptyError, transfer, TransferError } from '../../storage/transfer.js';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../config.js';
import { openDatabase } from '../core.js';
import { DataError } from '../failures.js';
import { databaseUrl } from '../setting-kinds.js';
import { ProgressBar } from './progress-bar.js';
import { print, UsageError } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface TransferOptions extends OutputOptions {
  readonly from: string;
  readonly to: string;
}

/** `latchkey transfer`: moves a whole server from one database to another. The server is stopped meanwhile. */
export function transferDatabase(program: Command, shell: Shell): void {
  program
    .command('transfer')
    .description('Move everything to another database; stop the server first')
    .requiredOption('--from <url>', 'where it is: sqlite:PATH or postgres://…')
    .requiredOption('--to <url>', 'an empty database that it goes to')
    .option('--json', 'answer with JSON')
    .action(async (options: TransferOptions) => {
      refuseMissing(options.from);
      const from = await open(shell, '--from', options.from);
      try {
        const to = await open(shell, '--to', options.to);
        try {
          await move(shell, options, from, to);
        } finally {
          await to.close();
        }
      } finally {
        await from.close();
      }
    });
}

/** A file that is not there would be made. */
function refuseMissing(from: string): void {
  const { data } = databaseUrl.schema.safeParse(from);
  if (data?.kind === 'sqlite' && !existsSync(data.path))
    throw new DataError(`--from: there is no file ${resolve(data.path)}.`);
}

async function move(shell: Shell, options: TransferOptions, from: Database, to: Database): Promise<void> {
  const bar = new ProgressBar(shell.terminal);
  try {
    const { rows: counts } = await transfer(from, to, (progress) => bar.show(progress));
    const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const objects = counts.get('object') ?? 0;
    const text = `Moved ${rows} rows, ${objects} objects among them; both databases hold the same. Set DATABASE_URL to the new one.`;
    print(shell, options, Object.fromEntries(counts), text);
  } catch (error) {
    if (error instanceof NotEmptyError || error instanceof TransferError)
      throw new DataError(error.message, { cause: error });
    throw error;
  }
}

async function open(shell: Shell, option: string, url: string): Promise<Database> {
  const { success, data } = databaseUrl.schema.safeParse(url);
  if (!success) throw new UsageError(`${option} is not understood: expected ${databaseUrl.expected}.`);
  const { databaseConnections } = loadConfig(shell.environment);
  const database = data.kind === 'sqlite' ? { ...data, path: resolve(data.path) } : data;
  const opened = await openDatabase({ database, databaseConnections });
  try {
    await migrate(opened);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}
