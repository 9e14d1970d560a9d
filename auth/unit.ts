/** A unit of work that tells the account's activity what it did: both are written, or neither. */
import { insertActivity, type ActivityRow } from '../storage/activity.js';
import type { WriteOptions, Writer } from '../storage/database.js';
import type { AccountRow } from '../storage/accounts.js';
import type { AccountId } from '../storage/ids.js';
import { entryOf } from './activity.js';
import type { ActivityEvent } from './activity-events.js';
import { activityId } from './activity-id.js';
import type { Client } from './client.js';
import { storedUserAgent } from './client-names.js';
import type { By } from './contract.js';
import { queueFarewell, queueNotice } from './notices.js';
import type { Parts } from './parts.js';

export type Detail = Readonly<Record<string, string | number | boolean | null>>;

export interface Unit {
  readonly writer: Writer;
  /**
   * Notes what was done; its notice is queued too. `before`: the account as it was, where the notice is to reach the address
   * that stood there.
   */
  readonly note: (
    accountId: AccountId,
    event: ActivityEvent,
    by: NotedBy,
    detail?: Detail,
    before?: AccountRow,
  ) => Promise<void>;
}

/** Who is noted: beside those who act with a right, whoever is at the other end of a sign-in or a sync. */
export type NotedBy =
  | By
  | { readonly kind: 'client'; readonly client: Client }
  /** Somebody with another account, by what the activity calls them; where they were is no business of whose it is. */
  | { readonly kind: 'other'; readonly actor: string };

/** Runs a unit; `onActivity` hears of it when it is on the disk. */
export const unitOf = <Result>(parts: Parts, work: (unit: Unit) => Promise<Result>): Promise<Result> =>
  noted(parts, {}, work);

/** The same for a unit after which there will be room: it is also done when the disk is full. */
export const unitThatFrees = <Result>(parts: Parts, work: (unit: Unit) => Promise<Result>): Promise<Result> =>
  noted(parts, { frees: true }, work);

/** The same for a unit that decides on, and changes, nothing but what belongs to that account. */
export const unitOfAccount = <Result>(
  parts: Parts,
  accountId: AccountId,
  work: (unit: Unit) => Promise<Result>,
): Promise<Result> => noted(parts, { scope: accountId }, work);

async function noted<Result>(
  parts: Parts,
  options: WriteOptions,
  work: (unit: Unit) => Promise<Result>,
): Promise<Result> {
  let rows: ActivityRow[] = [];
  const result = await parts.database.write((writer) => {
    rows = [];
    return work({
      writer,
      note: async (accountId, event, by, detail = {}, before?) => {
        const row = rowOf(parts.now(), accountId, event, by, detail);
        rows.push(row);
        await insertActivity(writer, row);
        if (before === undefined) await queueNotice(parts, writer, row);
        else await queueFarewell(parts, writer, before, row);
      },
    });
  }, options);
  for (const row of rows) parts.onActivity(row.accountId, entryOf(row));
  return result;
}

function rowOf(
  at: number,
  accountId: AccountId,
  event: ActivityEvent,
  by: NotedBy,
  detail: Detail,
): ActivityRow {
  const client = 'client' in by ? by.client : undefined;
  return {
    accountId,
    id: activityId(at),
    at,
    event,
    actor: actorOf(accountId, by),
    address: client?.address ?? null,
    userAgent: client === undefined ? null : storedUserAgent(client.userAgent),
    detail: JSON.stringify(detail),
  };
}

function actorOf(accountId: AccountId, by: NotedBy): string {
  switch (by.kind) {
    case 'session':
      return by.session.account.id === accountId ? 'account' : `administrator ${by.session.account.name}`;
    case 'client':
      return 'account';
    case 'other':
      return by.actor;
    default:
      return by.kind;
  }
}
