/**
 * Wrong app passwords, by the network that they come from. Counted in memory: 120 random bits need no limit, a flood of
 * requests does, and a write for each would make it worse. What goes beyond a few is told to the database now and then,
 * which adds up what every process has counted. Never by account, so that nobody can lock out another.
 */
import { DatabaseLimiter } from './database-limiter.js';
import { networkOf } from './network.js';
import type { Parts } from './parts.js';

const windowMs = 10 * 60 * 1000;
const allowed = 60;
const maxNetworks = 20_000;
/** Fewer than these are somebody's mistyped password, and stay in memory. */
const toldFrom = 5;
const tellAfterMs = 1_000;
/** Networks told of at a time; the others follow. */
const toldAtOnce = 100;

interface Count {
  guesses: number;
  /** Those of them that the database does not know of. */
  untold: number;
  until: number;
}

export class Guesses {
  private readonly counts = new Map<string, Count>();
  /** Of every process. It only counts: what follows is decided here. */
  private readonly all: DatabaseLimiter;
  private telling = false;

  constructor(private readonly parts: Pick<Parts, 'database' | 'background' | 'now'>) {
    const { database, now } = parts;
    const points = Number.MAX_SAFE_INTEGER;
    this.all = new DatabaseLimiter({
      database,
      now,
      keyPrefix: 'app-password',
      points,
      durationSeconds: windowMs / 1000,
    });
  }

  /** Counts a wrong guess. Answers whole seconds to wait when there were too many, or nothing. */
  wrong(address: string): number | undefined {
    const network = networkOf(address);
    const now = this.parts.now();
    let count = this.counts.get(network);
    if (count === undefined || count.until <= now) {
      this.makeRoom();
      count = { guesses: 0, untold: 0, until: now + windowMs };
      this.counts.delete(network);
      this.counts.set(network, count);
    }
    count.guesses += 1;
    count.untold += 1;
    if (count.guesses >= toldFrom) this.tellSoon();
    return count.guesses <= allowed ? undefined : Math.max(1, Math.ceil((count.until - now) / 1000));
  }

  private tellSoon(): void {
    if (this.telling) return;
    this.telling = true;
    setTimeout(() => {
      this.telling = false;
      this.parts.background.run('counting wrong app passwords', () => this.tell());
    }, tellAfterMs).unref();
  }

  private async tell(): Promise<void> {
    const untold = [...this.counts].filter(([, { guesses, untold }]) => guesses >= toldFrom && untold > 0);
    await Promise.all(untold.slice(0, toldAtOnce).map(([network, count]) => this.add(network, count)));
    if (untold.length > toldAtOnce) this.tellSoon();
  }

  /** Tells those of one network, and hears how many there are in all. */
  private async add(network: string, count: Count): Promise<void> {
    const told = count.untold;
    count.untold = 0;
    const { consumedPoints, msBeforeNext } = await this.all.penalty(network, told);
    count.guesses = Math.max(count.guesses, consumedPoints + count.untold);
    count.until = this.parts.now() + msBeforeNext;
  }

  /** Windows end about in the order in which they began: the oldest goes first. */
  private makeRoom(): void {
    if (this.counts.size < maxNetworks) return;
    for (const network of this.counts.keys()) {
      this.counts.delete(network);
      return;
    }
  }
}
