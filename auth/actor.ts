/** Who makes a DAV request, and how much of the world they see. */
import type { AccountId, AppPasswordId, CollectionId } from '../storage/ids.js';

export type Service = 'calendars' | 'contacts';

/** An account acting through one of its app passwords. */
export interface Actor {
  readonly accountId: AccountId;
  /**
   * The name as it stands in this request's URLs: the one that the device uses. After a renaming that may be an earlier one,
   * so that no address changes for it.
   */
  readonly accountName: string;
  /** Every name that leads to the account: the login name, then earlier ones. */
  readonly accountNames: readonly string[];
  readonly displayName: string | null;
  /** The mail address, where it is confirmed to be theirs: others are told of it, and mail goes there. */
  readonly email: string | null;
  /** The calendar that the server makes from the account's cards; null where the account wants none. */
  readonly birthdayCalendar: CollectionId | null;
  /** The bytes that the account may store by a figure of its own; null where it has none. */
  readonly quotaBytes: number | null;
  readonly appPasswordId: AppPasswordId;
  /** What the app password may see; outside it the world is smaller (docs/security.md). */
  readonly services: ReadonlySet<Service>;
  readonly access: 'write' | 'read';
  /** The collections that it is limited to: there are no others in its world, and it makes none. Null for no limit. */
  readonly collections: ReadonlySet<CollectionId> | null;
}
