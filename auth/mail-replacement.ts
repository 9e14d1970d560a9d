/** A mail address takes the place of another: names and links follow, and the one that stood there is told. */
import {
  accountById,
  claimName,
  releaseMailName,
  setAccountMail,
  setNewMail,
  type AccountRow,
} from '../storage/accounts.js';
import { voidLinks } from '../storage/links.js';
import { AuthError } from './errors.js';
import { foldName } from './names.js';
import type { Parts } from './parts.js';
import type { NotedBy, Unit } from './unit.js';

/**
 * Puts an address, or none, in the place of what stood there. One that is confirmed signs in from now on.
 * @throws AuthError mail-taken
 */
export async function replaceMail(
  parts: Parts,
  { writer, note }: Unit,
  account: AccountRow,
  { email, confirmed }: { readonly email: string | null; readonly confirmed: boolean },
  by: NotedBy,
): Promise<AccountRow> {
  const { id } = account;
  const stands = email !== null && confirmed;
  if (account.email !== null) await releaseMailName(writer, foldName(account.email), id);
  if (stands && !(await claimName(writer, foldName(email), id, 'mail')))
    throw new AuthError('mail-taken', 'Another account has this mail address.');
  // Those that were mailed to the address from before are void too: its holder may be another by now.
  for (const kind of ['confirm', 'reset'] as const) await voidLinks(writer, kind, id, parts.now());
  await setAccountMail(writer, id, email, stands ? parts.now() : null);
  await setNewMail(writer, id, null);
  const detail = { confirmed: stands, removed: email === null };
  await note(id, 'account.mail-changed', by, detail, account.email === email ? undefined : account);
  return (await accountById(writer, id)) ?? account;
}
