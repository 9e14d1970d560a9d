/** A database on the disk for one test, with its tables, and things to put into it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createCollection,
  type AccountId,
  type Collection,
  type CollectionKind,
  type Database,
  type NewContent,
  type ObjectIndex,
} from '../../storage/index.js';
import { migrate } from '../../storage/migrations/index.js';
import { openPostgres, type PostgresDatabase } from '../../storage/postgres/index.js';
import { openSqlite, type SqliteDatabase, type SqliteOptions } from '../../storage/sqlite/index.js';
import { statement, type SqlValue } from '../../storage/statement.js';
import { tableNames } from '../../storage/tables.js';
import { engine, temporaryPostgres } from '../engine.js';
import { quickFolder } from '../quick-folder.js';

export interface TemporaryDatabase<Engine extends Database = Database> {
  readonly database: Engine;
  /** In a folder of its own; the database, where that is a file. */
  readonly file: string;
  /** For `DATABASE_URL`. */
  readonly url: string;
  /** Opens it once more, as another process does. */
  readonly again: () => Promise<Engine>;
  /** Closes the database and removes it. */
  readonly dispose: () => Promise<void>;
}

/** On the engine that the tests run on; the options are for SQLite. */
export async function temporaryDatabase(
  options: Omit<SqliteOptions, 'file'> = {},
): Promise<TemporaryDatabase> {
  return engine === 'postgres' ? onPostgres(false) : temporarySqlite(options);
}

/** One without tables. */
export async function emptyDatabase(): Promise<TemporaryDatabase> {
  return engine === 'postgres' ? onPostgres(true) : onSqlite({}, undefined);
}

/** For tests of what only SQLite does. */
export async function temporarySqlite(
  options: Omit<SqliteOptions, 'file'> = {},
): Promise<TemporaryDatabase<SqliteDatabase>> {
  return onSqlite(options, await (template ??= makeTemplate()));
}

/** The bytes of a database with its tables and nothing else: copied in a hundredth of the time that making it takes. */
let template: Promise<Uint8Array> | undefined;

async function makeTemplate(): Promise<Uint8Array> {
  const { database, file, dispose } = await onSqlite({}, undefined);
  try {
    await migrate(database);
    await database.close();
    return await readFile(file);
  } finally {
    await dispose();
  }
}

/** For tests of what only PostgreSQL does. */
export async function temporaryPostgresDatabase(): Promise<TemporaryDatabase<PostgresDatabase>> {
  return onPostgres(false);
}

const temporaryFolder = (): Promise<string> => mkdtemp(join(quickFolder, 'latchkey-test-'));

async function onSqlite(
  options: Omit<SqliteOptions, 'file'>,
  bytes: Uint8Array | undefined,
): Promise<TemporaryDatabase<SqliteDatabase>> {
  const folder = await temporaryFolder();
  const file = join(folder, 'latchkey.db');
  if (bytes !== undefined) await writeFile(file, bytes);
  const again = (): Promise<SqliteDatabase> => openSqlite({ file, reserveMegabytes: 0, ...options });
  return temporary(await again(), folder, `sqlite:${file}`, again);
}

async function onPostgres(empty: boolean): Promise<TemporaryDatabase<PostgresDatabase>> {
  const folder = await temporaryFolder();
  const { url, drop } = await temporaryPostgres({ empty });
  const again = (): Promise<PostgresDatabase> => openPostgres({ url, connections: 12 });
  return temporary(await again(), folder, url, again, drop);
}

function temporary<Engine extends Database>(
  database: Engine,
  folder: string,
  url: string,
  again: () => Promise<Engine>,
  drop?: () => Promise<void>,
): TemporaryDatabase<Engine> {
  const dispose = async (): Promise<void> => {
    await database.close();
    await drop?.();
    await rm(folder, { recursive: true, force: true });
  };
  return { database, file: join(folder, 'latchkey.db'), url, again, dispose };
}

const insertAccount = statement<{ name: string }>()((db, $) =>
  db
    .insertInto('account')
    .values({ name: $.name, is_admin: 0, last_collection_id: 0, created_at: 0 })
    .returning('id'),
);

/** The bare row, for tests of what lies below an account. */
export async function insertBareAccount(database: Database, name: string): Promise<AccountId> {
  const row = await database.write((writer) => writer.get(insertAccount, { name }));
  if (row === undefined) throw new Error('The account was not made');
  return row.id;
}

/** An account with an empty calendar or address book. */
export async function insertCollection(
  database: Database,
  kind: CollectionKind = 'calendar',
): Promise<Collection> {
  const accountId = await insertBareAccount(database, 'somebody');
  return database.write((writer) => createCollection(writer, accountId, { kind, name: 'default', now: 0 }));
}

/** An index by which nothing is ever found. */
export const emptyIndex: ObjectIndex = {
  firstStart: null,
  lastEnd: null,
  windowStart: null,
  windowEnd: null,
  unbounded: false,
  floating: false,
  version: 1,
  spans: [],
  properties: [],
};

/** Something to put under a name. */
export function contentOf(name: string, changes: Partial<NewContent> = {}): NewContent {
  return {
    name,
    uid: `uid of ${name}`,
    component: 'VEVENT',
    version: '2.0',
    etag: `"etag of ${name}"`,
    data: Buffer.from(`bytes of ${name}`),
    index: emptyIndex,
    now: 1_000,
    ...changes,
  };
}

/** All that somebody would find who got hold of the database: every row, and the files where it is one. */
export async function everythingStored({
  database,
  file,
}: Pick<TemporaryDatabase, 'database' | 'file'>): Promise<readonly Buffer[]> {
  const rows = await database.read((reader) =>
    Promise.all(
      tableNames.map((table) =>
        reader.all(
          statement()((db) => db.selectFrom(table).selectAll()),
          {},
        ),
      ),
    ),
  );
  const values = rows.flat().flatMap((row) => Object.values<SqlValue>(row));
  const files = engine === 'sqlite' ? [file, `${file}-wal`] : [];
  return [
    Buffer.concat(
      values.map((value) => (value instanceof Uint8Array ? value : Buffer.from(`${String(value)}\n`))),
    ),
    ...(await Promise.all(files.map((each) => readFile(each)))),
  ];
}
