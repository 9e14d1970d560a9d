/** A limiter of rate-limiter-flexible whose counts are in our database: they hold in every process, and over a restart. */
import { createRequire } from 'node:module';
import { RateLimiterRes, type RateLimiterStoreAbstract } from 'rate-limiter-flexible';
import type { Database } from '../storage/database.js';
import {
  addThrottlePoints,
  deleteThrottle,
  setThrottlePoints,
  throttleOf,
  type ThrottleRow,
} from '../storage/throttle.js';

/** The package declares this class for its front door, but does not hand it out there. */
const Store = createRequire(import.meta.url)(
  'rate-limiter-flexible/lib/RateLimiterStoreAbstract.js',
) as typeof RateLimiterStoreAbstract;

export interface DatabaseLimiterOptions {
  readonly database: Database;
  readonly now: () => number;
  readonly keyPrefix: string;
  /** So many within the duration are let through. */
  readonly points: number;
  readonly durationSeconds: number;
}

/** The methods with an underscore are those that the package calls on a store. */
export class DatabaseLimiter extends Store {
  private readonly database: Database;
  private readonly now: () => number;

  constructor(options: DatabaseLimiterOptions) {
    super({
      storeClient: options.database,
      keyPrefix: options.keyPrefix,
      points: options.points,
      duration: options.durationSeconds,
    });
    this.database = options.database;
    this.now = options.now;
  }

  protected _getRateLimiterRes(
    _key: string,
    changed: number,
    { points, expiresAt }: ThrottleRow,
  ): RateLimiterRes {
    const untilNext = expiresAt === null ? -1 : Math.max(0, expiresAt - this.now());
    return new RateLimiterRes(Math.max(0, this.points - points), untilNext, points, points === changed);
  }

  protected _upsert(key: string, points: number, durationMs: number, replace = false): Promise<ThrottleRow> {
    const now = this.now();
    const change = { key, points, now, expiresAt: durationMs > 0 ? now + durationMs : null };
    return this.database.write(
      (writer) => (replace ? setThrottlePoints(writer, change) : addThrottlePoints(writer, change)),
      { scope: 'independent' },
    );
  }

  protected async _get(key: string): Promise<ThrottleRow | null> {
    return (await this.database.read((reader) => throttleOf(reader, key, this.now()))) ?? null;
  }

  protected _delete(key: string): Promise<boolean> {
    return this.database.write((writer) => deleteThrottle(writer, key), { scope: 'independent' });
  }
}
