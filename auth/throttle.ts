/**
 * Limits on guessing in the console, in the database. Each attempt is counted before it is looked at, so that many at
 * the same moment gain nothing. After some free attempts one is let through, then one after a delay that doubles. It
 * never becomes a lock: the delay is bounded, and an account that others guess at stays open from where its holder
 * signed in before.
 */
import { createHash } from 'node:crypto';
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Database } from '../storage/database.js';
import type { AccountId } from '../storage/ids.js';
import { DatabaseLimiter } from './database-limiter.js';
import { networkOf } from './network.js';

/** What is guessed: each is counted for itself. */
export type Guessed = 'password' | 'code' | 'passkey' | 'link' | 'sign-up' | 'forgotten';
/** Whose it is: an account, or a name that leads to none, which must behave the same. */
export type Whose = { readonly accountId: AccountId } | { readonly name: string };

interface Grade {
  readonly free: number;
  readonly longestSeconds: number;
}

const grades = {
  network: { free: 20, longestSeconds: 15 * 60 },
  accountFromNetwork: { free: 5, longestSeconds: 15 * 60 },
  account: { free: 20, longestSeconds: 60 * 60 },
} as const satisfies Record<string, Grade>;

const daySeconds = 24 * 60 * 60;
const knownSeconds = 30 * daySeconds;

export class Throttle {
  /** Attempts within a day. The package counts; what follows from a count is decided here. */
  private readonly attempts: DatabaseLimiter;
  /** One attempt for each delay. */
  private readonly gates: DatabaseLimiter;
  /** Networks from which an account's holder signed in. */
  private readonly known: DatabaseLimiter;

  constructor(database: Database, now: () => number) {
    const limiter = (keyPrefix: string, points: number, durationSeconds: number): DatabaseLimiter =>
      new DatabaseLimiter({ database, now, keyPrefix, points, durationSeconds });
    this.attempts = limiter('attempts', Number.MAX_SAFE_INTEGER, daySeconds);
    this.gates = limiter('gate', 1, 1);
    this.known = limiter('known', 1, knownSeconds);
  }

  /** Counts an attempt from an address. Answers after how many whole seconds to try again, or nothing: go on. */
  async attempt(guessed: Guessed, address: string, whose?: Whose): Promise<number | undefined> {
    const counted: string[] = [];
    for (const [key, grade] of await this.limitsOf(guessed, networkOf(address), whose)) {
      const wait = await this.count(key, grade);
      if (wait !== undefined) {
        // It is not looked at, so it counts nowhere: whoever waits as told is let through.
        await Promise.all(counted.map((each) => this.takeBack(each)));
        return wait;
      }
      counted.push(key);
    }
    return undefined;
  }

  private async limitsOf(
    guessed: Guessed,
    network: string,
    whose: Whose | undefined,
  ): Promise<readonly (readonly [string, Grade])[]> {
    const byNetwork = [`${guessed} ${network}`, grades.network] as const;
    if (whose === undefined) return [byNetwork];
    const account = accountKey(whose);
    const fromHere = [`${guessed} ${account} ${network}`, grades.accountFromNetwork] as const;
    if ((await this.known.get(`${account} ${network}`)) !== null) return [byNetwork, fromHere];
    return [byNetwork, fromHere, [`${guessed} ${account}`, grades.account]];
  }

  /** Both steps were right: the account's counts begin anew, and its holder is known at this network for 30 days. */
  async succeeded(address: string, accountId: AccountId): Promise<void> {
    const network = networkOf(address);
    const account = accountKey({ accountId });
    const counts = (['password', 'code', 'passkey'] as const).flatMap((guessed) => [
      `${guessed} ${account} ${network}`,
      `${guessed} ${account}`,
    ]);
    // The network's own count stays: else whoever has an account could guess at others without end. Passkeys cannot be guessed.
    await Promise.all([
      this.attempts.delete(`passkey ${network}`),
      this.gates.delete(`passkey ${network}`),
      ...counts.flatMap((key) => [this.attempts.delete(key), this.gates.delete(key)]),
      this.known.set(`${account} ${network}`, 1, knownSeconds),
    ]);
  }

  /** Whether the account's holder signed in from this network within 30 days. */
  async isKnown(address: string, accountId: AccountId): Promise<boolean> {
    return (await this.known.get(`${accountKey({ accountId })} ${networkOf(address)}`)) !== null;
  }

  private async takeBack(key: string): Promise<void> {
    await Promise.all([this.attempts.reward(key, 1), this.gates.delete(key)]);
  }

  private async count(key: string, { free, longestSeconds }: Grade): Promise<number | undefined> {
    const { consumedPoints } = await this.attempts.penalty(key, 1);
    const beyond = consumedPoints - free;
    if (beyond <= 0) return undefined;
    const customDuration = Math.min(2 ** Math.min(beyond, 20), longestSeconds);
    try {
      await this.gates.consume(key, 1, { customDuration });
      return undefined;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // Whoever only waits too little does not wait longer the next time.
      await this.attempts.reward(key, 1);
      return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    }
  }
}

/** A name as it was typed may be anything, a password too: only its hash is kept. */
function accountKey(whose: Whose): string {
  return 'accountId' in whose
    ? `account:${whose.accountId}`
    : `name:${createHash('sha256').update(whose.name).digest('base64url').slice(0, 22)}`;
}
