/** The way to PostgreSQL breaks without a word, as when a machine or a cable between is gone. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { setTimeout as delay } from 'node:timers/promises';
import { AccountId, CollectionId, StorageBusyError } from '../../storage/index.js';
import type { CollectionChange, Writer } from '../../storage/index.js';
import { openPostgres } from '../../storage/postgres/index.js';
import type { PostgresDatabase } from '../../storage/postgres/index.js';
import { postgresServer } from '../engine.js';
import { until } from '../until.js';
import {
  insertBareAccount,
  temporaryPostgresDatabase,
  type TemporaryDatabase,
} from './temporary-database.js';

describe('PostgreSQL behind a way that falls silent', function () {
  this.timeout(60_000);
  let temporary: TemporaryDatabase<PostgresDatabase>;
  let way: Way;
  let database: PostgresDatabase;
  beforeEach(async () => {
    temporary = await temporaryPostgresDatabase();
    way = await Way.to(temporary.url);
    database = await openPostgres({
      url: way.url,
      connections: 2,
      busyTimeoutMs: 300,
      statementTimeoutMs: 300,
    });
  });
  afterEach(async () => {
    await database.close();
    await way.close();
    await temporary.dispose();
  });

  it('says that it is busy, for reads and for units, and answers again as soon as there is a way', async () => {
    await insertBareAccount(database, 'before');
    await database.ping();
    way.fallSilent();
    await assert.rejects(database.ping(), StorageBusyError);
    await assert.rejects(insertBareAccount(database, 'while'), StorageBusyError);
    way.answer();
    await database.ping();
    await insertBareAccount(database, 'after');
  });
});

describe('Changes that cannot be sent', function () {
  this.timeout(60_000);

  it('are told later to processes that go on listening and have lost nothing themselves', async () => {
    const temporary = await temporaryPostgresDatabase();
    const { database } = temporary;
    const other = await temporary.again();
    const told: (CollectionChange | 'unknown')[] = [];
    const end = other.changes.subscribe((change) => told.push(change));
    const hears = (count: number): Promise<void> =>
      until(
        () => told.length >= count,
        () => `${told.length} of ${count}`,
      );
    await hears(1);
    await database.write(change);
    await hears(2);
    await cutOff(temporary.url);
    await database.write(change);
    await delay(500);
    assert.equal(told.length, 2, 'it cannot be sent');
    await letIn(temporary.url);
    await hears(3);
    assert.equal(told[2], 'unknown');
    end();
    await other.close();
    await temporary.dispose();
  });

  it('are late from their commit on, for who observes', async () => {
    const temporary = await temporaryPostgresDatabase();
    const delays: number[] = [];
    let failures = 0;
    const database = await openPostgres({
      url: temporary.url,
      connections: 2,
      observer: {
        committed: () => undefined,
        told: (ms) => delays.push(ms),
        notTold: () => (failures += 1),
      },
    });
    const told = (count: number): Promise<void> => until(() => delays.length === count, String(count));
    await database.write(change);
    await told(1);
    await cutOff(temporary.url);
    await database.write(change);
    const committed = performance.now();
    await until(() => failures > 0, 'it cannot be sent');
    await database.write(change);
    await letIn(temporary.url);
    const letInAfter = performance.now() - committed;
    await told(2);
    assert.ok((delays[1] ?? 0) >= letInAfter, `${delays[1]} ms, and not since the last try`);
    await database.close();
    await temporary.dispose();
  });
});

const nameOf = (url: string): string => new URL(url).pathname.slice(1);
const letIn = (url: string, isLetIn = true): Promise<unknown> =>
  postgresServer().command(`alter database ${nameOf(url)} with allow_connections ${isLetIn}`);

/** Nothing is told any more: the connection that sends is ended, and nothing else, and no other can be made. */
async function cutOff(url: string): Promise<void> {
  await letIn(url, false);
  await postgresServer().command(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${nameOf(url)}' and query like '%pg_notify%' and pid <> pg_backend_pid()`,
  );
  await delay(100);
}

async function change(writer: Writer): Promise<void> {
  writer.changed({ accountId: AccountId(1), id: CollectionId(1), what: 'members' });
}

/** Passes on what it is given, until it falls silent: then nothing goes either way, and nobody is told. */
class Way {
  private readonly sockets = new Set<Socket>();
  private silent = false;

  private constructor(
    private readonly server: Server,
    private readonly database: string,
  ) {}

  static async to(url: string): Promise<Way> {
    const { pathname, searchParams } = new URL(url);
    const server = createServer();
    const way = new Way(server, pathname);
    server.on('connection', (socket) => way.pass(socket, `${searchParams.get('host') ?? ''}/.s.PGSQL.5432`));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return way;
  }

  get url(): string {
    return `postgres://latchkey@127.0.0.1:${(this.server.address() as AddressInfo).port}${this.database}`;
  }

  fallSilent(): void {
    this.silent = true;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** From now on those who connect get through; the others stay as they are. */
  answer(): void {
    this.silent = false;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private pass(socket: Socket, path: string): void {
    this.keep(socket);
    if (this.silent) {
      socket.pause();
      return;
    }
    const onward = connect(path);
    this.keep(onward);
    socket.pipe(onward).pipe(socket);
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
  }
}
