/** What the verbs of `auth` are given: the options with their defaults, and what the composition made. */
import type { AccountId } from '../storage/ids.js';
import type { Background } from './background.js';
import type { ActivityEntry } from './contract.js';
import type { AuthOptions } from './options.js';
import type { PasswordHashing } from './password-hashing.js';
import type { Rarely } from './rarely.js';
import type { Throttle } from './throttle.js';
import type { Usage } from './usage.js';

export interface Parts extends Required<Omit<AuthOptions, 'onActivity' | 'hashing' | 'clock' | 'onError'>> {
  readonly now: () => number;
  readonly onActivity: (accountId: AccountId, entry: ActivityEntry) => void;
  readonly hashing: PasswordHashing;
  readonly throttle: Throttle;
  readonly usage: Usage;
  readonly background: Background;
  /** Attempts that are slowed down cost who makes them nothing: they must not fill the account's activity. */
  readonly throttledNotes: Rarely<AccountId>;
}
