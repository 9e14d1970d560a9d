/** Counted attempts, in the database so that every process counts together. */
import { sql } from 'kysely';
import type { Reader, Writer } from './database.js';
import { statement } from './statement.js';

export interface ThrottleRow {
  readonly points: number;
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null;
}

interface Change {
  readonly key: string;
  readonly points: number;
  readonly now: number;
  readonly expiresAt: number | null;
}

const read = statement<{ key: string; now: number }>()((db, $) =>
  db
    .selectFrom('throttle')
    .select(['points', 'expires_at as expiresAt'])
    .where('key', '=', $.key)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', $.now)])),
);
// In one statement, so that attempts at the same moment are all counted.
const add = statement<Change>()((db, $) =>
  db
    .insertInto('throttle')
    .values({ key: $.key, points: $.points, expires_at: $.expiresAt })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        points: sql<number>`case when throttle.expires_at <= ${$.now} then excluded.points
          else throttle.points + excluded.points end`,
        expires_at: sql<number | null>`case when throttle.expires_at <= ${$.now} then excluded.expires_at
          else throttle.expires_at end`,
      }),
    )
    .returning(['points', 'expires_at as expiresAt']),
);
const set = statement<Change>()((db, $) =>
  db
    .insertInto('throttle')
    .values({ key: $.key, points: $.points, expires_at: $.expiresAt })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({ points: $.points, expires_at: $.expiresAt }),
    )
    .returning(['points', 'expires_at as expiresAt']),
);
const remove = statement<{ key: string }>()((db, $) => db.deleteFrom('throttle').where('key', '=', $.key));
const removeExpired = statement<{ now: number }>()((db, $) =>
  db.deleteFrom('throttle').where('expires_at', '<=', $.now),
);

export const throttleOf = (reader: Reader, key: string, now: number): Promise<ThrottleRow | undefined> =>
  reader.get(read, { key, now });

/** Adds points to a count, which begins anew when it has expired; answers the count. */
export const addThrottlePoints = (writer: Writer, change: Change): Promise<ThrottleRow> =>
  counted(writer, add, change);

/** Puts a count in place of whatever was there. */
export const setThrottlePoints = (writer: Writer, change: Change): Promise<ThrottleRow> =>
  counted(writer, set, change);

async function counted(writer: Writer, change: typeof add, parameters: Change): Promise<ThrottleRow> {
  const row = await writer.get(change, parameters);
  if (row === undefined) throw new Error('A count answered nothing');
  return row;
}

export async function deleteThrottle(writer: Writer, key: string): Promise<boolean> {
  return (await writer.run(remove, { key })) === 1;
}

export const deleteExpiredThrottles = (writer: Writer, now: number): Promise<number> =>
  writer.run(removeExpired, { now });
