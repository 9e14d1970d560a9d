/** Deleting an account: by its holder, by an administrator, or by a shell. */
import { deleteAccount } from '../storage/account-deletion.js';
import { readEarlierNames } from '../storage/account-names.js';
import { accountById, listActiveAdministrators } from '../storage/accounts.js';
import { leaveAllGroups } from '../storage/groups.js';
import type { AccountId } from '../storage/ids.js';
import type { By } from './contract.js';
import { AuthError } from './errors.js';
import { checkLives, checkMay } from './may.js';
import { foldName } from './names.js';
import type { Parts } from './parts.js';
import { endSessions, voidLinksOf } from './session-endings.js';
import { unitThatFrees } from './unit.js';

/** A server has few; beyond these the rest reads it from the list of accounts. */
const mostTold = 100;

/**
 * From this unit on nobody signs in or syncs with it, and nothing finds it. Its holder is told by mail, and the
 * administrators by their activity, since the account's own goes with it.
 * @throws AuthError last-administrator, not-found, step-up-required
 */
export async function removeAccount(parts: Parts, id: AccountId, by: By): Promise<void> {
  checkMay(parts, by, id, { stepUp: true, administrators: true });
  await unitThatFrees(parts, async ({ writer, note }) => {
    await checkLives(writer, by);
    const row = await accountById(writer, id);
    if (row === undefined) throw new AuthError('not-found', 'There is no such account.');
    const administrators = await listActiveAdministrators(writer, mostTold);
    if (administrators.every((each) => each === id) && row.isAdmin === 1 && row.disabledAt === null)
      throw new AuthError('last-administrator', 'This is the last administrator: make another one first.');
    const now = parts.now();
    await voidLinksOf(writer, id, now);
    await endSessions(writer, id, undefined);
    await leaveAllGroups(writer, id);
    await note(id, 'account.removed', by, {}, row);
    const mail = row.email === null ? undefined : foldName(row.email);
    const names = [row.name, ...readEarlierNames(row.earlierNames).map(({ name }) => name)];
    await deleteAccount(writer, id, { names: [...new Set(names.map(foldName))], mail }, now);
    const other = { kind: 'other', actor: actorForOthers(by, id) } as const;
    for (const administrator of administrators.filter((each) => each !== id))
      await note(administrator, 'account.removed', other, { label: row.name });
  });
}

function actorForOthers(by: By, id: AccountId): string {
  if (by.kind !== 'session') return by.kind;
  const { account } = by.session;
  return `${account.id === id ? 'holder' : 'administrator'} ${account.name}`;
}
