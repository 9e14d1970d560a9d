/** The database as this process sees it: how long work takes, what waits, and what it costs to make it last. */
import type { Database, DatabaseLoad, StorageObserver } from '../../../storage/index.js';
import { StorageBusyError, StorageFullError } from '../../../storage/index.js';
import { Counter, Gauge, Histogram } from './samples.js';
import type { Count, Distribution, Family } from './samples.js';

/** Seconds. A read of a warm database takes a tenth of a millisecond. */
const bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const unitBounds = [1, 2, 4, 8, 16, 32, 64];
const delayBounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class DatabaseMeter implements StorageObserver {
  private readonly reads = new Histogram(
    'latchkey_database_read_duration_seconds',
    'Seconds of reads, from asking to the end: with the wait for a connection and, of streamed answers, for the client.',
    bounds,
  );
  private readonly writes = new Histogram(
    'latchkey_database_write_duration_seconds',
    'Seconds of units of work, from asking to their commit, with the wait in the queue.',
    bounds,
  );
  private readonly commits = new Histogram(
    'latchkey_database_commit_duration_seconds',
    'Seconds of commits, until the disk has them.',
    bounds,
  );
  private readonly groups = new Histogram(
    'latchkey_database_commit_units',
    'Units of work that shared one commit.',
    unitBounds,
  );
  private readonly failures = new Counter(
    'latchkey_database_failures_total',
    'Reads and units of work that failed: the database was busy or gone, or the disk was full.',
  );
  private readonly delays = new Histogram(
    'latchkey_change_feed_delay_seconds',
    'Seconds from a commit until the other processes before one PostgreSQL were told of what has changed.',
    delayBounds,
  );
  private readonly untold = new Counter(
    'latchkey_change_feed_failures_total',
    'Messages about changes that did not reach the other processes, and are followed by one later.',
  );
  private readonly read = this.reads.child();
  private readonly write = this.writes.child();
  private readonly commit = this.commits.child();
  private readonly group = this.groups.child();
  private readonly delay = this.delays.child();
  private readonly failed = this.untold.child();
  private readonly failedAs = {
    busy: this.failures.child({ reason: 'busy' }),
    full: this.failures.child({ reason: 'full' }),
  };

  constructor(private readonly load: () => DatabaseLoad) {}

  get families(): readonly Family[] {
    return [
      ...[this.reads, this.writes, this.commits, this.groups, this.failures, this.delays, this.untold],
      new Gauge('latchkey_database_reads_open', 'Reads under way.', () => this.load().reads),
      new Gauge('latchkey_database_reads_waiting', 'Reads that wait for a connection.', () => {
        return this.load().waitingReads;
      }),
      new Gauge('latchkey_database_writes_waiting', 'Units of work that wait to be written.', () => {
        return this.load().waitingWrites;
      }),
    ];
  }

  committed(ms: number, units: number): void {
    this.commit.observe(ms / 1000);
    this.group.observe(units);
  }

  told(ms: number): void {
    this.delay.observe(ms / 1000);
  }

  notTold(): void {
    this.failed.add();
  }

  /** The same database, measured. */
  measured(database: Database): Database {
    return {
      concurrentReads: database.concurrentReads,
      changes: database.changes,
      read: (work, options) => this.timed(this.read, () => database.read(work, options)),
      write: (work, options) => this.timed(this.write, () => database.write(work, options)),
      alone: (work) => database.alone(work),
      ping: () => database.ping(),
      close: () => database.close(),
    };
  }

  private async timed<Result>(durations: Distribution, work: () => Promise<Result>): Promise<Result> {
    const begun = performance.now();
    try {
      return await work();
    } catch (error) {
      this.failureOf(error)?.add();
      throw error;
    } finally {
      durations.observe((performance.now() - begun) / 1000);
    }
  }

  /** What the work itself throws, such as a condition that does not hold, is no failure of the database. */
  private failureOf(error: unknown): Count | undefined {
    if (error instanceof StorageBusyError) return this.failedAs.busy;
    if (error instanceof StorageFullError) return this.failedAs.full;
    return undefined;
  }
}
