/** CALDAV:free-busy-query (RFC 4791 §7.10): when the account is busy, as one VFREEBUSY. */
import { randomUUID } from 'node:crypto';
import { largeObjectBytes, readContent, readContents } from '../../storage/index.js';
import type { Collection, IndexMatch, Reader } from '../../storage/index.js';
import type { Depth } from '../http/conditional.js';
import { badRequest, DavError, notFound } from '../http/errors.js';
import { answer } from '../http/exchange.js';
import type { Exchange } from '../http/exchange.js';
import { BusyTime, CalendarDataError, freeBusyCalendar, TooMuchBusyTime } from '../icalendar/index.js';
import type { BoundedRange, BusyTimeOfObjectOptions } from '../icalendar/index.js';
import { Pace } from '../pace.js';
import type { Report } from '../report.js';
import { homeMembers } from '../resources/members.js';
import { resolve } from '../resources/resolve.js';
import type { XmlElement } from '../xml/element.js';
import { childrenNamed } from '../xml/element.js';
import { caldav, dav } from '../xml/names.js';
import { calendarObjects } from './large-objects.js';
import { candidates } from './query.js';
import { readBoundedRange } from './time-range.js';

/** What can be busy time (RFC 4791 §7.10; RFC 7953 §7.2.3). */
const busyComponents = ['VEVENT', 'VFREEBUSY', 'VAVAILABILITY'] as const;

export const freeBusyQuery: Report = {
  name: caldav('free-busy-query'),
  appliesTo: ['calendar', 'calendar-home'],
  ofObjects: true,
  privilege: 'read-free-busy',
  run: async (exchange, body, depth) => {
    const range = readRange(body);
    const { database, clock, limits } = exchange.services;
    const periods = await database.read(async (reader) => {
      const options = { range, maxPeriodsOfObject: limits.maxInstances };
      const busy = new BusyTime({ ...options, maxPeriods: limits.maxResults });
      const calendars = await targets(reader, exchange, depth);
      await addBusyTime({ busy, reader, calendars, options, maxObjects: limits.maxResults });
      return busy.coalesced();
    });
    const stamp = Math.floor(clock() / 1000);
    answer(
      exchange,
      200,
      { 'Content-Type': 'text/calendar; charset=utf-8; component=VFREEBUSY' },
      freeBusyCalendar({ range, periods, uid: randomUUID(), stamp }),
    );
  },
};

/** @throws DavError 400: an answer for all time has no end */
function readRange(body: XmlElement): BoundedRange {
  const [range, ...more] = childrenNamed(body, caldav('time-range'));
  if (range === undefined || more.length > 0)
    throw badRequest('CALDAV:free-busy-query needs exactly one CALDAV:time-range.');
  return readBoundedRange(range);
}

/**
 * The calendars whose members the request is about. On a calendar these are its own, whatever Depth says, as in queries;
 * those of a home's calendars are at Depth infinity. A transparent calendar is no busy time (RFC 6638 §9.1).
 */
async function targets(
  reader: Reader,
  { actor, path }: Exchange,
  depth: Depth | undefined,
): Promise<readonly Collection[]> {
  const found = await resolve(reader, actor, path);
  if (found?.kind === 'calendar') return [found.collection].filter(({ transparent }) => !transparent);
  if (found?.kind !== 'calendar-home') throw notFound();
  if (depth !== 'infinity') return [];
  const members = await homeMembers(reader, actor, found);
  return members.map(({ collection }) => collection).filter(({ transparent }) => !transparent);
}

interface Computation {
  readonly busy: BusyTime;
  readonly reader: Reader;
  readonly calendars: readonly Collection[];
  readonly options: BusyTimeOfObjectOptions;
  readonly maxObjects: number;
}

/** @throws DavError 403 DAV:number-of-matches-within-limits */
async function addBusyTime({ busy, reader, calendars, options, maxObjects }: Computation): Promise<void> {
  const pace = new Pace();
  const plan = { components: busyComponents, timeRange: options.range, exact: false, possible: true };
  let seen = 0;
  for (const calendar of calendars) {
    for await (const page of candidates(reader, calendar, plan, undefined)) {
      seen += page.length;
      if (seen > maxObjects) throw tooManyMatches();
      for await (const bytes of contentsOf(reader, calendar, page)) {
        await add(busy, bytes, calendar, options);
        await pace.rest();
      }
    }
  }
}

/** The bytes of a page of objects; of large ones no more than one is held at a time. */
async function* contentsOf(
  reader: Reader,
  calendar: Collection,
  page: readonly IndexMatch[],
): AsyncGenerator<Uint8Array> {
  const ids = page.flatMap(({ object }) => (object.size > largeObjectBytes ? [] : [object.id]));
  const small = await readContents(reader, calendar, ids);
  for (const { object } of page) {
    const bytes = small.get(object.id) ?? (await readContent(reader, calendar, object.id));
    if (bytes !== undefined) yield bytes;
  }
}

/** One object that cannot be read never breaks the answer about the rest. */
async function add(
  busy: BusyTime,
  data: Uint8Array,
  { zone }: Collection,
  options: BusyTimeOfObjectOptions,
): Promise<void> {
  try {
    busy.take(await calendarObjects.busyTime({ data, zone: zone ?? 'UTC', options }));
  } catch (error) {
    if (error instanceof TooMuchBusyTime) throw tooManyMatches();
    if (!(error instanceof CalendarDataError)) throw error;
  }
}

function tooManyMatches(): DavError {
  return new DavError(403, 'There is more in that time than one answer tells; ask for less of it at once.', {
    precondition: dav('number-of-matches-within-limits'),
  });
}
