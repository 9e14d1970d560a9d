/** What `createAuth` and `openKeyring` are given. */
import type { Database, Writer } from '../storage/database.js';
import type { AccountId } from '../storage/ids.js';
import type { ActivityEntry, RegistrationPolicy } from './contract.js';
import type { PasswordHashing } from './password-hashing.js';

export interface AuthOptions {
  readonly database: Database;
  readonly keyring: Keyring;
  /** Where people reach the console: links begin with it, and the Origin of forms is compared with it. */
  readonly baseUrl: URL;
  /** LATCHKEY_ALLOW_INSECURE: app passwords are taken over plain http from other machines. */
  readonly allowInsecure: boolean;
  /** LATCHKEY_REGISTRATION; where it is left out, administrators choose. */
  readonly registration: RegistrationPolicy | undefined;
  /** Mail is sent from what is queued (`Auth.outbox`); none is queued unless told. */
  readonly mails?: boolean;
  /**
   * Runs in the unit of work that makes an account: its first calendar and address book. Like every unit it awaits
   * nothing but the writer, and may be run again.
   */
  readonly onAccountCreated?: (
    writer: Writer,
    account: { readonly id: AccountId; readonly name: string },
  ) => Promise<void>;
  /** After an entry of the activity is on the disk: for the log, and for mail. Must not throw. */
  readonly onActivity?: (accountId: AccountId, entry: ActivityEntry) => void;
  /** Something went wrong beside a request, such as writing the usage. */
  readonly onError?: (error: unknown, doing: string) => void;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
  /** Hashes login passwords: with bcrypt's cost 12 and one thread unless told. One that is given stays open: others use it too. */
  readonly hashing?: PasswordHashing;
  /** A session ends after this long without a request; 30 minutes unless told. */
  readonly sessionIdleMs?: number;
  /** ... and this long after sign-in; 12 hours unless told. */
  readonly sessionAbsoluteMs?: number;
}

export interface KeyringOptions {
  /** LATCHKEY_SECRET_FILE. Made with mode 0600 if neither it nor a fingerprint in the database is there. */
  readonly file: string;
  readonly database: Database;
  /** A sentence for the log, such as that others can read the file. */
  readonly onWarning?: (sentence: string) => void;
}

/** The server's secret keys, current and earlier, by id. Every use has a purpose and so a key of its own. */
export interface Keyring {
  readonly currentId: string;
  /** Every key's id, the current one first. */
  readonly ids: readonly string[];
  /** HMAC-SHA-256; under the current key unless told. @throws KeyringError for a key id that is not there */
  hmac(purpose: string, data: string | Uint8Array, keyId?: string): Buffer;
  /** AES-256-GCM under the current key. `context` (whose it is) is needed again to decrypt. */
  encrypt(
    purpose: string,
    plain: Uint8Array,
    context: string,
  ): { readonly keyId: string; readonly sealed: Buffer };
  /** Answers nothing when the bytes or the context are not what was encrypted. @throws KeyringError as above */
  decrypt(purpose: string, keyId: string, sealed: Uint8Array, context: string): Buffer | undefined;
}
