import assert from 'node:assert/strict';
import { MergedCalendar } from '../../dav/index.js';
import { defaultCalendarLimits, parseCalendarObject } from '../../dav/icalendar/index.js';

const zone = (tzid: string, offset = '+0100'): string[] => [
  'BEGIN:VTIMEZONE',
  `TZID:${tzid}`,
  'BEGIN:STANDARD',
  'DTSTART:19700101T000000',
  `TZOFFSETFROM:${offset}`,
  `TZOFFSETTO:${offset}`,
  'END:STANDARD',
  'END:VTIMEZONE',
];
const event = (uid: string, tzid: string, ...more: string[]): string[] => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  'DTSTAMP:20260101T000000Z',
  `DTSTART;TZID=${tzid}:20260105T100000`,
  ...more,
  'END:VEVENT',
];
const object = (lines: readonly string[], end = '\r\n'): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//else//EN',
    'METHOD:PUBLISH',
    ...lines,
    'END:VCALENDAR',
    '',
  ].join(end);

function merged(...objects: readonly string[]): string {
  const calendar = new MergedCalendar();
  return (
    calendar.begin('Work, and more; \\ "x"') +
    objects.map((each) => calendar.add(each)).join('') +
    calendar.end()
  );
}

const count = (text: string, line: string): number =>
  text.split('\r\n').filter((each) => each === line).length;

describe('RFC 5545 §3.4 many objects as one stream', () => {
  it('hold each component as it is, and each time zone once', () => {
    const text = merged(
      object([...zone('Europe/Zurich'), ...event('1', 'Europe/Zurich', 'SUMMARY:Tea')]),
      object([...event('2', 'Europe/Zurich'), ...zone('Europe/Zurich', '+0200')], '\n'),
      object(['BEGIN:VTODO', 'UID:3', 'DTSTAMP:20260101T000000Z', 'END:VTODO']),
    );
    assert.equal(count(text, 'BEGIN:VCALENDAR'), 1);
    assert.equal(count(text, 'END:VCALENDAR'), 1);
    assert.equal(count(text, 'BEGIN:VTIMEZONE'), 1);
    assert.equal(count(text, 'BEGIN:VEVENT'), 2);
    assert.equal(count(text, 'BEGIN:VTODO'), 1);
    assert.equal(count(text, 'SUMMARY:Tea'), 1);
    assert.equal(count(text, 'METHOD:PUBLISH'), 0);
    assert.equal(count(text, String.raw`NAME:Work\, and more\; \\ "x"`), 1);
    assert.ok(!/[^\r]\n/.test(text), 'every line ends in CR LF');
  });

  it('keep apart what two objects call by one name of their own', () => {
    const own = 'Customized Time Zone';
    const text = merged(
      object([...zone(own, '+0100'), ...event('1', own)]),
      object([...zone(own, '+0500'), ...event('2', own, `EXDATE;TZID="${own}":20260112T100000`)]),
      object([...zone(own, '+0100'), ...event('3', own)]),
      object([...zone(own, '+0500'), ...event('4', own)]),
    );
    assert.equal(count(text, 'BEGIN:VTIMEZONE'), 2);
    assert.equal(count(text, `TZID:${own}`), 1);
    assert.equal(count(text, `TZID:${own} (2)`), 1);
    assert.equal(count(text, `DTSTART;TZID=${own}:20260105T100000`), 2);
    assert.equal(count(text, `DTSTART;TZID=${own} (2):20260105T100000`), 2);
    assert.equal(count(text, `EXDATE;TZID="${own} (2)":20260112T100000`), 1);
  });

  it('leave folded lines folded, and text that looks like a component alone', () => {
    const lines = ['SUMMARY:BEGIN:VTIMEZONE', 'DESCRIPTION:a long', '  line\\nEND:VEVENT', 'COMMENT:x'];
    const text = merged(object(event('1', 'Europe/Zurich', ...lines)));
    assert.ok(text.includes(lines.join('\r\n')));
    assert.equal(count(text, 'END:VEVENT'), 1);
  });

  it('are read again, object by object, as calendar data', () => {
    const one = new MergedCalendar();
    const text =
      one.begin('x') + one.add(object([...zone('Own/Zone'), ...event('1', 'Own/Zone')])) + one.end();
    assert.equal(parseCalendarObject(Buffer.from(text), defaultCalendarLimits).uid, '1');
  });
});
