/** The account's activity, for its holder to read. */
import { listActivity, type ActivityRow } from '../storage/activity.js';
import type { AccountId } from '../storage/ids.js';
import { activityEvents, type ActivityEvent } from './activity-events.js';
import { clientName } from './client-names.js';
import type { Activity, ActivityEntry } from './contract.js';
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
  return {
    list: (accountId, page = {}) =>
      database.read(async (reader) => {
        const limit = Math.min(page.limit ?? 50, maxPage);
        const wanted = page.events === undefined ? undefined : new Set<string>(page.events);
        const found: ActivityEntry[] = [];
        let before = page.before ?? end;
        for (let scanned = 0; found.length < limit && scanned < maxScanned;) {
          const rows = await listActivity(reader, accountId, before, maxPage);
          const matching = rows.filter(({ event }) => isEvent(event) && (wanted?.has(event) ?? true));
          found.push(...matching.slice(0, limit - found.length).map(entryOf));
          scanned += rows.length;
          const oldest = rows.at(-1);
          if (oldest === undefined || rows.length < maxPage) break;
          before = oldest.id;
        }
        return found;
      }),
  };
}

/** Whether an event with this detail was noted before, among the newest of the account. */
export async function wasNoted(
  reader: Parameters<typeof listActivity>[0],
  accountId: AccountId,
  matches: (entry: ActivityEntry) => boolean,
): Promise<boolean> {
  const rows = await listActivity(reader, accountId, end, maxPage);
  return rows.map(entryOf).some(matches);
}
