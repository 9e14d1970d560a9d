import assert from 'node:assert/strict';
import {
  CalendarDataError,
  isKnownZone,
  resolveZone,
  zoneOfVtimezone,
} from '../../../dav/icalendar/index.js';
import { calendar, component, iso, parse, seconds } from './objects.js';

function local(text: string): number {
  return seconds(`${text}Z`);
}

const custom = (tzid: string, ...extra: string[]): string[] => [
  'BEGIN:VTIMEZONE',
  `TZID:${tzid}`,
  ...extra,
  ...['BEGIN:STANDARD', 'DTSTART:16010101T030000', 'TZOFFSETFROM:+0400', 'TZOFFSETTO:+0300'],
  ...['RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10', 'END:STANDARD'],
  ...['BEGIN:DAYLIGHT', 'DTSTART:16010101T020000', 'TZOFFSETFROM:+0300', 'TZOFFSETTO:+0400'],
  ...['RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3', 'END:DAYLIGHT'],
  'END:VTIMEZONE',
];

describe('RFC 5545 §3.3.5: local times of IANA zones', () => {
  for (const [zone, time, instant] of [
    ['Europe/Berlin', '2026-01-05T09:00:00', '2026-01-05T08:00:00Z'],
    ['Europe/Berlin', '2026-07-05T09:00:00', '2026-07-05T07:00:00Z'],
    ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00Z'],
    ['Europe/Berlin', '2026-03-29T03:00:00', '2026-03-29T01:00:00Z'],
    ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00Z'],
    ['Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00Z'],
    ['America/Sao_Paulo', '2018-12-01T09:00:00', '2018-12-01T11:00:00Z'],
    ['America/Sao_Paulo', '2026-12-01T09:00:00', '2026-12-01T12:00:00Z'],
    ['Asia/Kathmandu', '2026-01-05T09:00:00', '2026-01-05T03:15:00Z'],
    ['Europe/Berlin', '1890-01-01T00:53:28', '1890-01-01T00:00:00Z'],
    ['Europe/Berlin', '2826-07-05T09:00:00', '2826-07-05T07:00:00Z'],
    ['Africa/Casablanca', '2026-02-25T09:00:00', '2026-02-25T09:00:00Z'],
    ['Africa/Casablanca', '2026-04-25T09:00:00', '2026-04-25T08:00:00Z'],
  ] as const) {
    it(`${time} ${zone}`, () =>
      assert.equal(iso(resolveZone(zone)?.toUtc(local(time)) ?? Number.NaN), instant));
  }

  it('agree with Intl over two centuries, there and back', () => {
    for (const name of ['America/New_York', 'Australia/Lord_Howe', 'Europe/Dublin', 'Asia/Tehran']) {
      const zone = resolveZone(name);
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone: name,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      for (
        let instant = seconds('1900-06-01T00:00:00Z');
        instant < seconds('2100-01-01T00:00:00Z');
        instant += 40_000_011
      ) {
        const expected = `${format.format(instant * 1000).replace(' ', 'T')}Z`;
        assert.equal(iso(zone?.toLocal(instant) ?? Number.NaN), expected, `${name} ${iso(instant)}`);
      }
    }
  });
});

describe('names of zones', () => {
  for (const name of [
    ...[
      'Europe/Berlin',
      'europe/berlin',
      'US/Eastern',
      'Europe/Kyiv',
      'America/Argentina/Buenos_Aires',
      'UTC',
      'Etc/GMT+5',
    ],
    ...['W. Europe Standard Time', 'Eastern Standard Time ', '"Tokyo Standard Time"', 'Europe/Berlin '],
    ...[
      '/freeassociation.sourceforge.net/Europe/Berlin',
      '/mozilla.org/20070129_1/America/New_York',
      '/Europe/Stockholm',
    ],
    ...['/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires', 'posix/Europe/Vaduz'],
  ]) {
    it(`knows ${JSON.stringify(name)}`, () => assert.ok(isKnownZone(name)));
  }

  for (const name of [
    '',
    'Customized Time Zone',
    'IST',
    'PST',
    'Berlin',
    '../etc/passwd',
    '__proto__',
    'constructor',
    'a'.repeat(5_000),
  ]) {
    it(`does not know ${JSON.stringify(name.slice(0, 30))}`, () => assert.ok(!isKnownZone(name)));
  }

  it("an unknown name is the object's own VTIMEZONE, and only that object's", () => {
    const start = 'DTSTART;TZID=My Zone:20260105T090000';
    const object = parse(calendar(...custom('My Zone'), ...component('VEVENT', start)));
    assert.equal(
      iso(resolveZone('My Zone', object)?.toUtc(local('2026-01-05T09:00:00')) ?? 0),
      '2026-01-05T06:00:00Z',
    );
    assert.equal(
      iso(resolveZone('My Zone', object)?.toUtc(local('2926-07-05T09:00:00')) ?? 0),
      '2926-07-05T05:00:00Z',
    );
    assert.equal(resolveZone('My Zone', parse(calendar(...component('VEVENT', start)))), undefined);
    assert.equal(resolveZone('My Zone'), undefined);
  });

  it('a VTIMEZONE under an IANA name does not change what the name means', () => {
    const object = parse(
      calendar(...custom('Europe/Berlin'), ...component('VEVENT', 'DTSTART:20260105T090000Z')),
    );
    assert.equal(
      resolveZone('Europe/Berlin', object)?.toUtc(local('2026-01-05T09:00:00')),
      seconds('2026-01-05T08:00:00Z'),
    );
  });

  it('a VTIMEZONE that changes every second ends', () => {
    const wild = custom('Wild').map((line) =>
      line.replace('FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3', 'FREQ=SECONDLY'),
    );
    const object = parse(
      calendar(...wild, ...component('VEVENT', 'DTSTART;TZID=Wild:20260105T090000', 'RRULE:FREQ=DAILY')),
    );
    assert.ok(Number.isFinite(resolveZone('Wild', object)?.toUtc(local('2026-01-05T09:00:00'))));
  });
});

describe('RFC 4791 §5.2.2: calendar-timezone', () => {
  it('gives the IANA name where there is one', () => {
    assert.equal(zoneOfVtimezone(calendar(...custom('Europe/Berlin'))), 'Europe/Berlin');
    assert.equal(zoneOfVtimezone(calendar(...custom('W. Europe Standard Time'))), 'Europe/Berlin');
    assert.equal(zoneOfVtimezone(calendar(...custom('x', 'X-LIC-LOCATION:Europe/Rome'))), 'Europe/Rome');
    const own = calendar(...custom('Custom'));
    assert.equal(zoneOfVtimezone(own), own);
  });

  it('refuses anything but one VTIMEZONE', () => {
    for (const text of [
      '',
      'x',
      calendar(),
      calendar(...custom('a'), ...custom('b')),
      calendar(...component('VEVENT')),
      custom('a').join('\r\n'),
    ]) {
      assert.throws(() => zoneOfVtimezone(text), CalendarDataError);
    }
  });
});
