/**
 * Between the two steps of a sign-in the browser holds a ticket: encrypted, so that it does not tell whether the
 * first step was right, and of the same length either way. It opens nothing by itself, on no path.
 */
import { createHash } from 'node:crypto';
import { AccountId } from '../storage/ids.js';
import type { AccountRow } from '../storage/accounts.js';
import type { Parts } from './parts.js';

const purpose = 'sign-in-ticket';
const context = 'second step';
export const ticketMs = 10 * 60 * 1000;

export interface SignInTicket {
  /** Whose name was given; 0 when it leads to no account. */
  readonly accountId: AccountId;
  /** Of the name that was given, so that attempts on names without an account are counted like others. */
  readonly nameHash: string;
  /** Name and password were right, and the account may sign in. */
  readonly right: boolean;
  /** Of the account: a change of the password in between voids the ticket. */
  readonly passwordChangedAt: number;
  readonly issuedAt: number;
}

const numbers = 4;
const hashBytes = 16;
const plainBytes = numbers * 8 + hashBytes;

/** Four numbers of 8 bytes, and the start of the name's hash. */
export function sealTicket(
  parts: Parts,
  nameKey: string,
  account: AccountRow | undefined,
  right: boolean,
): string {
  const plain = Buffer.alloc(plainBytes);
  [account?.id ?? 0, right ? 1 : 0, account?.passwordChangedAt ?? 0, parts.now()].forEach((value, index) => {
    plain.writeDoubleBE(value, index * 8);
  });
  createHash('sha256')
    .update(nameKey)
    .digest()
    .copy(plain, numbers * 8, 0, hashBytes);
  const { keyId, sealed } = parts.keyring.encrypt(purpose, plain, context);
  return `t.${keyId}.${sealed.toString('base64url')}`;
}

/** The ticket of a cookie's value, while it is valid. */
export function openTicket(parts: Parts, value: string): SignInTicket | undefined {
  const [, keyId = '', sealed = ''] = /^t\.([a-z0-9]{1,16})\.([A-Za-z0-9_-]{102})$/.exec(value) ?? [];
  if (!parts.keyring.ids.includes(keyId)) return undefined;
  const plain = parts.keyring.decrypt(purpose, keyId, Buffer.from(sealed, 'base64url'), context);
  if (plain?.length !== plainBytes) return undefined;
  const ticket = {
    accountId: AccountId(plain.readDoubleBE(0)),
    nameHash: plain.toString('hex', numbers * 8),
    right: plain.readDoubleBE(8) === 1,
    passwordChangedAt: plain.readDoubleBE(16),
    issuedAt: plain.readDoubleBE(24),
  };
  const age = parts.now() - ticket.issuedAt;
  return age >= 0 && age < ticketMs ? ticket : undefined;
}
