/**
 * Several processes on one machine: the one that started them asks each for its figures and adds them up. What one that has
 * ended had counted stays in the sums, so that nothing seems to have begun anew; what it counted since the last question is
 * lost.
 */
import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { addedUp } from './process.js';
import type { Metric } from './samples.js';

const question = 'latchkey:metrics?';
const reply = 'latchkey:metrics';
const ANSWERS_WITHIN_MS = 2_000;

interface Reply {
  readonly type: typeof reply;
  readonly id: number;
  readonly metrics: readonly Metric[];
}

interface Question {
  readonly type: typeof question;
  readonly id: number;
}

interface Asked {
  /** The worker's number. */
  readonly of: number;
  readonly resolve: (metrics: readonly Metric[] | undefined) => void;
}

const isOf = <Type extends string>(message: unknown, type: Type): message is { readonly type: Type } =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === type;

/** In a worker: answers what it is asked. */
export function answerPrimary(read: () => Promise<readonly Metric[]>): void {
  process.on('message', (message: unknown) => {
    if (!isOf(message, question)) return;
    const { id } = message as Question;
    void read().then((metrics) => {
      const answer: Reply = { type: reply, id, metrics };
      // The channel is closed when the other process is gone, and with it whoever wanted to know.
      if (process.connected) process.send?.(answer, undefined, undefined, () => undefined);
    });
  });
}

/** In the process that starts workers. */
export class WorkersMetrics {
  private readonly latest = new Map<number, readonly Metric[]>();
  /** What those who have ended have counted. */
  private departed: Promise<readonly Metric[]> = Promise.resolve([]);
  private readonly waiting = new Map<number, Asked>();
  private last = 0;

  constructor() {
    cluster.on('message', (_worker, message: unknown) => {
      if (!isOf(message, reply)) return;
      const { id, metrics } = message as Reply;
      this.waiting.get(id)?.resolve(metrics);
    });
    cluster.on('exit', (worker) => {
      for (const { of, resolve } of this.waiting.values()) if (of === worker.id) resolve(undefined);
      this.bury(worker.id);
    });
  }

  /** Of each process, as far as it answers; of one that does not, what it said the last time. */
  async read(): Promise<readonly (readonly Metric[])[]> {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    const silent = new Set<number>();
    await Promise.all(workers.map(async (worker) => (await this.ask(worker)) || silent.add(worker.id)));
    // One that has ended meanwhile is among the departed, and must not be counted twice.
    let departed: readonly Metric[];
    let settled: Promise<readonly Metric[]>;
    do {
      settled = this.departed;
      departed = await settled;
    } while (settled !== this.departed);
    const present = [...this.latest].map(([id, said]) => (silent.has(id) ? said.filter(isCounted) : said));
    return [departed, ...present];
  }

  /** Keeps what it says. False: it says nothing. */
  private async ask(worker: Worker): Promise<boolean> {
    const id = (this.last += 1);
    const answered = await new Promise<readonly Metric[] | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ANSWERS_WITHIN_MS);
      this.waiting.set(id, {
        of: worker.id,
        resolve: (metrics) => {
          clearTimeout(timer);
          resolve(metrics);
        },
      });
      const asked: Question = { type: question, id };
      const gone = (): void => this.waiting.get(id)?.resolve(undefined);
      if (worker.isConnected()) worker.send(asked, (error: Error | null) => error && gone());
      else gone();
    });
    this.waiting.delete(id);
    if (answered === undefined || worker.isDead()) return false;
    this.latest.set(worker.id, answered);
    return true;
  }

  private bury(id: number): void {
    const counted = (this.latest.get(id) ?? []).filter(isCounted);
    this.latest.delete(id);
    this.departed = this.departed.then((departed) => addedUp([departed, counted]));
  }
}

/** A gauge says how it is now, which nobody knows of one that does not answer. */
const isCounted = ({ type }: Metric): boolean => type === 'counter' || type === 'histogram';
