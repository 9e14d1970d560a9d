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

interface Page {
  after: AccountId | 0;
  limit: number;
}

const page = statement<Page & { now: number }>()((db, $) =>
  db
    .selectFrom('account')
    .select(columns)
    .select([factorCount, used, lastSync, lastActivity, devices($.now)])
    .where('account.id', '>', $.after as never)
    .where('account.deleted_at', 'is', null)
    .orderBy('account.id')
    .limit($.limit),
);

/**
 * Those of whom a name or confirmed address is like a pattern, with `\` before what is meant by itself, or that have a display
 * name. Engines differ in which letters have a lower case, so display names are compared by the caller.
 */
const called = statement<Page & { pattern: string }>()((db, $) => {
  const byName = sql<boolean>`account.id in (select account_name.account_id from account_name where account_name.kind != 'reserved'
    and account_name.name_key like ${$.pattern} escape '\\')`;
  return db
    .selectFrom('account')
    .select(['account.id as id', 'account.display_name as displayName'])
    .select(sql<number>`case when ${byName} then 1 else 0 end`.as('byName'))
    .where('account.id', '>', $.after as never)
    .where('account.deleted_at', 'is', null)
    .where((is) => is.or([is('account.display_name', 'is not', null), byName]))
    .orderBy('account.id')
    .limit($.limit);
});
const one = statement<{ id: AccountId; now: number }>()((db, $) =>
  db
    .selectFrom('account')
    .select(columns)
    .select([factorCount, used, lastSync, lastActivity, devices($.now)])
    .where('account.id', '=', $.id)
    .where('account.deleted_at', 'is', null),
);

/** Accounts in the order in which they were made, after one of them, at first 0. `now` in epoch milliseconds. */
export const overviewOfAccounts = (
  reader: Reader,
  wanted: Page & { readonly now: number },
): Promise<readonly AccountOverviewRow[]> => reader.all(page, wanted);

/** How many accounts a step of a search looks at. */
const searched = 500;

/**
 * The same for those that have `text`, in its folded form, in a name or confirmed address, or a display name that `isMeant`
 * takes.
 */
export async function findOverviews(
  reader: Reader,
  { after, limit, now }: Page & { readonly now: number },
  text: string,
  isMeant: (displayName: string) => boolean,
): Promise<readonly AccountOverviewRow[]> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const found: AccountOverviewRow[] = [];
  let last = after;
  for (;;) {
    const rows = await reader.all(called, { after: last, limit: searched, pattern });
    for (const { id, displayName, byName } of rows) {
      last = id;
      if (byName !== 1 && !isMeant(displayName ?? '')) continue;
      const row = await reader.get(one, { id, now });
      if (row !== undefined) found.push(row);
      if (found.length === limit) return found;
    }
    if (rows.length < searched) return found;
  }
}

/** `now` in epoch milliseconds. */
export const overviewOfAccount = (
  reader: Reader,
  id: AccountId,
  now: number,
): Promise<AccountOverviewRow | undefined> => reader.get(one, { id, now });
