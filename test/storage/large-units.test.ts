/** Units of work of megabytes: a thread writes them on SQLite, and they are what other units are. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  findObject,
  objectsInTimeRange,
  putObject,
  readContent,
  StorageBusyError,
  StorageFullError,
  UidConflictError,
  type Collection,
  type CollectionChange,
  type NewContent,
} from '../../storage/index.js';
import type { SqliteDatabase, SqliteOptions } from '../../storage/sqlite/index.js';
import { contentOf, emptyIndex, insertCollection, temporarySqlite } from './temporary-database.js';
import type { TemporaryDatabase } from './temporary-database.js';

const MEGABYTES = 3;
const SPANS = 3_000;
const HOUR = 3_600;

/** Long, and found in each of many hours. */
const largeContent = (name: string, changes: Partial<NewContent> = {}): NewContent =>
  contentOf(name, {
    data: Buffer.alloc(MEGABYTES * 1024 * 1024, name),
    index: {
      ...emptyIndex,
      firstStart: 0,
      lastEnd: SPANS * 2 * HOUR,
      spans: Array.from({ length: SPANS }, (_, at) => ({ start: 2 * at * HOUR, end: (2 * at + 1) * HOUR })),
    },
    ...changes,
  });

describe('Large units of work on SQLite', () => {
  let temporary: TemporaryDatabase<SqliteDatabase>;
  let database: SqliteDatabase;
  let calendar: Collection;

  const open = async (options: Omit<SqliteOptions, 'file'> = {}): Promise<void> => {
    temporary = await temporarySqlite(options);
    ({ database } = temporary);
    calendar = await insertCollection(database);
  };
  const putLarge = (name: string, changes: Partial<NewContent> = {}): Promise<unknown> =>
    database.write((writer) => putObject(writer, calendar, largeContent(name, changes)), { large: true });
  const putSmall = (name: string): Promise<unknown> =>
    database.write((writer) => putObject(writer, calendar, contentOf(name)));
  const isThere = async (name: string): Promise<boolean> =>
    (await database.read((reader) => findObject(reader, calendar, name))) !== undefined;

  beforeEach(() => open());
  afterEach(() => temporary.dispose());

  it('are written by the thread, with every row and byte', async () => {
    await putLarge('large');
    assert.equal(database.largeUnitCount, 1);
    await database.read(async (reader) => {
      const object = await findObject(reader, calendar, 'large');
      assert.ok(object !== undefined);
      const data = await readContent(reader, calendar, object.id);
      assert.ok(data !== undefined && Buffer.from(data).equals(largeContent('large').data));
      const range = { components: null, start: 2 * (SPANS - 1) * HOUR, end: 2 * SPANS * HOUR };
      const found: string[] = [];
      for await (const page of objectsInTimeRange(reader, calendar, range, 10))
        found.push(...page.map((match) => match.object.name));
      assert.deepEqual(found, ['large']);
    });
  });

  it('leave small ones to the process itself', async () => {
    await putSmall('small');
    assert.equal(database.largeUnitCount, 0);
  });

  it('throw what they throw, and leave nothing behind', async () => {
    await putLarge('first', { uid: 'the same' });
    await assert.rejects(putLarge('second', { uid: 'the same' }), UidConflictError);
    assert.equal(await isThere('second'), false);
    const thrown = new Error('changed its mind');
    await assert.rejects(
      database.write(
        async (writer) => {
          await putObject(writer, calendar, largeContent('third'));
          throw thrown;
        },
        { large: true },
      ),
      thrown,
    );
    assert.equal(await isThere('third'), false);
    assert.equal(database.largeUnitCount, 1);
    await putLarge('fourth');
    assert.equal(await isThere('fourth'), true);
  });

  it('read what they have written, and others do not until it is committed', async () => {
    await database.write(
      async (writer) => {
        await putObject(writer, calendar, largeContent('large'));
        assert.ok((await findObject(writer, calendar, 'large')) !== undefined);
        assert.equal(await isThere('large'), false);
      },
      { large: true },
    );
    assert.equal(await isThere('large'), true);
  });

  it('let small ones wait that come meanwhile, and come in turn when those never end', async () => {
    let isWritten = false;
    const small = async (client: number): Promise<number> => {
      let count = 0;
      for (; !isWritten; count += 1) await putSmall(`small ${client} ${count}`);
      return count;
    };
    const others = [1, 2, 3, 4].map(small);
    for (const name of ['a', 'b', 'c']) await putLarge(name);
    isWritten = true;
    const counts = await Promise.all(others);
    assert.ok(
      counts.every((count) => count > 0),
      `each other client wrote: ${counts.join(', ')}`,
    );
    assert.equal(database.largeUnitCount, 3);
  }).timeout(30_000);

  it('tell of changes when they are committed', async () => {
    const told: unknown[] = [];
    const stop = database.changes.subscribe((change) => {
      if (change !== 'unknown') told.push(change);
    });
    const change: CollectionChange = { accountId: calendar.accountId, id: calendar.id, what: 'members' };
    await database.write(async (writer) => writer.changed(change), { large: true });
    await assert.rejects(
      database.write(
        async (writer) => {
          writer.changed({ ...change, what: 'collection' });
          throw new Error('not this one');
        },
        { large: true },
      ),
    );
    stop();
    assert.deepEqual(told, [change]);
  });

  it('are refused where there is no room, whole, and small ones go on', async () => {
    await temporary.dispose();
    await open({ maxPages: 500 });
    await assert.rejects(putLarge('large'), StorageFullError);
    assert.equal(await isThere('large'), false);
    await putSmall('small');
    assert.equal(await isThere('small'), true);
  });

  it('are refused as busy where another process holds the file too long', async () => {
    await temporary.dispose();
    await open({ busyTimeoutMs: 100 });
    // The first one starts the thread.
    await putLarge('before');
    const other = await temporary.again();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const holding = other.write(
      () => {
        begin();
        return held;
      },
      { large: true },
    );
    await begun;
    await assert.rejects(putLarge('large'), StorageBusyError);
    release();
    await holding;
    await other.close();
    await putLarge('after');
    assert.equal(await isThere('after'), true);
  });

  it('are ended before the database is closed, and refused afterwards', async () => {
    const written = putLarge('large');
    const closed = database.close();
    await assert.rejects(putLarge('late'), StorageBusyError);
    await Promise.all([written, closed]);
    const again = await temporary.again();
    const found = await again.read((reader) => findObject(reader, calendar, 'large'));
    await again.close();
    assert.ok(found !== undefined);
  });

  it('cannot be used after their end', async () => {
    const writer = await database.write(async (each) => each, { large: true });
    await assert.rejects(findObject(writer, calendar, 'a'), /after its unit had ended/);
  });
});
