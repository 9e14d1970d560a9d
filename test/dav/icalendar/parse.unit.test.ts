import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  CalendarDataError,
  defaultCalendarLimits,
  instancesOf,
  parseCalendarObject,
  type CalendarLimits,
  type CalendarPrecondition,
} from '../../../dav/icalendar/index.js';
import { calendar, component, event, parse, seconds } from './objects.js';

const start = 'DTSTART:20260105T090000Z';

function refused(
  text: string | Uint8Array,
  precondition: CalendarPrecondition,
  limits?: Partial<CalendarLimits>,
): void {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  assert.throws(
    () => parseCalendarObject(bytes, { ...defaultCalendarLimits, ...limits }),
    (error) => {
      assert.ok(error instanceof CalendarDataError, String(error));
      assert.equal(error.precondition, precondition, error.message);
      assert.match(error.message, /^[A-Z"].*\.$/s);
      return true;
    },
  );
}

const withEvent = (...lines: string[]): string => calendar(...component('VEVENT', start, ...lines));
const refusedEvent = (...lines: string[]): void =>
  refused(calendar(...component('VEVENT', ...lines)), 'valid-calendar-data');

describe('RFC 4791 §4.1 and §5.3.2.1: what a calendar object resource must be', () => {
  it('reads UID, type, main component and overrides', () => {
    const object = parse(
      calendar(
        ...component('VEVENT', start, 'RRULE:FREQ=DAILY'),
        ...component('VEVENT', 'DTSTART:20260106T100000Z', 'RECURRENCE-ID:20260106T090000Z'),
      ),
    );
    assert.equal(object.uid, '1@tests.example');
    assert.equal(object.component, 'VEVENT');
    assert.equal(object.overrides.length, 1);
    assert.equal(object.main, object.components[0]);
  });

  it('takes overridden instances without the main component', () => {
    const object = event(start, 'RECURRENCE-ID:20260105T080000Z');
    assert.equal(object.main, null);
    assert.equal(object.overrides.length, 1);
  });

  it('takes non-standard and unknown components beside the main one (§5.3.3; RFC 5545 §3.6)', () => {
    for (const name of ['X-NOTE', 'VPOLL']) {
      const object = parse(
        calendar(`BEGIN:${name}`, 'X-TEXT:a', `END:${name}`, ...component('VEVENT', start)),
      );
      assert.equal(object.component, 'VEVENT');
      assert.equal(object.components.length, 1);
    }
  });

  for (const type of ['VTODO', 'VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY']) {
    it(`stores ${type}`, () => assert.equal(parse(calendar(...component(type))).component, type));
  }

  it('refuses what is no object resource', () => {
    const resource = 'valid-calendar-object-resource';
    refused(calendar('METHOD:PUBLISH', ...component('VEVENT', start)), resource);
    refused(calendar(), resource);
    refused(calendar('BEGIN:VTIMEZONE', 'TZID:a', ...standard, 'END:VTIMEZONE'), resource);
    refused(withEvent() + withEvent(), resource);
    refused(calendar(...component('VEVENT', start), ...component('VTODO')), resource);
    refused(calendar(...component('VEVENT', start), ...component('VEVENT', start)), resource);
    refused(calendar('BEGIN:VEVENT', start, 'END:VEVENT'), resource);
    refused(calendar('BEGIN:VEVENT', 'UID: ', start, 'END:VEVENT'), resource);
    const override = component('VEVENT', start, 'RECURRENCE-ID:20260105T090000Z');
    refused(calendar(...override, ...override), resource);
    refused(calendar(...override, ...override.map((line) => line.replace('UID:1@', 'UID:2@'))), resource);
    refused(calendar(...component('VPOLL')), 'supported-calendar-component');
  });
});

const standard = [
  'BEGIN:STANDARD',
  'DTSTART:16010101T000000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
];

describe('RFC 5545: what is not valid calendar data', () => {
  it('refuses text that is no iCalendar', () => {
    const data = 'valid-calendar-data';
    refused('', data);
    refused('BEGIN:VCARD\r\nVERSION:4.0\r\nFN:a\r\nEND:VCARD\r\n', data);
    refused(withEvent().replace('VERSION:2.0\r\n', ''), data);
    refused(withEvent('no colon here'), data);
    refused(withEvent('X-A;B:c'), data);
    refused(withEvent('X-A;B="c:d'), data);
    refused(withEvent('X A:b'), data);
    refused(withEvent().replace('END:VEVENT', 'END:VTODO'), data);
    refused(withEvent().replace('END:VCALENDAR\r\n', ''), data);
    refused(`${withEvent()}X-AFTER:1\r\n`, data);
  });

  it('refuses another version, vCalendar 1.0 before its line breaks are looked at', () => {
    refused(withEvent().replace('VERSION:2.0', 'VERSION:3.0'), 'supported-calendar-data');
    refused(
      calendar().replace('VERSION:2.0\r\n', '').replace('END:', 'VERSION:1.0\r\nno colon\r\nEND:'),
      'supported-calendar-data',
    );
    const old = withEvent('SUMMARY;ENCODING=QUOTED-PRINTABLE:a=', 'b').replace('VERSION:2.0', 'VERSION:1.0');
    refused(old, 'supported-calendar-data');
    refused(old.replace('VERSION:1.0', 'VERSION:2.0'), 'valid-calendar-data');
  });

  it('looks at all values before it looks at what an object is made of', () => {
    const data = 'valid-calendar-data';
    const broken = component('VEVENT', 'DTSTART:20260230T090000Z');
    refused(calendar('METHOD:PUBLISH', ...broken), data);
    refused(calendar('METHOD:PUBLISH', ...component('VEVENT')), 'valid-calendar-object-resource');
    refused(withEvent() + calendar(...broken), data);
    refused(calendar(...component('VTODO'), ...broken), data);
    refused(calendar('BEGIN:VEVENT', 'SUMMARY:neither UID nor DTSTART', 'END:VEVENT'), data);
    refused(calendar('BEGIN:DAYLIGHT', 'RDATE:', 'END:DAYLIGHT', ...component('VEVENT', start)), data);
    refused(calendar('BEGIN:VPOLL', 'END:VPOLL'), 'valid-calendar-object-resource');
  });

  it('refuses bytes that are not UTF-8 and characters that XML cannot carry', () => {
    refused(
      Uint8Array.of(...new TextEncoder().encode(withEvent('SUMMARY:')).slice(0, -30), 0xff),
      'valid-calendar-data',
    );
    for (const bad of ['\u0000', '\u0008', '\u000b', '\u001f', '\ufffe', '\uffff']) {
      refused(withEvent(`SUMMARY:a${bad}b`), 'valid-calendar-data');
    }
    refused(withEvent('SUMMARY:a\rb'), 'valid-calendar-data');
    assert.equal(parse(withEvent('SUMMARY:tab\tand \u007f and \u{1F600}')).component, 'VEVENT');
  });

  it('refuses dates that do not exist and values of the wrong kind', () => {
    refusedEvent('DTSTART:20260230T090000Z');
    refusedEvent('DTSTART:20260105T240000Z');
    refusedEvent('DTSTART:20260105');
    refusedEvent('DTSTART;VALUE=DATE:20260105T090000Z');
    refusedEvent('SUMMARY:no DTSTART');
    refusedEvent(start, start);
    refusedEvent(start, 'DTEND;VALUE=DATE:20260106');
    refusedEvent(start, 'DURATION:1H');
    refusedEvent(start, 'DURATION:P');
    refusedEvent(start, 'DURATION:PT');
    refusedEvent(start, 'EXDATE:20260105T090000Z,');
    refusedEvent(start, 'RDATE:tomorrow');
    refusedEvent(start, 'RDATE;VALUE=PERIOD:20260105T090000Z/20260105');
    refusedEvent(start, 'LAST-MODIFIED:yesterday');
  });

  for (const rule of [
    ...['', 'COUNT=3', 'FREQ=FORTNIGHTLY', 'FREQ=DAILY;', 'FREQ=DAILY;COUNT=0', 'FREQ=DAILY;INTERVAL=0'],
    ...[
      'FREQ=DAILY;INTERVAL=-1',
      'FREQ=DAILY;COUNT=2;UNTIL=20260101',
      'FREQ=DAILY;UNTIL=20260230',
      'FREQ=YEARLY;BYMONTH=13',
    ],
    ...[
      'FREQ=YEARLY;BYMONTH=0',
      'FREQ=YEARLY;BYMONTHDAY=32',
      'FREQ=YEARLY;BYYEARDAY=367',
      'FREQ=YEARLY;BYWEEKNO=54',
    ],
    ...[
      'FREQ=MONTHLY;BYWEEKNO=1',
      'FREQ=WEEKLY;BYMONTHDAY=1',
      'FREQ=DAILY;BYYEARDAY=1',
      'FREQ=WEEKLY;BYDAY=1MO',
    ],
    ...[
      'FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO',
      'FREQ=DAILY;BYHOUR=24',
      'FREQ=DAILY;BYDAY=XX',
      'FREQ=DAILY;BYSETPOS=1',
    ],
    ...['FREQ=DAILY;FREQ=DAILY', 'FREQ=DAILY;BYEASTER=0', 'FREQ=DAILY;SKIP=OMIT', 'FREQ=MONTHLY;BYDAY=0MO'],
  ]) {
    it(`refuses RRULE:${rule}`, () => refusedEvent(start, `RRULE:${rule}`));
  }

  it('refuses a VTIMEZONE without its required parts (§3.6.5)', () => {
    const zone = (...lines: string[]): string =>
      calendar('BEGIN:VTIMEZONE', ...lines, 'END:VTIMEZONE', ...component('VEVENT', start));
    refused(zone(...standard), 'valid-calendar-data');
    refused(zone('TZID:a'), 'valid-calendar-data');
    refused(
      zone('TZID:a', ...standard.filter((line) => !line.startsWith('TZOFFSETTO'))),
      'valid-calendar-data',
    );
    assert.equal(parse(zone('TZID:a', ...standard)).timezones.size, 1);
  });
});

describe('clients.md 41: accepted as sent', () => {
  for (const [what, lines] of [
    ['DTEND beside DURATION:PT0S (Lightning)', [start, 'DTEND:20260105T100000Z', 'DURATION:PT0S']],
    [
      'EXDATE as a date on a timed event (Evolution)',
      [start, 'RRULE:FREQ=DAILY', 'EXDATE;VALUE=DATE:20260106'],
    ],
    ['a space at the end of TZID (Outlook)', ['DTSTART;TZID="Europe/Berlin ":20260105T090000']],
    ['a TZID without VTIMEZONE', ['DTSTART;TZID=Europe/Berlin:20260105T090000']],
    ['a Windows TZID', ['DTSTART;TZID=W. Europe Standard Time:20260105T090000']],
    ['RECURRENCE-ID of another type than DTSTART', [start, 'RECURRENCE-ID;VALUE=DATE:20260105']],
    ['blank lines', [start, '', 'SUMMARY:a', '']],
    ['DTEND equal to DTSTART', [start, 'DTEND:20260105T090000Z']],
    [
      'an unknown property with odd values',
      [start, 'X-APPLE-STRUCTURED-LOCATION;X-TITLE="a, b":geo:52.52,13.4'],
    ],
    ['the year 0 that Google writes', [start, 'CREATED:00001231T000000Z']],
    ['a leap second', ['DTSTART:20161231T235960Z']],
  ] as const) {
    it(what, () => assert.equal(parse(calendar(...component('VEVENT', ...lines))).component, 'VEVENT'));
  }

  it('an end before the start, which leaves no length', () => {
    const at = { start: seconds('2026-01-05T00:00Z'), end: seconds('2026-01-06T00:00Z'), zone: 'UTC' };
    for (const lines of [
      ['DTSTART:20260105T090000Z', 'DTEND:20260105T080000Z'],
      ['DTSTART;VALUE=DATE:20260105', 'DTEND;VALUE=DATE:20260104'],
    ]) {
      const [instance] = instancesOf(event(...lines), at, 1);
      assert.equal(instance?.end, instance?.start);
    }
  });

  it('lines that end in LF alone or in CR CR LF, and a byte order mark', () => {
    for (const lineEnd of ['\n', '\r\r\n']) {
      const text = withEvent('SUMMARY:a', ' b').replaceAll('\r\n', lineEnd);
      const [first] = parse(text).components;
      assert.equal(first?.source.properties.find(({ name }) => name === 'SUMMARY')?.value, 'ab');
    }
    assert.equal(parse(`\ufeff${withEvent()}`).uid, '1@tests.example');
  });

  it('folded lines are one, whatever the fold cuts (§3.1)', () => {
    const [first] = parse(withEvent('SUMM', ' ARY:one', '\t two')).components;
    assert.equal(first?.source.properties.find(({ name }) => name === 'SUMMARY')?.value, 'one two');
  });
});

describe('limits', () => {
  it('are refused, one more than allowed', () => {
    const nested = (depth: number): string[] => [
      ...Array.from({ length: depth }, () => 'BEGIN:X-A'),
      ...Array.from({ length: depth }, () => 'END:X-A'),
    ];
    refused(withEvent(...nested(9)), 'valid-calendar-data');
    refused(withEvent(nested(100_000).join('\r\n')), 'valid-calendar-data');
    refused(withEvent(...Array.from({ length: 20 }, () => 'X-A:1')), 'valid-calendar-data', {
      maxProperties: 20,
    });
    refused(withEvent(...nested(3)), 'valid-calendar-data', { maxComponents: 4 });
    refused(withEvent(`SUMMARY:${'a'.repeat(200)}`), 'valid-calendar-data', { maxLineLength: 100 });
    refused(withEvent('SUMMARY:a', ...Array.from({ length: 200 }, () => ' a')), 'valid-calendar-data', {
      maxLineLength: 100,
    });
    refused(withEvent(`X-A${';B=c'.repeat(501)}:d`), 'valid-calendar-data');
    refused(withEvent('ATTENDEE:mailto:a@b', 'ATTENDEE:mailto:c@d'), 'max-attendees-per-instance', {
      maxAttendees: 1,
    });
    const override = component('VEVENT', start, 'RECURRENCE-ID:20260105T090000Z');
    refused(calendar(...component('VEVENT', start), ...override), 'max-instances', { maxInstances: 1 });
    refused(withEvent(), 'min-date-time', { minDateTime: Date.UTC(2027, 0, 1) / 1000 });
    refused(withEvent(), 'max-date-time', { maxDateTime: Date.UTC(2026, 0, 1) / 1000 });
  });

  it('a hundred thousand EXDATEs, in one line or many, are read', () => {
    const dates = Array.from({ length: 100_000 }, () => '20260106T090000Z');
    const one = event(start, 'RRULE:FREQ=DAILY', `EXDATE:${dates.join(',')}`);
    const many = event(start, 'RRULE:FREQ=DAILY', dates.map((date) => `EXDATE:${date}`).join('\r\n'));
    assert.equal(one.main?.exceptionDates.length, 100_000);
    assert.equal(many.main?.exceptionDates.length, 100_000);
  });

  it('whatever comes, the answer is an object or a CalendarDataError', () => {
    const fragments = fc.constantFrom(
      'BEGIN:',
      'END:',
      'VEVENT',
      'VCALENDAR',
      '\r\n',
      ' ',
      ';',
      ':',
      '=',
      '"',
      ',',
      'UID:1',
      start,
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(fragments, fc.string()), { maxLength: 30 }), (parts) => {
        for (const text of [parts.join(''), withEvent(parts.join(''))]) {
          try {
            parse(text);
          } catch (error) {
            assert.ok(error instanceof CalendarDataError, String(error));
          }
        }
      }),
      { seed: 5_545, numRuns: 500 },
    );
  });
});
