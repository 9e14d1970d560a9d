/**
 * Large units of work: megabytes, or thousands of rows. To write them and to wait for the disk would hold the event loop, so
 * a thread does it on a connection of its own, as another process would. The unit itself stays where it is, and sends each
 * of its statements; others read meanwhile, and wait to write.
 */
import { Worker } from 'node:worker_threads';
import { SqliteError } from 'better-sqlite3';
import { ChangeSet, type CollectionChange } from '../change-feed.js';
import {
  StorageBusyError,
  StorageFullError,
  type StorageObserver,
  type WriteOptions,
  type Writer,
} from '../database.js';
import { bind, type Statement } from '../statement.js';
import { translate } from './errors.js';
import type { Call, CallAnswer, LargeUnitSettings } from './large-unit-calls.js';

export interface LargeUnitsOptions extends LargeUnitSettings {
  readonly observer?: StorageObserver | undefined;
  /** Told what was committed. */
  readonly committed: (change: CollectionChange) => void;
  /** Whether there is room for more than deletions. */
  readonly hasRoom: () => Promise<boolean>;
  /** Who else writes in this process lets this one come first. */
  readonly comeFirst: (begun: Promise<unknown>) => void;
}

const maxWaiting = 16;
const idleMs = 10_000;
const heapMegabytes = 64;
const script = new URL('./large-unit-worker.js', import.meta.url);

export class LargeUnits {
  /** Resolves when those that came before are done. */
  private last: Promise<unknown> = Promise.resolve();
  private pending = 0;
  private closing = false;
  private thread: Thread | undefined;
  private idle: NodeJS.Timeout | undefined;
  private written = 0;

  constructor(private readonly options: LargeUnitsOptions) {}

  /** How many were committed. */
  get count(): number {
    return this.written;
  }

  /** Those that wait, or are under way. */
  get waiting(): number {
    return this.pending;
  }

  /** As `Database.write`. */
  write<Result>(
    work: (writer: Writer) => Promise<Result>,
    { frees = false }: WriteOptions = {},
  ): Promise<Result> {
    if (this.closing) return Promise.reject(new StorageBusyError('The database is being closed'));
    if (this.pending >= maxWaiting)
      return Promise.reject(new StorageBusyError('Too many writes are waiting'));
    this.pending += 1;
    const done = this.last.then(() => this.run(work, frees));
    this.last = done.then(
      () => this.rest(),
      () => this.rest(),
    );
    return done;
  }

  /** Resolves when the units that were queued are done and the thread has closed the file. */
  async close(): Promise<void> {
    this.closing = true;
    await this.last;
    await this.end();
  }

  private rest(): void {
    this.pending -= 1;
    if (this.pending > 0 || this.closing) return;
    this.thread?.unref();
    this.idle = setTimeout(() => void this.end(), idleMs).unref();
  }

  private async end(): Promise<void> {
    clearTimeout(this.idle);
    const { thread } = this;
    this.thread = undefined;
    await thread?.close();
  }

  private async run<Result>(work: (writer: Writer) => Promise<Result>, frees: boolean): Promise<Result> {
    clearTimeout(this.idle);
    if (!frees && !(await this.options.hasRoom())) throw new StorageFullError('The disk is full');
    if (this.thread?.isGone !== false) this.thread = new Thread(this.options);
    const { thread } = this;
    thread.ref();
    const writer = new LargeUnitWriter(thread);
    try {
      const begun = thread.call({ do: 'begin' });
      this.options.comeFirst(begun);
      await begun;
      const result = await work(writer);
      writer.end();
      await writer.settled();
      const { observer } = this.options;
      const since = observer === undefined ? 0 : performance.now();
      await thread.call({ do: 'commit' });
      observer?.committed(performance.now() - since, 1);
      this.written += 1;
      writer.changes.take().forEach(this.options.committed);
      return result;
    } catch (error) {
      writer.end();
      await thread.call({ do: 'rollback' }).catch(() => undefined);
      throw translate(error);
    }
  }
}

interface Waiting {
  readonly resolve: (value: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

/** The thread, which answers in the order in which it is asked. */
class Thread {
  isGone = false;
  private readonly worker: Worker;
  private readonly asked: Waiting[] = [];
  private readonly ended: Promise<void>;

  constructor({ file, busyTimeoutMs, maxPages }: LargeUnitSettings) {
    const workerData: LargeUnitSettings = { file, busyTimeoutMs, maxPages };
    const resourceLimits = { maxOldGenerationSizeMb: heapMegabytes };
    this.worker = new Worker(script, { workerData, resourceLimits });
    this.worker.on('message', (answer: CallAnswer) => this.take(answer));
    this.worker.on('error', (error: Error) => this.lose(error));
    this.ended = new Promise((resolve) =>
      this.worker.on('exit', (code) => {
        this.lose(new Error(`The thread for large units ended with ${code}.`));
        resolve();
      }),
    );
  }

  call(call: Call): Promise<readonly unknown[]> {
    if (this.isGone) return Promise.reject(new Error('The thread for large units has ended.'));
    return new Promise((resolve, reject) => {
      this.worker.postMessage(call);
      this.asked.push({ resolve, reject });
    });
  }

  /** A process does not end while a unit is under way. */
  ref(): void {
    this.worker.ref();
  }

  unref(): void {
    this.worker.unref();
  }

  async close(): Promise<void> {
    this.ref();
    await this.call({ do: 'close' }).catch(() => undefined);
    await this.ended;
  }

  private take(answer: CallAnswer): void {
    const waiting = this.asked.shift();
    if ('value' in answer) waiting?.resolve(answer.value);
    else {
      const { message, code } = answer.error;
      waiting?.reject(code === undefined ? new Error(message) : new SqliteError(message, code));
    }
  }

  private lose(error: Error): void {
    this.isGone = true;
    for (const { reject } of this.asked.splice(0)) reject(error);
  }
}

class LargeUnitWriter implements Writer {
  readonly changes = new ChangeSet();
  private ended = false;
  /** Of what nobody waits for. */
  private readonly sent: Promise<unknown>[] = [];

  constructor(private readonly thread: Thread) {}

  end(): void {
    this.ended = true;
  }

  /** @throws what a statement met that nobody waited for */
  async settled(): Promise<void> {
    await Promise.all(this.sent);
  }

  async all<Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<Row[]> {
    return (await this.ask('all', statement, [parameters])) as Row[];
  }

  async get<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row | undefined> {
    return (await this.getEach(statement, [parameters]))[0];
  }

  async getEach<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    each: readonly Parameters[],
  ): Promise<(Row | undefined)[]> {
    return (await this.ask('get', statement, each)) as (Row | undefined)[];
  }

  async run<Parameters>(statement: Statement<Parameters, unknown>, parameters: Parameters): Promise<number> {
    return Number((await this.ask('run', statement, [parameters]))[0] ?? 0);
  }

  async runEach<Parameters>(
    statement: Statement<Parameters, unknown>,
    each: readonly Parameters[],
  ): Promise<void> {
    const running = this.ask('run', statement, each);
    // Seen at the end of the unit, if not before.
    running.catch(() => undefined);
    this.sent.push(running);
  }

  changed(change: CollectionChange): void {
    this.changes.add(change);
  }

  private async ask<Parameters>(
    what: 'all' | 'get' | 'run',
    statement: Statement<Parameters, unknown>,
    each: readonly Parameters[],
  ): Promise<readonly unknown[]> {
    if (this.ended) throw new Error('A writer was used after its unit had ended');
    const compiled = statement.compiled.sqlite;
    const values = each.map((parameters) => bind(compiled, parameters as Record<string, unknown>));
    return this.thread.call({ do: what, sql: compiled.sql, each: values });
  }
}
