/**
 * One worker thread that reads large objects, so that none holds the event loop. It begins with the first one, ends when
 * it has had nothing to do for a while, and takes the server with it in no case: what it cannot bear is refused.
 */
import { Worker } from 'node:worker_threads';
import { DavError } from './http/errors.js';
import type { ReadingAnswer, SubmittedObject } from './submission-reading.js';
import { caldav, carddav } from './xml/names.js';

export interface SubmissionThreadLimits {
  /** Of its heap. The largest object in as many lines as it may have was read within 192. */
  readonly maxMegabytes: number;
  /** For one object. */
  readonly maxMilliseconds: number;
  /** Objects that wait for their turn; beyond that the server says 503. */
  readonly maxWaiting: number;
  /** Without work, until the thread ends. */
  readonly idleMilliseconds: number;
}

export const defaultThreadLimits: SubmissionThreadLimits = {
  maxMegabytes: 256,
  maxMilliseconds: 30_000,
  maxWaiting: 16,
  idleMilliseconds: 60_000,
};

interface Job {
  readonly submitted: SubmittedObject;
  readonly resolve: (answer: ReadingAnswer) => void;
  readonly reject: (error: Error) => void;
}

const WORKER = new URL('./submission-worker.js', import.meta.url);

export class SubmissionThread {
  readonly #limits: SubmissionThreadLimits;
  readonly #script: URL;
  readonly #waiting: Job[] = [];
  #worker: Worker | undefined;
  #current: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  /** @param script what the thread runs; another one only in tests */
  constructor(limits: Partial<SubmissionThreadLimits> = {}, script = WORKER) {
    this.#limits = { ...defaultThreadLimits, ...limits };
    this.#script = script;
  }

  /** How many objects it has been given. */
  get count(): number {
    return this.#count;
  }

  /**
   * Reads an object and makes its index.
   * @throws DavError 503 when too many wait already, 413 for one that takes more memory or time than one object may
   */
  read(submitted: SubmittedObject): Promise<ReadingAnswer> {
    if (this.#waiting.length >= this.#limits.maxWaiting) return Promise.reject(tooBusy());
    this.#count += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ submitted, resolve, reject });
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
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(job.submitted);
    this.#timer = setTimeout(() => this.#fail(tooHeavy(job.submitted)), maxMilliseconds);
  }

  #start(): Worker {
    const { maxMegabytes } = this.#limits;
    const worker = new Worker(this.#script, { resourceLimits: { maxOldGenerationSizeMb: maxMegabytes } });
    worker.on('message', (answer: ReadingAnswer) => {
      const job = this.#current;
      this.#current = undefined;
      job?.resolve(answer);
      this.#next();
    });
    worker.on('error', (error: Error & { readonly code?: string }) => {
      if (worker !== this.#worker) return;
      const submitted = this.#current?.submitted;
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY' && submitted !== undefined;
      this.#fail(isMemory ? tooHeavy(submitted) : error);
    });
    worker.on('exit', (code) => {
      if (worker === this.#worker) this.#fail(new Error(`The thread that reads objects ended with ${code}.`));
    });
    return worker;
  }

  /** Gives up the thread and what it was reading; those that wait get another one. */
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

function tooBusy(): DavError {
  return new DavError(503, 'The server is reading other large objects; try again in a moment.', {
    headers: { 'Retry-After': '5' },
  });
}

function tooHeavy({ home }: SubmittedObject): DavError {
  return new DavError(413, 'This object takes more memory or time to read than one object may take.', {
    precondition: (home === 'calendars' ? caldav : carddav)('max-resource-size'),
  });
}
