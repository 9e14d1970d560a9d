/** Secrets of authenticator apps as they are kept: encrypted under the server key, bound to the account. */
import type { TotpRow } from '../storage/factors.js';
import type { AccountId } from '../storage/ids.js';
import type { Parts } from './parts.js';

const purpose = 'totp-secret';
const contextOf = (accountId: AccountId): string => `account ${accountId}`;

export function sealTotpSecret(
  { keyring }: Parts,
  accountId: AccountId,
  secret: string,
): { readonly secret: Uint8Array; readonly keyId: string } {
  const { keyId, sealed } = keyring.encrypt(purpose, Buffer.from(secret), contextOf(accountId));
  return { secret: sealed, keyId };
}

/** Nothing when the row is damaged, another account's, or of a key that is gone: no code can be right then. */
export function openTotpSecret(
  { keyring }: Parts,
  row: Pick<TotpRow, 'accountId' | 'secret' | 'keyId'>,
): string | undefined {
  if (!keyring.ids.includes(row.keyId)) return undefined;
  return keyring.decrypt(purpose, row.keyId, row.secret, contextOf(row.accountId))?.toString();
}
