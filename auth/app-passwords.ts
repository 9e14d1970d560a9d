/** App passwords: made by the account holder (or a shell), shown once, revoked at once. */
import { randomBytes } from 'node:crypto';
import { accountById } from '../storage/accounts.js';
import {
  appPasswordById,
  insertAppPassword,
  listAppPasswords,
  revokeAppPassword,
  revokeAppPasswords,
  type NewAppPasswordRow,
} from '../storage/app-passwords.js';
import type { Reader } from '../storage/database.js';
import { AppPasswordId, type AccountId } from '../storage/ids.js';
import { voidLinks } from '../storage/links.js';
import { changeAppPassword } from './app-password-change.js';
import {
  appPasswordOf,
  checkAppPassword,
  checkDevice,
  checkRoom,
  roomForAppPasswords,
  servicesOf,
} from './app-password-choices.js';
import { checkCollections, writeCollections } from './app-password-limits.js';
import { newSecret, secretHash, shownSecret } from './app-password-secret.js';
import type { AppPassword, AppPasswords, By, MadeAppPassword, NewAppPassword } from './contract.js';
import { AuthError } from './errors.js';
import { localDay } from './local-day.js';
import { checkLives, checkMay } from './may.js';
import type { Parts } from './parts.js';
import { unitOfAccount, type NotedBy, type Unit } from './unit.js';

const maxListed = 1_000;

export function appPasswords(parts: Parts): AppPasswords {
  const { database } = parts;
  return {
    create: (accountId, input, by) => create(parts, accountId, input, by),
    createEach: (accountId, inputs, by) => createEach(parts, accountId, inputs, by),
    list: async (accountId) => {
      return database.read(async (reader) => {
        const today = await dayOf(reader, accountId, parts.now());
        return (await listAppPasswords(reader, accountId, maxListed)).map((row) => appPasswordOf(row, today));
      });
    },
    get: async (accountId, id) => {
      return database.read(async (reader) => {
        const row = await appPasswordById(reader, accountId, id);
        return row && appPasswordOf(row, await dayOf(reader, accountId, parts.now()));
      });
    },
    room: (accountId) => database.read((reader) => roomForAppPasswords(reader, accountId, parts.now())),
    change: (accountId, id, input, by) => changeAppPassword(parts, accountId, id, input, by),
    revoke: async (accountId, id, by) => {
      checkMay(parts, by, accountId, { stepUp: true });
      await unitOfAccount(parts, accountId, async ({ writer, note }) => {
        const row = await appPasswordById(writer, accountId, id);
        if (row === undefined || (await revokeAppPassword(writer, accountId, id, parts.now())) === 0)
          throw new AuthError('not-found', 'There is no such app password, or it is revoked already.');
        await note(accountId, 'app-password.revoked', by, { id, label: row.label });
      });
    },
    revokeAll: async (accountId, by) => {
      checkMay(parts, by, accountId, { stepUp: true });
      return unitOfAccount(parts, accountId, async (unit) => revokeAll(parts, unit, accountId, by));
    },
  };
}

const dayOf = async (reader: Reader, accountId: AccountId, now: number): Promise<string> =>
  localDay(now, (await accountById(reader, accountId))?.timeZone ?? null);

/** Each is told of in the activity, since each may be a device. */
export async function revokeAll(
  parts: Parts,
  { writer, note }: Unit,
  accountId: AccountId,
  by: NotedBy,
): Promise<number> {
  const rows = await listAppPasswords(writer, accountId, maxListed);
  for (const { id, label, revokedAt } of rows)
    if (revokedAt === null) await note(accountId, 'app-password.revoked', by, { id, label });
  // One that was agreed to, and not come for yet, is one too.
  await voidLinks(writer, 'device', accountId, parts.now());
  return revokeAppPasswords(writer, accountId, parts.now());
}

async function create(
  parts: Parts,
  accountId: AccountId,
  input: NewAppPassword,
  by: By,
): Promise<MadeAppPassword> {
  const [made] = await createEach(parts, accountId, [input], by);
  if (made === undefined) throw new Error('No app password was made');
  return made;
}

async function createEach(
  parts: Parts,
  accountId: AccountId,
  inputs: readonly NewAppPassword[],
  by: By,
): Promise<readonly MadeAppPassword[]> {
  checkMay(parts, by, accountId, { stepUp: true });
  const wanted = inputs.map((input) => prepare(parts, accountId, input));
  return unitOfAccount(parts, accountId, async (unit) => {
    await checkProtected(unit.writer, accountId, by);
    const made: MadeAppPassword[] = [];
    for (const each of wanted) {
      const collections = await checkCollections(unit.writer, accountId, each.input);
      made.push(await insertPrepared(parts, unit, each, collections.text, by));
    }
    return made;
  });
}

/**
 * Lets an account go on that is set up. Asked of the database: the session may have ended, or been opened before the factors
 * were reset. @throws AuthError not-found, second-factor-required, session-ended
 */
export async function checkProtected(reader: Reader, accountId: AccountId, by: By): Promise<void> {
  await checkLives(reader, by);
  const account = await accountById(reader, accountId);
  if (account === undefined) throw new AuthError('not-found', 'There is no such account.');
  if (by.kind === 'session' && (account.factorCount === 0 || account.recoveryConfirmedAt === null))
    throw new AuthError('second-factor-required', 'Set up two-step verification first.');
}

/**
 * Makes one for somebody whose right to it was checked before, as its collections were, in a unit that goes on.
 * @throws AuthError as `AppPasswords.create`
 */
export const insertChecked = (
  parts: Parts,
  unit: Unit,
  accountId: AccountId,
  input: NewAppPassword,
  by: NotedBy,
): Promise<MadeAppPassword> => {
  const collections = input.collections === undefined ? null : writeCollections(input.collections);
  return insertPrepared(parts, unit, prepare(parts, accountId, input), collections, by);
};

async function insertPrepared(
  parts: Parts,
  unit: Unit,
  { row, secret }: Prepared,
  collections: string | null,
  by: NotedBy,
): Promise<MadeAppPassword> {
  const appPassword = await insert(parts, unit, { ...row, collections }, by);
  return { appPassword, secret: shownSecret(secret) };
}

interface Prepared {
  readonly input: NewAppPassword;
  readonly row: Omit<NewAppPasswordRow, 'collections'>;
  readonly secret: string;
}

function prepare(parts: Parts, accountId: AccountId, input: NewAppPassword): Prepared {
  const { keyring } = parts;
  const secret = newSecret();
  const keyId = keyring.currentId;
  const row = {
    accountId,
    // Typed behind commands, where a word that begins with a dash would be an option.
    id: AppPasswordId(randomBytes(9).toString('hex')),
    secretHash: secretHash(keyring, secret, keyId),
    keyId,
    ...checkAppPassword(input, parts.now()),
    device: checkDevice(input.device),
    createdAt: parts.now(),
  };
  return { input, row, secret };
}

async function insert(
  parts: Parts,
  { writer, note }: Unit,
  row: NewAppPasswordRow,
  by: NotedBy,
): Promise<AppPassword> {
  const { accountId, id, label, access } = row;
  await checkRoom(writer, accountId, parts.now());
  await insertAppPassword(writer, row);
  await note(accountId, 'app-password.created', by, {
    id,
    label,
    services: servicesOf(row).join(','),
    access,
    ...(row.collections === null ? {} : { limited: true }),
    ...(row.addresses === null ? {} : { addresses: row.addresses }),
  });
  const made = await appPasswordById(writer, accountId, id);
  if (made === undefined) throw new Error('The app password was not kept');
  return appPasswordOf(made);
}
