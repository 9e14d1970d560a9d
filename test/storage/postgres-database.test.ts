/** What only PostgreSQL does: many connections, conflicts, a server that goes away. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { loadConfig } from '../../server/config.js';
import {
  AccountId,
  changeDeadProperties,
  CollectionId,
  collectionResource,
  listDeadProperties,
  putObject,
  StorageBusyError,
} from '../../storage/index.js';
import type { CollectionChange, Writer } from '../../storage/index.js';
import { openPostgres, UnusableServerError } from '../../storage/postgres/index.js';
import type { PostgresDatabase } from '../../storage/postgres/index.js';
import { addThrottlePoints, throttleOf } from '../../storage/throttle.js';
import { statement } from '../../storage/statement.js';
import { postgresServer } from '../engine.js';
import { until } from '../until.js';
import {
  contentOf,
  insertBareAccount,
  insertCollection,
  temporaryPostgresDatabase,
  type TemporaryDatabase,
} from './temporary-database.js';

const raw = <Row = object>(source: string) =>
  statement()((db) => ({ compile: () => sql.raw<Row>(source).compile(db) }));
const readMeta = statement<{ key: string }>()((db, $) =>
  db.selectFrom('server_meta').select('value').where('key', '=', $.key),
);
const setMeta = statement<{ key: string; value: string }>()((db, $) =>
  db
    .insertInto('server_meta')
    .values({ key: $.key, value: $.value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: $.value })),
);

describe('PostgreSQL', () => {
  let temporary: TemporaryDatabase<PostgresDatabase>;
  let database: PostgresDatabase;
  beforeEach(async () => {
    temporary = await temporaryPostgresDatabase();
    ({ database } = temporary);
  });
  afterEach(() => temporary.dispose());

  /** Ends every connection to the database but the one that does it. */
  const endConnections = (): Promise<unknown> => {
    const name = new URL(temporary.url).pathname.slice(1);
    return postgresServer().command(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`,
    );
  };

  it('reads on one snapshot, whatever is committed meanwhile', async () => {
    await database.write((writer) => writer.run(setMeta, { key: 'epoch', value: 'before' }));
    await database.read(async (reader) => {
      assert.equal((await reader.get(readMeta, { key: 'epoch' }))?.value, 'before');
      await database.write((writer) => writer.run(setMeta, { key: 'epoch', value: 'after' }));
      assert.equal((await reader.get(readMeta, { key: 'epoch' }))?.value, 'before');
    });
    assert.equal((await database.read((reader) => reader.get(readMeta, { key: 'epoch' })))?.value, 'after');
  });

  it('runs units of one account one after another, in every process', async () => {
    const collection = await insertCollection(database);
    const other = await temporary.again();
    const stored = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? database : other).write(
          (writer) => putObject(writer, collection, contentOf(`${index}.ics`)),
          { scope: collection.accountId },
        ),
      ),
    );
    await other.close();
    const revisions = stored.map(({ revision }) => Number(revision)).sort((a, b) => a - b);
    assert.deepEqual(
      revisions,
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
  });

  it('lets a unit of an account decide on what it reads, whatever others of that account do beside it', async () => {
    const { accountId, id } = await insertCollection(database);
    const other = await temporary.again();
    const counted = async (writer: Writer): Promise<void> => {
      const [last] = await listDeadProperties(writer, accountId, collectionResource(id));
      const next = Number(last?.xml ?? 0) + 1;
      await changeDeadProperties(
        writer,
        accountId,
        collectionResource(id),
        new Map([['count', `${next}`.padStart(3, '0')]]),
      );
    };
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? database : other).write(counted, { scope: accountId }),
      ),
    );
    await other.close();
    const [last] = await database.read((reader) =>
      listDeadProperties(reader, accountId, collectionResource(id)),
    );
    assert.equal(last?.xml, '040');
  });

  it('lets units of other accounts go on while one is under way, and none beside a unit without a scope', async () => {
    const [first, second] = [await insertBareAccount(database, 'a'), await insertBareAccount(database, 'b')];
    const order: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = database.write(
      async (writer) => {
        await writer.get(readMeta, { key: 'epoch' });
        await held;
        order.push('first');
      },
      { scope: first },
    );
    await delay(50);
    const everybody = database.write(async (writer) => {
      await writer.get(readMeta, { key: 'epoch' });
      order.push('everybody');
    });
    await delay(50);
    await database.write(async (writer) => writer.get(readMeta, { key: 'epoch' }), { scope: 'independent' });
    order.push('independent');
    release();
    await Promise.all([slow, everybody]);
    await database.write(async (writer) => writer.get(readMeta, { key: 'epoch' }), { scope: second });
    assert.deepEqual(order, ['independent', 'first', 'everybody']);
  });

  it('takes back a unit alone that throws, and one whose last statement fails with the commit', async () => {
    await assert.rejects(
      database.write(async (writer) => {
        await writer.run(setMeta, { key: 'epoch', value: 'thrown' });
        throw new Error('no');
      }),
      /no/,
    );
    await assert.rejects(
      database.write(async (writer) => {
        await writer.run(setMeta, { key: 'epoch', value: 'failed' });
        await writer.runEach(raw(`insert into server_meta values (null, 'x')`), [{}]);
      }),
      /null value/,
    );
    assert.equal(await database.read((reader) => reader.get(readMeta, { key: 'epoch' })), undefined);
    await database.write((writer) => writer.run(setMeta, { key: 'epoch', value: 'kept' }));
    assert.equal((await database.read((reader) => reader.get(readMeta, { key: 'epoch' })))?.value, 'kept');
  });

  it('runs a unit again that met another in a deadlock', async () => {
    for (const key of ['a', 'b']) await database.write((writer) => writer.run(setMeta, { key, value: '0' }));
    let attempts = 0;
    const cross = (...keys: readonly [string, string]): Promise<void> =>
      database.write(
        async (writer) => {
          attempts += 1;
          for (const key of keys) {
            await writer.run(setMeta, { key, value: keys.join('') });
            await delay(100);
          }
        },
        { scope: 'independent' },
      );
    await Promise.all([cross('a', 'b'), cross('b', 'a')]);
    assert.ok(attempts > 2, 'one of them was run again');
  }).timeout(20_000);

  it('counts attempts at the same moment', async () => {
    const change = { key: 'k', points: 1, now: 1_000, expiresAt: 10_000 };
    await Promise.all(
      Array.from({ length: 30 }, () =>
        database.write((writer) => addThrottlePoints(writer, change), { scope: 'independent' }),
      ),
    );
    assert.equal((await database.read((reader) => throttleOf(reader, 'k', 1_000)))?.points, 30);
  });

  it('says that it is busy when a lock is not given free in time, and when a statement takes too long', async () => {
    const impatient = await openPostgres({
      url: temporary.url,
      busyTimeoutMs: 200,
      statementTimeoutMs: 300,
    });
    const scope = AccountId(1);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = database.write(
      async (writer) => {
        await writer.get(readMeta, { key: 'epoch' });
        await held;
      },
      { scope },
    );
    await delay(50);
    await assert.rejects(
      impatient.write((writer) => writer.get(readMeta, { key: 'epoch' }), { scope }),
      StorageBusyError,
    );
    release();
    await slow;
    await assert.rejects(
      impatient.read((reader) => reader.get(raw('select pg_sleep(5)'), {})),
      StorageBusyError,
    );
    await impatient.ping();
    await impatient.close();
  });

  it('heals by itself when its connections break: what is under way is refused, what follows is answered', async () => {
    await database.ping();
    const reading = database.read((reader) => reader.get(raw('select pg_sleep(5)'), {}));
    const refused = assert.rejects(reading, StorageBusyError);
    await delay(100);
    await endConnections();
    await refused;
    await database.ping();
    await database.write((writer) => writer.run(setMeta, { key: 'epoch', value: 'healed' }));
  });

  it('goes on telling of changes after the connection that listens broke, and that some may have been missed', async () => {
    const other = await temporary.again();
    const told: (CollectionChange | 'unknown')[] = [];
    const end = other.changes.subscribe((change) => told.push(change));
    const said = (): string => JSON.stringify(told);
    await until(() => told.length === 1, said);
    await endConnections();
    await until(() => told.length === 2, said);
    assert.deepEqual(told, ['unknown', 'unknown']);
    const { accountId, id } = await insertCollection(database);
    await until(() => told.length === 3, said);
    assert.deepEqual(told[2], { accountId, id, what: 'collection' });
    end();
    await other.close();
  });

  it('tells that something has changed where too much has for one message', async () => {
    const other = await temporary.again();
    const told: (CollectionChange | 'unknown')[] = [];
    const end = other.changes.subscribe((change) => told.push(change));
    const { accountId } = await insertCollection(database);
    await database.write(async (writer) => {
      for (let id = 2; id < 2_000; id += 1)
        writer.changed({ accountId, id: CollectionId(id), what: 'members' });
      await writer.run(setMeta, { key: 'epoch', value: 'x' });
    });
    await until(() => told.filter((change) => change === 'unknown').length >= 2, `${told.length}`);
    assert.ok(told.length < 10);
    end();
    await other.close();
  });

  it('runs a unit again whose connection broke before its commit', async () => {
    let attempts = 0;
    await database.write(async (writer) => {
      attempts += 1;
      await writer.run(setMeta, { key: 'epoch', value: `${attempts}` });
      if (attempts === 1) await endConnections();
      await writer.get(readMeta, { key: 'epoch' });
    });
    assert.equal(attempts, 2);
    assert.equal((await database.read((reader) => reader.get(readMeta, { key: 'epoch' })))?.value, '2');
  });

  it('replaces a connection that has prepared more statements than it keeps', async () => {
    for (let index = 0; index < 900; index += 1)
      assert.deepEqual(
        await database.read((reader) => reader.get(raw<{ n: number }>(`select ${index} as n`), {})),
        { n: index },
      );
  }).timeout(30_000);

  it('lets one process at a time do scheduled work, and the next when that one is gone', async () => {
    const other = await temporary.again();
    let ran = 0;
    await database.alone(async () => {
      assert.equal(await other.alone(async () => void (ran += 1)), false);
    });
    assert.equal(ran, 0);
    assert.equal(await other.alone(async () => void (ran += 1)), true);
    await assert.rejects(
      other.alone(async () => {
        throw new Error('failed');
      }),
    );
    assert.equal(await database.alone(async () => void (ran += 1)), true);
    assert.equal(ran, 2);
    await other.close();
  });

  it('reads and writes in scheduled work with the fewest connections that can be set', async () => {
    const { databaseConnections: connections } = loadConfig({ LATCHKEY_DATABASE_CONNECTIONS: '3' });
    assert.throws(() => loadConfig({ LATCHKEY_DATABASE_CONNECTIONS: '2' }));
    const small = await openPostgres({ url: temporary.url, connections, busyTimeoutMs: 500 });
    assert.ok(
      await small.alone(async () => {
        await small.ping();
        await small.write((writer) => writer.run(setMeta, { key: 'epoch', value: 'x' }));
      }),
    );
    await small.close();
  });

  it('keeps numbers, bytes and text as they are, and no NUL', async () => {
    const echo = statement<{ bytes: Uint8Array; text: string; big: number }>()((db, $) =>
      db.selectNoFrom([
        sql<Uint8Array>`cast(${$.bytes} as bytea)`.as('bytes'),
        sql<string>`cast(${$.text} as text)`.as('text'),
        sql<number>`cast(${$.big} as bigint)`.as('big'),
        sql<null>`null`.as('nothing'),
      ]),
    );
    const bytes = Buffer.from([0, 1, 92, 120, 255]);
    const given = { bytes, text: 'å\\x\n𝄞', big: Number.MAX_SAFE_INTEGER };
    assert.deepEqual(await database.read((reader) => reader.get(echo, given)), { ...given, nothing: null });
    const nul = await database.read((reader) => reader.get(echo, { ...given, text: 'a\0b' }));
    assert.equal(nul?.text, 'a\uFFFDb');
  });

  it('is refused in a sentence where it cannot be used', async () => {
    const server = postgresServer();
    await assert.rejects(openPostgres({ url: server.urlOf('nowhere') }), UnusableServerError);
    await assert.rejects(openPostgres({ url: 'postgres://latchkey@127.0.0.1:1/latchkey' }), StorageBusyError);
  });

  it('reads with one statement without a transaction around it, and refuses a second', async () => {
    const { database } = temporary;
    const before = database.roundTrips.count;
    const isolation = raw<{ isolation: string }>(
      "select current_setting('transaction_isolation') as isolation",
    );
    const row = await database.read((reader) => reader.get(isolation, {}), { single: true });
    assert.equal(row?.isolation, 'read committed');
    assert.equal(database.roundTrips.count, before + 1);
    await assert.rejects(
      database.read(
        async (reader) => {
          await reader.get(isolation, {});
          await reader.get(isolation, {});
        },
        { single: true },
      ),
      /single statement ran another/,
    );
  });

  it('lets PostgreSQL look at tables that have grown, so that it finds an object by its name', async () => {
    const { database } = temporary;
    const calendar = await insertCollection(database);
    for (let count = 0; count < 70; count += 1)
      await database.write((writer) => putObject(writer, calendar, contentOf(`object ${count}`)));
    const known = raw<{ rows: number }>(
      "select reltuples::int as rows from pg_class where oid = 'object'::regclass",
    );
    const rows = async (): Promise<number> =>
      (await database.read((reader) => reader.get(known, {}), { single: true }))?.rows ?? 0;
    await until(async () => (await rows()) > 0, 'PostgreSQL knows how many objects there are');
  });
});
