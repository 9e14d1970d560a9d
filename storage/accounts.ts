/** Accounts, and the names that find them. */
import { sql } from 'kysely';
import type { Reader, Writer } from './database.js';
import type { AccountId } from './ids.js';
import type { Flag } from './schema.js';
import { statement } from './statement.js';

export interface AccountRow {
  readonly id: AccountId;
  readonly name: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly emailConfirmedAt: number | null;
  readonly isAdmin: Flag;
  readonly disabledAt: number | null;
  readonly passwordHash: string | null;
  readonly passwordChangedAt: number | null;
  readonly loginPasswordSeenAt: number | null;
  /** Which client sent it, in words. */
  readonly loginPasswordClient: string | null;
  readonly recoveryConfirmedAt: number | null;
  readonly timeZone: string | null;
  readonly locale: string | null;
  /** The address that is to be theirs once mail to it has been answered. */
  readonly newEmail: string | null;
  /** Notices are mailed that are not about security, too. */
  readonly allNotices: Flag;
  /** Names that it had before, as `readEarlierNames` of `account-names.ts` reads them. */
  readonly earlierNames: string | null;
  readonly createdAt: number;
  /** Authenticator apps that were confirmed, and passkeys. */
  readonly factorCount: number;
}

export interface NewAccountRow {
  readonly name: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly emailConfirmedAt: number | null;
  readonly isAdmin: Flag;
  readonly passwordHash: string | null;
  /** Epoch milliseconds. */
  readonly now: number;
}

export const accountColumns = [
  'account.id as id',
  'account.name as name',
  'account.display_name as displayName',
  'account.email as email',
  'account.email_confirmed_at as emailConfirmedAt',
  'account.is_admin as isAdmin',
  'account.disabled_at as disabledAt',
  'account.password_hash as passwordHash',
  'account.password_changed_at as passwordChangedAt',
  'account.login_password_seen_at as loginPasswordSeenAt',
  'account.login_password_client as loginPasswordClient',
  'account.recovery_confirmed_at as recoveryConfirmedAt',
  'account.time_zone as timeZone',
  'account.locale as locale',
  'account.new_email as newEmail',
  'account.all_notices as allNotices',
  'account.earlier_names as earlierNames',
  'account.created_at as createdAt',
] as const;

export const factorCount = sql<number>`(select count(*) from totp
  where totp.account_id = account.id and totp.confirmed_at is not null)
  + (select count(*) from passkey where passkey.account_id = account.id)`.as('factorCount');

const byId = statement<{ id: AccountId }>()((db, $) =>
  db
    .selectFrom('account')
    .select(accountColumns)
    .select(factorCount)
    .where('account.id', '=', $.id)
    .where('account.deleted_at', 'is', null),
);
const byNameKey = statement<{ nameKey: string }>()((db, $) =>
  db
    .selectFrom('account_name')
    .innerJoin('account', 'account.id', 'account_name.account_id')
    .select(accountColumns)
    .select(factorCount)
    .where('account_name.name_key', '=', $.nameKey)
    .where('account_name.kind', '!=', 'reserved'),
);
const page = statement<{ after: AccountId; limit: number }>()((db, $) =>
  db
    .selectFrom('account')
    .select(accountColumns)
    .select(factorCount)
    .where('account.id', '>', $.after)
    .where('account.deleted_at', 'is', null)
    .orderBy('account.id')
    .limit($.limit),
);
const countAll = statement()((db) => db.selectFrom('account').select(sql<number>`count(*)`.as('accounts')));
const countAdministrators = statement()((db) =>
  db
    .selectFrom('account')
    .select(sql<number>`count(*)`.as('accounts'))
    .where('is_admin', '=', 1)
    .where('disabled_at', 'is', null),
);
const administrators = statement<{ limit: number }>()((db, $) =>
  db
    .selectFrom('account')
    .select('id')
    .where('is_admin', '=', 1)
    .where('disabled_at', 'is', null)
    .orderBy('id')
    .limit($.limit),
);
const insert = statement<NewAccountRow>()((db, $) =>
  db
    .insertInto('account')
    .values({
      name: $.name,
      display_name: $.displayName,
      email: $.email,
      email_confirmed_at: $.emailConfirmedAt,
      is_admin: $.isAdmin,
      password_hash: $.passwordHash,
      password_changed_at: $.now,
      last_collection_id: 0,
      created_at: $.now,
    })
    .returning('id'),
);
const claim = statement<{ nameKey: string; accountId: AccountId; kind: 'login' | 'mail' }>()((db, $) =>
  db
    .insertInto('account_name')
    .values({ name_key: $.nameKey, account_id: $.accountId, kind: $.kind })
    .onConflict((conflict) => conflict.column('name_key').doNothing()),
);
const releaseMail = statement<{ nameKey: string; accountId: AccountId }>()((db, $) =>
  db
    .deleteFrom('account_name')
    .where('name_key', '=', $.nameKey)
    .where('account_id', '=', $.accountId)
    .where('kind', '=', 'mail'),
);
const updateDisabled = statement<{ id: AccountId; disabledAt: number | null }>()((db, $) =>
  db.updateTable('account').set({ disabled_at: $.disabledAt }).where('id', '=', $.id),
);
const updateRole = statement<{ id: AccountId; isAdmin: Flag }>()((db, $) =>
  db.updateTable('account').set({ is_admin: $.isAdmin }).where('id', '=', $.id),
);
const updatePassword = statement<{ id: AccountId; passwordHash: string; now: number }>()((db, $) =>
  db
    .updateTable('account')
    .set({ password_hash: $.passwordHash, password_changed_at: $.now, login_password_seen_at: null })
    .where('id', '=', $.id),
);
const replaceHash = statement<{ id: AccountId; passwordHash: string; earlier: string }>()((db, $) =>
  db
    .updateTable('account')
    .set({ password_hash: $.passwordHash })
    .where('id', '=', $.id)
    .where('password_hash', '=', $.earlier),
);
const updateSeen = statement<{ id: AccountId; seenAt: number | null; client: string | null }>()((db, $) =>
  db
    .updateTable('account')
    .set({ login_password_seen_at: $.seenAt, login_password_client: $.client })
    .where('id', '=', $.id),
);
const updateRecovery = statement<{ id: AccountId; confirmedAt: number | null }>()((db, $) =>
  db.updateTable('account').set({ recovery_confirmed_at: $.confirmedAt }).where('id', '=', $.id),
);
const updateMail = statement<{ id: AccountId; email: string | null; confirmedAt: number | null }>()((db, $) =>
  db.updateTable('account').set({ email: $.email, email_confirmed_at: $.confirmedAt }).where('id', '=', $.id),
);
const updateNewMail = statement<{ id: AccountId; newEmail: string | null }>()((db, $) =>
  db.updateTable('account').set({ new_email: $.newEmail }).where('id', '=', $.id),
);
const updateNotices = statement<{ id: AccountId; allNotices: Flag }>()((db, $) =>
  db.updateTable('account').set({ all_notices: $.allNotices }).where('id', '=', $.id),
);
const updateProfile = statement<{
  id: AccountId;
  displayName: string | null;
  timeZone: string | null;
  locale: string | null;
}>()((db, $) =>
  db
    .updateTable('account')
    .set({ display_name: $.displayName, time_zone: $.timeZone, locale: $.locale })
    .where('id', '=', $.id),
);

export const accountById = (reader: Reader, id: AccountId): Promise<AccountRow | undefined> =>
  reader.get(byId, { id });

/** By the folded login name or confirmed mail address. */
export const accountByName = (reader: Reader, nameKey: string): Promise<AccountRow | undefined> =>
  reader.get(byNameKey, { nameKey });

/** In the order of their making. */
export const listAccounts = (reader: Reader, after: AccountId, limit: number): Promise<AccountRow[]> =>
  reader.all(page, { after, limit });

export async function countAccounts(reader: Reader): Promise<number> {
  return (await reader.get(countAll, {}))?.accounts ?? 0;
}

/** Administrators that may sign in. */
export async function countActiveAdministrators(reader: Reader): Promise<number> {
  return (await reader.get(countAdministrators, {}))?.accounts ?? 0;
}

/** Administrators that may sign in, by their ids. */
export const listActiveAdministrators = async (
  reader: Reader,
  limit: number,
): Promise<readonly AccountId[]> => (await reader.all(administrators, { limit })).map(({ id }) => id);

export async function insertAccount(writer: Writer, row: NewAccountRow): Promise<AccountId> {
  const inserted = await writer.get(insert, row);
  if (inserted === undefined) throw new Error('The insert of an account answered no id');
  return inserted.id;
}

/** Takes a name; answers whether it was free. Names of accounts that are gone are not. */
export async function claimName(
  writer: Writer,
  nameKey: string,
  accountId: AccountId,
  kind: 'login' | 'mail',
): Promise<boolean> {
  return (await writer.run(claim, { nameKey, accountId, kind })) === 1;
}

/** Gives a mail address free. */
export const releaseMailName = (writer: Writer, nameKey: string, accountId: AccountId): Promise<number> =>
  writer.run(releaseMail, { nameKey, accountId });

export const setAccountDisabled = (
  writer: Writer,
  id: AccountId,
  disabledAt: number | null,
): Promise<number> => writer.run(updateDisabled, { id, disabledAt });

export const setAdministrator = (writer: Writer, id: AccountId, isAdmin: Flag): Promise<number> =>
  writer.run(updateRole, { id, isAdmin });

export const setPasswordHash = (
  writer: Writer,
  id: AccountId,
  passwordHash: string,
  now: number,
): Promise<number> => writer.run(updatePassword, { id, passwordHash, now });

/** The same password, hashed anew; does nothing if it was changed meanwhile. */
export const replacePasswordHash = (
  writer: Writer,
  id: AccountId,
  passwordHash: string,
  earlier: string,
): Promise<number> => writer.run(replaceHash, { id, passwordHash, earlier });

/** That a device sent the login password, and which; nulls: the holder knows. */
export const setLoginPasswordSeen = (
  writer: Writer,
  id: AccountId,
  seenAt: number | null,
  client: string | null,
): Promise<number> => writer.run(updateSeen, { id, seenAt, client });

export const setRecoveryConfirmed = (
  writer: Writer,
  id: AccountId,
  confirmedAt: number | null,
): Promise<number> => writer.run(updateRecovery, { id, confirmedAt });

export const setAccountMail = (
  writer: Writer,
  id: AccountId,
  email: string | null,
  confirmedAt: number | null,
): Promise<number> => writer.run(updateMail, { id, email, confirmedAt });

/** The address that somebody wants to have, or null: none any more. */
export const setNewMail = (writer: Writer, id: AccountId, newEmail: string | null): Promise<number> =>
  writer.run(updateNewMail, { id, newEmail });

export const setAllNotices = (writer: Writer, id: AccountId, allNotices: Flag): Promise<number> =>
  writer.run(updateNotices, { id, allNotices });

export const setAccountProfile = (
  writer: Writer,
  id: AccountId,
  profile: {
    readonly displayName: string | null;
    readonly timeZone: string | null;
    readonly locale: string | null;
  },
): Promise<number> => writer.run(updateProfile, { id, ...profile });
