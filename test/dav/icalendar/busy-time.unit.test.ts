import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BusyTime, TooMuchBusyTime, type BusyTimeOptions } from '../../../dav/icalendar/index.js';
import { coalesced, without, type BusyPeriod } from '../../../dav/icalendar/periods.js';
import { calendar, component, iso, parse, seconds } from './objects.js';

const day = { start: seconds('2026-01-05'), end: seconds('2026-01-06') };
const options: BusyTimeOptions = { range: day, maxPeriodsOfObject: 1_000, maxPeriods: 1_000 };
const letters = { BUSY: 'B', 'BUSY-UNAVAILABLE': 'U', 'BUSY-TENTATIVE': 'T' } as const;

/** The busy time of objects, such as `B 09:00-10:00`; a time of another day with its date. */
function busy(objects: readonly string[], over: Partial<BusyTimeOptions> = {}, zone = 'UTC'): string[] {
  const time = new BusyTime({ ...options, ...over });
  for (const text of objects) time.add(parse(text), zone);
  const short = (instant: number): string => iso(instant).replace(/^2026-01-05T|:00Z$/g, '');
  return time.coalesced().map(({ start, end, type }) => `${letters[type]} ${short(start)}-${short(end)}`);
}
let count = 0;
const object = (name: string, ...lines: string[]): string => {
  count += 1;
  return calendar(...component(name, ...lines)).replaceAll('1@tests.example', `${count}@tests.example`);
};
const meeting = (...lines: string[]): string =>
  object('VEVENT', 'DTSTART:20260105T090000Z', 'DTEND:20260105T100000Z', ...lines);

describe('RFC 4791 §7.10 busy time of events', () => {
  for (const [lines, expected] of [
    [[], ['B 09:00-10:00']],
    [['STATUS:CONFIRMED', 'TRANSP:OPAQUE'], ['B 09:00-10:00']],
    [['STATUS:tentative'], ['T 09:00-10:00']],
    [['STATUS:X-PERHAPS'], ['B 09:00-10:00']],
    [['STATUS:CANCELLED'], []],
    [['TRANSP:TRANSPARENT'], []],
    [['TRANSP:transparent', 'STATUS:TENTATIVE'], []],
  ] as const) {
    it(`${lines.join(', ') || 'TRANSP and STATUS by default'}: ${expected.join(', ') || 'free'}`, () => {
      assert.deepEqual(busy([meeting(...lines)]), expected);
    });
  }

  it('tasks and journals are none', () => {
    assert.deepEqual(
      busy([
        object('VTODO', 'DTSTART:20260105T090000Z', 'DUE:20260105T100000Z'),
        object('VJOURNAL', 'DTSTART:20260105T090000Z'),
      ]),
      [],
    );
  });

  it('instances are, each by the component that holds for it', () => {
    const weekly = calendar(
      ...component(
        'VEVENT',
        'DTSTART:20260101T090000Z',
        'DURATION:PT1H',
        'RRULE:FREQ=HOURLY;INTERVAL=6',
        'EXDATE:20260105T030000Z',
      ),
      ...component(
        'VEVENT',
        'RECURRENCE-ID:20260105T090000Z',
        'DTSTART:20260105T100000Z',
        'DURATION:PT30M',
        'STATUS:TENTATIVE',
      ),
      ...component(
        'VEVENT',
        'RECURRENCE-ID:20260105T150000Z',
        'DTSTART:20260105T150000Z',
        'DURATION:PT1H',
        'STATUS:CANCELLED',
      ),
    );
    assert.deepEqual(busy([weekly]), ['T 10:00-10:30', 'B 21:00-22:00']);
  });

  it('a day without an end takes the whole day, of the zone; a moment takes no time', () => {
    const date = object('VEVENT', 'DTSTART;VALUE=DATE:20260105');
    assert.deepEqual(busy([date]), ['B 00:00-2026-01-06T00:00']);
    assert.deepEqual(busy([date], {}, 'America/New_York'), ['B 05:00-2026-01-06T00:00']);
    assert.deepEqual(busy([object('VEVENT', 'DTSTART:20260105T090000Z')]), []);
  });

  it('what reaches out of the range is cut off at its edges', () => {
    assert.deepEqual(busy([object('VEVENT', 'DTSTART:20260101T000000Z', 'DTEND:20260105T010000Z')]), [
      'B 00:00-01:00',
    ]);
    assert.deepEqual(busy([object('VEVENT', 'DTSTART:20260105T230000Z', 'DTEND:20260107T010000Z')]), [
      'B 23:00-2026-01-06T00:00',
    ]);
    assert.deepEqual(busy([object('VEVENT', 'DTSTART:20260101T000000Z', 'DTEND:20260105T000000Z')]), []);
  });

  it('periods of one type that overlap or follow on each other are one; of two types they may overlap', () => {
    const at = (start: string, end: string, ...lines: string[]): string =>
      object('VEVENT', `DTSTART:20260105T${start}00Z`, `DTEND:20260105T${end}00Z`, ...lines);
    assert.deepEqual(
      busy([
        at('0900', '1000'),
        at('1000', '1100'),
        at('0930', '1030'),
        at('1030', '1200', 'STATUS:TENTATIVE'),
        at('0900', '0915'),
      ]),
      ['B 09:00-11:00', 'T 10:30-12:00'],
    );
  });
});

describe('RFC 4791 §7.10 busy time of VFREEBUSY', () => {
  it('is what its FREEBUSY properties say, by FBTYPE; what is FREE is not told', () => {
    const stored = object(
      'VFREEBUSY',
      'DTSTART:20260105T000000Z',
      'DTEND:20260106T000000Z',
      'FREEBUSY:20260105T010000Z/PT1H,20260104T230000Z/20260105T003000Z',
      'FREEBUSY;FBTYPE=busy-tentative:20260105T020000Z/PT1H',
      'FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260105T030000Z/PT1H',
      'FREEBUSY;FBTYPE=X-ASLEEP:20260105T040000Z/PT1H',
      'FREEBUSY;FBTYPE=FREE:20260105T050000Z/PT1H',
      'FREEBUSY:20260106T000000Z/PT1H',
    );
    assert.deepEqual(busy([stored]), [
      'B 00:00-00:30',
      'B 01:00-02:00',
      'T 02:00-03:00',
      'U 03:00-04:00',
      'B 04:00-05:00',
    ]);
  });
  it('is none where it has none', () => {
    assert.deepEqual(busy([object('VFREEBUSY', 'DTSTART:20260105T000000Z', 'DTEND:20260106T000000Z')]), []);
  });
});

describe('RFC 7953 §4 availability', () => {
  const available = (...lines: string[]): string[] => component('AVAILABLE', ...lines);
  const officeHours = available(
    'DTSTART:20260101T080000Z',
    'DTEND:20260101T180000Z',
    'RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
  );

  it('is busy but for what is available, with events over it (§4.1.1)', () => {
    const lunch = object('VEVENT', 'DTSTART:20260105T120000Z', 'DURATION:PT2H');
    assert.deepEqual(busy([object('VAVAILABILITY', ...officeHours), lunch]), [
      'U 00:00-08:00',
      'B 12:00-14:00',
      'U 18:00-2026-01-06T00:00',
    ]);
  });

  it('holds from its start to its end or for its duration, and BUSYTYPE says what else is', () => {
    for (const end of ['DTEND:20260105T120000Z', 'DURATION:PT8H']) {
      assert.deepEqual(
        busy([object('VAVAILABILITY', 'DTSTART:20260105T040000Z', end, 'BUSYTYPE:BUSY', ...officeHours)]),
        ['B 04:00-08:00'],
      );
    }
    assert.deepEqual(busy([object('VAVAILABILITY', 'DTEND:20260105T120000Z', 'BUSYTYPE:BUSY-TENTATIVE')]), [
      'T 00:00-12:00',
    ]);
    assert.deepEqual(busy([object('VAVAILABILITY', 'DTSTART:20260106T000000Z')]), []);
  });

  it('AVAILABLE components recur with exceptions and overridden instances, matched by UID', () => {
    const [first, second] = [officeHours, available('DTSTART:20260105T190000Z', 'DURATION:PT1H')].map(
      (lines, index) => lines.map((line) => line.replace('1@tests', `${index}@tests`)),
    );
    const moved = available(
      'RECURRENCE-ID:20260105T080000Z',
      'DTSTART:20260105T140000Z',
      'DTEND:20260105T150000Z',
    ).map((line) => line.replace('1@tests', '0@tests'));
    assert.deepEqual(busy([object('VAVAILABILITY', ...(first ?? []), ...(second ?? []), ...moved)]), [
      'U 00:00-14:00',
      'U 15:00-19:00',
      'U 20:00-2026-01-06T00:00',
    ]);
  });

  it('of two that overlap, what one of them has available is free (§4, step 3)', () => {
    assert.deepEqual(
      busy([
        object('VAVAILABILITY', ...officeHours),
        object('VAVAILABILITY', ...available('DTSTART:20260105T180000Z', 'DURATION:PT2H')),
      ]),
      ['U 00:00-08:00', 'U 20:00-2026-01-06T00:00'],
    );
  });

  it('one of a higher PRIORITY decides alone about its time', () => {
    const holiday = (priority: number): string =>
      object(
        'VAVAILABILITY',
        `PRIORITY:${priority}`,
        'DTSTART:20260105T100000Z',
        'DTEND:20260105T200000Z',
        'BUSYTYPE:BUSY',
        ...available('DTSTART:20260105T190000Z', 'DURATION:PT1H'),
      );
    const usual = object('VAVAILABILITY', 'PRIORITY:5', ...officeHours);
    const over = ['U 00:00-08:00', 'B 10:00-19:00', 'U 20:00-2026-01-06T00:00'];
    const under = ['U 00:00-08:00', 'U 18:00-2026-01-06T00:00'];
    for (const [priority, expected] of [
      [1, over],
      [9, under],
      [0, under],
    ] as const) {
      assert.deepEqual(busy([usual, holiday(priority)]), expected);
      assert.deepEqual(busy([holiday(priority), usual]), expected);
    }
  });

  it('an AVAILABLE without a start is no calendar data', () => {
    for (const lines of [['SUMMARY:a'], ['DTSTART:20260105T250000Z']]) {
      assert.throws(() => parse(object('VAVAILABILITY', ...available(...lines))), {
        precondition: 'valid-calendar-data',
      });
    }
  });
});

describe('busy time within bounds', () => {
  it('an object with more periods than one may have is told as busy in between too', () => {
    const hourly = object('VEVENT', 'DTSTART:20260105T000000Z', 'DURATION:PT30M', 'RRULE:FREQ=HOURLY');
    assert.equal(busy([hourly]).length, 24);
    assert.deepEqual(busy([hourly], { maxPeriodsOfObject: 2 }), ['B 00:00-00:30', 'B 01:00-23:30']);
  });

  it('more periods of all objects together are refused; as many as allowed are not', () => {
    const events = Array.from({ length: 10 }, (_, hour) =>
      object('VEVENT', `DTSTART:20260105T0${hour}0000Z`, 'DURATION:PT30M'),
    );
    assert.equal(busy(events, { maxPeriods: 10 }).length, 10);
    assert.throws(() => busy(events, { maxPeriods: 9 }), TooMuchBusyTime);
    assert.equal(
      busy(
        [...events, ...events].map((text) => text.replace('UID:', 'UID:again-')),
        { maxPeriods: 10 },
      ).length,
      10,
    );
  });

  it('an event that takes too much work to know is tentatively busy from there on', () => {
    const text = object('VEVENT', 'DTSTART:20260101T000000Z', 'DURATION:PT1S', 'RRULE:FREQ=SECONDLY');
    const century = { start: day.start, end: day.start + 100 * 365 * 86_400 };
    const [known, rest, ...more] = busy([text, meeting('TRANSP:TRANSPARENT')], { range: century });
    assert.match(known ?? '', /^B 00:00-/);
    assert.match(rest ?? '', /^T .*-2125-12-12T00:00$/);
    assert.deepEqual(more, []);
  });

  it('of a rule in another calendar than the Gregorian only the first instance is known', () => {
    const rule = 'RRULE:RSCALE=CHINESE;FREQ=YEARLY';
    assert.deepEqual(busy([meeting(rule)]), ['B 09:00-10:00']);
    assert.deepEqual(busy([object('VEVENT', 'DTSTART:20250105T090000Z', 'DURATION:PT1H', rule)]), []);
  });
});

describe('periods of time', () => {
  const period = fc
    .record({
      start: fc.integer({ min: 0, max: 60 }),
      length: fc.integer({ min: 1, max: 20 }),
      type: fc.constantFrom<BusyPeriod['type']>('BUSY', 'BUSY-TENTATIVE', 'BUSY-UNAVAILABLE'),
    })
    .map(({ start, length, type }): BusyPeriod => ({ start, end: start + length, type }));
  const periods = fc.array(period, { maxLength: 12 });
  const secondsOf = (list: readonly BusyPeriod[]): Set<string> =>
    new Set(
      list.flatMap(({ start, end, type }) =>
        Array.from({ length: end - start }, (_, at) => `${type} ${start + at}`),
      ),
    );

  it('coalesced: the same seconds, in order, apart within a type', () => {
    fc.assert(
      fc.property(periods, (list) => {
        const joined = coalesced(list);
        assert.deepEqual(secondsOf(joined), secondsOf(list));
        for (const [index, { start, end, type }] of joined.entries()) {
          assert.ok(start < end);
          assert.ok(start >= (joined[index - 1]?.start ?? 0));
          const others = joined.filter((other, at) => at !== index && other.type === type);
          assert.ok(others.every((other) => other.end < start || other.start > end));
        }
      }),
    );
  });

  it('without: the seconds that are in no hole', () => {
    fc.assert(
      fc.property(periods, periods, (list, holes) => {
        const cut = new Set([...secondsOf(holes)].map((second) => second.split(' ')[1]));
        const expected = [...secondsOf(list)].filter((second) => !cut.has(second.split(' ')[1]));
        assert.deepEqual(secondsOf(without(coalesced(list), holes)), new Set(expected));
      }),
    );
  });
});
