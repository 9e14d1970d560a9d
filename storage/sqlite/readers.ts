/** The connections that read: each `read` has one of its own, and with it one snapshot of the database. */
import { setTimeout as delay } from 'node:timers/promises';
import { StorageBusyError, type Reader, type ReadOptions } from '../database.js';
import type { Statement } from '../statement.js';
import type { Connection } from './connection.js';
import { isBusy, translate } from './errors.js';

export interface ReadersOptions {
  readonly open: () => Connection;
  /** Reads at a time, and so open connections at most. */
  readonly limit: number;
  /** Reads that may wait for a connection. */
  readonly maxWaiting: number;
  readonly busyTimeoutMs: number;
}

/** Connections that are kept when nobody reads; one read after another uses the same, whose cache is warm. */
const keptIdle = 4;

export class Readers {
  private readonly idle: Connection[] = [];
  private readonly waiting: ((connection: Connection) => void)[] = [];
  private open = 0;
  private closed: (() => void) | undefined;

  constructor(private readonly options: ReadersOptions) {}

  async read<Result>(
    work: (reader: Reader) => Promise<Result>,
    { single = false }: ReadOptions = {},
  ): Promise<Result> {
    const connection = this.idle.pop() ?? (await this.acquire());
    const reader = new Snapshot(connection, this.options.busyTimeoutMs, single ? 1 : Infinity);
    try {
      if (!single) connection.command('BEGIN');
      return await work(reader);
    } catch (error) {
      throw translate(error);
    } finally {
      try {
        reader.end();
      } finally {
        this.release(connection);
      }
    }
  }

  /** Under way. */
  get reads(): number {
    return this.open - this.idle.length;
  }

  get waitingReads(): number {
    return this.waiting.length;
  }

  /** Reads the file's head: enough to know that it is there and is a database. */
  async ping(): Promise<void> {
    const connection = this.idle.pop() ?? (await this.acquire());
    try {
      connection.pragma('schema_version');
    } catch (error) {
      throw translate(error);
    } finally {
      this.release(connection);
    }
  }

  /** Resolves when the reads under way have ended. */
  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.closed = resolve));
    while (this.idle.length > 0) this.discard(this.idle.pop());
    if (this.open > 0) await ended;
  }

  private async acquire(): Promise<Connection> {
    if (this.closed !== undefined) throw new StorageBusyError('The database is being closed');
    if (this.open < this.options.limit) {
      const connection = this.options.open();
      this.open += 1;
      return connection;
    }
    if (this.waiting.length >= this.options.maxWaiting)
      throw new StorageBusyError('Too many reads are waiting');
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private release(connection: Connection): void {
    const next = this.waiting.shift();
    if (next !== undefined) next(connection);
    else if (this.closed === undefined && this.idle.length < keptIdle) this.idle.push(connection);
    else this.discard(connection);
  }

  private discard(connection: Connection | undefined): void {
    connection?.close();
    this.open -= 1;
    if (this.open === 0) this.closed?.();
  }
}

class Snapshot implements Reader {
  private ended = false;

  constructor(
    private readonly connection: Connection,
    private readonly busyTimeoutMs: number,
    /** Statements that it may still run. */
    private left: number,
  ) {}

  all<Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<Row[]> {
    return this.attempt(() => this.connection.all(statement, parameters));
  }

  get<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row | undefined> {
    return this.attempt(() => this.connection.get(statement, parameters));
  }

  getEach<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    each: readonly Parameters[],
  ): Promise<(Row | undefined)[]> {
    // As many statements as there are parameters, on one snapshot.
    this.left -= each.length - 1;
    return this.attempt(() => each.map((parameters) => this.connection.get(statement, parameters)));
  }

  end(): void {
    this.ended = true;
    if (this.connection.inTransaction) this.connection.command('COMMIT');
  }

  /** A reader meets a lock only while another process recovers or closes the file, so it is worth a short wait. */
  private async attempt<Result>(query: () => Result): Promise<Result> {
    this.left -= 1;
    if (this.left < 0) throw new Error('A read of a single statement ran another');
    const deadline = Date.now() + this.busyTimeoutMs;
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      if (this.ended) throw new Error('A reader was used after its read had ended');
      try {
        return query();
      } catch (error) {
        if (!isBusy(error) || Date.now() >= deadline) throw error;
      }
      await delay(pause);
    }
  }
}
