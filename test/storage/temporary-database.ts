/** A database on the disk for one test, with its tables, and things to put into it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCollection,
  type AccountId,
  type Collection,
  type CollectionKind,
  type NewContent,
  type ObjectIndex,
} from '../../storage/index.js';
import { migrate } from '../../storage/migrations/index.js';
import { openSqlite, type SqliteDatabase, type SqliteOptions } from '../../storage/sqlite/index.js';
import { statement } from '../../storage/statement.js';

export interface TemporaryDatabase {
  readonly database: SqliteDatabase;
  readonly file: string;
  /** Closes the database and removes its folder. */
  readonly dispose: () => Promise<void>;
}

export async function temporaryDatabase(
  options: Omit<SqliteOptions, 'file'> = {},
): Promise<TemporaryDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  const file = join(folder, 'latchkey.db');
  const database = await openSqlite({ file, reserveMegabytes: 0, ...options });
  await migrate(database);
  return {
    database,
    file,
    dispose: async () => {
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const insertAccount = statement<{ name: string }>()((db, $) =>
  db
    .insertInto('account')
    .values({ name: $.name, is_admin: 0, last_collection_id: 0, created_at: 0 })
    .returning('id'),
);

/** The bare row, for tests of what lies below an account. */
export async function insertBareAccount(database: SqliteDatabase, name: string): Promise<AccountId> {
  const row = await database.write((writer) => writer.get(insertAccount, { name }));
  if (row === undefined) throw new Error('The account was not made');
  return row.id;
}

/** An account with an empty calendar or address book. */
export async function insertCollection(
  database: SqliteDatabase,
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
