/**
 * What the console, the command and DAV may ask of `auth`: one noun after another. Instants are epoch milliseconds.
 * Every verb that changes something takes `by`, checks there that whoever it is may do it, and writes the account's activity.
 */
import type { AccountId, AppPasswordId, SessionId } from '../storage/ids.js';
import type { SessionStage } from '../storage/schema.js';
import type { Actor } from './actor.js';
import type { Client } from './client.js';
import type { Account, Accounts, Activity, Links, Passwords, Registration } from './contract-accounts.js';
import type { Administration, Groups } from './contract-administration.js';
import type { DeviceLogins } from './contract-devices.js';
import type { AppPasswords, Passkeys, RecoveryCodes, Totp } from './contract-factors.js';
import type { MailAddress, Outbox } from './contract-mail.js';
import type { RecentRequests } from './contract-usage.js';

export type * from './contract-accounts.js';
export type * from './contract-administration.js';
export type * from './contract-devices.js';
export type * from './contract-factors.js';
export type * from './contract-mail.js';
export type * from './contract-usage.js';

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
  readonly passkeys: Passkeys;
  readonly recoveryCodes: RecoveryCodes;
  readonly appPasswords: AppPasswords;
  readonly recentRequests: RecentRequests;
  readonly deviceLogins: DeviceLogins;
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly links: Links;
  readonly registration: Registration;
  readonly activity: Activity;
  readonly administration: Administration;
  readonly groups: Groups;
  readonly mailAddress: MailAddress;
  readonly outbox: Outbox;
  /** Removes sessions, links and counted attempts whose time is over; for scheduled work. */
  removeExpired(): Promise<void>;
  /** Writes what was gathered about usage, ends the workers and timers. The database stays open. */
  close(): Promise<void>;
}

// ---- HTTP Basic, for DAV -----------------------------------------------------------------------------------------------

export interface BasicRequest {
  /** The Authorization header as it came. */
  readonly authorization: string | undefined;
  /** The request's path; the realm follows from it. A query may be there. */
  readonly path: string;
  readonly method?: string | undefined;
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
      readonly about?: Refused | undefined;
    }
  /** Answer 429 with Retry-After. Never given to a valid app password. */
  | {
      readonly kind: 'throttled';
      readonly retryAfterSeconds: number;
      readonly about?: Refused | undefined;
    }
  /** Answer 403 with the sentence and without a challenge (RFC 4791 §14). */
  | { readonly kind: 'insecure'; readonly sentence: string };

/** Whose request was refused, for `recentRequests.answered`: the answer must not depend on it either. */
export interface Refused {
  readonly accountId: AccountId;
  /** Undefined where only the name was right. */
  readonly appPasswordId: AppPasswordId | undefined;
}

export type ChallengeReason =
  'none-given' | 'malformed' | 'mistyped' | 'wrong' | 'revoked' | 'expired' | 'elsewhere' | 'disabled';

export interface Basic {
  /** Who makes this request (RFC 7617). One indexed read, no write, nothing remembered of earlier answers. */
  authenticate(request: BasicRequest): Promise<AuthOutcome>;
}

// ---- Sign-in -----------------------------------------------------------------------------------------------------------

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
  /** Second step: a code of the authenticator app, a recovery code, or a passkey. */
  finish(
    input: { readonly cookieHeader: string | undefined; readonly client: Client } & GivenProof,
  ): Promise<SignInOutcome>;
  /** Both steps in one: a passkey whose authenticator has verified its holder. Never `second-step`. */
  byPasskey(input: {
    readonly cookieHeader: string | undefined;
    readonly passkey: string;
    readonly client: Client;
  }): Promise<SignInOutcome>;
  /**
   * Proves the second factor again before something sensitive; gives the session a new token.
   * @throws AuthError code-wrong, passkey-wrong, throttled
   */
  stepUp(input: { readonly session: Session; readonly client: Client } & GivenProof): Promise<Renewed>;
}

/** What proves the second factor: something typed, or what the browser answered to the question for a passkey, as JSON. */
export type GivenProof = { readonly code: string } | { readonly passkey: string };

/** A session after a change of what it may do: send the cookie. */
export interface Renewed {
  readonly session: Session;
  readonly setCookie: string;
}

// ---- Sessions ----------------------------------------------------------------------------------------------------------

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
  /** What the holder calls it. */
  readonly label: string | undefined;
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
  /** Gives one a name; an empty one takes it away. @throws AuthError not-found, label-invalid */
  rename(accountId: AccountId, id: SessionId, label: string, by: By): Promise<void>;
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
