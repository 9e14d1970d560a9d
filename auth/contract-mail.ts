/** What is mailed to account holders, and what may be asked about their mail address; part of `contract.ts`. */
import type { AccountId } from '../storage/ids.js';
import type { ActivityEvent } from './activity-events.js';
import type { Client } from './client.js';
import type { Account } from './contract-accounts.js';
import type { By } from './contract.js';

/** Where something was asked for. The client is in words. */
export interface Whence {
  readonly address: string | undefined;
  readonly client: string | undefined;
}

/** What a mail is about; its words are added when it is sent. */
export type MailAbout =
  /** To an address that somebody wants to have in their account. */
  | { readonly kind: 'confirm'; readonly url: string; readonly expiresAt: number }
  /** To the holder of an address that somebody else wants to have. */
  | { readonly kind: 'address-taken'; readonly from: Whence }
  | {
      readonly kind: 'reset';
      readonly name: string;
      readonly url: string;
      readonly expiresAt: number;
      /** An administrator had it sent; otherwise whoever typed the name or address in. */
      readonly byAdministrator: boolean;
      readonly from: Whence;
    }
  /** To whom an administrator invites. */
  | { readonly kind: 'invite'; readonly url: string; readonly expiresAt: number; readonly inviter: string }
  /** Something happened to the account that its holder should know of. */
  | {
      readonly kind: 'notice';
      readonly event: ActivityEvent;
      readonly name: string;
      /** As in `ActivityEntry`. */
      readonly actor: string;
      readonly from: Whence;
      readonly detail: Readonly<Record<string, string | number | boolean | null>>;
      /** Of its kind the last for an hour. */
      readonly last: boolean;
    };

export interface Letter {
  /** Unique, and the same however often it is tried. */
  readonly id: string;
  readonly accountId: AccountId;
  readonly to: string;
  readonly timeZone: string | undefined;
  readonly locale: string | undefined;
  /** When what it tells of happened. */
  readonly at: number;
  readonly about: MailAbout;
}

/**
 * What became of trying: `later` is worth another try, `never` is not (there is no such address); `down`: the mail server
 * cannot be used at all just now, for this one or any other.
 */
export type SendOutcome = 'sent' | 'later' | 'never' | 'down';

export interface Delivery {
  readonly send: (letter: Letter) => Promise<SendOutcome>;
  /** For the log: a mail will not be sent. */
  readonly onGivenUp: (given: {
    readonly accountId: AccountId;
    readonly kind: string;
    readonly attempts: number;
  }) => void;
}

export interface Outbox {
  /** Whether mail can be sent. If not, nothing is queued, and pages say what to do instead. */
  readonly works: boolean;
  /**
   * Tries all mail that is due. A mail is tried by one process at a time, and again after pauses that grow, until it is too
   * old. Answers false where the mail server was down, so that it is not asked too often.
   */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<boolean>;
}

/** The holder's mail address: it stands once a link that was mailed to it was opened. */
export interface MailAddress {
  /**
   * Mails a link to an address that the holder wants to have; until it is used nothing changes. An address that another
   * account has is answered alike: its holder is told, by mail, and nobody else.
   * @throws AuthError mail-invalid, mail-unavailable, throttled, step-up-required
   */
  change(email: string, by: By): Promise<void>;
  /** Mails the link once more; the earlier one is void. @throws AuthError not-found and as `change`, but for step-up */
  resend(by: By): Promise<void>;
  /** Gives up the address that is not confirmed yet. */
  cancel(by: By): Promise<void>;
  /** Takes the address that stands away. @throws AuthError step-up-required */
  remove(by: By): Promise<void>;
  /** Uses a link up. @throws AuthError link-invalid, mail-taken, throttled, insecure */
  confirm(input: { readonly token: string; readonly client: Client }): Promise<Account>;
  /** Whether notices are mailed that are not about security, such as the first sync of a device. */
  setAllNotices(wanted: boolean, by: By): Promise<void>;
}
