/** The data of one time zone: as iCalendar (RFC 7808 §5.3) and as the changes of its clock (§5.4). */
import { calendarTimezone } from '../caldav/timezone.js';
import {
  changesOf,
  isDaylightAt,
  isIanaZone,
  offsetAt,
  resolveZone,
  vtimezoneStart,
} from '../icalendar/index.js';
import type { Zone } from '../icalendar/index.js';
import { readInstant, single, writeInstant } from './parameters.js';
import { Problem } from './problem.js';

/** Where all data begins. */
export const dataStart = writeInstant(vtimezoneStart);

/** How far observances are told; what is asked beyond is left out, and the answer says so. */
const expandEnd = '2100-01-01T00:00:00Z';

/** @throws Problem 404 for a name that is no time zone's */
export function requireZone(tzid: string): Zone {
  const zone = isIanaZone(tzid) ? resolveZone(tzid) : undefined;
  if (zone !== undefined) return zone;
  const title = `There is no time zone ${JSON.stringify(tzid.slice(0, 100))} here.`;
  throw new Problem(404, 'tzid-not-found', title);
}

/** §5.3: the iCalendar object. @throws Problem 404; 400 for another range than the one that capabilities name */
export function timezoneObject(tzid: string, query: URLSearchParams): string {
  requireZone(tzid);
  const start = single(query, 'start', 'invalid-start');
  if (start !== undefined && start !== dataStart)
    throw new Problem(400, 'invalid-start', `Time zone data begins at ${dataStart}.`);
  if (single(query, 'end', 'invalid-end') !== undefined)
    throw new Problem(400, 'invalid-end', 'Time zone data has no end here.');
  return calendarTimezone({ timezone: null, zone: tzid }) ?? '';
}

/** An object of the expand action (§6.3). */
export interface Observances {
  readonly tzid: string;
  readonly end?: string;
  readonly observances: readonly {
    readonly name: string;
    readonly onset: string;
    readonly 'utc-offset-from': number;
    readonly 'utc-offset-to': number;
  }[];
}

/** §5.4: what the clock is set to at the start, and each change until the end. @throws Problem 404, 400 */
export function observancesOf(tzid: string, query: URLSearchParams): Observances {
  const zone = requireZone(tzid);
  const start = instantOf(query, 'start', 'invalid-start');
  const end = instantOf(query, 'end', 'invalid-end');
  if (start < vtimezoneStart || writeInstant(start) >= expandEnd)
    throw new Problem(400, 'invalid-start', `The start is from ${dataStart} on and before ${expandEnd}.`);
  if (end <= start) throw new Problem(400, 'invalid-end', 'The end is not after the start.');
  const last = Math.min(end, Date.parse(expandEnd) / 1000);
  const offset = offsetAt(zone, start);
  const initial = { utc: start, from: offset, to: offset, isDaylight: isDaylightAt(zone, start) };
  return {
    tzid,
    ...(last < end ? { end: expandEnd } : {}),
    observances: [initial, ...changesOf(zone, start, last)].map(({ utc, from, to, isDaylight }) => ({
      name: isDaylight ? 'Daylight' : 'Standard',
      onset: writeInstant(utc),
      'utc-offset-from': from,
      'utc-offset-to': to,
    })),
  };
}

function instantOf(
  query: URLSearchParams,
  name: 'start' | 'end',
  code: 'invalid-start' | 'invalid-end',
): number {
  const instant = readInstant(single(query, name, code) ?? '');
  if (instant !== undefined) return instant;
  throw new Problem(400, code, `The parameter ${name} is a UTC date-time such as ${dataStart}.`);
}
