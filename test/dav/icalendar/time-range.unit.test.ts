import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  indexCalendarObject,
  instancesOf,
  matchesTimeRange,
  maxSpans,
  type CalendarIndex,
  type CalendarObject,
  type Span,
} from '../../../dav/icalendar/index.js';
import { calendar, component, event, iso, parse, seconds } from './objects.js';
import { rule, start as anyStart } from './random-rules.js';

const now = seconds('2026-03-01T00:00:00Z');

function index(object: CalendarObject, zone = 'UTC'): CalendarIndex {
  return indexCalendarObject(object, { zone, now });
}

function of(name: string, ...lines: string[]): CalendarObject {
  return parse(calendar(...component(name, ...lines)));
}

function byIndex(
  { spans }: { spans: readonly Span[] },
  start: number | undefined,
  end: number | undefined,
): boolean {
  return spans.some(
    (span) => (end === undefined || span.start < end) && (start === undefined || span.end > start),
  );
}

type Condition = (start: number, end: number) => boolean;

const S = seconds('2026-01-05T09:00:00Z');
const E = seconds('2026-01-05T11:00:00Z');
const midnight = seconds('2026-01-05T00:00:00Z');
const day = 86_400;
const dtstart = 'DTSTART:20260105T090000Z';
const allDay = 'DTSTART;VALUE=DATE:20260105';
const due = 'DUE:20260105T110000Z';
const completed = 'COMPLETED:20260105T110000Z';
const created = 'CREATED:20260105T090000Z';

/** Each row of the tables, its condition written as the RFC writes it. */
const rows: readonly (readonly [string, readonly string[], Condition])[] = [
  ['VEVENT', [dtstart, 'DTEND:20260105T110000Z'], (start, end) => start < E && end > S],
  ['VEVENT', [dtstart, 'DURATION:PT2H'], (start, end) => start < E && end > S],
  ['VEVENT', [dtstart, 'DURATION:PT0S'], (start, end) => start <= S && end > S],
  ['VEVENT', [dtstart], (start, end) => start <= S && end > S],
  ['VEVENT', [allDay], (start, end) => start < midnight + day && end > midnight],
  [
    'VEVENT',
    [allDay, 'DTEND;VALUE=DATE:20260107'],
    (start, end) => start < midnight + 2 * day && end > midnight,
  ],
  ['VTODO', [dtstart, 'DURATION:PT2H'], (start, end) => start <= E && (end > S || end >= E)],
  ['VTODO', [dtstart, 'DURATION:PT0S'], (start, end) => start <= S && (end > S || end >= S)],
  ['VTODO', [dtstart, due], (start, end) => (start < E || start <= S) && (end > S || end >= E)],
  [
    'VTODO',
    [dtstart, 'DUE:20260105T090000Z'],
    (start, end) => (start < S || start <= S) && (end > S || end >= S),
  ],
  ['VTODO', [dtstart], (start, end) => start <= S && end > S],
  ['VTODO', [due], (start, end) => start < E && end >= E],
  ['VTODO', [completed, created], (start, end) => (start <= S || start <= E) && (end >= S || end >= E)],
  ['VTODO', [completed], (start, end) => start <= E && end >= E],
  ['VTODO', [created], (_start, end) => end > S],
  ['VTODO', [], () => true],
  ['VJOURNAL', [dtstart], (start, end) => start <= S && end > S],
  ['VJOURNAL', [allDay], (start, end) => start < midnight + day && end > midnight],
  ['VJOURNAL', [], () => false],
  ['VFREEBUSY', [dtstart, 'DTEND:20260105T110000Z'], (start, end) => start <= E && end > S],
  ['VFREEBUSY', ['FREEBUSY:20260105T090000Z/PT2H'], (start, end) => start < E && end > S],
  [
    'VFREEBUSY',
    ['FREEBUSY:20260105T090000Z/20260105T110000Z', dtstart],
    (start, end) => start < E && end > S,
  ],
  ['VFREEBUSY', [], () => false],
  ['VAVAILABILITY', [], () => true],
  ['VAVAILABILITY', [dtstart], (_start, end) => end > S],
  ['VAVAILABILITY', [dtstart, 'DURATION:PT2H'], (start, end) => start < E && end > S],
  ['VAVAILABILITY', ['DTEND:20260105T110000Z'], (start) => start < E],
];

describe('RFC 4791 §9.9: the tables, at every edge', () => {
  const edges = [S, E, midnight, midnight + day, midnight + 2 * day].flatMap((time) => [
    time - 1,
    time,
    time + 1,
  ]);
  for (const [name, lines, condition] of rows) {
    it(`${name} with ${lines.map((line) => line.split(/[:;]/)[0]).join(', ') || 'nothing'}`, () => {
      const object = of(name, ...lines);
      const indexed = index(object);
      assert.deepEqual([indexed.windowStart, indexed.windowEnd, indexed.unbounded], [null, null, false]);
      for (const start of [Number.NEGATIVE_INFINITY, ...edges]) {
        for (const end of [...edges, Number.POSITIVE_INFINITY].filter((time) => time > start)) {
          const range = [
            Number.isFinite(start) ? start : undefined,
            Number.isFinite(end) ? end : undefined,
          ] as const;
          const message = `[${start}, ${end})`;
          assert.equal(byIndex(indexed, ...range), condition(start, end), `index ${message}`);
          assert.equal(
            matchesTimeRange(object, { start: range[0], end: range[1], zone: 'UTC' }),
            condition(start, end),
            message,
          );
        }
      }
    });
  }

  it('a VTODO without a date is open on both sides, as is its index', () => {
    const { firstStart, lastEnd } = index(of('VTODO'));
    assert.deepEqual([firstStart, lastEnd], [null, null]);
  });

  it('a VTODO recurs by DUE when it has no DTSTART', () => {
    const task = of('VTODO', 'DUE:20260105T110000Z', 'RRULE:FREQ=DAILY');
    assert.ok(matchesTimeRange(task, { start: E + 10 * day - 1, end: E + 10 * day, zone: 'UTC' }));
    assert.ok(!matchesTimeRange(task, { start: E + 10 * day, end: E + 10 * day + 5, zone: 'UTC' }));
  });
});

describe('RFC 4791 §7.3: floating times and dates', () => {
  it('lie where the given zone puts them', () => {
    const berlin = index(event(allDay), 'Europe/Berlin');
    assert.deepEqual(
      berlin.spans.map((span) => [iso(span.start), iso(span.end)]),
      [['2026-01-04T23:00:00Z', '2026-01-05T23:00:00Z']],
    );
    assert.ok(berlin.floating);
    assert.ok(index(event('DTSTART:20260105T090000')).floating);
    assert.ok(index(event('DTSTART;TZID=Nowhere:20260105T090000')).floating);
    assert.ok(!index(event(dtstart)).floating);
    assert.ok(!index(event('DTSTART;TZID=Europe/Berlin:20260105T090000')).floating);
  });

  it('a day on which the clock changes has 23 or 25 hours', () => {
    const [span] = index(event('DTSTART;VALUE=DATE:20260329'), 'Europe/Berlin').spans;
    assert.equal((span?.end ?? 0) - (span?.start ?? 0), 23 * 3600);
    const long = index(event('DTSTART;TZID=Europe/Berlin:20261024T120000', 'DURATION:P1D')).spans[0];
    assert.equal((long?.end ?? 0) - (long?.start ?? 0), 25 * 3600);
    const exact = index(
      event(
        'DTSTART;TZID=Europe/Berlin:20261023T120000',
        'DTEND;TZID=Europe/Berlin:20261024T120000',
        'RRULE:FREQ=DAILY;COUNT=2',
      ),
    ).spans;
    assert.deepEqual(
      exact.map((span) => (span.end - span.start) / 3600),
      [48],
      'the exact duration of DTEND, joined',
    );
  });
});

describe('RFC 5545 §3.8.4.4 and §3.8.5: exceptions and overrides', () => {
  const starts = (object: CalendarObject, limit = 20): string[] =>
    instancesOf(object, { zone: 'UTC' }, limit).map(({ start }) => iso(start));
  const daily = (...lines: string[]): string[] =>
    component('VEVENT', dtstart, 'DTEND:20260105T100000Z', 'RRULE:FREQ=DAILY;COUNT=4', ...lines);

  it('an override stands in place of its instance, wherever it was moved', () => {
    const moved = component('VEVENT', 'DTSTART:20270101T090000Z', 'RECURRENCE-ID:20260106T090000Z');
    const object = parse(calendar(...daily(), ...moved));
    assert.deepEqual(starts(object), [
      '2026-01-05T09:00:00Z',
      '2026-01-07T09:00:00Z',
      '2026-01-08T09:00:00Z',
      '2027-01-01T09:00:00Z',
    ]);
    assert.equal(index(object).lastEnd, seconds('2027-01-01T09:00:01Z'));
    assert.equal(instancesOf(object, { zone: 'UTC' }, 9)[3]?.component, object.overrides[0]);
  });

  it('finds the instance by RECURRENCE-ID in another zone, or as a date', () => {
    for (const id of [
      'RECURRENCE-ID;TZID=Europe/Berlin:20260106T100000',
      'RECURRENCE-ID;VALUE=DATE:20260106',
    ]) {
      const moved = component('VEVENT', 'DTSTART:20260106T150000Z', id);
      assert.equal(starts(parse(calendar(...daily(), ...moved)))[1], '2026-01-06T15:00:00Z', id);
    }
  });

  it('THISANDFUTURE moves and resizes all later instances but overridden ones', () => {
    const future = component(
      'VEVENT',
      'DTSTART:20260106T120000Z',
      'DURATION:PT3H',
      'RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T090000Z',
    );
    const single = component('VEVENT', 'DTSTART:20260107T200000Z', 'RECURRENCE-ID:20260107T090000Z');
    const object = parse(calendar(...daily(), ...future, ...single));
    assert.deepEqual(
      instancesOf(object, { zone: 'UTC' }, 9).map(({ start, end }) => [
        iso(start),
        end === null ? null : (end - start) / 3600,
      ]),
      [
        ['2026-01-05T09:00:00Z', 1],
        ['2026-01-06T12:00:00Z', 3],
        ['2026-01-07T20:00:00Z', null],
        ['2026-01-08T12:00:00Z', 3],
      ],
    );
    assert.ok(
      matchesTimeRange(object, {
        start: seconds('2026-01-08T14:00:00Z'),
        end: seconds('2026-01-08T15:00:00Z'),
        zone: 'UTC',
      }),
    );
    assert.ok(
      !matchesTimeRange(object, {
        start: seconds('2026-01-08T09:00:00Z'),
        end: seconds('2026-01-08T12:00:00Z'),
        zone: 'UTC',
      }),
    );
  });

  for (const count of [1, 2, 3, 4, 5, 8]) {
    it(`RANGE=THISANDFUTURE, ${count} times: each holds until the next`, () => {
      // Every other day one moves all that follow by another hour.
      const moved = Array.from({ length: count }, (_, index) => {
        const day = 6 + 2 * index;
        const [date, hour] = [String(day).padStart(2, '0'), String(10 + index).padStart(2, '0')];
        const start = `DTSTART:202601${date}T${hour}0000Z`;
        return component('VEVENT', start, `RECURRENCE-ID;RANGE=THISANDFUTURE:202601${date}T090000Z`);
      });
      const rule = component('VEVENT', 'DTSTART:20260105T090000Z', 'RRULE:FREQ=DAILY;COUNT=20');
      // The order in the object makes no difference.
      for (const overrides of [moved, [...moved].reverse()]) {
        const object = parse(calendar(...rule, ...overrides.flat()));
        const hours = instancesOf(object, { zone: 'UTC' }, 99).map(({ start }) => iso(start).slice(8, 13));
        const expected = Array.from({ length: 20 }, (_, index) => {
          const hour = index === 0 ? 9 : 10 + Math.min(Math.floor((index - 1) / 2), count - 1);
          return `${String(5 + index).padStart(2, '0')}T${String(hour).padStart(2, '0')}`;
        });
        assert.deepEqual(hours, expected);
      }
    });
  }

  it('overrides without the main component are instances of their own', () => {
    assert.deepEqual(starts(event('DTSTART:20260109T090000Z', 'RECURRENCE-ID:20260106T090000Z')), [
      '2026-01-09T09:00:00Z',
    ]);
  });

  it('two rules and RDATE make one set', () => {
    const object = event(
      dtstart,
      'RRULE:FREQ=DAILY;COUNT=2',
      'RRULE:FREQ=WEEKLY;COUNT=2',
      'RDATE:20260110T080000Z,20260106T090000Z',
    );
    assert.deepEqual(starts(object), [
      '2026-01-05T09:00:00Z',
      '2026-01-06T09:00:00Z',
      '2026-01-10T08:00:00Z',
      '2026-01-12T09:00:00Z',
    ]);
  });

  it('EXRULE of RFC 2445 is honoured', () => {
    const object = event(dtstart, 'RRULE:FREQ=DAILY;COUNT=5', 'EXRULE:FREQ=DAILY;INTERVAL=2');
    assert.deepEqual(starts(object), ['2026-01-06T09:00:00Z', '2026-01-08T09:00:00Z']);
  });

  it('a hundred thousand EXDATEs take out as many instances', () => {
    const from = seconds('2026-01-05T09:00:00Z');
    const dates = Array.from({ length: 100_000 }, (_, n) => iso(from + n * 60).replace(/[-:]/g, ''));
    const object = event(dtstart, 'RRULE:FREQ=MINUTELY;COUNT=100002', `EXDATE:${dates.join(',')}`);
    assert.equal(instancesOf(object, { start: from + 100_000 * 60, zone: 'UTC' }, 9).length, 2);
  });

  it('one whose instances are all excluded matches nothing', () => {
    const object = event(dtstart, 'RRULE:FREQ=DAILY;COUNT=1', 'EXDATE:20260105T090000Z');
    assert.deepEqual(index(object).spans, []);
    assert.ok(!matchesTimeRange(object, { zone: 'UTC' }));
  });
});

describe('the index', () => {
  it('of an endless rule is a window around now, and says that there is more', () => {
    const { firstStart, lastEnd, windowStart, windowEnd, unbounded, spans } = index(
      event('DTSTART:20200106T090000Z', 'RRULE:FREQ=WEEKLY'),
    );
    assert.ok(
      unbounded && lastEnd === null && firstStart !== null && firstStart <= seconds('2020-01-06T09:00:00Z'),
    );
    assert.deepEqual([windowStart, windowEnd], [now - 365 * day, now + 2 * 365 * day]);
    assert.ok(spans.length > 150 && spans.length < 160);
  });

  it('joins spans that touch: an all-day event every day is one', () => {
    assert.equal(index(event(allDay, 'RRULE:FREQ=DAILY')).spans.length, 1);
  });

  it('shrinks its window, the end first, rather than grow beyond its spans', () => {
    const hourly = index(event(dtstart, 'RRULE:FREQ=HOURLY'));
    assert.ok(hourly.spans.length <= maxSpans + 1 && hourly.unbounded);
    assert.equal(hourly.windowStart, now - 365 * day);
    assert.ok(
      (hourly.windowEnd ?? 0) > seconds('2026-02-01T00:00:00Z') && (hourly.windowEnd ?? 0) < now + day,
    );
  });

  it('of a rule in another calendar (RFC 7529) has the first instance and leaves the rest open', () => {
    const object = event(allDay, 'RRULE:RSCALE=CHINESE;FREQ=YEARLY');
    const indexed = index(object);
    assert.deepEqual(
      [indexed.spans.length, indexed.lastEnd, indexed.unbounded, indexed.windowEnd],
      [1, null, true, midnight + day],
    );
    assert.ok(
      matchesTimeRange(object, {
        start: seconds('2030-01-01T00:00:00Z'),
        end: seconds('2030-01-02T00:00:00Z'),
        zone: 'UTC',
      }),
    );
    assert.ok(!matchesTimeRange(object, { end: midnight, zone: 'UTC' }));
  });

  it('far-future instances are found by the rule', () => {
    const object = event('DTSTART;TZID=Europe/Berlin:20260105T090000', 'RRULE:FREQ=WEEKLY');
    for (const year of [2100, 2999, 9990]) {
      const start = Date.UTC(year, 5, 1) / 1000;
      assert.ok(matchesTimeRange(object, { start, end: start + 7 * day, zone: 'UTC' }), String(year));
    }
  });

  it('answers as the rule does inside its window, and bounds what lies outside', () => {
    fc.assert(
      fc.property(
        rule,
        anyStart,
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: -400, max: 800 }),
        fc.integer({ min: 1, max: 20 }),
        (text, from, minutes, offset, days) => {
          const object = event(
            `DTSTART:${iso(from).replace(/[-:]/g, '')}`,
            `DURATION:PT${minutes}M`,
            `RRULE:${text}`,
          );
          const indexed = indexCalendarObject(object, { zone: 'UTC', now: from + 90 * day });
          const range = { start: from + offset * day, end: from + (offset + days) * day };
          const expected = matchesTimeRange(object, { ...range, zone: 'UTC' });
          const inside =
            (indexed.windowStart ?? range.start) <= range.start &&
            (indexed.windowEnd ?? range.end) >= range.end;
          if (inside) assert.equal(byIndex(indexed, range.start, range.end), expected, text);
          if (!inside) assert.ok(indexed.unbounded);
          if (expected)
            assert.ok(
              (indexed.firstStart ?? range.start) < range.end && (indexed.lastEnd ?? range.end) > range.start,
              text,
            );
        },
      ),
      { seed: 4_791, numRuns: 120 },
    );
  }).timeout(20_000);
});
