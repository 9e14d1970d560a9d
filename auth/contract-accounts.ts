/** What may be asked about accounts, how people get one, and what happened to it; part of `contract.ts`. */
import type { EarlierName } from '../storage/account-names.js';
import type { AccountId } from '../storage/ids.js';
import type { LinkKind } from '../storage/schema.js';
import type { ActivityEvent } from './activity-events.js';
import type { Client } from './client.js';
import type { By, Renewed } from './contract.js';

// ---- Accounts ----------------------------------------------------------------------------------------------------------

export interface Account {
  readonly id: AccountId;
  readonly name: string;
  /** Names that it had before and that still lead to it, the latest first. */
  readonly earlierNames: readonly EarlierName[];
  readonly displayName: string | undefined;
  readonly email: string | undefined;
  /** The address signs in too: it was confirmed, or set by an administrator. */
  readonly emailConfirmed: boolean;
  /** An address that the holder wants to have and has not confirmed yet. */
  readonly newEmail: string | undefined;
  /** Notices are mailed that are not about security, too. */
  readonly allNotices: boolean;
  readonly isAdmin: boolean;
  readonly disabledAt: number | undefined;
  readonly hasPassword: boolean;
  readonly hasSecondFactor: boolean;
  readonly recoveryConfirmedAt: number | undefined;
  /** When a device last sent the login password, which opens nothing there: tell the holder what to do. */
  readonly loginPasswordSeenAt: number | undefined;
  /** Which client that was, in words without its version. */
  readonly loginPasswordClient: string | undefined;
  readonly timeZone: string | undefined;
  readonly locale: string | undefined;
  readonly createdAt: number;
}

export interface NewAccount {
  readonly name: string;
  readonly displayName?: string | undefined;
  readonly email?: string | undefined;
  readonly isAdmin?: boolean | undefined;
  readonly password?: string | undefined;
}

export interface Accounts {
  count(): Promise<number>;
  get(id: AccountId): Promise<Account | undefined>;
  /** By login name, earlier name or confirmed mail address. */
  find(nameOrMail: string): Promise<Account | undefined>;
  /** In the order of their making, after `after`; at most 500. */
  list(page?: {
    readonly after?: AccountId | undefined;
    readonly limit?: number | undefined;
  }): Promise<readonly Account[]>;
  /** @throws AuthError name-invalid, name-taken, mail-invalid, mail-taken, password-*, not-allowed */
  create(input: NewAccount, by: By): Promise<Account>;
  /** No sign-in, no DAV, sessions end; nothing is deleted. @throws AuthError last-administrator, not-found, not-allowed */
  disable(id: AccountId, by: By): Promise<void>;
  enable(id: AccountId, by: By): Promise<void>;
  /** Shell only. Ends every session. @throws AuthError password-*, not-found, not-allowed */
  setPassword(id: AccountId, password: string, by: By): Promise<void>;
  /** Removes authenticators and recovery codes, ends every session; the holder enrols anew at the next sign-in. */
  resetFactors(id: AccountId, by: By): Promise<void>;
  /** What the holder says of themselves. @throws AuthError display-name-invalid */
  setProfile(
    id: AccountId,
    profile: {
      readonly displayName?: string | null | undefined;
      readonly timeZone?: string | null | undefined;
      readonly locale?: string | null | undefined;
    },
    by: By,
  ): Promise<void>;
  /**
   * Deletes the account: the holder, stepped up, an administrator, or a shell. Nobody signs in or syncs any more from this
   * moment; what it stored is removed little by little. Its name stays taken.
   * @throws AuthError last-administrator, not-found, step-up-required
   */
  remove(id: AccountId, by: By): Promise<void>;
  /** Notes that the holder takes everything along, before it is handed out. @throws AuthError step-up-required, not-found */
  noteExport(id: AccountId, by: By): Promise<void>;
  /** Notes that files are taken in. @throws AuthError step-up-required, not-found */
  noteImport(id: AccountId, by: By): Promise<void>;
  /** The holder has read that a device sent the login password. */
  dismissLoginPassword(id: AccountId, by: By): Promise<void>;
  /** Confirmed when a shell or another account, an administrator's, sets it. @throws AuthError mail-invalid, mail-taken, step-up-required */
  setMail(id: AccountId, email: string | null, by: By): Promise<void>;
}

export interface Passwords {
  /** What is wrong with a new login password, or nothing. For pages that tell before the form is sent. */
  weakness(password: string, name: string): PasswordWeakness | undefined;
  /**
   * Needs a step-up and the current password. Every other session ends; app passwords too, where that is asked for.
   * @throws AuthError password-*, step-up-required, throttled, busy
   */
  change(
    input: {
      readonly current: string;
      readonly next: string;
      readonly revokeAppPasswords?: boolean | undefined;
    },
    by: By,
  ): Promise<Renewed>;
}

export type PasswordWeakness =
  'password-too-short' | 'password-too-long' | 'password-common' | 'password-is-name';

// ---- Links and registration --------------------------------------------------------------------------------------------

export interface IssuedLink {
  readonly url: string;
  readonly expiresAt: number;
}

/** What a page shows before the button is pressed; looking does not use the link up. */
export interface LinkView {
  readonly kind: LinkKind;
  readonly expiresAt: number;
  /** Of an invite: the address that the administrator gave; of a confirmation, the address. */
  readonly email: string | undefined;
  /** Of a reset and a confirmation: whose password, whose address. */
  readonly accountName: string | undefined;
}

/** Paths are `/setup/TOKEN`, `/invite/TOKEN`, `/reset/TOKEN` and `/confirm/TOKEN`. The token is in the link and nowhere else. */
export interface Links {
  /** While there is no account: a new link to make the first, an administrator's; earlier ones are void. For 15 minutes. */
  setup(): Promise<IssuedLink | undefined>;
  /** For 7 days. @throws AuthError mail-invalid, not-allowed */
  invite(
    input: {
      readonly email?: string | undefined;
      readonly isAdmin?: boolean | undefined;
      /** Names of groups that the new account will be in. */
      readonly groups?: readonly string[] | undefined;
      /** Sends the link to the address, where mail can be sent; `mailed` says whether it will be. */
      readonly mail?: boolean | undefined;
    },
    by: By,
  ): Promise<IssuedLink & { readonly mailed: boolean }>;
  /** For 15 minutes; opens the password only, never the second factor. @throws AuthError not-found, not-allowed */
  reset(accountId: AccountId, by: By): Promise<IssuedLink>;
  /** The same by mail, to the confirmed address of the account. @throws AuthError mail-unavailable and as `reset` */
  mailReset(accountId: AccountId, by: By): Promise<void>;
  /**
   * Mails a reset link to whoever has the name or address, if anybody has it and mail reaches them. That is done after the
   * answer, so that neither it nor its time tells whether there is such an account. @throws AuthError throttled, insecure
   */
  forgotten(input: { readonly name: string; readonly client: Client }): Promise<void>;
  look(kind: LinkKind, token: string): Promise<LinkView | undefined>;
  /** Uses a reset link: sets the password and ends every session. @throws AuthError link-invalid, password-*, throttled, insecure */
  redeemReset(input: {
    readonly token: string;
    readonly password: string;
    /** The app passwords end too. */
    readonly revokeAppPasswords?: boolean | undefined;
    readonly client: Client;
  }): Promise<Account>;
}

export type RegistrationPolicy = 'closed' | 'invite' | 'open';

export interface SignUp {
  readonly name: string;
  readonly password: string;
  readonly displayName?: string | undefined;
  readonly email?: string | undefined;
  readonly client: Client;
}

export interface Registration {
  /** Who may make an account now. */
  policy(): Promise<RegistrationPolicy>;
  /** The configuration decides, and nobody can choose. */
  readonly isFixed: boolean;
  /** @throws AuthError not-allowed where it is fixed or `by` is no administrator, step-up-required */
  choose(policy: RegistrationPolicy, by: By): Promise<void>;
  /** Makes the account of a set-up or invite link, and signs in at stage `enrol`. @throws AuthError link-invalid and as `accounts.create` */
  redeem(kind: 'setup' | 'invite', token: string, input: SignUp): Promise<Renewed>;
  /** Without a link, where the policy is `open`. @throws AuthError registration-closed, throttled and as `accounts.create` */
  signUp(input: SignUp): Promise<Renewed>;
}

// ---- Activity ----------------------------------------------------------------------------------------------------------

export interface ActivityEntry {
  readonly id: string;
  readonly at: number;
  readonly event: ActivityEvent;
  /** `account`, `administrator NAME`, `shell` or `system`; `holder NAME` where it tells of another account. */
  readonly actor: string;
  readonly address: string | undefined;
  /** The client in words. */
  readonly client: string | undefined;
  /** Facts such as the label of the app password; never a secret. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** Which entries: before an id, at most 500, of some events or of all, of some time or of all. */
export interface ActivityPage {
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
  readonly events?: readonly ActivityEvent[] | undefined;
  /** The first and the last instant, in epoch milliseconds; both belong to it. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** Append-only. */
export interface Activity {
  /** Newest first. */
  list(accountId: AccountId, page?: ActivityPage): Promise<readonly ActivityEntry[]>;
  /**
   * As `list`, and before which id the next page begins; undefined where there is none. What is looked through at a time
   * is bounded, so that a page of few events may hold fewer than it could, and even none, while there are older ones.
   */
  page(
    accountId: AccountId,
    page?: ActivityPage,
  ): Promise<{ readonly entries: readonly ActivityEntry[]; readonly older: string | undefined }>;
}
