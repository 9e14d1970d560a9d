/** Groups of accounts, kept by administrators. */
import { accountById } from '../storage/accounts.js';
import type { Reader } from '../storage/database.js';
import { AccountId } from '../storage/ids.js';
import {
  deleteGroup,
  findGroup,
  groupsOfAccount,
  insertGroup,
  joinGroup,
  leaveGroup,
  listGroups,
  membersOfGroup,
  setGroupDisplayName,
  type GroupRow,
} from '../storage/groups.js';
import type { By, Group, Groups } from './contract.js';
import { AuthError } from './errors.js';
import { checkAdministrator } from './may.js';
import { foldName, parseDisplayName, parseName } from './names.js';
import type { Parts } from './parts.js';
import { unitOf, type Unit } from './unit.js';

const maxPage = 500;
const maxNameLength = 64;

const keyOf = (name: string): string => foldName(name.trim().slice(0, maxNameLength));

export function groups(parts: Parts): Groups {
  const { database } = parts;
  return {
    list: async ({ after = '', limit = maxPage } = {}) => {
      const rows = await database.read((reader) =>
        listGroups(reader, keyOf(after), Math.min(limit, maxPage)),
      );
      return rows.map((row) => ({ ...groupOf(row), members: row.members }));
    },
    find: async (name) => {
      const row = await database.read((reader) => findGroup(reader, keyOf(name)));
      return row && groupOf(row);
    },
    members: async (name, { after = AccountId(0), limit = maxPage } = {}) => {
      const rows = await database.read((reader) =>
        membersOfGroup(reader, keyOf(name), after, Math.min(limit, maxPage)),
      );
      return rows.map(({ id, name: login, displayName, disabledAt }) => ({
        id,
        name: login,
        displayName: displayName ?? undefined,
        disabled: disabledAt !== null,
      }));
    },
    of: async (accountId) =>
      (await database.read((reader) => groupsOfAccount(reader, accountId))).map(groupOf),
    create: (input, by) => create(parts, input, by),
    rename: (name, displayName, by) => {
      const parsed = parseDisplayName(displayName);
      return change(parts, name, by, async ({ writer, note }, { key, name: kept }) => {
        await setGroupDisplayName(writer, key, parsed);
        if (by.kind === 'session')
          await note(by.session.account.id, 'group.renamed', by, { group: kept, displayName: parsed });
      });
    },
    remove: (name, by) =>
      change(parts, name, by, async ({ writer, note }, { key, name: kept }) => {
        await deleteGroup(writer, key);
        if (by.kind === 'session') await note(by.session.account.id, 'group.removed', by, { group: kept });
      }),
    add: (name, accountId, by) =>
      change(parts, name, by, async (unit, { key, name: kept }) => {
        const account = await accountById(unit.writer, accountId);
        if (account === undefined) throw new AuthError('not-found', 'There is no such account.');
        if (!(await joinGroup(unit.writer, accountId, key, parts.now())))
          throw new AuthError('already-member', `${account.name} is in this group already.`);
        await unit.note(accountId, 'group.joined', by, { group: kept });
      }),
    leave: (name, accountId, by) =>
      change(parts, name, by, async (unit, { key, name: kept }) => {
        if (!(await leaveGroup(unit.writer, accountId, key)))
          throw new AuthError('not-found', 'This account is not in the group.');
        await unit.note(accountId, 'group.left', by, { group: kept });
      }),
  };
}

const groupOf = ({ name, displayName, createdAt }: GroupRow): Group => ({
  name,
  displayName: displayName ?? undefined,
  createdAt,
});

async function create(parts: Parts, input: Parameters<Groups['create']>[0], by: By): Promise<Group> {
  checkAdministrator(parts, by);
  const name = parseName(input.name);
  const shown = input.displayName?.trim() ?? '';
  const row: GroupRow = {
    name,
    key: foldName(name),
    displayName: shown === '' ? null : parseDisplayName(shown),
    createdAt: parts.now(),
  };
  await unitOf(parts, async ({ writer, note }) => {
    if (!(await insertGroup(writer, row)))
      throw new AuthError('name-taken', 'There is a group of this name. Choose another.');
    if (by.kind === 'session') await note(by.session.account.id, 'group.created', by, { group: name });
  });
  return groupOf(row);
}

/** Runs a unit on a group that is there. @throws AuthError not-found, and as `checkAdministrator` */
async function change(
  parts: Parts,
  name: string,
  by: By,
  work: (unit: Unit, group: GroupRow) => Promise<void>,
): Promise<void> {
  checkAdministrator(parts, by);
  await unitOf(parts, async (unit) => work(unit, await existingGroup(unit.writer, name)));
}

/** @throws AuthError not-found */
export async function existingGroup(reader: Reader, name: string): Promise<GroupRow> {
  const group = await findGroup(reader, keyOf(name));
  if (group === undefined) throw new AuthError('not-found', 'There is no such group.');
  return group;
}
