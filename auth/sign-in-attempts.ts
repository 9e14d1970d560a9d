/** What an attempt to sign in leaves behind, whichever step it was: counts and notes, none of which its answer waits for. */
import type { AccountRow } from '../storage/accounts.js';
import type { AccountId } from '../storage/ids.js';
import type { ActivityEvent } from './activity-events.js';
import type { Client } from './client.js';
import type { SignInOutcome } from './contract.js';
import type { Parts } from './parts.js';
import { unitOfAccount } from './unit.js';

export function throttled(
  parts: Parts,
  account: AccountRow | undefined,
  client: Client,
  retryAfterSeconds: number,
): SignInOutcome {
  if (account !== undefined && parts.throttledNotes.allows(account.id))
    noteLater(parts, account, client, 'sign-in.throttled', undefined);
  return { kind: 'throttled', retryAfterSeconds };
}

/** The session has begun, and the browser must learn of it, even if this cannot be written. */
export const countAnew = (parts: Parts, client: Client, accountId: AccountId): Promise<void> =>
  parts.background.attempt('counting attempts anew', () =>
    parts.throttle.succeeded(client.address, accountId),
  );

/** After the answer, so that its time does not tell whether there is an account to note it for. */
export function noteLater(
  parts: Parts,
  account: AccountRow | undefined,
  client: Client,
  event: ActivityEvent,
  step: string | undefined,
): void {
  if (account === undefined) return;
  const by = { kind: 'client', client } as const;
  parts.background.run('noting a sign-in', () =>
    unitOfAccount(parts, account.id, ({ note }) =>
      note(account.id, event, by, step === undefined ? {} : { step }),
    ),
  );
}

/** What a sign-in says of where it comes from, asked before it makes the place known: the holder is told of a new one. */
export const placeOf = async (
  parts: Parts,
  client: Client,
  accountId: AccountId,
): Promise<{ readonly newPlace?: true }> =>
  (await parts.throttle.isKnown(client.address, accountId)) ? {} : { newPlace: true };
