/** Accounts: made, found, closed and opened again. */
import {
  accountById,
  accountByName,
  countAccounts,
  countActiveAdministrators,
  listAccounts,
  setAccountDisabled,
  setAccountProfile,
  setLoginPasswordSeen,
  setPasswordHash,
  setRecoveryConfirmed,
  type AccountRow,
} from '../storage/accounts.js';
import type { Reader } from '../storage/database.js';
import { deleteTotps, replaceRecoveryCodes } from '../storage/factors.js';
import { AccountId } from '../storage/ids.js';
import { deletePasskeys } from '../storage/passkeys.js';
import { insertPrepared, prepareAccount } from './account-creation.js';
import { removeAccount } from './account-removal.js';
import { accountOf } from './account-view.js';
import type { Accounts, By } from './contract.js';
import { AuthError } from './errors.js';
import { replaceMail } from './mail-replacement.js';
import { checkAdministrator, checkLives, checkMay } from './may.js';
import { foldName, parseDisplayName, parseMail } from './names.js';
import { checkPassword } from './password-rules.js';
import { hashPassword } from './passwords.js';
import type { Parts } from './parts.js';
import { endSessions, voidLinksOf } from './session-endings.js';
import { unitOf, type Unit } from './unit.js';

const maxPage = 500;
const maxNameLength = 254;

export function accounts(parts: Parts): Accounts {
  const { database } = parts;
  return {
    count: () => database.read(countAccounts),
    get: async (id) => viewOf(await database.read((reader) => accountById(reader, id))),
    find: async (name) =>
      viewOf(
        await database.read((reader) => accountByName(reader, foldName(name.trim().slice(0, maxNameLength)))),
      ),
    list: async ({ after = AccountId(0), limit = maxPage } = {}) => {
      const rows = await database.read((reader) => listAccounts(reader, after, Math.min(limit, maxPage)));
      return rows.map(accountOf);
    },
    create: async (input, by) => {
      checkAdministrator(parts, by);
      const prepared = await prepareAccount(parts, input, true);
      return accountOf(
        await unitOf(parts, async (unit) => {
          await checkLives(unit.writer, by);
          return insertPrepared(parts, unit, prepared, by);
        }),
      );
    },
    disable: (id, by) => disable(parts, id, by),
    enable: async (id, by) => {
      checkAdministrator(parts, by);
      await unitOf(parts, async ({ writer, note }) => {
        await checkLives(writer, by);
        await existing(writer, id);
        await setAccountDisabled(writer, id, null);
        await note(id, 'account.enabled', by);
      });
    },
    setPassword: (id, password, by) => setPassword(parts, id, password, by),
    resetFactors: (id, by) => resetFactors(parts, id, by),
    setProfile: (id, profile, by) => setProfile(parts, id, profile, by),
    remove: (id, by) => removeAccount(parts, id, by),
    noteExport: async (id, by) => {
      checkMay(parts, by, id, { stepUp: true });
      await unitOf(parts, async ({ writer, note }) => {
        await checkLives(writer, by);
        await existing(writer, id);
        await note(id, 'account.exported', by);
      });
    },
    noteImport: async (id, by) => {
      checkMay(parts, by, id, { stepUp: true });
      await unitOf(parts, async ({ writer, note }) => {
        await checkLives(writer, by);
        await existing(writer, id);
        await note(id, 'account.imported', by);
      });
    },
    setMail: (id, email, by) => setMail(parts, id, email, by),
    dismissLoginPassword: async (id, by) => {
      checkMay(parts, by, id, {});
      await unitOf(parts, ({ writer }) => setLoginPasswordSeen(writer, id, null, null));
    },
  };
}

const viewOf = (row: AccountRow | undefined): ReturnType<typeof accountOf> | undefined =>
  row === undefined ? undefined : accountOf(row);

async function existing(reader: Reader, id: AccountId): Promise<AccountRow> {
  const row = await accountById(reader, id);
  if (row === undefined) throw new AuthError('not-found', 'There is no such account.');
  return row;
}

async function disable(parts: Parts, id: AccountId, by: By): Promise<void> {
  checkAdministrator(parts, by);
  await unitOf(parts, async ({ writer, note }) => {
    await checkLives(writer, by);
    const row = await existing(writer, id);
    await setAccountDisabled(writer, id, parts.now());
    if (row.isAdmin === 1 && (await countActiveAdministrators(writer)) === 0)
      throw new AuthError('last-administrator', 'This is the last administrator: make another one first.');
    await voidLinksOf(writer, id, parts.now());
    const sessionsEnded = await endSessions(writer, id, undefined);
    await note(id, 'account.disabled', by, { sessionsEnded });
  });
}

async function setPassword(parts: Parts, id: AccountId, password: string, by: By): Promise<void> {
  // An administrator in the console sends a reset link instead, and never learns the password.
  if (by.kind === 'session') throw new AuthError('not-allowed', 'Send a reset link instead.');
  const { name } = await parts.database.read((reader) => existing(reader, id));
  checkPassword(password, name);
  const hash = await hashPassword(parts, password);
  await unitOf(parts, async (unit) => {
    await existing(unit.writer, id);
    await replacePassword(parts, unit, id, hash);
    await unit.note(id, 'password.set', by);
  });
}

/** A new password ends every session and every other way to set one: whoever knew the old one is out. */
export async function replacePassword(
  parts: Parts,
  { writer }: Unit,
  id: AccountId,
  hash: string,
): Promise<number> {
  await setPasswordHash(writer, id, hash, parts.now());
  await voidLinksOf(writer, id, parts.now());
  return endSessions(writer, id, undefined);
}

async function resetFactors(parts: Parts, id: AccountId, by: By): Promise<void> {
  checkAdministrator(parts, by);
  await unitOf(parts, async ({ writer, note }) => {
    await checkLives(writer, by);
    await existing(writer, id);
    await deleteTotps(writer, id);
    await deletePasskeys(writer, id);
    await replaceRecoveryCodes(writer, id, []);
    await setRecoveryConfirmed(writer, id, null);
    await voidLinksOf(writer, id, parts.now());
    const sessionsEnded = await endSessions(writer, id, undefined);
    await note(id, 'factors.reset', by, { sessionsEnded });
  });
}

async function setProfile(
  parts: Parts,
  id: AccountId,
  profile: Parameters<Accounts['setProfile']>[1],
  by: By,
): Promise<void> {
  checkMay(parts, by, id, { administrators: true });
  const { displayName } = profile;
  const named =
    displayName === undefined || displayName === null ? displayName : parseDisplayName(displayName);
  await unitOf(parts, async ({ writer, note }) => {
    const row = await existing(writer, id);
    await setAccountProfile(writer, id, {
      displayName: named === undefined ? row.displayName : named,
      timeZone: profile.timeZone === undefined ? row.timeZone : profile.timeZone,
      locale: profile.locale === undefined ? row.locale : profile.locale,
    });
    await note(id, 'account.profile-changed', by);
  });
}

async function setMail(parts: Parts, id: AccountId, text: string | null, by: By): Promise<void> {
  checkMay(parts, by, id, { stepUp: true, administrators: true });
  const email = text === null ? null : parseMail(text);
  // One's own word is not enough: the address would be taken from whoever has it.
  const confirmed = by.kind !== 'session' || by.session.account.id !== id;
  await unitOf(parts, async (unit) => {
    await checkLives(unit.writer, by);
    await replaceMail(parts, unit, await existing(unit.writer, id), { email, confirmed }, by);
  });
}
