/** Ids of entries of the activity: they sort by time, so that the primary key finds a span of it. */
import { randomBytes } from 'node:crypto';

let last = 0;
let countInMillisecond = 0;

/** Sorts by time (epoch milliseconds), then by the order inside this process. */
export function activityId(at: number): string {
  countInMillisecond = at === last ? countInMillisecond + 1 : 0;
  last = at;
  const count = countInMillisecond.toString(36).padStart(3, '0');
  return `${firstIdAt(at)}${count}${randomBytes(5).toString('hex')}`;
}

/** Sorts before every id of this millisecond, and behind all earlier ones. */
export const firstIdAt = (at: number): string => at.toString(36).padStart(9, '0');
