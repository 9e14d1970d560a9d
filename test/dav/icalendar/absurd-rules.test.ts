import assert from 'node:assert/strict';
import {
  indexCalendarObject,
  matchesTimeRange,
  maxSpans,
  type CalendarObject,
} from '../../../dav/icalendar/index.js';
import { Budget, BudgetExceeded } from '../../../dav/icalendar/recurrence/index.js';
import { RecurrenceSet } from '../../../dav/icalendar/recurrence-set.js';
import { zoneOrUtc } from '../../../dav/icalendar/zones/index.js';
import { event, iso, seconds } from './objects.js';

const unlimited = Number.POSITIVE_INFINITY;
const now = seconds('2026-01-05T00:00:00Z');
const list = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, at) => at + from).join(',');

/** What a walk costs, counted in the steps that its loops pay for; the clock plays no part. */
function walk(
  object: CalendarObject,
  { from, until, most, steps }: { from: number; until: number; most: number; steps: number },
): { readonly found: number; readonly isExceeded: boolean } {
  const set = new RecurrenceSet(object, zoneOrUtc('UTC'));
  let found = 0;
  try {
    for (const { span } of set.ruledInstances(from, until, new Budget(steps, unlimited))) {
      if (span.end > from && span.start < until) found += 1;
      if (found === most) break;
    }
    return { found, isExceeded: false };
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    return { found, isExceeded: true };
  }
}

const minutes = (count: number): string =>
  Array.from({ length: count }, (_, at) => iso(now + at * 60).replace(/[-:]/g, '')).join(',');
const start = 'DTSTART:20260105T000000Z';
const inZone = 'DTSTART;TZID=America/New_York:20260105T000000';

/** The lines of an event, and how many instances it has in the week of 1 June 2026 and in that of the year 9000, at most. */
const absurd: readonly [string, readonly string[]][] = [
  ['every second, without end', [start, 'RRULE:FREQ=SECONDLY']],
  ['every second in New York, without end', [inZone, 'RRULE:FREQ=SECONDLY']],
  ['a thousand million times', [start, 'RRULE:FREQ=SECONDLY;COUNT=1000000000']],
  ['as often, and seldom', [start, 'RRULE:FREQ=SECONDLY;COUNT=1000000000;BYSECOND=59;BYMINUTE=59;BYHOUR=23']],
  ['every second of December', [start, 'RRULE:FREQ=SECONDLY;BYMONTH=12']],
  ['every second of Mondays that are the 31st', [start, 'RRULE:FREQ=SECONDLY;BYDAY=MO;BYMONTHDAY=31']],
  ['each 10^15 seconds', [start, 'RRULE:FREQ=SECONDLY;INTERVAL=999999999999999']],
  ['each 10^15 years', [start, 'RRULE:FREQ=YEARLY;INTERVAL=999999999999999']],
  [
    'each 7919 seconds at one second of the day',
    [start, 'RRULE:FREQ=SECONDLY;INTERVAL=7919;BYHOUR=3;BYMINUTE=7;BYSECOND=11'],
  ],
  ['30 February', [start, 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30']],
  ['30 February by the minute', [start, 'RRULE:FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30']],
  ['day 366 of the 53rd week in June', [start, 'RRULE:FREQ=YEARLY;BYYEARDAY=366;BYWEEKNO=53;BYMONTH=6']],
  ['a second 60', [start, 'RRULE:FREQ=MINUTELY;BYSECOND=60']],
  [
    '29 February on a Monday at leap second',
    [start, 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYSECOND=60'],
  ],
  [
    'a storm of BYSETPOS',
    [
      start,
      `RRULE:FREQ=YEARLY;BYHOUR=${list(24)};BYMINUTE=${list(60)};BYSECOND=${list(60)};BYSETPOS=${list(366, 1)}`,
    ],
  ],
  [
    'a storm of BYSETPOS from the end',
    [
      start,
      `RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=${list(24)};BYMINUTE=${list(60)};BYSETPOS=${list(366, 1).replace(/(\d+)/g, '-$1')}`,
    ],
  ],
  [
    'all parts at once',
    [
      start,
      `RRULE:FREQ=YEARLY;BYMONTH=${list(12, 1)};BYWEEKNO=${list(53, 1)};BYYEARDAY=${list(366, 1)};BYMONTHDAY=${list(31, 1)};BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=${list(24)};BYMINUTE=${list(60)};BYSECOND=${list(60)}`,
    ],
  ],
  [
    'two thousand rules',
    [start, ...Array.from({ length: 2_000 }, (_, at) => `RRULE:FREQ=DAILY;INTERVAL=${at + 1}`)],
  ],
  ['an EXRULE that takes out everything', [start, 'RRULE:FREQ=SECONDLY', 'EXRULE:FREQ=SECONDLY']],
  [
    'an EXRULE that takes out everything, in other words',
    [start, 'RRULE:FREQ=MINUTELY', 'EXRULE:FREQ=SECONDLY'],
  ],
  ['a hundred thousand EXDATEs', [start, 'RRULE:FREQ=MINUTELY', `EXDATE:${minutes(100_000)}`]],
  ['a hundred thousand RDATEs', [start, `RDATE:${minutes(100_000)}`]],
  ['a length of a thousand years', [start, 'DURATION:P365000D', 'RRULE:FREQ=HOURLY']],
  ['an end in the year 9999', [start, 'DTEND:99991231T235959Z', 'RRULE:FREQ=DAILY']],
];

describe('rules however absurd: the work for one object is bounded, counted in steps', () => {
  for (const [what, lines] of absurd) {
    it(`${what}: a walk through all time ends, or has used up what it may`, () => {
      const object = event(...lines);
      const { found, isExceeded } = walk(object, {
        from: Number.NEGATIVE_INFINITY,
        until: unlimited,
        most: 100_000,
        steps: 300_000,
      });
      assert.ok(found <= 100_000);
      // The same walk with a tenth of the steps does no more, and not something else.
      const less = walk(object, {
        from: Number.NEGATIVE_INFINITY,
        until: unlimited,
        most: 100_000,
        steps: 100_000,
      });
      assert.ok(less.found <= found);
      assert.ok(isExceeded ? less.isExceeded : true);
    });

    it(`${what}: the index is small, and the same each time`, () => {
      const object = event(...lines);
      const index = indexCalendarObject(object, { zone: 'UTC', now });
      assert.ok(index.spans.length <= maxSpans + 1, `${index.spans.length} spans`);
      assert.deepEqual(indexCalendarObject(object, { zone: 'UTC', now }), index);
      assert.ok(index.unbounded || index.windowEnd === null);
    });
  }

  it('what is near is found in few steps, however far the rule goes', () => {
    const week = { from: seconds('2045-06-05T00:00:00Z'), until: seconds('2045-06-12T00:00:00Z'), most: 1 };
    for (const [rule, steps] of [
      ['FREQ=DAILY', 100],
      ['FREQ=WEEKLY;BYDAY=MO,WE', 100],
      ['FREQ=MONTHLY;BYMONTHDAY=6', 100],
      ['FREQ=YEARLY;BYMONTH=6;BYDAY=1TU', 100],
      ['FREQ=HOURLY;INTERVAL=5', 1_000],
      ['FREQ=SECONDLY', 20_000],
      ['FREQ=SECONDLY;COUNT=1000000000', 50_000],
    ] as const) {
      const { found, isExceeded } = walk(event(start, `RRULE:${rule}`), { ...week, steps });
      assert.deepEqual([found, isExceeded], [1, false], rule);
    }
  });

  it('one beyond its budget is taken to match: one too many is filtered by the client, one too few is lost', () => {
    const hopeless = event(start, 'RRULE:FREQ=MINUTELY', 'EXRULE:FREQ=SECONDLY');
    assert.ok(matchesTimeRange(hopeless, { start: now, end: now + 100 * 366 * 86_400, zone: 'UTC' }));
  });

  for (const rule of [
    'FREQ=DAILY;INTERVAL=0',
    'FREQ=DAILY;INTERVAL=-1',
    'FREQ=DAILY;COUNT=0',
    'FREQ=SECONDLY;INTERVAL=1e9',
  ]) {
    it(`${rule} is no rule: CALDAV:valid-calendar-data`, () => {
      assert.throws(() => event(start, `RRULE:${rule}`), { precondition: 'valid-calendar-data' });
    });
  }
});
