/** The latest requests that were made with app passwords; rows of one that are alike are one. */
import type { Reader, Writer } from './database.js';
import type { AccountId, AppPasswordId } from './ids.js';
import { statement } from './statement.js';

export interface AppPasswordRequestRow {
  readonly accountId: AccountId;
  /** Empty where no app password was found. */
  readonly appPasswordId: AppPasswordId | '';
  /** What makes requests alike, as a hash. */
  readonly alike: string;
  readonly method: string;
  /** JSON. */
  readonly target: string;
  readonly status: number;
  readonly reason: string | null;
  readonly sentence: string | null;
  readonly address: string;
  readonly userAgent: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

interface OfPassword {
  readonly accountId: AccountId;
  readonly appPasswordId: AppPasswordId | '';
}

const columns = [
  'account_id as accountId',
  'app_password_id as appPasswordId',
  'alike',
  'method',
  'target',
  'status',
  'reason',
  'sentence',
  'address',
  'user_agent as userAgent',
  'count',
  'first_at as firstAt',
  'last_at as lastAt',
] as const;

const add = statement<AppPasswordRequestRow>()((db, $) =>
  db
    .insertInto('app_password_request')
    .values({
      account_id: $.accountId,
      app_password_id: $.appPasswordId,
      alike: $.alike,
      method: $.method,
      target: $.target,
      status: $.status,
      reason: $.reason,
      sentence: $.sentence,
      address: $.address,
      user_agent: $.userAgent,
      count: $.count,
      first_at: $.firstAt,
      last_at: $.lastAt,
    })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'app_password_id', 'alike']).doUpdateSet((eb) => ({
        sentence: $.sentence,
        address: $.address,
        user_agent: $.userAgent,
        count: eb('app_password_request.count', '+', $.count),
        last_at: $.lastAt,
      })),
    ),
);
const ofPassword = statement<OfPassword & { limit: number }>()((db, $) =>
  db
    .selectFrom('app_password_request')
    .select(columns)
    .where('account_id', '=', $.accountId)
    .where('app_password_id', '=', $.appPasswordId)
    .orderBy('last_at', 'desc')
    .limit($.limit),
);
const ofAccount = statement<{ accountId: AccountId; since: number; limit: number }>()((db, $) =>
  db
    .selectFrom('app_password_request')
    .select(columns)
    .where('account_id', '=', $.accountId)
    .where('last_at', '>=', $.since)
    .orderBy('last_at', 'desc')
    .limit($.limit),
);
const remove = statement<OfPassword & { alike: string }>()((db, $) =>
  db
    .deleteFrom('app_password_request')
    .where('account_id', '=', $.accountId)
    .where('app_password_id', '=', $.appPasswordId)
    .where('alike', '=', $.alike),
);
const removeOld = statement<{ before: number }>()((db, $) =>
  db.deleteFrom('app_password_request').where('last_at', '<', $.before),
);

/** Adds to what there is of requests that are alike. */
export const addAppPasswordRequests = (
  writer: Writer,
  rows: readonly AppPasswordRequestRow[],
): Promise<void> => writer.runEach(add, rows);

/** The newest first. */
export const listAppPasswordRequests = (
  reader: Reader,
  of: OfPassword,
  limit: number,
): Promise<AppPasswordRequestRow[]> => reader.all(ofPassword, { ...of, limit });

/** Those of all app passwords since an instant, the newest first. */
export const listRequestsOfAccount = (
  reader: Reader,
  accountId: AccountId,
  since: number,
  limit: number,
): Promise<AppPasswordRequestRow[]> => reader.all(ofAccount, { accountId, since, limit });

/** How many rows of an app password are kept. */
export interface KeptRequests {
  readonly newest: number;
  /** Of those that were refused, also where there are newer ones that were not. */
  readonly refused: number;
}

/** Leaves the newest, and the newest of those that were refused. */
export async function trimAppPasswordRequests(
  writer: Writer,
  of: OfPassword,
  { newest, refused }: KeptRequests,
): Promise<void> {
  const rows = await writer.all(ofPassword, { ...of, limit: 4 * (newest + refused) });
  let left = refused;
  const old = rows.filter(({ status }, index) => {
    if (index < newest) return false;
    if (status < 400 || left === 0) return true;
    left -= 1;
    return false;
  });
  await writer.runEach(
    remove,
    old.map(({ alike }) => ({ ...of, alike })),
  );
}

/** Of all accounts: scheduled work. */
export const deleteOldAppPasswordRequests = (writer: Writer, before: number): Promise<number> =>
  writer.run(removeOld, { before });
