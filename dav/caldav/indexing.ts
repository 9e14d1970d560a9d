/** The index of calendar objects as storage keeps it, and what it depends on. */
import { createHash } from 'node:crypto';
import { INDEX_VERSION, indexCalendarObject } from '../icalendar/index.js';
import type { CalendarObject } from '../icalendar/index.js';
import type { Collection, ObjectIndex } from '../../storage/index.js';

/** The version of the code and the zone of floating times: an index made as something else is not asked. */
export const calendarIndexedAs = ({ zone }: Pick<Collection, 'zone'>): string =>
  `calendar ${INDEX_VERSION} ${nameOf(zone ?? 'UTC')}`;

/** A zone without a name is its VTIMEZONE, which is long. */
const nameOf = (zone: string): string =>
  zone.includes('\n') ? createHash('sha256').update(zone).digest('base64url').slice(0, 22) : zone;

/** The index of a calendar object, in the shape that storage keeps. `now` in epoch milliseconds. */
export function calendarIndex(object: CalendarObject, zone: string | null, now: number): ObjectIndex {
  const index = indexCalendarObject(object, { zone: zone ?? 'UTC', now: Math.floor(now / 1000) });
  const { windowStart, windowEnd, unbounded, floating, spans } = index;
  const everMatches = unbounded || spans.length > 0;
  return {
    firstStart: everMatches ? (index.firstStart ?? Number.NEGATIVE_INFINITY) : null,
    lastEnd: everMatches ? (index.lastEnd ?? Number.POSITIVE_INFINITY) : null,
    windowStart,
    windowEnd,
    unbounded,
    floating,
    spans,
    version: INDEX_VERSION,
    properties: [],
  };
}
