import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import {
  deleteObject,
  ensureMeta,
  findObject,
  pageObjects,
  putObject,
  StorageFullError,
  type ObjectId,
} from '../../storage/index.js';
import { migrate } from '../../storage/migrations/index.js';
import { openSqlite } from '../../storage/sqlite/index.js';
import { contentOf, emptyDatabase, insertCollection, temporarySqlite } from './temporary-database.js';

describe('A SQLite database', () => {
  it('is readable by its owner only, with the files beside it', async () => {
    // Made by the driver, and not a copy.
    const { database, file, dispose } = await emptyDatabase();
    await migrate(database);
    await ensureMeta(database);
    for (const path of [file, `${file}-wal`, `${file}-shm`]) assert.equal(statSync(path).mode & 0o777, 0o600);
    await dispose();
  });

  it('gives a long read one snapshot while writes go on', async () => {
    const { database, dispose } = await temporarySqlite();
    const calendar = await insertCollection(database);
    const put = (name: string) => database.write((writer) => putObject(writer, calendar, contentOf(name)));
    for (const name of ['a', 'b', 'c']) await put(name);
    const seen = await database.read(async (reader) => {
      const names: string[] = [];
      let after: ObjectId | 0 = 0;
      for (;;) {
        const page = await pageObjects(reader, calendar, after, 1);
        const [object] = page;
        if (object === undefined) return names;
        names.push(object.name);
        after = object.id;
        await put(`late ${object.name}`);
      }
    });
    assert.deepEqual(seen, ['a', 'b', 'c']);
    const all = await database.read((reader) => pageObjects(reader, calendar, 0, 10));
    assert.equal(all.length, 6);
    await dispose();
  });

  it('lets reads beyond its bound wait for one another', async () => {
    const { database, dispose } = await temporarySqlite({ readers: 2 });
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let third = 'waits';
    const reads = [
      database.read(() => gate),
      database.read(() => gate),
      database.read(async () => {
        third = 'runs';
      }),
    ];
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(third, 'waits');
    release();
    await Promise.all(reads);
    assert.equal(third, 'runs');
    await dispose();
  });

  it('refuses a reader that is used after its read', async () => {
    const { database, dispose } = await temporarySqlite();
    const calendar = await insertCollection(database);
    const reader = await database.read(async (each) => each);
    await assert.rejects(findObject(reader, calendar, 'a'), /after its read had ended/);
    await dispose();
  });

  it('waits for reads and units under way when it closes', async () => {
    const { database, dispose } = await temporarySqlite();
    const calendar = await insertCollection(database);
    const unit = database.write((writer) => putObject(writer, calendar, contentOf('a')));
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const read = database.read(async (reader) => {
      await gate;
      return pageObjects(reader, calendar, 0, 10);
    });
    const closing = dispose();
    release();
    assert.equal((await unit).created, true);
    assert.equal((await read).length, 0);
    await closing;
    await assert.rejects(database.ping());
  });

  it('says that the disk is full, loses nothing, goes on reading and deleting, and takes writes again', async () => {
    const { database, dispose } = await temporarySqlite({ maxPages: 200 });
    const calendar = await insertCollection(database);
    const put = (name: string, size: number) =>
      database.write((writer) =>
        putObject(writer, calendar, contentOf(name, { data: Buffer.alloc(size, 120) })),
      );
    const kept: string[] = [];
    await assert.rejects(async () => {
      for (let number = 0; ; number += 1) {
        await put(`${number}`, 10_000);
        kept.push(`${number}`);
      }
    }, StorageFullError);
    assert.ok(kept.length > 10);
    const outcomes = await Promise.allSettled(['x', 'y'].map((name) => put(name, 100_000)));
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason instanceof StorageFullError),
      [true, true],
    );
    const objects = await database.read((reader) => pageObjects(reader, calendar, 0, 1_000));
    assert.deepEqual(
      objects.map(({ name }) => name),
      kept,
    );
    for (const object of objects.slice(0, 5))
      await database.write((writer) => deleteObject(writer, calendar, object, 2_000));
    await put('again', 10_000);
    await dispose();
  });

  it('gives up the room it kept when the disk is full, and takes it back when there is some', async () => {
    const { database, file, dispose } = await temporarySqlite({ maxPages: 200, reserveMegabytes: 1 });
    const calendar = await insertCollection(database);
    const put = (name: string, size: number, frees = false) =>
      database.write(
        (writer) => putObject(writer, calendar, contentOf(name, { data: Buffer.alloc(size, 120) })),
        { frees },
      );
    assert.ok(existsSync(`${file}-reserve`));
    await assert.rejects(put('too big', 2_000_000), StorageFullError);
    assert.ok(!existsSync(`${file}-reserve`));
    await assert.rejects(put('too big, whatever it says', 2_000_000, true), StorageFullError);
    const { object } = await database.write((writer) => putObject(writer, calendar, contentOf('a')), {
      frees: true,
    });
    await database.write((writer) => deleteObject(writer, calendar, object, 2_000), { frees: true });
    await put('b', 100);
    assert.ok(existsSync(`${file}-reserve`));
    await dispose();
  });

  it('keeps the epoch it was made with', async () => {
    const { database, file, dispose } = await temporarySqlite();
    const { epoch } = await ensureMeta(database);
    assert.match(epoch, /^[0-9a-f]{16}$/);
    await database.close();
    const again = await openSqlite({ file });
    assert.deepEqual(await ensureMeta(again), { epoch });
    await again.close();
    await dispose();
  });
});
