/** What happened to an account. Rows are added and read; the oldest are forgotten when their time is over. */
import type { Reader, Writer } from './database.js';
import type { AccountId } from './ids.js';
import { statement } from './statement.js';

export interface ActivityRow {
  readonly accountId: AccountId;
  /** Sorts by time. */
  readonly id: string;
  readonly at: number;
  readonly event: string;
  readonly actor: string;
  readonly address: string | null;
  readonly userAgent: string | null;
  /** JSON. */
  readonly detail: string;
}

const columns = [
  'account_id as accountId',
  'id',
  'at',
  'event',
  'actor',
  'address',
  'user_agent as userAgent',
  'detail',
] as const;

const insert = statement<ActivityRow>()((db, $) =>
  db.insertInto('activity').values({
    account_id: $.accountId,
    id: $.id,
    at: $.at,
    event: $.event,
    actor: $.actor,
    address: $.address,
    user_agent: $.userAgent,
    detail: $.detail,
  }),
);
const page = statement<{ accountId: AccountId; before: string; limit: number }>()((db, $) =>
  db
    .selectFrom('activity')
    .select(columns)
    .where('account_id', '=', $.accountId)
    .where('id', '<', $.before)
    .orderBy('id', 'desc')
    .limit($.limit),
);

export const insertActivity = (writer: Writer, row: ActivityRow): Promise<void> =>
  writer.runEach(insert, [row]);

/** Newest first, before an id. */
export const listActivity = (
  reader: Reader,
  accountId: AccountId,
  before: string,
  limit: number,
): Promise<ActivityRow[]> => reader.all(page, { accountId, before, limit });

const oldest = statement<{ accountId: AccountId; limit: number }>()((db, $) =>
  db
    .selectFrom('activity')
    .select(['id', 'at'])
    .where('account_id', '=', $.accountId)
    .orderBy('id')
    .limit($.limit),
);
const forget = statement<{ accountId: AccountId; upTo: string }>()((db, $) =>
  db.deleteFrom('activity').where('account_id', '=', $.accountId).where('id', '<=', $.upTo),
);

/** Forgets the oldest entries from before an instant (epoch milliseconds), `limit` at most, and answers how many. */
export async function pruneActivity(
  writer: Writer,
  accountId: AccountId,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<number> {
  const upTo = (await writer.all(oldest, { accountId, limit })).findLast(({ at }) => at < before)?.id;
  return upTo === undefined ? 0 : writer.run(forget, { accountId, upTo });
}
