/**
 * Wrong app passwords, by the network that they come from. In memory: 120 random bits need no limit, a flood of
 * requests does, and a write for each would make it worse. Never by account, so that nobody can lock out another.
 */
import { networkOf } from './network.js';

const windowMs = 10 * 60 * 1000;
const allowed = 60;
const maxNetworks = 20_000;

interface Count {
  guesses: number;
  readonly until: number;
}

export class Guesses {
  private readonly counts = new Map<string, Count>();

  constructor(private readonly now: () => number) {}

  /** Counts a wrong guess. Answers whole seconds to wait when there were too many, or nothing. */
  wrong(address: string): number | undefined {
    const network = networkOf(address);
    const now = this.now();
    let count = this.counts.get(network);
    if (count === undefined || count.until <= now) {
      this.makeRoom();
      count = { guesses: 0, until: now + windowMs };
      this.counts.delete(network);
      this.counts.set(network, count);
    }
    count.guesses += 1;
    return count.guesses <= allowed ? undefined : Math.max(1, Math.ceil((count.until - now) / 1000));
  }

  /** Windows end in the order in which they began: the oldest goes first. */
  private makeRoom(): void {
    if (this.counts.size < maxNetworks) return;
    for (const network of this.counts.keys()) {
      this.counts.delete(network);
      return;
    }
  }
}
