/** What administrators may ask about accounts, invites and groups; part of `contract.ts`. They see no contents and no secrets. */
import type { AccountId } from '../storage/ids.js';
import type { Account } from './contract-accounts.js';
import type { By } from './contract.js';

export interface AccountOverview {
  readonly account: Account;
  /** Bytes in calendars and address books. */
  readonly usedBytes: number;
  /** Bytes that the account may store; undefined where the server's figure holds. */
  readonly quotaBytes: number | undefined;
  /** App passwords in use. */
  readonly devices: number;
  /** When the holder, or a device of theirs, was last seen. */
  readonly lastActiveAt: number | undefined;
}

/** An invite that was not used yet. */
export interface OpenInvite {
  readonly id: string;
  readonly email: string | undefined;
  readonly isAdmin: boolean;
  /** Names of groups. */
  readonly groups: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Each verb is for administrators. @throws AuthError not-allowed, second-factor-required, step-up-required */
export interface Administration {
  /**
   * The accounts whose login name, confirmed mail address or display name holds `text`, in the order of their making; at
   * most 500.
   */
  accounts(page?: {
    readonly after?: AccountId | undefined;
    readonly limit?: number | undefined;
    readonly text?: string | undefined;
  }): Promise<readonly AccountOverview[]>;
  account(id: AccountId): Promise<AccountOverview | undefined>;
  /** Bytes, or null for the server's figure. What is stored already stays. @throws AuthError not-found, quota-invalid */
  setQuota(id: AccountId, bytes: number | null, by: By): Promise<void>;
  /** @throws AuthError not-found, last-administrator */
  setAdministrator(id: AccountId, isAdmin: boolean, by: By): Promise<void>;
  /**
   * Gives an account another login name. The one from before goes on leading to it, in the console and on devices, and nobody
   * else can take it, until it is released. Nothing that devices hold changes.
   * @throws AuthError name-invalid, name-taken, too-many-names, not-found
   */
  rename(id: AccountId, name: string, by: By): Promise<Account>;
  /** Gives an earlier name free: what uses it still is refused from then on, and anybody may take it. @throws AuthError not-found */
  releaseName(id: AccountId, name: string, by: By): Promise<void>;
  /** Newest first; at most 200. */
  invites(): Promise<readonly OpenInvite[]>;
  /** @throws AuthError not-found */
  withdrawInvite(id: string, by: By): Promise<void>;
}

export interface Group {
  /** As it stands in URLs: by the rules of login names. */
  readonly name: string;
  readonly displayName: string | undefined;
  readonly createdAt: number;
}

export interface GroupSummary extends Group {
  readonly members: number;
}

export interface Member {
  readonly id: AccountId;
  readonly name: string;
  readonly displayName: string | undefined;
  readonly disabled: boolean;
}

/** Who belongs together. Members find each other in the directory; devices see the groups as principals (RFC 3744 §2). */
export interface Groups {
  /** By name; at most 500, after a name. */
  list(page?: {
    readonly after?: string | undefined;
    readonly limit?: number | undefined;
  }): Promise<readonly GroupSummary[]>;
  find(name: string): Promise<Group | undefined>;
  /** In the order in which the accounts were made; at most 500, after one. */
  members(
    name: string,
    page?: { readonly after?: AccountId | undefined; readonly limit?: number | undefined },
  ): Promise<readonly Member[]>;
  of(accountId: AccountId): Promise<readonly Group[]>;
  /** @throws AuthError name-invalid, name-taken, display-name-invalid, not-allowed, step-up-required */
  create(input: { readonly name: string; readonly displayName?: string | undefined }, by: By): Promise<Group>;
  /** Its address stays. @throws AuthError not-found, display-name-invalid, not-allowed, step-up-required */
  rename(name: string, displayName: string, by: By): Promise<void>;
  /** The members' accounts stay. @throws AuthError not-found, not-allowed, step-up-required */
  remove(name: string, by: By): Promise<void>;
  /** @throws AuthError not-found (group or account), already-member, not-allowed, step-up-required */
  add(name: string, accountId: AccountId, by: By): Promise<void>;
  /** @throws AuthError not-found, not-allowed, step-up-required */
  leave(name: string, accountId: AccountId, by: By): Promise<void>;
}
