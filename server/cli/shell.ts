/** What every command works with. */
import { existsSync } from 'node:fs';
import type { Account, By } from '../../auth/index.js';
import { loadConfig } from '../config.js';
import type { Config, Environment } from '../config.js';
import { openCore } from '../core.js';
import type { Core } from '../core.js';
import { DataError } from '../failures.js';
import { openLog } from '../observability/log.js';

/** Where a command writes: its answer, and what went wrong. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** An answer of any length, read only as fast as it is taken; where there is none, `out` takes it piece by piece. */
  readonly outAll?: (pieces: AsyncIterable<string>) => Promise<void>;
}

export interface Shell {
  readonly terminal: Terminal;
  readonly environment: Environment;
  /** Of a command that ends with another code than 0 without an error. */
  exitCode: number;
}

/** The command was called in a way that it does not know; the message is a sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface OutputOptions {
  readonly json?: true;
}

/** Who acts, as the account's activity tells it. */
export const byShell: By = { kind: 'shell' };

/** Opens storage and accounts for one piece of work; a server may run on them meanwhile. */
export async function withCore(shell: Shell, work: (core: Core) => Promise<void>): Promise<void> {
  const config = loadConfig(shell.environment);
  // What the server would log of itself is not what was asked for here; trouble is.
  const { log, flush } = openLog(config.logLevel === 'silent' ? 'silent' : 'warn');
  try {
    const core = await openCore(config, log);
    try {
      await work(core);
    } finally {
      await core.dispose();
    }
  } finally {
    flush();
  }
}

/**
 * For what looks at a database and is not to make one where the settings name a wrong file.
 * @throws DataError
 */
export function refuseMissing({ database }: Pick<Config, 'database'>): void {
  if (database.kind === 'sqlite' && !existsSync(database.path))
    throw new DataError(`There is no database ${database.path}.`);
}

/** @throws DataError when there is no such account */
export async function findAccount({ auth }: Core, name: string): Promise<Account> {
  const account = await auth.accounts.find(name);
  if (account === undefined) throw new DataError(`There is no account ${JSON.stringify(name)}.`);
  return account;
}

/** Writes a command's answer: the value as one line of JSON, or the text. */
export function print({ terminal }: Shell, { json }: OutputOptions, value: unknown, text: string): void {
  const answer = json === true ? JSON.stringify(value) : text;
  terminal.out(`${answer}\n`);
}

/** Writes an answer that may be of any length. */
export async function printAll({ terminal }: Shell, pieces: AsyncIterable<string>): Promise<void> {
  if (terminal.outAll !== undefined) return terminal.outAll(pieces);
  for await (const piece of pieces) terminal.out(piece);
}

/** An instant (epoch milliseconds) as it stands in JSON and tables: ISO 8601 in UTC, or null. */
export const instant = (at: number | undefined): string | null =>
  at === undefined ? null : new Date(at).toISOString();
