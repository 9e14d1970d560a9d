/** SQLite, embedded: the engine of a server that stands alone. */
import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ChangeFeed, type Changes, type CollectionChange } from '../change-feed.js';
import {
  StorageBusyError,
  type DatabaseLoad,
  type OpenedDatabase,
  type Reader,
  type ReadOptions,
  type StorageObserver,
  type WriteOptions,
  type Writer,
} from '../database.js';
import { Connection } from './connection.js';
import { isBusy, translate } from './errors.js';
import { LargeUnits } from './large-units.js';
import { OtherWriters } from './other-writers.js';
import { Readers } from './readers.js';
import { Reserve } from './reserve.js';
import { WriteQueue } from './writer.js';
import { openWriting } from './writing.js';

export interface SqliteOptions {
  /** Path of the database file; made, readable by its owner only, if it is not there. */
  readonly file: string;
  /** Reads at a time. A streamed answer counts as long as it lasts. */
  readonly readers?: number;
  /** How long a unit of work waits while another process holds the database, in milliseconds. */
  readonly busyTimeoutMs?: number;
  /** Units that may wait to be written. */
  readonly maxQueuedUnits?: number;
  /**
   * Room kept beside the database so that deletions go on when the disk is full, in MiB. Less than 8 may be too little for
   * the log.
   */
  readonly reserveMegabytes?: number;
  /** Largest size of the file in pages of 4 KiB, so that a test can fill it. */
  readonly maxPages?: number;
  readonly observer?: StorageObserver | undefined;
}

const writerCacheKilobytes = 8 * 1024;
const readerCacheKilobytes = 2 * 1024;
const maxWaitingReads = 10_000;

/**
 * Opens the database file; `migrate` brings its tables up to date.
 * @throws StorageBusyError when another process holds the file for longer than `busyTimeoutMs`
 */
export async function openSqlite(options: SqliteOptions): Promise<SqliteDatabase> {
  const { file, readers = 32, busyTimeoutMs = 5_000, maxQueuedUnits = 2_000, maxPages, observer } = options;
  const reserve = new Reserve(`${file}-reserve`, (options.reserveMegabytes ?? 8) * 1024 * 1024);
  // Made here and not by SQLite, for its mode; SQLite gives the files beside it the same.
  closeSync(openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600));
  const writer = await retryWhileBusy(
    () => openWriting({ file, cacheKilobytes: writerCacheKilobytes, maxPages }),
    busyTimeoutMs,
  );
  await reserve.restore();
  const feed: ChangeFeed = new ChangeFeed((isWanted) => others.watch(isWanted));
  const others = new OtherWriters(writer, feed);
  const committed = (change: CollectionChange): void => feed.tell(change);
  const writes = new WriteQueue(writer, reserve, { busyTimeoutMs, maxQueuedUnits, observer }, committed);
  const hasRoom = (): Promise<boolean> => writes.hasRoom();
  const comeFirst = (begun: Promise<unknown>): void => writes.letPass(begun);
  return new SqliteDatabase(
    writes,
    new LargeUnits({ file, busyTimeoutMs, maxPages, observer, committed, hasRoom, comeFirst }),
    new Readers({
      open: () => new Connection({ file, readonly: true, cacheKilobytes: readerCacheKilobytes }),
      limit: readers,
      maxWaiting: maxWaitingReads,
      busyTimeoutMs,
    }),
    readers,
    feed,
    others,
  );
}

export class SqliteDatabase implements OpenedDatabase {
  constructor(
    private readonly writes: WriteQueue,
    private readonly largeUnits: LargeUnits,
    private readonly readers: Readers,
    readonly concurrentReads: number,
    readonly changes: Changes,
    private readonly others: OtherWriters,
  ) {}

  read<Result>(work: (reader: Reader) => Promise<Result>, options?: ReadOptions): Promise<Result> {
    return this.readers.read(work, options);
  }

  write<Result>(work: (writer: Writer) => Promise<Result>, options?: WriteOptions): Promise<Result> {
    return options?.large === true ? this.largeUnits.write(work, options) : this.writes.write(work, options);
  }

  /** Units that a thread has written. */
  get largeUnitCount(): number {
    return this.largeUnits.count;
  }

  async alone(work: () => Promise<void>): Promise<boolean> {
    await work();
    return true;
  }

  load(): DatabaseLoad {
    const { reads, waitingReads } = this.readers;
    return { reads, waitingReads, waitingWrites: this.writes.waiting + this.largeUnits.waiting };
  }

  ping(): Promise<void> {
    return this.readers.ping();
  }

  async close(): Promise<void> {
    this.others.watch(false);
    await this.largeUnits.close();
    await this.readers.close();
    await this.writes.close();
  }
}

async function retryWhileBusy<Result>(attempt: () => Result, timeoutMs: number): Promise<Result> {
  const deadline = Date.now() + timeoutMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw translate(error);
      if (Date.now() >= deadline)
        throw new StorageBusyError('Another process holds the database', { cause: error });
    }
    await delay(pause);
  }
}
