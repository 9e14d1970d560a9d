/** Generated events with recurrence rules: the same ones each time, since the seed is fixed. */
import fc from 'fast-check';
import {
  defaultCalendarLimits,
  instancesOf,
  parseCalendarObject,
  vtimezoneText,
} from '../../dav/icalendar/index.js';

export interface RecurrenceCase {
  /** The lines that say when, without the frame around them. */
  readonly lines: readonly string[];
  readonly rule: string;
  /** Of DTSTART; 0 is Sunday. */
  readonly weekday: number;
  readonly calendar: string;
  /** Epoch seconds: instances that begin in [from, until) are compared. */
  readonly from: number;
  readonly until: number;
}

const SEED = 20_060_102;
const CASES = 1_200;
const DAY = 86_400;

const weekday = fc.constantFrom('SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA');
const signed = (high: number): fc.Arbitrary<number> =>
  fc.tuple(fc.integer({ min: 1, max: high }), fc.boolean()).map(([size, back]) => (back ? -size : size));
const part = (name: string, value: fc.Arbitrary<number | string>): fc.Arbitrary<string[]> =>
  fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map((values) => [`${name}=${values.join(',')}`]);
const maybe = (name: string, value: fc.Arbitrary<number | string>): fc.Arbitrary<string[]> =>
  fc.option(part(name, value), { nil: [], freq: 2 });
const all = (...lists: fc.Arbitrary<string[]>[]): fc.Arbitrary<string[]> =>
  fc.tuple(...lists).map((parts) => parts.flat());
const ordinalDay = (high: number): fc.Arbitrary<string> =>
  fc.tuple(signed(high), weekday).map(([ordinal, day]) => `${ordinal}${day}`);

const month = maybe('BYMONTH', fc.integer({ min: 1, max: 12 }));
const days = maybe('BYDAY', weekday);
const monthDays = maybe('BYMONTHDAY', signed(31));

/** The parts that each frequency may have (RFC 5545 §3.3.10), and the days to look at. */
const frequencies = {
  YEARLY: {
    days: 12 * 366,
    parts: fc.oneof(
      all(month, monthDays, days),
      all(month, part('BYDAY', ordinalDay(5))),
      all(month, maybe('BYYEARDAY', signed(366)), days),
      all(part('BYWEEKNO', signed(53)), days),
    ),
  },
  MONTHLY: {
    days: 4 * 366,
    parts: fc.oneof(all(month, monthDays, days), all(month, part('BYDAY', ordinalDay(5)))),
  },
  WEEKLY: { days: 500, parts: all(month, days) },
  DAILY: { days: 200, parts: all(month, monthDays, days) },
  HOURLY: { days: 10, parts: all(maybe('BYHOUR', fc.integer({ min: 0, max: 23 })), days) },
} as const;
type Frequency = keyof typeof frequencies;

interface Start {
  readonly instant: number;
  readonly kind: 'date' | 'utc' | 'floating' | 'zoned';
}
const start: fc.Arbitrary<Start> = fc.record({
  instant: fc
    .tuple(
      fc.integer({ min: 2001, max: 2022 }),
      fc.integer({ min: 0, max: 364 }),
      fc.integer({ min: 6 * 4, max: 80 }),
    )
    .map(([year, day, quarter]) => Date.UTC(year, 0, 1 + day, 0, quarter * 15) / 1000),
  kind: fc.constantFrom('date', 'utc', 'floating', 'zoned'),
});

const rest = fc.record({
  interval: fc.constantFrom<string[]>([], [], ['INTERVAL=2'], ['INTERVAL=3']),
  weekStart: fc.constantFrom<string[]>([], [], ['WKST=SU'], ['WKST=TH']),
  position: fc.option(part('BYSETPOS', signed(3)), { nil: [], freq: 4 }),
  end: fc.constantFrom('none', 'none', 'count', 'until'),
  count: fc.integer({ min: 1, max: 30 }),
  untilDays: fc.integer({ min: 1, max: 900 }),
  excepted: fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 3 }),
  added: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 2 }),
});

/**
 * DTSTART is moved to the first instance that the rule has: RFC 5545 §3.8.5.3 leaves open what follows from one that does
 * not fit it. Undefined for a rule that has none in the years after.
 */
function synchronized(frequency: Frequency, by: readonly string[], at: Start, more: Rest): Start | undefined {
  const rule = [`FREQ=${frequency}`, ...more.interval, ...by, ...more.weekStart];
  const rough = [
    `DTSTART${parametersOf(at)}:${valueOf(at, 0)}`,
    `RRULE:${[...rule, ...positionOf(by, more)].join(';')}`,
  ];
  const object = parseCalendarObject(Buffer.from(frame(rough, at)), defaultCalendarLimits);
  const range = { start: at.instant - DAY, end: at.instant + YEARS_TO_LOOK * 366 * DAY, zone: 'UTC' };
  const found = instancesOf(object, range, 2).find(({ local }) => local !== null && local > at.instant);
  return found?.local === null || found === undefined ? undefined : { ...at, instant: found.local };
}
const YEARS_TO_LOOK = 9;
const positionOf = (by: readonly string[], { position }: Rest): readonly string[] =>
  by.length > 0 ? position : [];

const recurrenceCase: fc.Arbitrary<RecurrenceCase> = fc
  .constantFrom(...(Object.keys(frequencies) as Frequency[]))
  .chain((frequency) => fc.tuple(fc.constant(frequency), frequencies[frequency].parts, start, rest))
  .map(([frequency, by, at, more]) => {
    const rough: Start = frequency === 'HOURLY' && at.kind === 'date' ? { ...at, kind: 'utc' } : at;
    const first = synchronized(frequency, by, rough, more);
    return first && caseOf(frequency, by, first, more);
  })
  .filter((made) => made !== undefined);

type Rest = typeof rest extends fc.Arbitrary<infer Value> ? Value : never;

function caseOf(frequency: Frequency, by: readonly string[], at: Start, more: Rest): RecurrenceCase {
  const position = positionOf(by, more);
  const last = `UNTIL=${valueOf({ ...at, kind: at.kind === 'zoned' ? 'utc' : at.kind }, more.untilDays * DAY)}`;
  const end = more.end === 'count' ? [`COUNT=${more.count}`] : more.end === 'until' ? [last] : [];
  const rule = [`FREQ=${frequency}`, ...more.interval, ...by, ...more.weekStart, ...position, ...end].join(
    ';',
  );
  const step = frequency === 'HOURLY' ? 3600 : DAY;
  const list = (name: string, steps: readonly number[]): string[] =>
    steps.map((count) => `${name}${parametersOf(at)}:${valueOf(at, count * step)}`);
  const lines = [
    `DTSTART${parametersOf(at)}:${valueOf(at, 0)}`,
    `RRULE:${rule}`,
    ...list('EXDATE', more.excepted),
    ...list('RDATE', more.added),
  ];
  const from = Math.floor(at.instant / DAY) * DAY - 2 * DAY;
  const weekday = new Date(at.instant * 1000).getUTCDay();
  const until = from + frequencies[frequency].days * DAY;
  return { lines, rule, weekday, calendar: frame(lines, at), from, until };
}

const ZONE = 'America/New_York';

function parametersOf({ kind }: Start): string {
  if (kind === 'date') return ';VALUE=DATE';
  return kind === 'zoned' ? `;TZID=${ZONE}` : '';
}

function valueOf({ instant, kind }: Start, later: number): string {
  const written = new Date((instant + later) * 1000).toISOString().replace(/[-:]|\.000Z/g, '');
  if (kind === 'date') return written.slice(0, 8);
  return kind === 'utc' ? `${written}Z` : written;
}

function frame(lines: readonly string[], { kind }: Start): string {
  return [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Latchkey//Interop//EN'],
    ...(kind === 'zoned' ? [(vtimezoneText(ZONE) ?? '').trimEnd()] : []),
    ...['BEGIN:VEVENT', 'UID:case', 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''],
  ].join('\r\n');
}

/** The same case with another rule. */
export function withRule(made: RecurrenceCase, rule: string): RecurrenceCase {
  const replaced = (text: string): string => text.replace(`RRULE:${made.rule}`, `RRULE:${rule}`);
  return { ...made, rule, lines: made.lines.map(replaced), calendar: replaced(made.calendar) };
}

export const recurrenceCases = (): readonly RecurrenceCase[] =>
  fc.sample(recurrenceCase, { seed: SEED, numRuns: CASES });
