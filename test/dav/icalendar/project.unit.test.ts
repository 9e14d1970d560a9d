import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { readProjection } from '../../../dav/caldav/projection-request.js';
import {
  CalendarDataError,
  defaultCalendarLimits,
  ExpansionError,
  projectCalendarData,
  type CalendarProjection,
  type ProjectionOptions,
} from '../../../dav/icalendar/index.js';
import { parseXml } from '../../../dav/xml/parse.js';
import { calendar, component, parse, seconds } from './objects.js';

/** NAME.json says what is asked of which stored object, NAME.ics what comes; a new pair is a new test. */
const folder = new URL('../../../../fixtures/icalendar/project/', import.meta.url);
const caseShape = z.strictObject({
  section: z.string(),
  about: z.string(),
  stored: z.string(),
  zone: z.string().default('UTC'),
  calendarData: z.string(),
});
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length));

function projectionOf(inside: string): CalendarProjection {
  const text = `<C:calendar-data xmlns:C="urn:ietf:params:xml:ns:caldav">${inside}</C:calendar-data>`;
  const projection = readProjection(
    parseXml(Buffer.from(text), { maxBytes: 10_000, maxDepth: 20, maxElements: 200 }),
  );
  assert.ok(projection);
  return projection;
}

const options: ProjectionOptions = {
  zone: 'UTC',
  limits: defaultCalendarLimits,
  maxInstances: 1_000,
  maxCharacters: 1_000_000,
};

function project(text: string, inside: string, over: Partial<ProjectionOptions> = {}): string {
  return projectCalendarData(Buffer.from(text), projectionOf(inside), { ...options, ...over });
}

const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

describe('RFC 4791 §9.6 parts of calendar objects (fixtures/icalendar/project)', () => {
  it('has fixtures to check', () => assert.ok(names.length >= 20));

  for (const name of names) {
    const { section, about, stored, zone, calendarData } = caseShape.parse(JSON.parse(read(`${name}.json`)));
    it(`${section} ${name}: ${about}`, () => {
      assert.equal(project(read(`stored/${stored}.ics`), calendarData, { zone }), read(`${name}.ics`));
    });
    it(`${name}: the same with LF as line end`, () => {
      const lineFeeds = (text: string): string => text.replaceAll('\r\n', '\n');
      const got = project(lineFeeds(read(`stored/${stored}.ics`)), calendarData, { zone });
      assert.equal(got, lineFeeds(read(`${name}.ics`)));
    });
  }
});

describe('RFC 4791 §9.6.5 expand within bounds', () => {
  const daily = calendar(...component('VEVENT', 'DTSTART:20260105T090000Z', 'RRULE:FREQ=DAILY', 'SUMMARY:a'));
  const days = (count: number): string => {
    const end = new Date(Date.UTC(2026, 0, 5 + count)).toISOString().slice(0, 10).replaceAll('-', '');
    return `<C:expand start="20260105T000000Z" end="${end}T000000Z"/>`;
  };

  it('gives as many instances as allowed, and refuses one more', () => {
    assert.equal(project(daily, days(10), { maxInstances: 10 }).match(/BEGIN:VEVENT/g)?.length, 10);
    assert.throws(() => project(daily, days(11), { maxInstances: 10 }), ExpansionError);
  });

  it('refuses more text than allowed, but one instance however long', () => {
    assert.throws(() => project(daily, days(10), { maxCharacters: 500 }), ExpansionError);
    assert.match(project(daily, days(1), { maxCharacters: 10 }), /SUMMARY:a/);
  });

  it('refuses a rule that takes more work than one object may', () => {
    const costly = daily.replace(
      'FREQ=DAILY',
      'FREQ=SECONDLY;BYSECOND=59;BYMINUTE=59;BYHOUR=23;BYDAY=MO;BYMONTHDAY=31',
    );
    const range = '<C:expand start="20260105T000000Z" end="99990101T000000Z"/>';
    assert.throws(() => project(costly, range, { maxInstances: 1_000_000 }), ExpansionError);
  });

  it("reads a TZID that nobody knows on the collection's clock", () => {
    const unknown = daily.replace('DTSTART:20260105T090000Z', 'DTSTART;TZID=Nowhere:20260105T090000');
    assert.match(project(unknown, days(1), { zone: 'Asia/Tokyo' }), /^DTSTART:20260105T000000Z\r$/m);
  });

  it('leaves what cannot be expanded as it is stored', () => {
    for (const text of [
      daily.replace('FREQ=DAILY', 'RSCALE=CHINESE;FREQ=YEARLY'),
      calendar(...component('VAVAILABILITY', 'DTSTART;TZID=Europe/Berlin:20260105T090000')),
    ]) {
      assert.equal(project(text, days(3)), text);
    }
  });

  it('writes a time before the year 0 as the first that four digits can write', () => {
    const early = calendar(
      ...component('VEVENT', 'DTSTART;TZID=Europe/Berlin:00000101T000000', 'DTEND:20260105T000001Z'),
    );
    assert.match(project(early, days(1)), /^DTSTART:00000101T000000Z\r\nDTEND:20260105T000001Z\r$/m);
  });

  it('gives calendar data that can be read again, with the same instances', () => {
    const text = project(daily, days(30));
    const object = parse(text);
    assert.equal(object.components.length, 30);
    assert.equal(object.components[29]?.start?.local, seconds('2026-02-03T09:00Z'));
  });

  it('throws for what is no calendar data', () => {
    assert.throws(() => project('no calendar', days(1)), CalendarDataError);
  });
});

describe('RFC 5545 §3.1 lines that are written anew', () => {
  it('are folded at 75 octets, between characters', () => {
    const value = 'ä€\u{1F600}x'.repeat(40);
    const text = calendar(
      ...component('VEVENT', 'DTSTART:20260105T090000Z', `X-NOTE;TZID=Europe/Berlin:${value}`),
    );
    const range = '<C:expand start="20260105T000000Z" end="20260106T000000Z"/>';
    const projected = project(text, range);
    for (const line of projected.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
    const note = parse(projected).components[0]?.source.properties.find(({ name }) => name === 'X-NOTE');
    assert.equal(note?.value, value);
    assert.deepEqual(note.parameters, []);
  });

  it('have no value where it is not wanted, whatever folds stand before and in it', () => {
    const noValue =
      '<C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="X-A" novalue="yes"/></C:comp></C:comp>';
    const start = 'DTSTART:20260105T090000Z';
    for (const [line, kept] of [
      ['X-A:', 'X-A:'],
      ['X-A:\r\n b', 'X-A:'],
      ['X-A:\r\n \r\n\tb\r\n c', 'X-A:'],
      ['X-A;B="c:\r\n :d":e:f', 'X-A;B="c:\r\n :d":'],
      [`X-A:a${'\r'.repeat(100_000)}\n b`, 'X-A:'],
    ] as const) {
      assert.equal(
        project(calendar(...component('VEVENT', start, line)), noValue),
        `BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n${kept}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
      );
    }
  });
});

describe('RFC 4791 §9.6 what a request may say', () => {
  for (const inside of [
    '<C:comp name="VEVENT"/>',
    '<C:comp/>',
    '<C:expand start="20260105T000000Z"/>',
    '<C:expand start="20260105T000000Z" end="20260105T000000Z"/>',
    '<C:expand start="20260105T000000" end="20260106T000000"/>',
    '<C:limit-recurrence-set end="20260105T000000Z"/>',
    '<C:limit-freebusy-set start="20260105T000000Z"/>',
    '<C:limit-freebusy-set start="20260105T000000Z" end="20260104T000000Z"/>',
    '<C:expand start="20260105T000000Z" end="20260106T000000Z"/><C:limit-recurrence-set start="20260105T000000Z" end="20260106T000000Z"/>',
  ]) {
    it(`not ${inside}`, () => {
      assert.throws(() => projectionOf(inside), { status: 400 });
    });
  }
});
