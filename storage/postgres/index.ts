/** PostgreSQL: the engine of a server of many processes (docs/decisions/0006-postgres.md). */
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Changes } from '../change-feed.js';
import type {
  Database,
  DatabaseLoad,
  OpenedDatabase,
  Reader,
  ReadOptions,
  StorageObserver,
  WriteOptions,
  Writer,
} from '../database.js';
import { statement } from '../statement.js';
import { PostgresChanges } from './changes.js';
import type { RoundTrips } from './connection.js';
import { codeOf, isConflict, isLost, translate } from './errors.js';
import { ConnectionPool, type Lease } from './pool.js';
import { Snapshot } from './snapshot.js';
import { Statistics } from './statistics.js';
import { jobsLock, Unit } from './unit.js';

export interface PostgresOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE` */
  readonly url: string;
  /** Connections of this process, for reads and for units of work together. */
  readonly connections?: number;
  /** How long to wait for a connection, or for a lock that another unit holds, in milliseconds. */
  readonly busyTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  /** Units, and reads, that may wait for a connection. */
  readonly maxWaiting?: number;
  readonly observer?: StorageObserver | undefined;
}

/** How often a unit is run, in all, when others stand in its way. */
const mostAttempts = 6;

const one = statement()((db) => db.selectNoFrom((eb) => eb.lit(1).as('one')));
const tryJobs = statement<{ lock: string }>()((db, $) =>
  db.selectNoFrom(sql<number>`pg_try_advisory_lock(${$.lock})::int`.as('taken')),
);
const endJobs = statement<{ lock: string }>()((db, $) =>
  db.selectNoFrom(sql<number>`pg_advisory_unlock(${$.lock})::int`.as('ended')),
);
const serverVersion = statement()((db) =>
  db.selectNoFrom(sql<string>`current_setting('server_version_num')`.as('version')),
);

/** It answers, and will not do: the message is a sentence for whoever has set it up. */
export class UnusableServerError extends Error {
  override readonly name = 'UnusableServerError';
}

/**
 * Looks whether the server can be used; `migrate` brings the tables up to date.
 * @throws UnusableServerError
 * @throws StorageBusyError when it cannot be reached
 */
export async function openPostgres({
  url,
  connections = 24,
  busyTimeoutMs = 5_000,
  statementTimeoutMs = 30_000,
  maxWaiting = 2_000,
  observer,
}: PostgresOptions): Promise<PostgresDatabase> {
  const roundTrips = { count: 0 };
  const common = { url, maxWaiting, waitMs: busyTimeoutMs, lockTimeoutMs: busyTimeoutMs, statementTimeoutMs };
  // Answers that clients take slowly hold connections; those who write have their own.
  const writers = Math.max(1, Math.floor(connections / 3));
  const readers = Math.max(1, connections - writers);
  const database = new PostgresDatabase(
    new ConnectionPool({ ...common, connections: readers }, roundTrips),
    new ConnectionPool({ ...common, connections: writers }, roundTrips),
    roundTrips,
    readers,
    new PostgresChanges(url, observer),
    observer,
  );
  try {
    await refuseUnusable(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Wrong name or password, no such database, no right to connect. */
const refusals = new Set(['28P01', '28000', '3D000', '42501']);
const oldestVersion = 14;

/** What the server said when it would not have us; undefined where that is not why. */
function refusalIn(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  return refusals.has(codeOf(error) ?? '') ? error : refusalIn(error.cause);
}

async function refuseUnusable(database: Database): Promise<void> {
  const found = await database
    .read((reader) => reader.get(serverVersion, {}))
    .catch((error: unknown) => {
      const why = refusalIn(error);
      if (why === undefined) throw error;
      throw new UnusableServerError(`${why.message}.`, { cause: why });
    });
  const version = Math.floor(Number(found?.version ?? 0) / 10_000);
  if (version < oldestVersion)
    throw new UnusableServerError(`PostgreSQL ${oldestVersion} or later is needed; this is ${version}.`);
}

export class PostgresDatabase implements OpenedDatabase {
  private readonly statistics = new Statistics();

  constructor(
    private readonly readers: ConnectionPool,
    private readonly writers: ConnectionPool,
    /** What was sent and waited for so far, for tests and measurements. */
    readonly roundTrips: Readonly<RoundTrips>,
    readonly concurrentReads: number,
    private readonly told: PostgresChanges,
    private readonly observer?: StorageObserver,
  ) {}

  get changes(): Changes {
    return this.told.feed;
  }

  async read<Result>(work: (reader: Reader) => Promise<Result>, options?: ReadOptions): Promise<Result> {
    const lease = await leaseOf(this.readers);
    const snapshot = new Snapshot(lease.connection, options);
    let broken = false;
    try {
      return await work(snapshot);
    } catch (error) {
      broken = isLost(error);
      throw translate(error);
    } finally {
      snapshot.end();
      lease.release(broken);
    }
  }

  async write<Result>(
    work: (writer: Writer) => Promise<Result>,
    options: WriteOptions = {},
  ): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.attempt(work, options);
      if (outcome.done) return outcome.result;
      if (!outcome.again || attempt >= mostAttempts) throw translate(outcome.error);
      await delay(Math.random() * 5 * 2 ** attempt);
    }
  }

  /** The lock is the connection's: it is free again when this process ends, however that happens. */
  async alone(work: () => Promise<void>): Promise<boolean> {
    const { connection, release } = await leaseOf(this.readers);
    let broken = true;
    try {
      const [taken] = await connection.run(tryJobs, [{ lock: jobsLock }]);
      const isMine = taken?.rows[0]?.['taken'] === 1;
      if (isMine) {
        await work();
        await connection.run(endJobs, [{ lock: jobsLock }]);
      }
      broken = false;
      return isMine;
    } catch (error) {
      throw translate(error);
    } finally {
      release(broken);
    }
  }

  load(): DatabaseLoad {
    const { leased: reads, waiting: waitingReads } = this.readers;
    return { reads, waitingReads, waitingWrites: this.writers.waiting };
  }

  async ping(): Promise<void> {
    await this.read((reader) => reader.get(one, {}));
  }

  async close(): Promise<void> {
    await Promise.all([this.readers.close(), this.writers.close()]);
    await this.told.close();
  }

  /** Beside everything else; what fails, such as for want of the right, PostgreSQL does by itself in a minute. */
  private async gatherStatistics(): Promise<void> {
    const lease = await this.writers.lease().catch(() => undefined);
    if (lease === undefined) return;
    let broken = false;
    try {
      await this.statistics.gather(lease.connection);
    } catch (error) {
      broken = isLost(error);
    } finally {
      lease.release(broken);
    }
  }

  private async attempt<Result>(
    work: (writer: Writer) => Promise<Result>,
    { scope }: WriteOptions,
  ): Promise<Attempt<Result>> {
    const lease = await leaseOf(this.writers);
    const unit = new Unit(lease.connection, scope);
    let broken = false;
    try {
      const result = await work(unit);
      const begun = this.observer === undefined ? 0 : performance.now();
      await unit.commit();
      this.observer?.committed(performance.now() - begun, 1);
      this.told.committed(unit.changes.take());
      if (this.statistics.isDue()) void this.gatherStatistics();
      return { done: true, result };
    } catch (error) {
      broken = isLost(error);
      unit.rollback();
      return { done: false, error, again: isConflict(error) || (broken && !unit.committing) };
    } finally {
      lease.release(broken);
    }
  }
}

type Attempt<Result> =
  | { readonly done: true; readonly result: Result }
  | { readonly done: false; readonly error: unknown; readonly again: boolean };

async function leaseOf(pool: ConnectionPool): Promise<Lease> {
  try {
    return await pool.lease();
  } catch (error) {
    throw translate(error);
  }
}
