/** What may be asked about second factors and app passwords; part of `contract.ts`. */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { AccountId, AppPasswordId, CollectionId } from '../storage/ids.js';
import type { AppPasswordAccess } from '../storage/schema.js';
import type { Service } from './actor.js';
import type { Client } from './client.js';
import type { By, Renewed, Session } from './contract.js';
import type { QrCode } from './qr-code.js';

// ---- Second factor -----------------------------------------------------------------------------------------------------

export interface TotpEnrolment {
  readonly id: string;
  /** Base 32 in groups of four, for typing. */
  readonly secret: string;
  readonly uri: string;
  /** The QR code of `uri`. */
  readonly qr: QrCode;
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
  /** @throws AuthError label-invalid, not-found, step-up-required */
  rename(id: string, label: string, by: By): Promise<void>;
  /** Other sessions end. @throws AuthError last-factor, not-found, step-up-required */
  remove(id: string, by: By): Promise<Renewed>;
}

// ---- Passkeys ----------------------------------------------------------------------------------------------------------

export interface Passkey {
  readonly id: string;
  readonly label: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
  /** It is copied to the holder's other devices by whoever keeps it. */
  readonly backedUp: boolean;
}

/** As browsers take it. */
export interface KnownPasskeys {
  readonly rpId: string;
  readonly userId: string;
  readonly allAcceptedCredentialIds: readonly string[];
}

/** What a browser is asked: handed to it as it is (WebAuthn §5.4, §5.5). */
export type PasskeyCreation = PublicKeyCredentialCreationOptionsJSON;
export type PasskeyRequest = PublicKeyCredentialRequestOptionsJSON;

/**
 * Passkeys and security keys (WebAuthn). What a browser answers is JSON, handed over as it came. A question is good for a few
 * minutes, for one answer, and for whoever it was put to: the session, or the browser that is about to sign in.
 */
export interface Passkeys {
  /** Where browsers may use them: the origin. Undefined where they cannot, since the address has no host name or no https. */
  readonly origin: string | undefined;
  list(accountId: AccountId): Promise<readonly Passkey[]>;
  /** Which are taken, for the browser to forget others of the account (WebAuthn §5.1.10); undefined where there was never one. */
  known(accountId: AccountId): Promise<KnownPasskeys | undefined>;
  /** Asks for a new one. @throws AuthError too-many-factors, not-allowed */
  begin(by: By): Promise<PasskeyCreation>;
  /**
   * Keeps the new one. Other sessions end.
   * @throws AuthError passkey-wrong, passkey-taken, label-invalid, throttled, too-many-factors
   */
  add(input: { readonly passkey: string; readonly label: string }, by: By): Promise<Renewed>;
  /** @throws AuthError label-invalid, not-found, step-up-required */
  rename(id: string, label: string, by: By): Promise<void>;
  /** Other sessions end. @throws AuthError last-factor, not-found, step-up-required */
  remove(id: string, by: By): Promise<Renewed>;
  /** Asks whoever is at a sign-in page for any passkey; undefined where the browser has no cookie of ours to bind it to. */
  askToSignIn(input: CookieOfClient): PasskeyRequest | undefined;
  /** Asks for the second step: the same whoever's name was given. Undefined where the first step was not made. */
  askSecondStep(input: CookieOfClient): PasskeyRequest | undefined;
  /** Asks for one of the account's. */
  askToStepUp(session: Session): Promise<PasskeyRequest>;
}

export interface CookieOfClient {
  readonly cookieHeader: string | undefined;
  readonly client: Client;
}

export interface RecoveryCodes {
  /** Codes not used yet, of how many, and whether the holder confirmed to have saved them. */
  state(accountId: AccountId): Promise<{
    readonly left: number;
    readonly total: number;
    readonly confirmedAt: number | undefined;
    readonly createdAt: number | undefined;
  }>;
  /**
   * Ten new codes, shown this once; the earlier ones are void. `replacing`: the `createdAt` of those that are to be replaced,
   * 0 for none; where others are there by now nothing is made. @throws AuthError step-up-required, codes-replaced
   */
  generate(by: By, replacing?: number): Promise<NewRecoveryCodes>;
  /**
   * "I have saved them", the codes of that `createdAt`: ends the enrolment; an `enrol` session becomes `full`.
   * @throws AuthError not-found, codes-replaced
   */
  confirmSaved(by: By, createdAt: number): Promise<Renewed>;
}

export interface NewRecoveryCodes {
  readonly codes: readonly string[];
  /** Epoch milliseconds; another than that of every earlier ten of the account that are still there. */
  readonly createdAt: number;
}

// ---- App passwords -----------------------------------------------------------------------------------------------------

export interface AppPassword {
  readonly id: AppPasswordId;
  readonly label: string;
  /** What the holder chose when making it, such as `iphone`; the console's word. */
  readonly device: string | undefined;
  readonly services: ReadonlySet<Service>;
  readonly access: AppPasswordAccess;
  /** The collections that it is limited to, of which some may be gone; undefined for no limit. */
  readonly collections: ReadonlySet<CollectionId> | undefined;
  /** The addresses and networks from which it is taken; empty for anywhere. */
  readonly addresses: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
  readonly lastUsedAt: number | undefined;
  readonly lastAddress: string | undefined;
  /** The client in words, such as "DAVx5 4.5 on Android". */
  readonly lastClient: string | undefined;
  /** The same without its version, which is the same for every version. */
  readonly lastClientName: string | undefined;
  /** When it was last refused because it is revoked, expired, or taken from other addresses only: a device still tries. */
  readonly lastRefusedAt: number | undefined;
  readonly requestCount: number;
  /** Since the day began in the account's time zone. */
  readonly requestsToday: number;
}

/** A new app password, with the secret that is shown this once. */
export interface MadeAppPassword {
  readonly appPassword: AppPassword;
  readonly secret: string;
}

/** What the holder chooses for an app password. */
export interface AppPasswordInput {
  readonly label: string;
  readonly services: ReadonlySet<Service>;
  readonly access: AppPasswordAccess;
  /** Calendars and address books of the account that it is limited to; left out for all, those to come too. */
  readonly collections?: ReadonlySet<CollectionId> | undefined;
  /** Addresses and networks in CIDR notation from which it is taken, as typed; nothing for anywhere. */
  readonly addresses?: string | undefined;
  readonly expiresAt?: number | undefined;
}

export interface NewAppPassword extends AppPasswordInput {
  readonly device?: string | undefined;
}

export interface AppPasswords {
  /**
   * Makes one. `secret` is in five groups with dashes, and cannot be had again.
   * A session needs a second factor, confirmed recovery codes and a step-up; a shell does not.
   * @throws AuthError label-invalid, services-empty, expiry-invalid, collections-invalid, collections-empty,
   *   addresses-invalid, too-many-app-passwords, second-factor-required, step-up-required
   */
  create(accountId: AccountId, input: NewAppPassword, by: By): Promise<MadeAppPassword>;
  /** Makes several for one device: all of them or none. @throws as `create` */
  createEach(
    accountId: AccountId,
    inputs: readonly NewAppPassword[],
    by: By,
  ): Promise<readonly MadeAppPassword[]>;
  /** Newest first; revoked ones too, which are kept to explain a device that does not sync. */
  list(accountId: AccountId): Promise<readonly AppPassword[]>;
  get(accountId: AccountId, id: AppPasswordId): Promise<AppPassword | undefined>;
  /** How many more the account can have. */
  room(accountId: AccountId): Promise<number>;
  /**
   * Chooses everything anew; it counts from the next request on, in every process. What was not said before is as in
   * `create`.
   * @throws AuthError not-found (also where it is revoked), and as `create`
   */
  change(accountId: AccountId, id: AppPasswordId, input: AppPasswordInput, by: By): Promise<AppPassword>;
  /** Refused from the next request on. @throws AuthError not-found, step-up-required */
  revoke(accountId: AccountId, id: AppPasswordId, by: By): Promise<void>;
  /** Answers how many. @throws AuthError step-up-required */
  revokeAll(accountId: AccountId, by: By): Promise<number>;
}
