/**
 * Renaming an account. Its devices go on under the name that they know: what is stored is found by the account's number, and
 * an earlier name leads to it until somebody releases that.
 */
import {
  ownerOfName,
  readEarlierNames,
  releaseEarlierName,
  setAccountNames,
  setNameKind,
} from '../storage/account-names.js';
import { accountById, claimName, type AccountRow } from '../storage/accounts.js';
import type { Reader, Writer } from '../storage/database.js';
import type { AccountId } from '../storage/ids.js';
import { accountOf } from './account-view.js';
import type { Account, By } from './contract.js';
import { AuthError } from './errors.js';
import { checkAdministrator } from './may.js';
import { foldName, parseName, spellingOf } from './names.js';
import type { Parts } from './parts.js';
import { unitOf } from './unit.js';

/** Each is a name less for others. */
const mostEarlierNames = 10;

/** @throws AuthError name-invalid, name-taken, too-many-names, not-found, not-allowed, step-up-required */
export async function renameAccount(parts: Parts, id: AccountId, text: string, by: By): Promise<Account> {
  checkAdministrator(parts, by);
  const name = parseName(text);
  return unitOf(parts, async ({ writer, note }) => {
    const row = await existing(writer, id);
    if (row.name === name) throw new AuthError('name-taken', 'The account has this name already.');
    await takeName(writer, row, name);
    const others = readEarlierNames(row.earlierNames).filter((each) => each.name !== name);
    const earlier = [{ name: row.name, until: parts.now() }, ...others];
    if (earlier.length > mostEarlierNames)
      throw new AuthError('too-many-names', 'The account has too many earlier names: release one first.');
    await setAccountNames(writer, id, name, earlier);
    await note(id, 'account.renamed', by, { from: row.name, to: name });
    return accountOf(await existing(writer, id));
  });
}

/** Makes a name the account's login name, and the one so far an earlier one. @throws AuthError name-taken */
async function takeName(writer: Writer, { id, name: before }: AccountRow, name: string): Promise<void> {
  const key = foldName(name);
  if (key === foldName(before)) return;
  const owner = await ownerOfName(writer, key);
  const isOwn = owner?.accountId === id && owner.kind === 'earlier';
  if (owner !== undefined && !isOwn) throw new AuthError('name-taken', 'This name is taken. Choose another.');
  if (isOwn) await setNameKind(writer, key, id, 'login');
  else await claimName(writer, key, id, 'login');
  await setNameKind(writer, foldName(before), id, 'earlier');
}

/** @throws AuthError not-found, not-allowed, step-up-required */
export async function releaseName(parts: Parts, id: AccountId, text: string, by: By): Promise<void> {
  checkAdministrator(parts, by);
  await unitOf(parts, async ({ writer, note }) => {
    const row = await existing(writer, id);
    const earlier = readEarlierNames(row.earlierNames);
    const names = earlier.map(({ name }) => name);
    const name = spellingOf(names, text.trim().normalize('NFC'));
    if (foldName(name) !== foldName(text.trim()) || !names.includes(name))
      throw new AuthError('not-found', 'The account has no such earlier name.');
    const left = earlier.filter((each) => each.name !== name);
    await setAccountNames(writer, id, row.name, left);
    // Another spelling of it may stay.
    const keys = new Set([row.name, ...left.map((each) => each.name)].map(foldName));
    if (!keys.has(foldName(name))) await releaseEarlierName(writer, foldName(name), id);
    await note(id, 'account.name-released', by, { label: name });
  });
}

async function existing(reader: Reader, id: AccountId): Promise<AccountRow> {
  const row = await accountById(reader, id);
  if (row === undefined) throw new AuthError('not-found', 'There is no such account.');
  return row;
}
