/** How far behind devices are when they ask what has changed. */
import type { Synchronization } from '../../../dav/index.js';
import { Counter, Histogram } from './samples.js';
import type { Family } from './samples.js';

/** Seconds: from a device that is told at once to one that was off for a month. */
const bounds = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 604_800, 2_592_000];

export class SyncMeter {
  private readonly collections = new Counter(
    'latchkey_sync_collections_total',
    'Collections that devices synchronized, by what they knew of them before: nothing, everything, or less.',
  );
  private readonly lags = new Histogram(
    'latchkey_sync_lag_seconds',
    'Seconds since the earliest change that a device did not know yet when it synchronized a collection.',
    bounds,
  );
  readonly families: readonly Family[] = [this.collections, this.lags];
  private readonly counts = {
    first: this.collections.child({ state: 'first' }),
    current: this.collections.child({ state: 'current' }),
    behind: this.collections.child({ state: 'behind' }),
  };
  private readonly lag = this.lags.child();

  /** A device asks for what has changed in a collection. */
  begun({ state, behindMs }: Synchronization): void {
    this.counts[state].add();
    if (state === 'behind') this.lag.observe(behindMs / 1000);
  }
}
