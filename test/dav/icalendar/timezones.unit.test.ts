import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  defaultCalendarLimits,
  resolveZone,
  vtimezoneStart,
  vtimezoneText,
  VTIMEZONE_VERSION,
  withTimezones,
  zoneOfVtimezone,
} from '../../../dav/icalendar/index.js';
import { readComponents } from '../../../dav/icalendar/content-lines.js';
import { vtimezoneZone } from '../../../dav/icalendar/zones/vtimezone.js';
import { calendar, component, parse, seconds } from './objects.js';

const written = (tzid: string): string => {
  const text = vtimezoneText(tzid);
  assert.ok(text, tzid);
  return text;
};

describe('RFC 5545 §3.6.5: a VTIMEZONE made for a zone that has only a name', () => {
  // With rules and without, of both hemispheres, with half an hour, with a day left out, and with changed minds.
  const zones = [
    ...['UTC', 'Europe/Berlin', 'Europe/Dublin', 'America/New_York', 'America/Sao_Paulo', 'Asia/Kathmandu'],
    ...['Australia/Lord_Howe', 'Pacific/Apia', 'Africa/Casablanca', 'Asia/Gaza', 'Asia/Tehran'],
    ...['Africa/Cairo', 'America/Nuuk', 'W. Europe Standard Time', 'Africa/El_Aaiun', 'America/Scoresbysund'],
    ...['Asia/Hebron', 'Asia/Jerusalem'],
  ];
  for (const tzid of zones) {
    it(`${tzid}: read again, its clock is the zone’s from 2000 to 2099`, () => {
      const [timezone] = readComponents(written(tzid), defaultCalendarLimits);
      const made = timezone && vtimezoneZone(timezone);
      const zone = resolveZone(tzid);
      assert.ok(made && zone);
      assert.equal(made.name, tzid);
      const instant = fc.integer({ min: vtimezoneStart, max: seconds('2099-12-31') });
      fc.assert(
        fc.property(instant, (utc) => assert.equal(made.toLocal(utc), zone.toLocal(utc))),
        { numRuns: 500 },
      );
    });
  }

  it('goes on by a rule where the last years follow one', () => {
    assert.match(written('Europe/Berlin'), /RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n/);
    assert.match(written('America/New_York'), /RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\n/);
    assert.doesNotMatch(written('Asia/Kathmandu'), /RRULE/);
  });

  it('one version is always written in the same way: the entity tags of the time zone service depend on it', () => {
    const text = [
      ...['BEGIN:VTIMEZONE', 'TZID:Asia/Pyongyang'],
      ...[
        'BEGIN:STANDARD',
        'DTSTART:20000101T090000',
        'TZOFFSETFROM:+0900',
        'TZOFFSETTO:+0900',
        'END:STANDARD',
      ],
      ...[
        'BEGIN:STANDARD',
        'DTSTART:20150815T000000',
        'TZOFFSETFROM:+0900',
        'TZOFFSETTO:+0830',
        'END:STANDARD',
      ],
      ...[
        'BEGIN:STANDARD',
        'DTSTART:20180504T233000',
        'TZOFFSETFROM:+0830',
        'TZOFFSETTO:+0900',
        'END:STANDARD',
      ],
      ...['END:VTIMEZONE', ''],
    ];
    assert.deepEqual([VTIMEZONE_VERSION, written('Asia/Pyongyang')], [2, text.join('\r\n')]);
  });

  it('is valid as a CALDAV:calendar-timezone, and there is none for a name that nobody knows', () => {
    assert.equal(zoneOfVtimezone(calendar(written('Asia/Tokyo').trimEnd())), 'Asia/Tokyo');
    assert.equal(vtimezoneText('Nowhere/Land'), undefined);
  });
});

describe('RFC 7809 §3.1.3: calendar data with and without VTIMEZONE components', () => {
  const own = [
    ...['BEGIN:VTIMEZONE', 'TZID:My Time', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'],
    ...['TZOFFSETFROM:+0300', 'TZOFFSETTO:+0300', 'END:STANDARD', 'END:VTIMEZONE'],
  ];
  const meeting = component(
    'VEVENT',
    'DTSTART;TZID=Europe/Berlin:20260105T090000',
    'DTEND;TZID=My Time:20260105T150000',
    'EXDATE;TZID="Nowhere/Land":20260105T090000',
  );
  const berlin = written('Europe/Berlin').trimEnd().split('\r\n');
  const T = (text: string): string => withTimezones(text, 'T', defaultCalendarLimits);
  const F = (text: string): string => withTimezones(text, 'F', defaultCalendarLimits);

  it('T adds those that are missing and known; F takes away those of IANA zones alone', () => {
    const without = calendar(...own, ...meeting);
    const all = calendar(...berlin, ...own, ...meeting);
    assert.equal(T(without), all);
    assert.equal(F(all), without);
    assert.equal(T(all), all);
    assert.equal(F(without), without);
  });

  it('one that only has a name of Windows stays: it is no identifier of a distribution service', () => {
    const named = calendar(
      ...own.map((line) => line.replace('My Time', 'W. Europe Standard Time')),
      ...meeting,
    );
    assert.equal(F(named), named);
  });

  it('data that a VTIMEZONE was added to can be stored', () => {
    assert.equal(parse(T(calendar(...own, ...meeting))).timezones.size, 2);
  });
});
