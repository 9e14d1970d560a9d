/** Making an account: the row, its names, and what else belongs to a new one, all in one unit of work. */
import { accountById, claimName, insertAccount, type AccountRow } from '../storage/accounts.js';
import type { NewAccount, By } from './contract.js';
import { AuthError } from './errors.js';
import { foldName, parseDisplayName, parseMail, parseName } from './names.js';
import { checkPassword } from './password-rules.js';
import { hashPassword } from './passwords.js';
import type { Parts } from './parts.js';
import type { NotedBy, Unit } from './unit.js';

/** What was checked, and hashed, before the unit of work begins. */
export interface PreparedAccount {
  readonly name: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly emailConfirmed: boolean;
  readonly isAdmin: boolean;
  readonly passwordHash: string | null;
}

/** @throws AuthError name-invalid, mail-invalid, display-name-invalid, password-*, busy */
export async function prepareAccount(
  parts: Parts,
  input: NewAccount,
  emailConfirmed: boolean,
): Promise<PreparedAccount> {
  const name = parseName(input.name);
  const email = given(input.email) === undefined ? null : parseMail(input.email ?? '');
  const displayName =
    given(input.displayName) === undefined ? null : parseDisplayName(input.displayName ?? '');
  if (input.password !== undefined) checkPassword(input.password, name);
  return {
    name,
    displayName,
    email,
    emailConfirmed: email !== null && emailConfirmed,
    isAdmin: input.isAdmin === true,
    passwordHash: input.password === undefined ? null : await hashPassword(parts, input.password),
  };
}

/** @throws AuthError name-taken, mail-taken */
export async function insertPrepared(
  parts: Parts,
  { writer, note }: Unit,
  account: PreparedAccount,
  by: By | NotedBy,
): Promise<AccountRow> {
  const now = parts.now();
  const { name, email, emailConfirmed, isAdmin } = account;
  const id = await insertAccount(writer, {
    name,
    displayName: account.displayName,
    email,
    emailConfirmedAt: emailConfirmed ? now : null,
    isAdmin: isAdmin ? 1 : 0,
    passwordHash: account.passwordHash,
    now,
  });
  if (!(await claimName(writer, foldName(name), id, 'login')))
    throw new AuthError('name-taken', 'This name is taken. Choose another.');
  if (email !== null && emailConfirmed && !(await claimName(writer, foldName(email), id, 'mail')))
    throw new AuthError('mail-taken', 'Another account has this mail address.');
  await parts.onAccountCreated(writer, { id, name });
  await note(id, 'account.created', by, { name, administrator: isAdmin });
  const row = await accountById(writer, id);
  if (row === undefined) throw new Error('The account was not kept');
  return row;
}

/** An empty field of a form is one that was left out. */
const given = (text: string | undefined): string | undefined =>
  text === undefined || text.trim() === '' ? undefined : text;
