/** Groups of accounts and who is in them. A group is known by its folded name. */
import { sql } from 'kysely';
import type { Reader, Writer } from './database.js';
import type { AccountId } from './ids.js';
import { statement } from './statement.js';

export interface GroupRow {
  /** As it stands in URLs. */
  readonly name: string;
  /** In the form in which names are compared. */
  readonly key: string;
  readonly displayName: string | null;
  readonly createdAt: number;
}

export interface GroupWithCount extends GroupRow {
  readonly members: number;
}

export interface GroupMember {
  readonly id: AccountId;
  readonly name: string;
  readonly displayName: string | null;
  readonly disabledAt: number | null;
}

const columns = [
  'account_group.name as name',
  'account_group.name_key as key',
  'account_group.display_name as displayName',
  'account_group.created_at as createdAt',
] as const;

const members = sql<number>`(select count(*) from group_member
  where group_member.group_key = account_group.name_key)`.as('members');

const all = statement<{ after: string; limit: number }>()((db, $) =>
  db
    .selectFrom('account_group')
    .select(columns)
    .select(members)
    .where('name_key', '>', $.after)
    .orderBy('name_key')
    .limit($.limit),
);
const byKey = statement<{ key: string }>()((db, $) =>
  db.selectFrom('account_group').select(columns).where('name_key', '=', $.key),
);
const insert = statement<GroupRow>()((db, $) =>
  db
    .insertInto('account_group')
    .values({ name: $.name, name_key: $.key, display_name: $.displayName, created_at: $.createdAt })
    .onConflict((conflict) => conflict.doNothing()),
);
const update = statement<{ key: string; displayName: string | null }>()((db, $) =>
  db.updateTable('account_group').set({ display_name: $.displayName }).where('name_key', '=', $.key),
);
const remove = statement<{ key: string }>()((db, $) =>
  db.deleteFrom('account_group').where('name_key', '=', $.key),
);
const removeMembers = statement<{ key: string }>()((db, $) =>
  db.deleteFrom('group_member').where('group_key', '=', $.key),
);
const membersOf = statement<{ key: string; after: AccountId | 0; limit: number }>()((db, $) =>
  db
    .selectFrom('group_member')
    .innerJoin('account', 'account.id', 'group_member.account_id')
    .select([
      'account.id as id',
      'account.name as name',
      'account.display_name as displayName',
      'account.disabled_at as disabledAt',
    ])
    .where('group_member.group_key', '=', $.key)
    .where('group_member.account_id', '>', $.after as never)
    .orderBy('group_member.account_id')
    .limit($.limit),
);
const ofAccount = statement<{ accountId: AccountId }>()((db, $) =>
  db
    .selectFrom('group_member')
    .innerJoin('account_group', 'account_group.name_key', 'group_member.group_key')
    .select(columns)
    .where('group_member.account_id', '=', $.accountId)
    .orderBy('account_group.name_key'),
);
const join = statement<{ accountId: AccountId; key: string; now: number }>()((db, $) =>
  db
    .insertInto('group_member')
    .values({ account_id: $.accountId, group_key: $.key, created_at: $.now })
    .onConflict((conflict) => conflict.doNothing()),
);
const leave = statement<{ accountId: AccountId; key: string }>()((db, $) =>
  db.deleteFrom('group_member').where('account_id', '=', $.accountId).where('group_key', '=', $.key),
);
const leaveAll = statement<{ accountId: AccountId }>()((db, $) =>
  db.deleteFrom('group_member').where('account_id', '=', $.accountId),
);
const common = statement<{ accountId: AccountId; other: AccountId }>()((db, $) =>
  db
    .selectFrom('group_member as own')
    .innerJoin('group_member as theirs', 'theirs.group_key', 'own.group_key')
    .select('own.group_key as key')
    .where('own.account_id', '=', $.accountId)
    .where('theirs.account_id', '=', $.other)
    .limit(sql.lit(1)),
);

/** In the order of their folded names, after one of them. */
export const listGroups = (
  reader: Reader,
  after: string,
  limit: number,
): Promise<readonly GroupWithCount[]> => reader.all(all, { after, limit });

export const findGroup = (reader: Reader, key: string): Promise<GroupRow | undefined> =>
  reader.get(byKey, { key });

/** Makes a group; false where there is one of that name. */
export const insertGroup = async (writer: Writer, row: GroupRow): Promise<boolean> =>
  (await writer.run(insert, row)) === 1;

export const setGroupDisplayName = (
  writer: Writer,
  key: string,
  displayName: string | null,
): Promise<number> => writer.run(update, { key, displayName });

/** Removes a group. Its members stay what they are. */
export async function deleteGroup(writer: Writer, key: string): Promise<void> {
  await writer.run(removeMembers, { key });
  await writer.run(remove, { key });
}

/** Members in the order in which their accounts were made, after one of them, at first 0. */
export const membersOfGroup = (
  reader: Reader,
  key: string,
  after: AccountId | 0,
  limit: number,
): Promise<readonly GroupMember[]> => reader.all(membersOf, { key, after, limit });

/** The groups that an account is in. */
export const groupsOfAccount = (reader: Reader, accountId: AccountId): Promise<readonly GroupRow[]> =>
  reader.all(ofAccount, { accountId });

/** Takes an account into a group; false where it is in it. */
export const joinGroup = async (
  writer: Writer,
  accountId: AccountId,
  key: string,
  now: number,
): Promise<boolean> => (await writer.run(join, { accountId, key, now })) === 1;

/** Takes an account out of a group; false where it is not in it. */
export const leaveGroup = async (writer: Writer, accountId: AccountId, key: string): Promise<boolean> =>
  (await writer.run(leave, { accountId, key })) === 1;

export const leaveAllGroups = (writer: Writer, accountId: AccountId): Promise<number> =>
  writer.run(leaveAll, { accountId });

/** Whether two accounts are in a group together. */
export const shareAGroup = async (reader: Reader, accountId: AccountId, other: AccountId): Promise<boolean> =>
  (await reader.get(common, { accountId, other })) !== undefined;
