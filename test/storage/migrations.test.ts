import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { migrate, migrations, NewerDatabaseError, type Migration } from '../../storage/migrations/index.js';
import type { Database } from '../../storage/index.js';
import { statement } from '../../storage/statement.js';
import { emptyDatabase, type TemporaryDatabase } from './temporary-database.js';

const raw = (source: string) => statement()((db) => ({ compile: () => sql.raw(source).compile(db) }));
const tables = statement()((db, _, dialect) => ({
  compile: () =>
    (dialect === 'sqlite'
      ? sql<{ name: string }>`select name from sqlite_schema where type = 'table' order by rowid`
      : sql<{ name: string }>`select relname as name from pg_class
          where relkind = 'r' and relnamespace = current_schema()::regnamespace order by oid`
    ).compile(db),
}));

describe('Migrations', () => {
  let temporary: TemporaryDatabase;
  let database: Database;

  const tableNames = async (): Promise<readonly string[]> =>
    (await database.read((reader) => reader.all(tables, {}))).map(({ name }) => name);
  const step = (name: string, ...sources: string[]): Migration => ({ name, statements: sources.map(raw) });

  beforeEach(async () => {
    temporary = await emptyDatabase();
    ({ database } = temporary);
  });
  afterEach(() => temporary.dispose());

  it('make every table of an empty database, once', async () => {
    assert.deepEqual(
      await migrate(database),
      migrations.map(({ name }) => name),
    );
    const names = await tableNames();
    for (const name of ['account', 'collection', 'object', 'object_data', 'object_span', 'tombstone'])
      assert.ok(names.includes(name), name);
    assert.deepEqual(await migrate(database), []);
  });

  it('are numbered in the order in which they are applied', () => {
    const names = migrations.map(({ name }) => name);
    assert.deepEqual(names, [...names].sort());
    assert.ok(names.every((name) => /^\d{4}-[a-z-]+$/.test(name)));
  });

  it('apply only what is missing', async () => {
    const first = step('0001-first', 'create table first (x integer)');
    await migrate(database, [first]);
    const second = step('0002-second', 'create table second (x integer)');
    assert.deepEqual(await migrate(database, [first, second]), ['0002-second']);
  });

  it('leave nothing of a step that fails', async () => {
    const good = step('0001-good', 'create table good (x integer)');
    const bad = step('0002-bad', 'create table half (x integer)', 'insert into nowhere values (1)');
    await assert.rejects(migrate(database, [good, bad]), /nowhere/);
    assert.deepEqual(await tableNames(), ['migration', 'good']);
    assert.deepEqual(await migrate(database, [good]), []);
  });

  it('refuse a database that a newer version has made, and do not touch it', async () => {
    const known = step('0001-known', 'create table known (x integer)');
    const newer = step('0003-newer', 'create table newer (x integer)');
    await migrate(database, [known, newer]);
    const missing = step('0002-missing', 'create table missing (x integer)');
    await assert.rejects(
      migrate(database, [known, missing]),
      (error) => error instanceof NewerDatabaseError && error.message.includes('0003-newer'),
    );
    assert.ok(!(await tableNames()).includes('missing'));
  });

  it('0004: count the dead properties that are there, each where it belongs', async () => {
    await migrate(database, migrations.slice(0, 3));
    await database.write(async (writer) => {
      for (const [id, bytes] of [
        [1, 10],
        [11, 20],
      ] as const)
        await writer.run(
          raw(`insert into collection (account_id, id, kind, name, indexed_as, revision, tombstones_since,
            object_count, bytes_used, created_at, modified_at)
            values (7, ${id}, 'calendar', 'c${id}', '', 0, 0, 0, ${bytes}, 0, 0)`),
          {},
        );
      for (const [resource, xml] of [
        ['principal', '<p/>'],
        ['collection:1', '<a/>'],
        ['object:1:0000000000000001', '<ü/>'],
        ['object:11:0000000000000001', '<b>11</b>'],
      ] as const)
        await writer.run(
          raw(
            `insert into dead_property (account_id, resource, name, xml) values (7, '${resource}', 'n', '${xml}')`,
          ),
          {},
        );
    });
    await migrate(database);
    const bytes = statement()((db) => db.selectFrom('collection').select('bytes_used').orderBy('id'));
    assert.deepEqual(await database.read((reader) => reader.all(bytes, {})), [
      { bytes_used: 10 + 5 + 6 },
      { bytes_used: 20 + 10 },
    ]);
  });

  it('may be run by two processes at once', async () => {
    const other = await temporary.again();
    const applied = await Promise.all([migrate(database), migrate(other)]);
    assert.deepEqual(applied.flat().sort(), [...migrations.map(({ name }) => name)]);
    await other.close();
  });
});
