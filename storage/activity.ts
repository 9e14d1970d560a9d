/** What happened to an account. Rows are added and read, nothing else. */
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
