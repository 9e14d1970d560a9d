/** Clients in a closed loop: each asks, waits for the answer, and asks again. Bounded in time and in count. */
import { Connection } from './connection.js';
import type { TimedAnswer } from './connection.js';
import { cpuMs, threadCpuMs } from './process-usage.js';

/** A request as bytes, and what is wrong with an answer to it. */
export interface Query {
  readonly bytes: Buffer;
  /** Undefined where the answer is right. */
  readonly fault: (answer: TimedAnswer) => string | undefined;
}
/** The next request of a client, the first one being client 0. */
export type NextQuery = (client: number) => Query;

export interface LoadOptions {
  readonly port: number;
  /** The processes whose CPU time is measured, with those below them. */
  readonly pids: readonly number[];
  readonly clients: number;
  /** The warm-up takes so long, and longer where it has not come to so many requests by then; but not for ever. */
  readonly warmUpMs: number;
  readonly warmUpRequests?: number;
  readonly measureMs: number;
  readonly maxRequests: number;
  /** Clients whose requests are counted and timed; all where it is left out. */
  readonly observed?: (client: number) => boolean;
}

export interface LoadResult {
  readonly requests: number;
  readonly cpuMsPerRequest: number;
  /** Of the thread that had most to do: what it takes is what more cores do not make up for. */
  readonly busiestMsPerRequest: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly firstByteP50Ms: number;
  readonly firstByteP99Ms: number;
}

const LONGEST_WARM_UP_MS = 15_000;

/** Runs the load: a warm-up that is not counted, then the measured part, each begun and ended with every client idle. */
export async function runLoad(options: LoadOptions, next: NextQuery): Promise<LoadResult> {
  const { port, pids, clients, warmUpMs, measureMs, maxRequests, observed = () => true } = options;
  const { warmUpRequests = 0 } = options;
  const connections = await Promise.all(Array.from({ length: clients }, () => Connection.open(port)));
  try {
    const warmUpUntil = performance.now() + LONGEST_WARM_UP_MS;
    let warmedBy = 0;
    do {
      await loop(connections, next, { forMs: warmUpMs, maxRequests }, () => (warmedBy += 1));
    } while (warmedBy < warmUpRequests && performance.now() < warmUpUntil);
    const times: number[] = [];
    const firstBytes: number[] = [];
    const cpuBefore = cpuMs(pids);
    const threadsBefore = threadCpuMs(pids);
    const startedAt = performance.now();
    await loop(connections, next, { forMs: measureMs, maxRequests }, (answer, client) => {
      if (!observed(client)) return;
      times.push(answer.ms);
      firstBytes.push(answer.firstByteMs);
    });
    const tookMs = performance.now() - startedAt;
    const usedMs = cpuMs(pids) - cpuBefore;
    const busiestMs = mostGrown(threadsBefore, threadCpuMs(pids));
    return summary(times, firstBytes, { usedMs, busiestMs, tookMs });
  } finally {
    for (const connection of connections) connection.close();
  }
}

interface Bounds {
  readonly forMs: number;
  readonly maxRequests: number;
}

async function loop(
  connections: readonly Connection[],
  next: NextQuery,
  { forMs, maxRequests }: Bounds,
  record: (answer: TimedAnswer, client: number) => void,
): Promise<void> {
  const until = performance.now() + forMs;
  let left = maxRequests;
  await Promise.all(
    connections.map(async (connection, client) => {
      while (left > 0 && performance.now() < until) {
        left -= 1;
        const query = next(client);
        const answer = await connection.ask(query.bytes);
        const fault = query.fault(answer);
        if (fault !== undefined) throw new WrongAnswerError(fault, query.bytes, answer);
        record(answer, client);
      }
    }),
  );
}

/** The server answered otherwise than it should: the run means nothing. */
export class WrongAnswerError extends Error {
  override readonly name = 'WrongAnswerError';
  constructor(fault: string, request: Buffer, { head, body }: TimedAnswer) {
    const asked = request.toString('latin1').replace(/^Authorization:.*$/im, 'Authorization: ...');
    super(
      `${fault}\n--- asked\n${asked.slice(0, 800)}\n--- answered\n${head}\n\n${body.toString('utf8', 0, 800)}`,
    );
  }
}

const mostGrown = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number =>
  Math.max(0, ...[...after].map(([thread, ms]) => ms - (before.get(thread) ?? 0)));

function summary(
  times: readonly number[],
  firstBytes: readonly number[],
  {
    usedMs,
    busiestMs,
    tookMs,
  }: { readonly usedMs: number; readonly busiestMs: number; readonly tookMs: number },
): LoadResult {
  const sorted = times.toSorted((a, b) => a - b);
  const sortedFirst = firstBytes.toSorted((a, b) => a - b);
  return {
    requests: times.length,
    cpuMsPerRequest: usedMs / times.length,
    busiestMsPerRequest: busiestMs / times.length,
    requestsPerSecond: (times.length / tookMs) * 1000,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    maxMs: sorted.at(-1) ?? Number.NaN,
    firstByteP50Ms: quantile(sortedFirst, 0.5),
    firstByteP99Ms: quantile(sortedFirst, 0.99),
  };
}

/** Of times in order. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
