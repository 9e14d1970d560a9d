/** What administrators do: accounts as a whole, and the invites that are open. */
import { accountById, countActiveAdministrators, setAdministrator } from '../storage/accounts.js';
import {
  findOverviews,
  overviewOfAccount,
  overviewOfAccounts,
  type AccountOverviewRow,
} from '../storage/account-overview.js';
import { AccountId } from '../storage/ids.js';
import { openLinks, takeLink, type LinkRow } from '../storage/links.js';
import { setQuotaOfAccount } from '../storage/quota.js';
import { releaseName, renameAccount } from './account-names.js';
import { accountOf } from './account-view.js';
import type { AccountOverview, Administration, By, OpenInvite } from './contract.js';
import { AuthError } from './errors.js';
import { invitePayload, isBacked } from './links.js';
import { checkAdministrator, checkLives } from './may.js';
import { foldName } from './names.js';
import type { Parts } from './parts.js';
import { endSessions } from './session-endings.js';
import { unitOf } from './unit.js';

const maxPage = 500;
const maxInvites = 200;
const maxText = 254;

export function administration(parts: Parts): Administration {
  const { database, now } = parts;
  return {
    accounts: async ({ after = AccountId(0), limit = maxPage, text = '' } = {}) => {
      const page = { after, limit: Math.min(limit, maxPage), now: now() };
      const wanted = foldName(text.trim().slice(0, maxText));
      const rows = await database.read((reader) =>
        wanted === ''
          ? overviewOfAccounts(reader, page)
          : findOverviews(reader, page, wanted, (name) => foldName(name).includes(wanted)),
      );
      return rows.map(overviewOf);
    },
    account: async (id) => {
      const row = await database.read((reader) => overviewOfAccount(reader, id, now()));
      return row && overviewOf(row);
    },
    setQuota: (id, bytes, by) => setQuota(parts, id, bytes, by),
    setAdministrator: (id, isAdmin, by) => changeRole(parts, id, isAdmin, by),
    rename: (id, name, by) => renameAccount(parts, id, name, by),
    releaseName: (id, name, by) => releaseName(parts, id, name, by),
    invites: () =>
      database.read(async (reader) => {
        const rows = await openLinks(reader, 'invite', now(), maxInvites);
        const backed = await Promise.all(rows.map((row) => isBacked(parts, reader, row)));
        return rows.filter((_, index) => backed[index] === true).map(inviteOf);
      }),
    withdrawInvite: (id, by) => withdrawInvite(parts, id, by),
  };
}

const overviewOf = (row: AccountOverviewRow): AccountOverview => {
  const lastActiveAt = Math.max(row.lastSyncAt ?? 0, row.lastActivityAt ?? 0);
  return {
    account: accountOf(row),
    usedBytes: row.usedBytes,
    quotaBytes: row.quotaBytes ?? undefined,
    devices: row.devices,
    lastActiveAt: lastActiveAt === 0 ? undefined : lastActiveAt,
  };
};

function inviteOf(row: LinkRow): OpenInvite {
  const { email, isAdmin = false, groups = [] } = invitePayload(row);
  const { createdAt, expiresAt } = row;
  return { id: Buffer.from(row.tokenHash).toString('hex'), email, isAdmin, groups, createdAt, expiresAt };
}

async function setQuota(parts: Parts, id: AccountId, bytes: number | null, by: By): Promise<void> {
  checkAdministrator(parts, by);
  if (bytes !== null && !(Number.isSafeInteger(bytes) && bytes >= 0))
    throw new AuthError('quota-invalid', 'A quota is a number of bytes.');
  await unitOf(parts, async ({ writer, note }) => {
    if ((await accountById(writer, id)) === undefined) throw noAccount();
    await setQuotaOfAccount(writer, id, bytes);
    await note(id, 'account.quota-changed', by, { bytes });
  });
}

/** Sessions of the account end: they were opened with other rights. */
async function changeRole(parts: Parts, id: AccountId, isAdmin: boolean, by: By): Promise<void> {
  checkAdministrator(parts, by);
  await unitOf(parts, async ({ writer, note }) => {
    await checkLives(writer, by);
    const row = await accountById(writer, id);
    if (row === undefined) throw noAccount();
    if ((row.isAdmin === 1) === isAdmin) return;
    await setAdministrator(writer, id, isAdmin ? 1 : 0);
    if (!isAdmin && (await countActiveAdministrators(writer)) === 0)
      throw new AuthError('last-administrator', 'This is the last administrator: make another one first.');
    const own = by.kind === 'session' && by.session.account.id === id ? by.session.id : undefined;
    const sessionsEnded = await endSessions(writer, id, own);
    await note(id, 'account.role-changed', by, { administrator: isAdmin, sessionsEnded });
  });
}

async function withdrawInvite(parts: Parts, id: string, by: By): Promise<void> {
  checkAdministrator(parts, by);
  await unitOf(parts, async ({ writer, note }) => {
    const open = await openLinks(writer, 'invite', parts.now(), maxInvites);
    const invite = open.find(({ tokenHash }) => Buffer.from(tokenHash).toString('hex') === id);
    if (invite === undefined || !(await takeLink(writer, invite.tokenHash, parts.now())))
      throw new AuthError('not-found', 'This invite was used, withdrawn or has ended.');
    if (by.kind === 'session') await note(by.session.account.id, 'link.invite-withdrawn', by);
  });
}

const noAccount = (): AuthError => new AuthError('not-found', 'There is no such account.');
