/**
 * The one writer: a queue of units, several of which share one durable commit (group commit), since the commit's fsync
 * costs more than the units do. One that fails rolls back alone: each but the first stands in a savepoint, for which SQLite
 * copies every page before it changes it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  StorageBusyError,
  StorageFullError,
  type StorageObserver,
  type WriteOptions,
  type Writer,
} from '../database.js';
import { ChangeSet, type CollectionChange } from '../change-feed.js';
import type { Statement } from '../statement.js';
import type { Connection } from './connection.js';
import { isBusy, isFull, translate } from './errors.js';
import type { Reserve } from './reserve.js';

export interface WriteQueueOptions {
  readonly busyTimeoutMs: number;
  readonly maxQueuedUnits: number;
  readonly observer?: StorageObserver | undefined;
}

interface Unit {
  readonly work: (writer: Writer) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly deadline: number;
  readonly frees: boolean;
  /** It has met a full disk once, and is tried again with the room that was kept. */
  secondTry?: boolean;
  result?: unknown;
  /** What it has changed, to be told when it is committed. */
  changes?: readonly CollectionChange[];
}

/** A group ends when it has taken this long, so that the event loop is not held; its last unit may run over. */
const maxGroupMs = 8;
const maxGroupUnits = 64;
/** 4 MiB: more than a group takes. */
const enoughFreePages = 1_024;

export class WriteQueue {
  private readonly queue: Unit[] = [];
  private draining = false;
  private idle: (() => void) | undefined;
  private closing = false;
  /** The beginning of a unit that another connection of this process writes. */
  private passing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly connection: Connection,
    private readonly reserve: Reserve,
    private readonly options: WriteQueueOptions,
    /** Told what was committed. */
    private readonly committed: (change: CollectionChange) => void = () => undefined,
  ) {}

  write<Result>(
    work: (writer: Writer) => Promise<Result>,
    { frees = false }: WriteOptions = {},
  ): Promise<Result> {
    if (this.closing) return Promise.reject(new StorageBusyError('The database is being closed'));
    if (this.queue.length >= this.options.maxQueuedUnits)
      return Promise.reject(new StorageBusyError('Too many writes are waiting'));
    return new Promise<Result>((resolve, reject) => {
      const deadline = Date.now() + this.options.busyTimeoutMs;
      this.queue.push({ work, resolve: resolve as (result: unknown) => void, reject, deadline, frees });
      this.schedule();
    });
  }

  get waiting(): number {
    return this.queue.length;
  }

  /** Takes no lock until this has: who asks for it now and then would never get it from one who takes it again at once. */
  letPass(begun: Promise<unknown>): void {
    this.passing = begun.catch(() => undefined);
  }

  /** Resolves when the units that were queued are done; no more are taken. */
  async close(): Promise<void> {
    this.closing = true;
    if (this.draining) await new Promise<void>((resolve) => (this.idle = resolve));
    this.connection.close();
  }

  /** After the requests that arrived together have queued their units. */
  private schedule(): void {
    if (this.draining) return;
    this.draining = true;
    setImmediate(() => void this.drain());
  }

  private async drain(): Promise<void> {
    try {
      await this.runGroup();
    } catch (error) {
      // Such as a disk that cannot be read: nobody may be left waiting, and the next unit tries again.
      for (const unit of this.queue.splice(0)) unit.reject(translate(error));
    }
    this.draining = false;
    if (this.queue.length > 0) this.schedule();
    else this.idle?.();
  }

  private async runGroup(): Promise<void> {
    await this.passing;
    if (!(await this.hasRoom())) this.refuseGrowth();
    if (this.queue.length === 0 || !(await this.begin())) return;
    const taken: Unit[] = [];
    try {
      await this.runUnits(taken);
    } catch (error) {
      for (const unit of taken) unit.reject(translate(error));
      if (this.connection.inTransaction) this.connection.command('ROLLBACK');
      throw error;
    }
  }

  /** Runs units in the transaction that has begun, and ends it; `taken` are those that left the queue. */
  private async runUnits(taken: Unit[]): Promise<void> {
    const group = new Group(this.connection);
    const done: Unit[] = [];
    const end = performance.now() + maxGroupMs;
    while (done.length < maxGroupUnits && performance.now() < end) {
      const unit = this.queue.shift();
      if (unit === undefined) break;
      taken.push(unit);
      try {
        const { result, changes } = await group.run(unit.work, done.length === 0);
        unit.result = result;
        unit.changes = changes;
        done.push(unit);
      } catch (error) {
        if (isFull(error) || !this.connection.inTransaction) {
          this.giveUp(unit, done, error);
          return;
        }
        unit.reject(translate(error));
      }
    }
    this.commit(done);
  }

  private commit(done: readonly Unit[]): void {
    const { observer } = this.options;
    const begun = observer === undefined ? 0 : performance.now();
    try {
      this.connection.command('COMMIT');
      observer?.committed(performance.now() - begun, done.length);
    } catch (error) {
      if (this.connection.inTransaction) this.connection.command('ROLLBACK');
      if (isFull(error)) this.makeRoom();
      for (const unit of done) this.fail(unit, error);
      return;
    }
    if (done.some((unit) => unit.frees)) this.reserve.expectRoom();
    for (const unit of done) {
      unit.resolve(unit.result);
      unit.changes?.forEach(this.committed);
    }
  }

  /** The transaction is rolled back, as where the disk is full: those who did nothing wrong are run again. */
  private giveUp(failed: Unit, done: readonly Unit[], error: unknown): void {
    if (this.connection.inTransaction) this.connection.command('ROLLBACK');
    if (isFull(error)) this.makeRoom();
    this.fail(failed, error);
    this.queue.unshift(...done);
  }

  private fail(unit: Unit, error: unknown): void {
    if (unit.frees && isFull(error) && unit.secondTry !== true) {
      unit.secondTry = true;
      this.queue.unshift(unit);
    } else unit.reject(translate(error));
  }

  /** The room that was kept is enough to carry the log into the database, which leaves the log's own for deletions. */
  private makeRoom(): void {
    this.reserve.release();
    try {
      this.connection.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      if (!isFull(error) && !isBusy(error)) throw error;
    }
  }

  /** On the disk, or, from deletions, inside the file. */
  async hasRoom(): Promise<boolean> {
    if (this.reserve.isHeld || (await this.reserve.restore())) return true;
    return Number(this.connection.pragma('freelist_count')) >= enoughFreePages;
  }

  private refuseGrowth(): void {
    const growing = this.queue.filter((unit) => !unit.frees);
    const freeing = this.queue.filter((unit) => unit.frees);
    this.queue.splice(0, this.queue.length, ...freeing);
    for (const unit of growing) unit.reject(new StorageFullError('The disk is full'));
  }

  /** Waits for the lock in timers, never in SQLite, which would hold the event loop. False: nobody waits any more. */
  private async begin(): Promise<boolean> {
    for (let pause = 1; ; pause = Math.min(pause * 2, 25)) {
      try {
        this.connection.command('BEGIN IMMEDIATE');
        return true;
      } catch (error) {
        this.rejectLate(error);
      }
      if (this.queue.length === 0) return false;
      await delay(pause);
    }
  }

  private rejectLate(error: unknown): void {
    const now = Date.now();
    const wait = isBusy(error);
    const late = this.queue.filter((unit) => !wait || unit.deadline <= now);
    const rest = this.queue.filter((unit) => wait && unit.deadline > now);
    this.queue.splice(0, this.queue.length, ...rest);
    for (const unit of late) unit.reject(translate(error));
  }
}

/** One transaction under way. */
class Group {
  constructor(private readonly connection: Connection) {}

  /**
   * Runs a unit; throws what the unit throws, after rolling it back. `first`: nothing was done in the transaction before, so
   * that all of it is rolled back.
   */
  async run(
    work: (writer: Writer) => Promise<unknown>,
    first: boolean,
  ): Promise<Required<Pick<Unit, 'result' | 'changes'>>> {
    const { connection } = this;
    if (!first) connection.command('SAVEPOINT unit');
    const writer = new UnitWriter(connection);
    try {
      const result = await withinMacrotask(work(writer));
      if (!first) connection.command('RELEASE unit');
      return { result, changes: writer.changes.take() };
    } catch (error) {
      if (connection.inTransaction) this.rollBack(first);
      throw error;
    } finally {
      writer.end();
    }
  }

  private rollBack(all: boolean): void {
    if (all) {
      this.connection.command('ROLLBACK');
      return;
    }
    this.connection.command('ROLLBACK TO unit');
    this.connection.command('RELEASE unit');
  }
}

/**
 * Everything that the writer answers is settled already, so a unit that awaits nothing else is done before the event
 * loop turns. One that is not would hold the transaction open for as long as it likes.
 */
async function withinMacrotask<Result>(unit: Promise<Result>): Promise<Result> {
  let sentinel: NodeJS.Immediate | undefined;
  const turned = new Promise<never>((_, reject) => {
    sentinel = setImmediate(() => {
      reject(new Error('A unit of work awaited something other than its writer; it was rolled back'));
    });
  });
  try {
    return await Promise.race([unit, turned]);
  } finally {
    clearImmediate(sentinel);
  }
}

class UnitWriter implements Writer {
  readonly changes = new ChangeSet();
  private ended = false;

  constructor(private readonly connection: Connection) {}

  end(): void {
    this.ended = true;
  }

  async all<Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<Row[]> {
    return this.open().all(statement, parameters);
  }

  async get<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row | undefined> {
    return this.open().get(statement, parameters);
  }

  async getEach<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    each: readonly Parameters[],
  ): Promise<(Row | undefined)[]> {
    const connection = this.open();
    return each.map((parameters) => connection.get(statement, parameters));
  }

  async run<Parameters>(statement: Statement<Parameters, unknown>, parameters: Parameters): Promise<number> {
    return this.open().run(statement, parameters);
  }

  async runEach<Parameters>(
    statement: Statement<Parameters, unknown>,
    each: readonly Parameters[],
  ): Promise<void> {
    const connection = this.open();
    for (const parameters of each) connection.run(statement, parameters);
  }

  changed(change: CollectionChange): void {
    this.changes.add(change);
  }

  private open(): Connection {
    if (this.ended) throw new Error('A writer was used after its unit had ended');
    return this.connection;
  }
}
