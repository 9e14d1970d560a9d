/** Ending the sessions of an account, and with them whatever somebody who held one has begun. */
import type { Writer } from '../storage/database.js';
import { deleteBegunTotps } from '../storage/factors.js';
import type { AccountId, SessionId } from '../storage/ids.js';
import { voidLinks } from '../storage/links.js';
import { deleteOtherSessions, deleteSession } from '../storage/sessions.js';

/**
 * Ends every session but `own`; answers how many. The set-up of an authenticator app that was begun ends too: whoever
 * began it knows its secret, and it would be shown again to whoever goes on with it.
 */
export async function endSessions(
  writer: Writer,
  accountId: AccountId,
  own: SessionId | undefined,
): Promise<number> {
  await deleteBegunTotps(writer, accountId);
  return deleteOtherSessions(writer, accountId, own);
}

/** Ends one; answers whether it was there. */
export async function endSession(writer: Writer, accountId: AccountId, id: SessionId): Promise<boolean> {
  await deleteBegunTotps(writer, accountId);
  return (await deleteSession(writer, accountId, id)) > 0;
}

/**
 * Makes links void that lead into the account, and app passwords that were agreed to but not fetched: what they were given
 * out for is over. `now` in epoch milliseconds.
 */
export async function voidLinksOf(writer: Writer, accountId: AccountId, now: number): Promise<void> {
  for (const kind of ['reset', 'confirm', 'device'] as const) await voidLinks(writer, kind, accountId, now);
}
