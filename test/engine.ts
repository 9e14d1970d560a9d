/**
 * Which database the tests run on: SQLite, or PostgreSQL where the environment says `TEST_ENGINE=postgres`. Mocha loads this
 * before anything else (.mocharc.json).
 */
import { openPostgres } from '../storage/postgres/index.js';
import { migrate } from '../storage/migrations/index.js';
import { PostgresServer } from './postgres-server.js';

export const engine = process.env['TEST_ENGINE'] === 'postgres' ? 'postgres' : 'sqlite';

let server: PostgresServer | undefined;
let template = '';

/** Mocha calls it once, before the first test. */
export async function mochaGlobalSetup(): Promise<void> {
  if (engine !== 'postgres') return;
  server = await PostgresServer.start();
  template = await server.createDatabase();
  const database = await openPostgres({ url: server.urlOf(template) });
  await migrate(database);
  await database.close();
}

/** Mocha calls it once, after the last test. */
export async function mochaGlobalTeardown(): Promise<void> {
  await server?.stop();
}

export interface TemporaryPostgres {
  /** For `DATABASE_URL`. */
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** A database of its own, with its tables unless it is to be empty. */
export async function temporaryPostgres({ empty = false } = {}): Promise<TemporaryPostgres> {
  const running = postgresServer();
  const name = await running.createDatabase(empty ? 'template0' : template);
  return { url: running.urlOf(name), drop: () => running.dropDatabase(name) };
}

export function postgresServer(): PostgresServer {
  if (server === undefined) throw new Error('These tests need TEST_ENGINE=postgres');
  return server;
}
