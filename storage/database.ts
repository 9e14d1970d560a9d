/**
 * The database as the rest of Latchkey sees it: consistent reads and atomic units of work, on any engine.
 */
import type { Changes, CollectionChange } from './change-feed.js';
import type { AccountId } from './ids.js';
import type { Statement } from './statement.js';

/** Reads on one consistent snapshot. */
export interface Reader {
  /** Every row, in the statement's order. For bounded results: page long ones by key. */
  all<Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<Row[]>;
  /** The first row. */
  get<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row | undefined>;
  /** The first row for each set of parameters, in their order; one round trip where the engine can. */
  getEach<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    each: readonly Parameters[],
  ): Promise<(Row | undefined)[]>;
}

/** A unit of work: reads its own writes; all of it happens or nothing. */
export interface Writer extends Reader {
  /** Runs a statement and answers how many rows it changed. */
  run<Parameters>(statement: Statement<Parameters, unknown>, parameters: Parameters): Promise<number>;
  /**
   * Runs a statement once for each set of parameters, in order. It need not have happened when the promise resolves: an
   * engine may send it together with what follows, or with the commit, and the unit fails when it does.
   */
  runEach<Parameters>(statement: Statement<Parameters, unknown>, each: readonly Parameters[]): Promise<void>;
  /** Tells of a change, in every process, once the unit is committed. */
  changed(change: CollectionChange): void;
}

export interface ReadOptions {
  /** The work runs one statement, which sees one snapshot by itself: the engine is spared the beginning and the end. */
  readonly single?: boolean;
}

export interface WriteOptions {
  /**
   * Whom the unit must not meet. An account: it decides on, and changes, rows of that account alone, and others of the
   * account wait. `independent`: each of its statements is right by itself, whatever happens in between. Left out, no other
   * unit that decides anything is written at the same time. SQLite writes one unit at a time in any case.
   */
  readonly scope?: AccountId | 'independent';
  /** The unit makes room, as a deletion does: it is also done when the disk is full. */
  readonly frees?: boolean;
  /** It writes megabytes: SQLite does that in a thread, so that it holds up no other request. */
  readonly large?: boolean;
}

/**
 * Rules for `work`: it awaits nothing but its reader or writer, and may be run again after a conflict between
 * processes, so it has no effect outside the database. Values it returns are only to be acted on after the promise of
 * `read` or `write` has resolved: for `write` that is after the commit has reached the disk.
 */
export interface Database {
  /** Runs reads on one snapshot. A streamed answer may await the client inside; it holds a connection as long. */
  read<Result>(work: (reader: Reader) => Promise<Result>, options?: ReadOptions): Promise<Result>;
  /**
   * Runs one unit of work. Units of one scope run one after another. A unit that throws is rolled back alone and rejects
   * with what it threw.
   * @throws StorageFullError when the disk is full (507), until there is room again
   * @throws StorageBusyError when another process holds the database too long, or the queue is full (503)
   */
  write<Result>(work: (writer: Writer) => Promise<Result>, options?: WriteOptions): Promise<Result>;
  /**
   * Runs scheduled work unless another process on this database is at it; answers whether it ran. SQLite cannot tell: who
   * starts several processes on one file lets one of them do such work.
   */
  alone(work: () => Promise<void>): Promise<boolean>;
  /** What has changed, whoever changed it. */
  readonly changes: Changes;
  /** Reads that may be under way at a time; more wait. */
  readonly concurrentReads: number;
  /** Resolves when the database answers; for readiness checks. */
  ping(): Promise<void>;
  /** Waits for units under way, then closes every connection. */
  close(): Promise<void>;
}

/** Who reads and who waits in this process at this moment. */
export interface DatabaseLoad {
  /** Reads under way. */
  readonly reads: number;
  readonly waitingReads: number;
  /** Units of work that wait: on SQLite to be written, on PostgreSQL for a connection. */
  readonly waitingWrites: number;
}

/** A database that was opened, and not something that stands before one. */
export interface OpenedDatabase extends Database {
  load(): DatabaseLoad;
}

/** Who measures what happens inside is told; nothing is measured where nobody is. Must not throw, and is called often. */
export interface StorageObserver {
  /** A commit that holds so many units of work is on the disk, after so many milliseconds. */
  committed(ms: number, units: number): void;
  /** The other processes were told of changes, the earliest of which was committed so many milliseconds ago. */
  told(ms: number): void;
  /** They could not be told, and will be told later. */
  notTold(): void;
}

/** The disk or the quota of the file system is exhausted. Nothing was written; reads and deletions go on. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';
}

/** What is stored cannot be read: the file, or a page of it, is damaged. */
export class StorageDamagedError extends Error {
  override readonly name = 'StorageDamagedError';
}

/** The database cannot take the work now; the same request may succeed in a moment. */
export class StorageBusyError extends Error {
  override readonly name = 'StorageBusyError';
}
