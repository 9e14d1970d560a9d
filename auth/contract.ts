/**
 * What the console, the command and DAV may ask of `auth`: one noun after another. Instants are epoch milliseconds.
 * Every verb that changes something takes `by`, checks there that whoever it is may do it, and writes the account's activity.
 */
import type { AccountId, AppPasswordId, SessionId } from '../storage/ids.js';
import type { AppPasswordAccess, LinkKind, SessionStage } from '../storage/schema.js';
import type { ActivityEvent } from './activity-events.js';
import type { Actor, Service } from './actor.js';
import type { Client } from './client.js';

/** Who does something. A session acts on its own account, an administrator's session on others too where the verb says so. */
export type By =
  | { readonly kind: 'session'; readonly session: Session; readonly client: Client }
  /** An administrator with a shell on the server: the `latchkey` command. */
  | { readonly kind: 'shell' }
  | { readonly kind: 'system' };

export interface Auth {
  readonly basic: Basic;
  readonly signIn: SignIn;
  readonly sessions: Sessions;
  readonly csrf: Csrf;
  readonly totp: Totp;
  readonly recoveryCodes: RecoveryCodes;
  readonly appPasswords: AppPasswords;
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly links: Links;
  readonly registration: Registration;
  readonly activity: Activity;
  /** Writes what was gathered about usage, ends the workers and timers. The database stays open. */
  close(): Promise<void>;
}

// ---- HTTP Basic, for DAV -------------------------------------------------------------------------------------------

export interface BasicRequest {
  /** The Authorization header as it came. */
  readonly authorization: string | undefined;
  /** The request's path; the realm follows from it. A query may be there. */
  readonly path: string;
  readonly address: string;
  readonly https: boolean;
  readonly loopback: boolean;
  readonly userAgent: string | undefined;
}

export type AuthOutcome =
  | { readonly kind: 'accepted'; readonly actor: Actor }
  /** Answer 401 with these headers. `reason` is for the log only: the answer must not depend on it. */
  | {
      readonly kind: 'challenge';
      readonly headers: { readonly 'WWW-Authenticate': string };
      readonly reason: ChallengeReason;
    }
  /** Answer 429 with Retry-After. Never given to a valid app password. */
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** Answer 403 with the sentence and without a challenge (RFC 4791 §14). */
  | { readonly kind: 'insecure'; readonly sentence: string };

export type ChallengeReason =
  'none-given' | 'malformed' | 'mistyped' | 'wrong' | 'revoked' | 'expired' | 'disabled';

export interface Basic {
  /** Who makes this request (RFC 7617). One indexed read, no write, nothing remembered of earlier answers. */
  authenticate(request: BasicRequest): Promise<AuthOutcome>;
}

// ---- Sign-in -------------------------------------------------------------------------------------------------------

export type SignInOutcome =
  /**
   * Ask for the code of the second step. A wrong name or password gets this too, and fails at the second step like a
   * wrong code: the page must say that any of the three may be wrong, and offer to begin again.
   */
  | { readonly kind: 'second-step'; readonly setCookie: string }
  /** `session.stage` is `full`, or `enrol` while two-step verification or the recovery codes are not set up. */
  | { readonly kind: 'signed-in'; readonly session: Session; readonly setCookie: string }
  | { readonly kind: 'refused' }
  /** The first step is over ten minutes ago, or there was none: begin again. */
  | { readonly kind: 'begin-again' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** Plain http from another machine: say why, and show the https address. */
  | { readonly kind: 'insecure' };

export interface SignIn {
  /** First step: login name or confirmed mail address, and password. */
  begin(input: {
    readonly name: string;
    readonly password: string;
    readonly client: Client;
  }): Promise<SignInOutcome>;
  /** Second step: a code of the authenticator, or a recovery code. */
  finish(input: {
    readonly cookieHeader: string | undefined;
    readonly code: string;
    readonly client: Client;
  }): Promise<SignInOutcome>;
  /**
   * Proves the second factor again before something sensitive; gives the session a new token.
   * @throws AuthError code-wrong, throttled
   */
  stepUp(input: {
    readonly session: Session;
    readonly code: string;
    readonly client: Client;
  }): Promise<Renewed>;
}

/** A session after a change of what it may do: send the cookie. */
export interface Renewed {
  readonly session: Session;
  readonly setCookie: string;
}

// ---- Sessions ------------------------------------------------------------------------------------------------------

export interface Session {
  readonly id: SessionId;
  readonly account: Account;
  /** `enrol`: may set up two-step verification and nothing else. */
  readonly stage: SessionStage;
  /** When the second factor was last proved in this session. */
  readonly factorProvedAt: number | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface SessionEntry {
  readonly id: SessionId;
  readonly stage: SessionStage;
  readonly address: string;
  /** The browser in words, such as "Firefox on Linux". */
  readonly client: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
}

/** What the cookies of a request open. */
export type Opened =
  | { readonly kind: 'session'; readonly session: Session }
  /** The first step of the sign-in was answered; the second is open. */
  | { readonly kind: 'second-step' }
  | { readonly kind: 'none' };

export interface Sessions {
  open(cookieHeader: string | undefined, client: Client): Promise<Opened>;
  list(accountId: AccountId): Promise<readonly SessionEntry[]>;
  /** @throws AuthError not-found */
  end(accountId: AccountId, id: SessionId, by: By): Promise<void>;
  /** Ends every session of the account but the one that asks; answers how many. */
  endOthers(accountId: AccountId, by: By): Promise<number>;
  /** Ends the session; send the cookie, which removes the browser's. Also right when there is no session. */
  signOut(session: Session | undefined, client: Client): Promise<{ readonly setCookie: string }>;
  /** Whether a factor was proved within the last ten minutes: if not, ask for `signIn.stepUp` first. */
  isSteppedUp(session: Session): boolean;
}

/** Against forms that other sites send (docs/security.md). */
export interface Csrf {
  /** The token for the forms of a page. Without a session it is bound to a cookie, which must be sent if given. */
  issue(input: {
    readonly session: Session | undefined;
    readonly cookieHeader: string | undefined;
    readonly client: Client;
  }): { readonly token: string; readonly setCookie: string | undefined };
  /** Whether a POST may be acted on. */
  accepts(input: {
    readonly session: Session | undefined;
    readonly cookieHeader: string | undefined;
    readonly token: string | undefined;
    readonly headers: CsrfHeaders;
    readonly client: Client;
  }): boolean;
}

export interface CsrfHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

// ---- Second factor -------------------------------------------------------------------------------------------------

export interface TotpEnrolment {
  readonly id: string;
  /** Base 32 in groups of four, for typing. */
  readonly secret: string;
  readonly uri: string;
  /** The QR code of `uri`: `<svg viewBox="0 0 size size"><path d=path>`, with the quiet zone inside. */
  readonly qr: { readonly size: number; readonly path: string };
}

export interface Authenticator {
  readonly id: string;
  readonly label: string;
  readonly confirmedAt: number;
  readonly lastUsedAt: number | undefined;
}

/** Authenticator apps (RFC 6238). `by` is a session of the account; where a factor exists already, stepped up. */
export interface Totp {
  list(accountId: AccountId): Promise<readonly Authenticator[]>;
  /** Makes a secret; a begun enrolment that was not confirmed is given up. */
  begin(by: By): Promise<TotpEnrolment>;
  /** Shows the begun enrolment again, for a page that comes back after a wrong code. */
  resume(by: By): Promise<TotpEnrolment | undefined>;
  /**
   * Ends the enrolment by a code of the app. Other sessions end.
   * @throws AuthError code-wrong, throttled, not-found
   */
  confirm(
    input: { readonly id: string; readonly code: string; readonly label: string },
    by: By,
  ): Promise<Renewed>;
  /** @throws AuthError last-factor, not-found, step-up-required */
  remove(id: string, by: By): Promise<void>;
}

export interface RecoveryCodes {
  /** Codes not used yet, of how many, and whether the holder confirmed to have saved them. */
  state(accountId: AccountId): Promise<{
    readonly left: number;
    readonly total: number;
    readonly confirmedAt: number | undefined;
    readonly createdAt: number | undefined;
  }>;
  /** Ten new codes, shown this once; the earlier ones are void. @throws AuthError step-up-required */
  generate(by: By): Promise<readonly string[]>;
  /** "I have saved them": ends the enrolment; an `enrol` session becomes `full`. @throws AuthError not-found */
  confirmSaved(by: By): Promise<Renewed>;
}

// ---- App passwords -------------------------------------------------------------------------------------------------

export interface AppPassword {
  readonly id: AppPasswordId;
  readonly label: string;
  /** What the holder chose when making it, such as `iphone`; the console's word. */
  readonly device: string | undefined;
  readonly services: ReadonlySet<Service>;
  readonly access: AppPasswordAccess;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
  readonly lastUsedAt: number | undefined;
  readonly lastAddress: string | undefined;
  /** The client in words, such as "DAVx5 on Android". */
  readonly lastClient: string | undefined;
  /** When it was last refused because it is revoked or expired: a device still tries. */
  readonly lastRefusedAt: number | undefined;
  readonly requestCount: number;
}

export interface NewAppPassword {
  readonly label: string;
  readonly device?: string | undefined;
  readonly services: ReadonlySet<Service>;
  readonly access: AppPasswordAccess;
  readonly expiresAt?: number | undefined;
}

export interface AppPasswords {
  /**
   * Makes one. `secret` is in five groups with dashes, and cannot be had again.
   * A session needs a second factor, confirmed recovery codes and a step-up; a shell does not.
   * @throws AuthError label-invalid, services-empty, expiry-invalid, too-many-app-passwords, second-factor-required, step-up-required
   */
  create(
    accountId: AccountId,
    input: NewAppPassword,
    by: By,
  ): Promise<{ readonly appPassword: AppPassword; readonly secret: string }>;
  /** Newest first; revoked ones too, which are kept to explain a device that does not sync. */
  list(accountId: AccountId): Promise<readonly AppPassword[]>;
  get(accountId: AccountId, id: AppPasswordId): Promise<AppPassword | undefined>;
  /** Refused from the next request on. @throws AuthError not-found, step-up-required */
  revoke(accountId: AccountId, id: AppPasswordId, by: By): Promise<void>;
  /** Answers how many. @throws AuthError step-up-required */
  revokeAll(accountId: AccountId, by: By): Promise<number>;
}

// ---- Accounts ------------------------------------------------------------------------------------------------------

export interface Account {
  readonly id: AccountId;
  readonly name: string;
  readonly displayName: string | undefined;
  readonly email: string | undefined;
  /** The address signs in too: it was confirmed, or set by an administrator. */
  readonly emailConfirmed: boolean;
  readonly isAdmin: boolean;
  readonly disabledAt: number | undefined;
  readonly hasPassword: boolean;
  readonly hasSecondFactor: boolean;
  readonly recoveryConfirmedAt: number | undefined;
  /** When a device last sent the login password, which opens nothing there: tell the holder what to do. */
  readonly loginPasswordSeenAt: number | undefined;
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
  /** By login name or confirmed mail address. */
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
  /** Confirmed when a shell or another account, an administrator's, sets it. @throws AuthError mail-invalid, mail-taken, step-up-required */
  setMail(id: AccountId, email: string | null, by: By): Promise<void>;
}

export interface Passwords {
  /** What is wrong with a new login password, or nothing. For pages that tell before the form is sent. */
  weakness(password: string, name: string): PasswordWeakness | undefined;
  /**
   * Needs a step-up and the current password. Every other session ends; offer `appPasswords.revokeAll` afterwards.
   * @throws AuthError password-*, step-up-required, throttled, busy
   */
  change(input: { readonly current: string; readonly next: string }, by: By): Promise<Renewed>;
}

export type PasswordWeakness =
  'password-too-short' | 'password-too-long' | 'password-common' | 'password-is-name';

// ---- Links and registration ----------------------------------------------------------------------------------------

export interface IssuedLink {
  readonly url: string;
  readonly expiresAt: number;
}

/** What a page shows before the button is pressed; looking does not use the link up. */
export interface LinkView {
  readonly kind: LinkKind;
  readonly expiresAt: number;
  /** Of an invite: the address that the administrator gave. */
  readonly email: string | undefined;
  /** Of a reset: whose password. */
  readonly accountName: string | undefined;
}

/** Paths are `/setup/TOKEN`, `/invite/TOKEN` and `/reset/TOKEN`. The token is in the link and nowhere else. */
export interface Links {
  /** While there is no account: a new link to make the first, an administrator's; earlier ones are void. For 15 minutes. */
  setup(): Promise<IssuedLink | undefined>;
  /** For 7 days. @throws AuthError mail-invalid, not-allowed */
  invite(
    input: { readonly email?: string | undefined; readonly isAdmin?: boolean | undefined },
    by: By,
  ): Promise<IssuedLink>;
  /** For 15 minutes; opens the password only, never the second factor. @throws AuthError not-found, not-allowed */
  reset(accountId: AccountId, by: By): Promise<IssuedLink>;
  look(kind: LinkKind, token: string): Promise<LinkView | undefined>;
  /** Uses a reset link: sets the password and ends every session. @throws AuthError link-invalid, password-*, throttled */
  redeemReset(input: {
    readonly token: string;
    readonly password: string;
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
  readonly policy: RegistrationPolicy;
  /** Makes the account of a set-up or invite link, and signs in at stage `enrol`. @throws AuthError link-invalid and as `accounts.create` */
  redeem(kind: 'setup' | 'invite', token: string, input: SignUp): Promise<Renewed>;
  /** Without a link, where the policy is `open`. @throws AuthError registration-closed, throttled and as `accounts.create` */
  signUp(input: SignUp): Promise<Renewed>;
}

// ---- Activity ------------------------------------------------------------------------------------------------------

export interface ActivityEntry {
  readonly id: string;
  readonly at: number;
  readonly event: ActivityEvent;
  /** `account`, `administrator NAME`, `shell` or `system`. */
  readonly actor: string;
  readonly address: string | undefined;
  /** The client in words. */
  readonly client: string | undefined;
  /** Facts such as the label of the app password; never a secret. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** Append-only. */
export interface Activity {
  /** Newest first; the next page begins before the last id. At most 500. */
  list(
    accountId: AccountId,
    page?: {
      readonly before?: string | undefined;
      readonly limit?: number | undefined;
      readonly events?: readonly ActivityEvent[] | undefined;
    },
  ): Promise<readonly ActivityEntry[]>;
}
