/**
 * A device that sends the login password is refused like any other; its owner should learn why. The comparison takes
 * place after the answer, in the worker, at most once a minute for an account.
 */
import { accountById, setLoginPasswordSeen } from '../storage/accounts.js';
import type { AccountId } from '../storage/ids.js';
import { clientName } from './client-names.js';
import type { Client } from './client.js';
import { AuthError } from './errors.js';
import type { Parts } from './parts.js';
import { Rarely } from './rarely.js';
import { maxPasswordBytes, minPasswordLength, passwordBytes } from './password-rules.js';
import { isLoginPassword } from './passwords.js';
import { unitOfAccount } from './unit.js';

const everyMs = 60_000;
const afterMs = 200;

export class LoginPasswordWatch {
  private readonly comparisons: Rarely<AccountId>;

  constructor(private readonly parts: Parts) {
    this.comparisons = new Rarely(everyMs, parts.now);
  }

  /** Only remembers what to compare: the answer is not kept waiting. */
  compareLater(
    accountId: AccountId,
    password: string,
    { address, https, loopback, userAgent }: Client,
  ): void {
    const { parts } = this;
    if (password.length < minPasswordLength || password.length > maxPasswordBytes) return;
    if (!this.comparisons.allows(accountId)) return;
    const client = { address, https, loopback, userAgent };
    setTimeout(
      () =>
        parts.background.run('comparing with the login password', () =>
          compare(parts, accountId, password, client),
        ),
      afterMs,
    ).unref();
  }
}

async function compare(parts: Parts, accountId: AccountId, password: string, client: Client): Promise<void> {
  const account = await parts.database.read((reader) => accountById(reader, accountId));
  const passwordHash = account?.passwordHash ?? undefined;
  if (passwordHash === undefined || passwordBytes(password).length > maxPasswordBytes) return;
  try {
    if (!(await isLoginPassword(parts, passwordHash, password))) return;
  } catch (error) {
    // People who sign in come first; the device will come again.
    if (error instanceof AuthError && error.code === 'busy') return;
    throw error;
  }
  await unitOfAccount(parts, accountId, async ({ writer, note }) => {
    await setLoginPasswordSeen(writer, accountId, parts.now(), clientName(client.userAgent ?? ''));
    await note(accountId, 'password.sent-by-device', { kind: 'client', client });
  });
}
