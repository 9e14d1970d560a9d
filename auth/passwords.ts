/** Login passwords: for the console's sign-in alone. */
import { accountById, replacePasswordHash, setPasswordHash, type AccountRow } from '../storage/accounts.js';
import { revokeAll } from './app-passwords.js';
import { checkLives, checkMay, sessionOf } from './may.js';
import type { Passwords } from './contract.js';
import { AuthError } from './errors.js';
import { checkPassword, maxPasswordBytes, passwordBytes, weaknessOf } from './password-rules.js';
import type { Parts } from './parts.js';
import { renew } from './session-cookie.js';
import { endSessions, voidLinksOf } from './session-endings.js';
import { unitOfAccount } from './unit.js';

const purpose = 'login-password';

/**
 * The hash of a new password: bcrypt over HMAC-SHA-256 under the server key, so that each of 1,024 bytes counts, and
 * a stolen database cannot be guessed at without the key. Kept as `KEY-ID:BCRYPT`.
 * @throws AuthError busy
 */
export async function hashPassword(parts: Parts, password: string): Promise<string> {
  const { keyring, hashing } = parts;
  return `${keyring.currentId}:${await hashing.hash(preHash(parts, password, keyring.currentId))}`;
}

/**
 * Whether the password is the account's. Takes the same work when there is no account, or it has no password.
 * @throws AuthError busy
 */
export async function verifyPassword(
  parts: Parts,
  account: Pick<AccountRow, 'id' | 'passwordHash'> | undefined,
  password: string,
): Promise<boolean> {
  const stored = split(account?.passwordHash ?? undefined);
  const known = stored !== undefined && parts.keyring.ids.includes(stored.keyId) ? stored : undefined;
  const tooLong = passwordBytes(password).length > maxPasswordBytes;
  const input = preHash(parts, tooLong ? '' : password, known?.keyId);
  const matches = (await parts.hashing.compare(input, known?.bcrypt)) && !tooLong;
  if (matches && account !== undefined && known?.keyId !== parts.keyring.currentId)
    parts.background.run('hashing a password under the current key', () => rehash(parts, account, password));
  return matches;
}

/** As verifyPassword, for a comparison that nobody waits for. */
export async function isLoginPassword(
  parts: Parts,
  passwordHash: string,
  password: string,
): Promise<boolean> {
  const stored = split(passwordHash);
  if (stored === undefined || !parts.keyring.ids.includes(stored.keyId)) return false;
  return parts.hashing.compareWhenIdle(preHash(parts, password, stored.keyId), stored.bcrypt);
}

export function passwords(parts: Parts): Passwords {
  return {
    weakness: weaknessOf,
    change: async ({ current, next, revokeAppPasswords }, by) => {
      const session = sessionOf(by);
      const { account } = session;
      checkMay(parts, by, account.id, { stepUp: true });
      checkPassword(next, account.name);
      const address = by.kind === 'session' ? by.client.address : '';
      const wait = await parts.throttle.attempt('password', address, { accountId: account.id });
      if (wait !== undefined) throw new AuthError('throttled', 'Too many attempts. Wait a little.', wait);
      // In one snapshot: after a change by another session it is this one that is over, not the password that is wrong.
      const row = await parts.database.read(async (reader) => {
        await checkLives(reader, by);
        return accountById(reader, account.id);
      });
      if (!(await verifyPassword(parts, row, current)))
        throw new AuthError('password-wrong', 'The current password is not right.');
      const hash = await hashPassword(parts, next);
      return unitOfAccount(parts, account.id, async (unit) => {
        const { writer, note } = unit;
        await setPasswordHash(writer, account.id, hash, parts.now());
        await voidLinksOf(writer, account.id, parts.now());
        const sessionsEnded = await endSessions(writer, account.id, session.id);
        await note(account.id, 'password.changed', by, { sessionsEnded });
        if (revokeAppPasswords === true) await revokeAll(parts, unit, account.id, by);
        return renew(parts, writer, session, by, {});
      });
    },
  };
}

async function rehash(
  parts: Parts,
  account: Pick<AccountRow, 'id' | 'passwordHash'>,
  password: string,
): Promise<void> {
  const { passwordHash } = account;
  if (passwordHash === null) return;
  const hash = await hashPassword(parts, password);
  await parts.database.write((writer) => replacePasswordHash(writer, account.id, hash, passwordHash));
}

/** 44 characters whatever the password's length: below the 72 bytes that bcrypt reads. */
const preHash = ({ keyring }: Parts, password: string, keyId: string | undefined): string =>
  keyring.hmac(purpose, passwordBytes(password), keyId ?? keyring.currentId).toString('base64');

function split(stored: string | undefined): { readonly keyId: string; readonly bcrypt: string } | undefined {
  const colon = stored?.indexOf(':') ?? -1;
  if (stored === undefined || colon === -1) return undefined;
  return { keyId: stored.slice(0, colon), bcrypt: stored.slice(colon + 1) };
}
