/** The account's activity, for its holder to read. */
import { listActivity, type ActivityRow } from '../storage/activity.js';
import type { Reader } from '../storage/database.js';
import type { AccountId } from '../storage/ids.js';
import { activityEvents, type ActivityEvent } from './activity-events.js';
import { clientName } from './client-names.js';
import type { Activity, ActivityEntry, ActivityPage } from './contract.js';
import { firstIdAt } from './activity-id.js';
import type { Parts } from './parts.js';

const maxPage = 500;
const maxScanned = 5_000;
const known: ReadonlySet<string> = new Set(activityEvents);
/** Sorts behind every id. */
const end = '~';

const isEvent = (event: string): event is ActivityEvent => known.has(event);

export function entryOf(row: ActivityRow): ActivityEntry {
  return {
    id: row.id,
    at: row.at,
    // Rows of a newer version, after a downgrade, are left out by `list`.
    event: row.event as ActivityEvent,
    actor: row.actor,
    address: row.address ?? undefined,
    client: row.userAgent === null || row.userAgent === '' ? undefined : clientName(row.userAgent),
    detail: JSON.parse(row.detail) as ActivityEntry['detail'],
  };
}

export function activity({ database }: Parts): Activity {
  const page: Activity['page'] = (accountId, wanted = {}) =>
    database.read((reader) => pageOf(reader, accountId, wanted));
  return { page, list: async (accountId, wanted) => (await page(accountId, wanted)).entries };
}

async function pageOf(
  reader: Reader,
  accountId: AccountId,
  { before = end, limit = 50, events, since = -Infinity, until }: ActivityPage,
): ReturnType<Activity['page']> {
  const most = Math.min(limit, maxPage);
  const wanted = events === undefined ? known : new Set<string>(events);
  const found: ActivityEntry[] = [];
  const newest = until === undefined ? end : firstIdAt(until + 1);
  let from = before < newest ? before : newest;
  for (let scanned = 0; scanned < maxScanned;) {
    const rows = await listActivity(reader, accountId, from, maxPage);
    const inTime = rows.filter(({ at }) => at >= since);
    found.push(...inTime.filter(({ event }) => isEvent(event) && wanted.has(event)).map(entryOf));
    if (found.length > most) return { entries: found.slice(0, most), older: found[most - 1]?.id };
    const oldest = inTime.at(-1);
    if (oldest === undefined || inTime.length < maxPage) return { entries: found, older: undefined };
    from = oldest.id;
    scanned += rows.length;
  }
  return { entries: found, older: from };
}

/** Whether an event with this detail was noted before, among the newest of the account. */
export async function wasNoted(
  reader: Reader,
  accountId: AccountId,
  matches: (entry: ActivityEntry) => boolean,
): Promise<boolean> {
  const rows = await listActivity(reader, accountId, end, maxPage);
  return rows.map(entryOf).some(matches);
}
