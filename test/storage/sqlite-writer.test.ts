import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { SqliteError } from 'better-sqlite3';
import { StorageBusyError, StorageFullError, type Writer } from '../../storage/index.js';
import { Connection } from '../../storage/sqlite/connection.js';
import { Reserve } from '../../storage/sqlite/reserve.js';
import { WriteQueue } from '../../storage/sqlite/writer.js';
import { statement } from '../../storage/statement.js';
import { temporarySqlite, type TemporaryDatabase } from './temporary-database.js';

const insert = statement<{ key: string }>()((db, $) =>
  db.insertInto('server_meta').values({ key: $.key, value: '' }),
);
const list = statement()((db) => db.selectFrom('server_meta').select('key').orderBy('key'));

/** Counts commits, and fails them when told to. */
class ObservedConnection extends Connection {
  commits = 0;
  failCommitWith: Error | undefined;
  failPragmasWith: Error | undefined;

  override pragma(source: string): unknown {
    if (this.failPragmasWith !== undefined) throw this.failPragmasWith;
    return super.pragma(source);
  }

  override command(source: string): void {
    if (source === 'COMMIT') {
      this.commits += 1;
      if (this.failCommitWith !== undefined) throw this.failCommitWith;
    }
    super.command(source);
  }
}

const messageOf = (outcome: PromiseSettledResult<unknown>): string =>
  outcome.status === 'rejected' ? String(outcome.reason) : 'fulfilled';

describe('Units of work on SQLite', () => {
  let temporary: TemporaryDatabase;
  let connection: ObservedConnection;
  let queue: WriteQueue;

  const queueWith = (options: { busyTimeoutMs?: number; maxQueuedUnits?: number } = {}): void => {
    connection = new ObservedConnection({
      file: temporary.file,
      readonly: false,
      cacheKilobytes: 1024,
    });
    queue = new WriteQueue(connection, new Reserve('', 0), {
      busyTimeoutMs: 5_000,
      maxQueuedUnits: 100,
      ...options,
    });
  };
  const put = (key: string) => (writer: Writer) => writer.run(insert, { key });
  const keys = async (): Promise<readonly string[]> =>
    (await temporary.database.read((reader) => reader.all(list, {}))).map(({ key }) => key);

  beforeEach(async () => {
    temporary = await temporarySqlite();
    queueWith();
  });
  afterEach(async () => {
    await queue.close();
    await temporary.dispose();
  });

  it('share one commit when they arrive together', async () => {
    await Promise.all(['a', 'b', 'c'].map((key) => queue.write(put(key))));
    assert.equal(connection.commits, 1);
    assert.deepEqual(await keys(), ['a', 'b', 'c']);
  });

  it('fail alone: one that throws is rolled back, the others are committed', async () => {
    const outcomes = await Promise.allSettled([
      queue.write(put('a')),
      queue.write(async (writer) => {
        await put('lost')(writer);
        throw new Error('changed my mind');
      }),
      queue.write(put('b')),
      queue.write(put('a')),
    ]);
    assert.deepEqual(outcomes.map(messageOf).slice(0, 3), [
      'fulfilled',
      'Error: changed my mind',
      'fulfilled',
    ]);
    assert.match(messageOf(outcomes[3]), /UNIQUE/);
    assert.deepEqual(await keys(), ['a', 'b']);
  });

  for (const place of [0, 1, 2])
    it(`fail alone in the place ${place + 1} of three, with all that they have written`, async () => {
      const units = ['a', 'b', 'c'].map((key) => put(key));
      units[place] = async (writer) => {
        await put('lost')(writer);
        await put('lost too')(writer);
        throw new Error('changed my mind');
      };
      const outcomes = await Promise.allSettled(units.map((unit) => queue.write(unit)));
      assert.deepEqual(
        outcomes.map((outcome) => outcome.status),
        [0, 1, 2].map((index) => (index === place ? 'rejected' : 'fulfilled')),
      );
      assert.deepEqual(
        await keys(),
        ['a', 'b', 'c'].filter((_, index) => index !== place),
      );
    });

  it('fail together when their commit fails, and the next ones succeed', async () => {
    connection.failCommitWith = new SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC');
    const outcomes = await Promise.allSettled([queue.write(put('a')), queue.write(put('b'))]);
    assert.ok(
      outcomes.every(
        (outcome) => outcome.status === 'rejected' && outcome.reason instanceof StorageFullError,
      ),
    );
    connection.failCommitWith = undefined;
    await queue.write(put('c'));
    assert.deepEqual(await keys(), ['c']);
  });

  it('are refused, and leave nobody waiting, when the disk fails in a way that nothing is done about', async () => {
    connection.failCommitWith = new SqliteError('database or disk is full', 'SQLITE_FULL');
    connection.failPragmasWith = new SqliteError('disk I/O error', 'SQLITE_IOERR_READ');
    const outcomes = await Promise.allSettled([queue.write(put('a')), queue.write(put('b'))]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    connection.failCommitWith = undefined;
    connection.failPragmasWith = undefined;
    await queue.write(put('c'));
    assert.deepEqual(await keys(), ['c']);
  });

  it('see what they have written, and nobody else does before the commit', async () => {
    let outside: Promise<readonly string[]> | undefined;
    const inside = await queue.write(async (writer) => {
      await writer.runEach(insert, [{ key: 'a' }, { key: 'b' }]);
      outside = keys();
      return writer.all(list, {});
    });
    assert.equal(inside.length, 2);
    assert.deepEqual(await outside, []);
  });

  it('are refused when they await something other than their writer, and hold nobody up', async () => {
    let late: Promise<unknown> | undefined;
    const outcomes = await Promise.allSettled([
      queue.write(async (writer) => {
        await put('lost')(writer);
        await delay(1);
        late = writer.run(insert, { key: 'late' });
        await late;
      }),
      queue.write(put('a')),
    ]);
    assert.deepEqual(outcomes.map(messageOf), [
      'Error: A unit of work awaited something other than its writer; it was rolled back',
      'fulfilled',
    ]);
    while (late === undefined) await delay(1);
    await assert.rejects(late, /after its unit had ended/);
    assert.deepEqual(await keys(), ['a']);
  });

  it('wait for another process without holding up the event loop', async () => {
    const other = new Connection({ file: temporary.file, readonly: false, cacheKilobytes: 256 });
    other.command('BEGIN IMMEDIATE');
    let settled = false;
    const unit = queue.write(put('a')).finally(() => (settled = true));
    for (let turn = 0; turn < 5; turn += 1) await delay(2);
    assert.equal(settled, false);
    other.run(insert, { key: 'of the other' });
    other.command('COMMIT');
    other.close();
    await unit;
    assert.deepEqual(await keys(), ['a', 'of the other']);
  });

  it('are refused as busy when another process holds the database too long', async () => {
    await queue.close();
    queueWith({ busyTimeoutMs: 10 });
    const other = new Connection({ file: temporary.file, readonly: false, cacheKilobytes: 256 });
    other.command('BEGIN IMMEDIATE');
    await assert.rejects(queue.write(put('a')), StorageBusyError);
    other.command('COMMIT');
    other.close();
    await queue.write(put('b'));
    assert.deepEqual(await keys(), ['b']);
  });

  it('are refused as busy when too many wait already', async () => {
    await queue.close();
    queueWith({ maxQueuedUnits: 2 });
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((key) => queue.write(put(key))));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
    const refused = outcomes[2];
    assert.ok(refused?.status === 'rejected' && refused.reason instanceof StorageBusyError);
  });

  it('are finished before the database closes, and refused afterwards', async () => {
    const unit = queue.write(put('a'));
    await Promise.all([queue.close(), unit]);
    await assert.rejects(queue.write(put('b')), StorageBusyError);
    assert.deepEqual(await keys(), ['a']);
  });
});
