/**
 * One worker thread for what would hold the event loop. It begins with the first task, ends when it has had nothing to do
 * for a while, and takes the server with it in no case: what it cannot bear is refused.
 */
import { Worker } from 'node:worker_threads';
import type { DavError } from './http/errors.js';

export interface ThreadLimits {
  /** Of its heap. */
  readonly maxMegabytes: number;
  /** For one task. */
  readonly maxMilliseconds: number;
  /** Tasks that wait for their turn; beyond that the server says 503. */
  readonly maxWaiting: number;
  /** Without work, until the thread ends. */
  readonly idleMilliseconds: number;
}

/** How it refuses. */
export interface ThreadRefusals<Task> {
  readonly tooBusy: () => DavError;
  readonly tooHeavy: (task: Task) => DavError;
}

interface Job<Task, Answer> {
  readonly task: Task;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A task and its answer are plain data. */
export class WorkerThread<Task, Answer> {
  readonly #limits: ThreadLimits;
  readonly #script: URL;
  readonly #refusals: ThreadRefusals<Task>;
  readonly #waiting: Job<Task, Answer>[] = [];
  #worker: Worker | undefined;
  #current: Job<Task, Answer> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  /** @param script what the thread runs: it answers each message with one */
  constructor(script: URL, limits: ThreadLimits, refusals: ThreadRefusals<Task>) {
    this.#script = script;
    this.#limits = limits;
    this.#refusals = refusals;
  }

  /** How many tasks it has been given. */
  get count(): number {
    return this.#count;
  }

  /** @throws DavError `tooBusy` when too many wait already, `tooHeavy` for what takes more memory or time than one task may */
  run(task: Task): Promise<Answer> {
    if (this.#waiting.length >= this.#limits.maxWaiting) return Promise.reject(this.#refusals.tooBusy());
    this.#count += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== undefined) return;
    clearTimeout(this.#timer);
    const { maxMilliseconds, idleMilliseconds } = this.#limits;
    const job = this.#waiting.shift();
    this.#current = job;
    if (job === undefined) {
      this.#worker?.unref();
      this.#timer = setTimeout(() => this.#end(), idleMilliseconds).unref();
      return;
    }
    this.#timer = setTimeout(() => this.#fail(this.#refusals.tooHeavy(job.task)), maxMilliseconds);
    try {
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage(job.task);
    } catch (error) {
      // There may be no thread more in this process; the next task tries again.
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #start(): Worker {
    const { maxMegabytes } = this.#limits;
    const worker = new Worker(this.#script, { resourceLimits: { maxOldGenerationSizeMb: maxMegabytes } });
    worker.on('message', (answer: Answer) => {
      // What it had answered when it was given up still arrives, and belongs to nobody any more.
      if (worker !== this.#worker) return;
      const job = this.#current;
      this.#current = undefined;
      job?.resolve(answer);
      this.#next();
    });
    worker.on('error', (error: Error & { readonly code?: string }) => {
      if (worker !== this.#worker) return;
      const job = this.#current;
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY' && job !== undefined;
      this.#fail(isMemory ? this.#refusals.tooHeavy(job.task) : error);
    });
    worker.on('exit', (code) => {
      if (worker === this.#worker) this.#fail(new Error(`A worker thread ended with ${code}.`));
    });
    return worker;
  }

  /** Gives up the thread and what it was doing; those that wait get another one. */
  #fail(error: Error): void {
    const job = this.#current;
    this.#current = undefined;
    this.#end();
    job?.reject(error);
    this.#next();
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}
