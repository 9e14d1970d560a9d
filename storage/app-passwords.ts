/** What devices sign in with. */
import { sql } from 'kysely';
import type { Reader, Writer } from './database.js';
import type { AccountId, AppPasswordId, CollectionId } from './ids.js';
import type { AppPasswordAccess, Flag } from './schema.js';
import { statement } from './statement.js';

export interface AppPasswordRow {
  readonly accountId: AccountId;
  readonly id: AppPasswordId;
  readonly label: string;
  readonly device: string | null;
  readonly calendars: Flag;
  readonly contacts: Flag;
  readonly access: AppPasswordAccess;
  /** The numbers of the collections that it sees, with commas between them; null for all. */
  readonly collections: string | null;
  /** The networks from which it is taken, with spaces between them; null for anywhere. */
  readonly addresses: string | null;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
  readonly lastAddress: string | null;
  readonly lastUserAgent: string | null;
  readonly lastRefusedAt: number | null;
  readonly requestCount: number;
  /** The day, in the account's time zone, on which it was last used, and the requests of that day. */
  readonly requestsDay: string | null;
  readonly requestsToday: number;
  readonly createdAt: number;
}

/** What its holder chooses, and may choose otherwise later. */
export type AppPasswordChoices = Pick<
  AppPasswordRow,
  'label' | 'calendars' | 'contacts' | 'access' | 'collections' | 'addresses' | 'expiresAt'
>;

export interface NewAppPasswordRow
  extends AppPasswordChoices, Pick<AppPasswordRow, 'accountId' | 'id' | 'device' | 'createdAt'> {
  readonly secretHash: Uint8Array;
  readonly keyId: string;
}

/** What a name and a secret lead to: an account if the name is known, an app password of it if the secret is. */
export interface CredentialRow {
  readonly accountId: AccountId;
  readonly accountName: string;
  /** As `readEarlierNames` of `account-names.ts` reads them. */
  readonly earlierNames: string | null;
  readonly birthdayCalendar: CollectionId | null;
  readonly quotaBytes: number | null;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly emailConfirmedAt: number | null;
  readonly disabledAt: number | null;
  readonly id: AppPasswordId | null;
  readonly calendars: Flag | null;
  readonly contacts: Flag | null;
  readonly access: AppPasswordAccess | null;
  readonly collections: string | null;
  readonly addresses: string | null;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

const columns = [
  'account_id as accountId',
  'id',
  'label',
  'device',
  'calendars',
  'contacts',
  'access',
  'collections',
  'addresses',
  'expires_at as expiresAt',
  'revoked_at as revokedAt',
  'last_used_at as lastUsedAt',
  'last_address as lastAddress',
  'last_user_agent as lastUserAgent',
  'last_refused_at as lastRefusedAt',
  'request_count as requestCount',
  'requests_day as requestsDay',
  'requests_today as requestsToday',
  'created_at as createdAt',
] as const;

// The one read of every DAV request's authentication: three look-ups by index.
const byCredentials = statement<{ nameKey: string; secretHash: Uint8Array }>()((db, $) =>
  db
    .selectFrom('account_name')
    .innerJoin('account', 'account.id', 'account_name.account_id')
    .leftJoin('app_password', (join) =>
      join
        .onRef('app_password.account_id', '=', 'account.id')
        .on('app_password.secret_hash', '=', $.secretHash),
    )
    .select([
      'account.id as accountId',
      'account.name as accountName',
      'account.earlier_names as earlierNames',
      'account.display_name as displayName',
      'account.email as email',
      'account.birthday_calendar as birthdayCalendar',
      'account.quota_bytes as quotaBytes',
      'account.email_confirmed_at as emailConfirmedAt',
      'account.disabled_at as disabledAt',
      'app_password.id as id',
      'app_password.calendars as calendars',
      'app_password.contacts as contacts',
      'app_password.access as access',
      'app_password.collections as collections',
      'app_password.addresses as addresses',
      'app_password.expires_at as expiresAt',
      'app_password.revoked_at as revokedAt',
      'app_password.last_used_at as lastUsedAt',
    ])
    .where('account_name.name_key', '=', $.nameKey)
    .where('account_name.kind', '!=', 'reserved'),
);
const list = statement<{ accountId: AccountId; limit: number }>()((db, $) =>
  db
    .selectFrom('app_password')
    .select(columns)
    .where('account_id', '=', $.accountId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit($.limit),
);
const byId = statement<{ accountId: AccountId; id: AppPasswordId }>()((db, $) =>
  db.selectFrom('app_password').select(columns).where('account_id', '=', $.accountId).where('id', '=', $.id),
);
const countActive = statement<{ accountId: AccountId; now: number }>()((db, $) =>
  db
    .selectFrom('app_password')
    .select(sql<number>`count(*)`.as('count'))
    .where('account_id', '=', $.accountId)
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', $.now)])),
);
const insert = statement<NewAppPasswordRow>()((db, $) =>
  db.insertInto('app_password').values({
    account_id: $.accountId,
    id: $.id,
    secret_hash: $.secretHash,
    key_id: $.keyId,
    label: $.label,
    device: $.device,
    calendars: $.calendars,
    contacts: $.contacts,
    access: $.access,
    collections: $.collections,
    addresses: $.addresses,
    expires_at: $.expiresAt,
    revoked_at: null,
    last_used_at: null,
    last_address: null,
    last_user_agent: null,
    last_refused_at: null,
    request_count: 0,
    created_at: $.createdAt,
  }),
);
const update = statement<{ accountId: AccountId; id: AppPasswordId } & AppPasswordChoices>()((db, $) =>
  db
    .updateTable('app_password')
    .set({
      label: $.label,
      calendars: $.calendars,
      contacts: $.contacts,
      access: $.access,
      collections: $.collections,
      addresses: $.addresses,
      expires_at: $.expiresAt,
    })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id)
    .where('revoked_at', 'is', null),
);
const revoke = statement<{ accountId: AccountId; id: AppPasswordId; now: number }>()((db, $) =>
  db
    .updateTable('app_password')
    .set({ revoked_at: $.now })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id)
    .where('revoked_at', 'is', null),
);
const revokeAll = statement<{ accountId: AccountId; now: number }>()((db, $) =>
  db
    .updateTable('app_password')
    .set({ revoked_at: $.now })
    .where('account_id', '=', $.accountId)
    .where('revoked_at', 'is', null),
);
const addUsage = statement<AppPasswordUsage>()((db, $) =>
  db
    .updateTable('app_password')
    .set({
      last_used_at: $.usedAt,
      last_address: $.address,
      last_user_agent: $.userAgent,
      request_count: sql<number>`request_count + ${$.requests}`,
      requests_today: sql<number>`case when requests_day = ${$.day} then requests_today else 0 end + ${$.requests}`,
      requests_day: $.day,
    })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id),
);
const addRefusal = statement<{ accountId: AccountId; id: AppPasswordId; refusedAt: number }>()((db, $) =>
  db
    .updateTable('app_password')
    .set({ last_refused_at: $.refusedAt })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id),
);
const rekey = statement<{
  accountId: AccountId;
  id: AppPasswordId;
  secretHash: Uint8Array;
  keyId: string;
}>()((db, $) =>
  db
    .updateTable('app_password')
    .set({ secret_hash: $.secretHash, key_id: $.keyId })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id),
);

export interface AppPasswordUsage {
  readonly accountId: AccountId;
  readonly id: AppPasswordId;
  readonly usedAt: number;
  readonly address: string;
  readonly userAgent: string;
  readonly requests: number;
  /** The day in the account's time zone, such as `2026-03-01`. */
  readonly day: string;
}

/** Who a name and the keyed hash of a secret belong to; nothing when the name is unknown. */
export const credentialsOf = (
  reader: Reader,
  nameKey: string,
  secretHash: Uint8Array,
): Promise<CredentialRow | undefined> => reader.get(byCredentials, { nameKey, secretHash });

/** Newest first. */
export const listAppPasswords = (
  reader: Reader,
  accountId: AccountId,
  limit: number,
): Promise<AppPasswordRow[]> => reader.all(list, { accountId, limit });

export const appPasswordById = (
  reader: Reader,
  accountId: AccountId,
  id: AppPasswordId,
): Promise<AppPasswordRow | undefined> => reader.get(byId, { accountId, id });

/** Those that are neither revoked nor expired. */
export async function countActiveAppPasswords(
  reader: Reader,
  accountId: AccountId,
  now: number,
): Promise<number> {
  return (await reader.get(countActive, { accountId, now }))?.count ?? 0;
}

export const insertAppPassword = (writer: Writer, row: NewAppPasswordRow): Promise<number> =>
  writer.run(insert, row);

/** Answers how many were changed: 0 when it is revoked, or is not there. */
export const updateAppPassword = (
  writer: Writer,
  row: { readonly accountId: AccountId; readonly id: AppPasswordId } & AppPasswordChoices,
): Promise<number> => writer.run(update, row);

/** Answers how many were revoked: 0 when it was already, or is not there. */
export const revokeAppPassword = (
  writer: Writer,
  accountId: AccountId,
  id: AppPasswordId,
  now: number,
): Promise<number> => writer.run(revoke, { accountId, id, now });

export const revokeAppPasswords = (writer: Writer, accountId: AccountId, now: number): Promise<number> =>
  writer.run(revokeAll, { accountId, now });

export const addAppPasswordUsage = (writer: Writer, usage: AppPasswordUsage): Promise<number> =>
  writer.run(addUsage, usage);

export const addAppPasswordRefusal = (
  writer: Writer,
  accountId: AccountId,
  id: AppPasswordId,
  refusedAt: number,
): Promise<number> => writer.run(addRefusal, { accountId, id, refusedAt });

/** The same secret under another key. */
export const rekeyAppPassword = (
  writer: Writer,
  row: {
    readonly accountId: AccountId;
    readonly id: AppPasswordId;
    readonly secretHash: Uint8Array;
    readonly keyId: string;
  },
): Promise<number> => writer.run(rekey, row);
