import assert from 'node:assert/strict';
import { sql } from 'kysely';
import {
  changeDeadProperties,
  collectionResource,
  deleteCollection,
  findCollectionById,
  hasDeletedCollections,
  insertLock,
  listCollections,
  listLocks,
  objectResource,
  objectsInTimeRange,
  pageObjects,
  purgeDeletedCollections,
  purgeExpiredLocks,
  putObject,
  reindexAllAccounts,
  updateCollection,
  usedBytes,
  type Collection,
  type Database,
  type ObjectIndex,
  type Reindexing,
} from '../../storage/index.js';
import { statement } from '../../storage/statement.js';
import {
  contentOf,
  emptyIndex,
  insertCollection,
  temporaryDatabase,
  type TemporaryDatabase,
} from './temporary-database.js';

const indexAt = (start: number, changes: Partial<ObjectIndex> = {}): ObjectIndex => ({
  ...emptyIndex,
  firstStart: start,
  lastEnd: start + 10,
  spans: [{ start, end: start + 10 }],
  ...changes,
});

describe('Work in the background', () => {
  let temporary: TemporaryDatabase;
  let calendar: Collection;

  beforeEach(async () => {
    temporary = await temporaryDatabase();
    calendar = await insertCollection(temporary.database);
  });
  afterEach(() => temporary.dispose());

  const current = () => temporary.database.read((reader) => findCollectionById(reader, calendar));
  const namesIn = (start: number, end: number) =>
    temporary.database.read(async (reader) => {
      const names: string[] = [];
      for await (const page of objectsInTimeRange(reader, calendar, { components: null, start, end }, 10))
        names.push(...page.map(({ object }) => object.name));
      return names.sort();
    });

  describe('indexing anew', () => {
    const failures: string[] = [];
    const reindexing: Reindexing = {
      wanted: ({ zone }) => `1 ${zone ?? 'UTC'}`,
      index: ({ name }) => {
        if (name === 'broken') throw new Error('cannot be read');
        return indexAt(5_000, { version: 2 });
      },
      horizonBefore: 0,
      onFailure: (_, __, { name }) => failures.push(name),
    };
    beforeEach(async () => {
      failures.length = 0;
      await temporary.database.write(async (writer) => {
        for (let number = 0; number < 45; number += 1)
          await putObject(writer, calendar, contentOf(`${number}`, { index: indexAt(0) }));
        await putObject(writer, calendar, contentOf('broken', { index: indexAt(0) }));
      });
    });

    it('reaches every object, and one that fails holds nobody up', async () => {
      assert.equal(await reindexAllAccounts(temporary.database, reindexing), 45);
      assert.deepEqual(failures, ['broken']);
      assert.equal((await namesIn(5_000, 5_100)).length, 46);
      assert.equal((await current())?.indexedAs, '1 UTC');
    });

    it('one that cannot be read is itself asked by every time range, and tried again in each run', async () => {
      await reindexAllAccounts(temporary.database, reindexing);
      for (const [start, end] of [
        [0, 100],
        [9e9, 9e9 + 1],
        [0, 9e9],
        [null, null],
      ] as const) {
        const certain = new Map<string, boolean>();
        await temporary.database.read(async (reader) => {
          for await (const page of objectsInTimeRange(reader, calendar, { components: null, start, end }, 10))
            for (const match of page) certain.set(match.object.name, match.certain);
        });
        assert.equal(certain.get('broken'), false);
      }
      failures.length = 0;
      assert.equal(await reindexAllAccounts(temporary.database, reindexing), 0);
      assert.deepEqual(failures, ['broken']);
      const index = () => indexAt(5_000, { version: 2 });
      assert.equal(await reindexAllAccounts(temporary.database, { ...reindexing, index }), 1);
      assert.equal(await reindexAllAccounts(temporary.database, { ...reindexing, index }), 0);
      assert.ok(!(await namesIn(0, 100)).includes('broken'));
    });

    it('reads no more bytes at a time than a few objects have', async () => {
      const large = Buffer.alloc(700_000, 'x');
      await temporary.database.write(async (writer) => {
        for (let number = 0; number < 6; number += 1)
          await putObject(writer, calendar, contentOf(`large-${number}`, { data: large }));
      });
      let most = 0;
      const { database } = temporary;
      const watched: Database = {
        alone: (work) => database.alone(work),
        concurrentReads: database.concurrentReads,
        changes: database.changes,
        write: (work, options) => database.write(work, options),
        ping: () => database.ping(),
        close: () => database.close(),
        read: async (work) => {
          const read = await database.read(work);
          const page: readonly { data?: Uint8Array }[] = Array.isArray(read) ? read : [];
          most = Math.max(
            most,
            page.reduce((sum, { data }) => sum + (data?.byteLength ?? 0), 0),
          );
          return read;
        },
      };
      assert.equal(await reindexAllAccounts(watched, reindexing), 51);
      assert.ok(most >= 700_000 && most < 1_048_576, `${most} bytes`);
    });

    it('is no change to clients', async () => {
      const before = await temporary.database.read((reader) => pageObjects(reader, calendar, 0, 100));
      await reindexAllAccounts(temporary.database, reindexing);
      const after = await temporary.database.read((reader) => pageObjects(reader, calendar, 0, 100));
      assert.deepEqual(after, before);
      assert.equal((await current())?.revision, 46);
    });

    it('is done once, and again when the zone of the calendar changes', async () => {
      await reindexAllAccounts(temporary.database, reindexing);
      assert.equal(await reindexAllAccounts(temporary.database, reindexing), 0);
      await temporary.database.write((writer) =>
        updateCollection(writer, calendar, { zone: 'Europe/Paris' }, 9),
      );
      assert.equal(await reindexAllAccounts(temporary.database, reindexing), 45);
      assert.equal((await current())?.indexedAs, '1 Europe/Paris');
    });

    it('leaves an object alone that was written meanwhile', async () => {
      const database = temporary.database;
      let written: Promise<unknown> | undefined;
      await reindexAllAccounts(database, {
        ...reindexing,
        index: (object, collection) => {
          if (object.name === '0')
            written = database.write((writer) =>
              putObject(writer, calendar, contentOf('0', { etag: '"new"', index: indexAt(7_000) })),
            );
          return reindexing.index(object, collection);
        },
      });
      await written;
      // The other is one of which the index knows nothing.
      assert.deepEqual(await namesIn(7_000, 7_010), ['0', 'broken']);
      assert.equal((await namesIn(5_000, 5_100)).length, 45);
    });

    it('renews unbounded objects whose window comes to its end', async () => {
      await reindexAllAccounts(temporary.database, reindexing);
      const unbounded = { unbounded: true, windowStart: 0, lastEnd: null };
      await temporary.database.write(async (writer) => {
        await putObject(
          writer,
          calendar,
          contentOf('soon', { index: indexAt(0, { ...unbounded, windowEnd: 100 }) }),
        );
        await putObject(
          writer,
          calendar,
          contentOf('later', { index: indexAt(0, { ...unbounded, windowEnd: 300 }) }),
        );
      });
      assert.equal(await reindexAllAccounts(temporary.database, { ...reindexing, horizonBefore: 200 }), 1);
    });
  });

  it('removes every row of a deleted collection that was too big for one unit of work', async () => {
    const { database } = temporary;
    await database.write(async (writer) => {
      const properties = [{ name: 'FN', folded: 'x', cut: false }] as const;
      const spans = Array.from({ length: 40 }, (_, number) => ({
        start: number * 100,
        end: number * 100 + 1,
      }));
      for (let number = 0; number < 1_000; number += 1) {
        const { object } = await putObject(
          writer,
          calendar,
          contentOf(`${number}`, { index: indexAt(0, { spans, properties }) }),
        );
        const resource = objectResource(calendar, object.id);
        await changeDeadProperties(writer, calendar.accountId, resource, new Map([['p', '']]));
      }
      const resource = collectionResource(calendar.id);
      await changeDeadProperties(writer, calendar.accountId, resource, new Map([['p', '']]));
    });
    await database.write((writer) => deleteCollection(writer, calendar, 5));
    assert.equal(await current(), undefined);
    assert.deepEqual(
      await database.read((reader) => listCollections(reader, calendar.accountId, 'calendar')),
      [],
    );
    assert.equal(await database.read((reader) => usedBytes(reader, calendar.accountId)), 0);
    assert.equal(await database.read(hasDeletedCollections), true);
    await purgeDeletedCollections(database);
    assert.equal(await database.read(hasDeletedCollections), false);
    for (const table of ['object', 'object_data', 'object_span', 'card_text', 'tombstone', 'dead_property']) {
      const count = statement()((db) => ({
        compile: () => sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.compile(db),
      }));
      assert.deepEqual(await database.read((reader) => reader.get(count, {})), { count: 0 }, table);
    }
  });

  it('removes the locks that have expired, of every account', async () => {
    const { accountId } = calendar;
    const stored = () => temporary.database.read((reader) => listLocks(reader, accountId, 0));
    const lock = { root: '/a', deep: false, shared: true, owner: null, timeout: 1 };
    await temporary.database.write(async (writer) => {
      for (const [token, expiresAt] of [
        ['a', 1_000],
        ['b', 2_000],
      ] as const)
        await insertLock(writer, accountId, { ...lock, token, expiresAt }, 0);
    });
    assert.equal((await stored()).length, 2);
    await temporary.database.write((writer) => purgeExpiredLocks(writer, 1_000));
    assert.deepEqual(
      (await stored()).map(({ token }) => token),
      ['b'],
    );
  });
});
