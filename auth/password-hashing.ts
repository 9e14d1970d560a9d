/** Slow hashes, in worker threads behind a bounded queue. */
import { Worker } from 'node:worker_threads';
import { AuthError } from './errors.js';

export type HashingJob =
  | { readonly kind: 'hash'; readonly input: string; readonly cost: number }
  | { readonly kind: 'compare'; readonly input: string; readonly hash: string };

interface Waiting {
  readonly job: HashingJob;
  readonly resolve: (result: string | boolean) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  /** One job at a time. */
  current: Waiting | undefined;
}

const maxWaiting = 64;
/** Jobs that nobody waits for take places only while few others wait. */
const maxWaitingForIdle = 4;

export class PasswordHashing {
  private readonly threads: Thread[] = [];
  private readonly waiting: Waiting[] = [];
  private closed = false;

  constructor(
    readonly cost: number,
    private readonly maxThreads: number,
  ) {}

  /** @throws AuthError busy */
  async hash(input: string): Promise<string> {
    return String(await this.run({ kind: 'hash', input, cost: this.cost }, maxWaiting));
  }

  /** Without a hash, the same work for nothing. @throws AuthError busy */
  async compare(input: string, hash: string | undefined): Promise<boolean> {
    const against = hash ?? this.nobodysHash();
    return (
      (await this.run({ kind: 'compare', input, hash: against }, maxWaiting)) === true && hash !== undefined
    );
  }

  /** As compare, while there is little else to do. @throws AuthError busy */
  async compareWhenIdle(input: string, hash: string): Promise<boolean> {
    return (await this.run({ kind: 'compare', input, hash }, maxWaitingForIdle)) === true;
  }

  /** Ends the threads; what is under way is refused. */
  async close(): Promise<void> {
    this.closed = true;
    const threads = this.threads.splice(0);
    for (const { reject } of this.waiting.splice(0)) reject(busy());
    await Promise.all(
      threads.map(async ({ worker, current }) => {
        await worker.terminate();
        current?.reject(busy());
      }),
    );
  }

  /** A hash in the right form that no password has. */
  private nobodysHash(): string {
    return `$2b$${String(this.cost).padStart(2, '0')}$${'.'.repeat(53)}`;
  }

  private run(job: HashingJob, limit: number): Promise<string | boolean> {
    if (this.closed || this.waiting.length >= limit) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, resolve, reject });
      this.dispatch();
    });
  }

  private dispatch(): void {
    const thread = this.threads.find(({ current }) => current === undefined) ?? this.start();
    if (thread === undefined) return;
    const next = this.waiting.shift();
    if (next === undefined) return;
    thread.current = next;
    // A process may end while a thread idles, but not while one works.
    thread.worker.ref();
    thread.worker.postMessage({ job: next.job });
  }

  private start(): Thread | undefined {
    if (this.closed || this.threads.length >= this.maxThreads) return undefined;
    const worker = new Worker(new URL('./password-worker.js', import.meta.url));
    const thread: Thread = { worker, current: undefined };
    worker.unref();
    worker.on('message', ({ result }: { readonly result: string | boolean }) => {
      const done = thread.current;
      thread.current = undefined;
      worker.unref();
      done?.resolve(result);
      this.dispatch();
    });
    worker.on('error', (error: Error) => this.lose(thread, error));
    worker.on('exit', () => this.lose(thread, new Error('A password worker ended')));
    this.threads.push(thread);
    return thread;
  }

  /** A thread that fails takes its job with it; the next job gets a new one. */
  private lose(thread: Thread, error: Error): void {
    const index = this.threads.indexOf(thread);
    if (index === -1) return;
    this.threads.splice(index, 1);
    thread.current?.reject(error);
    thread.current = undefined;
    this.dispatch();
  }
}

const busy = (): AuthError => new AuthError('busy', 'The server is busy. Try again in a moment.', 1);
