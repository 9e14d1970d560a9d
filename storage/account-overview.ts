/** What administrators see of accounts beside who they are: how much is stored, and when they were last used. */
import { sql } from 'kysely';
import type { Expression } from 'kysely';
import { accountColumns, factorCount, type AccountRow } from './accounts.js';
import type { Reader } from './database.js';
import type { AccountId } from './ids.js';
import { statement } from './statement.js';

export interface AccountOverviewRow extends AccountRow {
  /** Bytes that the account may store by a figure of its own; null where the server's holds. */
  readonly quotaBytes: number | null;
  /** The bytes of calendars and address books. */
  readonly usedBytes: number;
  /** App passwords that are neither revoked nor expired. */
  readonly devices: number;
  readonly lastSyncAt: number | null;
  /** What the holder last did in the console. */
  readonly lastActivityAt: number | null;
}

const used = sql<number>`(select coalesce(sum(bytes_used), 0) from collection
  where collection.account_id = account.id)`.as('usedBytes');
const lastSync = sql<number | null>`(select max(last_used_at) from app_password
  where app_password.account_id = account.id)`.as('lastSyncAt');
const lastActivity = sql<number | null>`(select at from activity
  where activity.account_id = account.id and activity.actor = 'account'
  order by activity.id desc limit 1)`.as('lastActivityAt');

const devices = (now: Expression<number>) =>
  sql<number>`(select count(*) from app_password where app_password.account_id = account.id
    and revoked_at is null and (expires_at is null or expires_at > ${now}))`.as('devices');

const columns = [...accountColumns, 'account.quota_bytes as quotaBytes'] as const;

interface Wanted {
  after: AccountId | 0;
  limit: number;
  /** Pattern of LIKE with `\` before what is meant by itself. */
  pattern: string;
  now: number;
}

const page = statement<Wanted>()((db, $) =>
  db
    .selectFrom('account')
    .select(columns)
    .select([factorCount, used, lastSync, lastActivity, devices($.now)])
    .where('account.id', '>', $.after as never)
    .where('account.deleted_at', 'is', null)
    .where(
      sql<boolean>`(lower(coalesce(account.display_name, '')) like ${$.pattern} escape '\\'
        or exists (select 1 from account_name where account_name.account_id = account.id
          and account_name.kind != 'reserved' and account_name.name_key like ${$.pattern} escape '\\'))`,
    )
    .orderBy('account.id')
    .limit($.limit),
);
const one = statement<{ id: AccountId; now: number }>()((db, $) =>
  db
    .selectFrom('account')
    .select(columns)
    .select([factorCount, used, lastSync, lastActivity, devices($.now)])
    .where('account.id', '=', $.id)
    .where('account.deleted_at', 'is', null),
);

/**
 * The accounts whose login name, confirmed mail address or display name holds a text (in the form in which names are
 * compared; empty for all), in the order of their making. `now` in epoch milliseconds.
 */
export function overviewOfAccounts(
  reader: Reader,
  { after, limit, text, now }: { after: AccountId | 0; limit: number; text: string; now: number },
): Promise<readonly AccountOverviewRow[]> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return reader.all(page, { after, limit, pattern, now });
}

/** `now` in epoch milliseconds. */
export const overviewOfAccount = (
  reader: Reader,
  id: AccountId,
  now: number,
): Promise<AccountOverviewRow | undefined> => reader.get(one, { id, now });
