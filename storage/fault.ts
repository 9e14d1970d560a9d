/** What is wrong with what is stored. */
import type { AccountId } from './ids.js';

export type FaultKind = 'bytes' | 'etag' | 'index' | 'revision' | 'count' | 'orphan';

export interface Fault {
  readonly kind: FaultKind;
  readonly accountId: AccountId | null;
  readonly collection: string | null;
  /** The object's name. */
  readonly object: string | null;
  /** A sentence without anything of what is stored. */
  readonly sentence: string;
}
