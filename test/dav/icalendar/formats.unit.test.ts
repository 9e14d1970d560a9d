import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { CalendarDataError, defaultCalendarLimits as limits } from '../../../dav/icalendar/index.js';
import { fromJcal, fromXcal, toJcal, toXcal } from '../../../dav/icalendar/formats/index.js';
import { readComponents, type Component } from '../../../dav/icalendar/content-lines.js';
import { typedPropertyOf } from '../../../dav/icalendar/formats/typed-property.js';
import { calendar, component } from './objects.js';

const jcal = (text: string): unknown => JSON.parse(toJcal(text, limits));
const viaJcal = (text: string): string => fromJcal(toJcal(text, limits), limits);
const viaXcal = (text: string): string => fromXcal(Buffer.from(toXcal(text, limits)), limits);
/** What a text means, with everything in it that iCalendar lets vary written one way. */
const meaning = (text: string): unknown => readComponents(text, limits).map(meaningOf);
const meaningOf = ({ name, properties, components }: Component): unknown => [
  name,
  properties.map(typedPropertyOf),
  components.map(meaningOf),
];
const lineOf = (property: unknown): string =>
  fromJcal(JSON.stringify(['vcalendar', [property], []]), limits)
    .split('\r\n')
    .slice(1, -2)
    .join('');
const propertyOf = (line: string): unknown =>
  (jcal(['BEGIN:VCALENDAR', line, 'END:VCALENDAR', ''].join('\r\n')) as [unknown, unknown[]])[1][0];
const xmlOf = (line: string): string => {
  const xml = toXcal(['BEGIN:VCALENDAR', line, 'END:VCALENDAR', ''].join('\r\n'), limits);
  return /<properties>(.*)<\/properties>/s.exec(xml)?.[1] ?? '';
};

/** A line of iCalendar, its property in jCal and in xCal. */
const pairs: readonly [string, string, unknown, string][] = [
  [
    'RFC 7265 §3.6.3, §3.5: a calendar user address with parameters',
    'ATTENDEE;PARTSTAT=ACCEPTED;RSVP=TRUE;ROLE=REQ-PARTICIPANT:mailto:jsmith@example.org',
    [
      'attendee',
      { partstat: 'ACCEPTED', rsvp: 'TRUE', role: 'REQ-PARTICIPANT' },
      'cal-address',
      'mailto:jsmith@example.org',
    ],
    '<attendee><parameters><partstat><text>ACCEPTED</text></partstat><rsvp><boolean>true</boolean></rsvp><role><text>REQ-PARTICIPANT</text></role></parameters><cal-address>mailto:jsmith@example.org</cal-address></attendee>',
  ],
  [
    'RFC 7265 §3.5.2: parameters of several values',
    'ATTENDEE;DELEGATED-TO="mailto:jdoe@example.org","mailto:jqpublic@example.org":mailto:jsmith@example.org',
    [
      'attendee',
      { 'delegated-to': ['mailto:jdoe@example.org', 'mailto:jqpublic@example.org'] },
      'cal-address',
      'mailto:jsmith@example.org',
    ],
    '<attendee><parameters><delegated-to><cal-address>mailto:jdoe@example.org</cal-address><cal-address>mailto:jqpublic@example.org</cal-address></delegated-to></parameters><cal-address>mailto:jsmith@example.org</cal-address></attendee>',
  ],
  [
    'RFC 7265 §3.6.1: binary',
    'ATTACH;VALUE=BINARY:SGVsbG8gV29ybGQh',
    ['attach', {}, 'binary', 'SGVsbG8gV29ybGQh'],
    '<attach><binary>SGVsbG8gV29ybGQh</binary></attach>',
  ],
  [
    '§3.6.2: boolean',
    'X-NON-SMOKING;VALUE=BOOLEAN:TRUE',
    ['x-non-smoking', {}, 'boolean', true],
    '<x-non-smoking><boolean>true</boolean></x-non-smoking>',
  ],
  [
    '§3.6.4: a date',
    'DTSTART;VALUE=DATE:20110517',
    ['dtstart', {}, 'date', '2011-05-17'],
    '<dtstart><date>2011-05-17</date></dtstart>',
  ],
  [
    '§3.6.5: a date with time',
    'DTSTAMP:20121017T120000Z',
    ['dtstamp', {}, 'date-time', '2012-10-17T12:00:00Z'],
    '<dtstamp><date-time>2012-10-17T12:00:00Z</date-time></dtstamp>',
  ],
  [
    '§3.6.5: a date with time in a time zone',
    'DTEND;TZID=Europe/Berlin:20111017T130000',
    ['dtend', { tzid: 'Europe/Berlin' }, 'date-time', '2011-10-17T13:00:00'],
    '<dtend><parameters><tzid><text>Europe/Berlin</text></tzid></parameters><date-time>2011-10-17T13:00:00</date-time></dtend>',
  ],
  [
    '§3.6.6: a duration',
    'DURATION:P1D',
    ['duration', {}, 'duration', 'P1D'],
    '<duration><duration>P1D</duration></duration>',
  ],
  [
    '§3.6.7: a number',
    'X-GRADE;VALUE=FLOAT:1.3',
    ['x-grade', {}, 'float', 1.3],
    '<x-grade><float>1.3</float></x-grade>',
  ],
  [
    '§3.6.8: a whole number',
    'PERCENT-COMPLETE:42',
    ['percent-complete', {}, 'integer', 42],
    '<percent-complete><integer>42</integer></percent-complete>',
  ],
  [
    '§3.6.9: a period with a duration',
    'FREEBUSY;FBTYPE=FREE:19970308T160000Z/P1D',
    ['freebusy', { fbtype: 'FREE' }, 'period', ['1997-03-08T16:00:00Z', 'P1D']],
    '<freebusy><parameters><fbtype><text>FREE</text></fbtype></parameters><period><start>1997-03-08T16:00:00Z</start><duration>P1D</duration></period></freebusy>',
  ],
  [
    '§3.6.9: periods with an end',
    'RDATE;VALUE=PERIOD:19970308T160000Z/19970308T170000Z,19970309T160000Z/PT1H',
    [
      'rdate',
      {},
      'period',
      ['1997-03-08T16:00:00Z', '1997-03-08T17:00:00Z'],
      ['1997-03-09T16:00:00Z', 'PT1H'],
    ],
    '<rdate><period><start>1997-03-08T16:00:00Z</start><end>1997-03-08T17:00:00Z</end></period><period><start>1997-03-09T16:00:00Z</start><duration>PT1H</duration></period></rdate>',
  ],
  [
    '§3.6.10: a rule',
    'RRULE:FREQ=YEARLY;COUNT=5;BYDAY=-1SU,2MO;BYMONTH=10',
    ['rrule', {}, 'recur', { freq: 'YEARLY', count: 5, byday: ['-1SU', '2MO'], bymonth: 10 }],
    '<rrule><recur><freq>YEARLY</freq><count>5</count><byday>-1SU</byday><byday>2MO</byday><bymonth>10</bymonth></recur></rrule>',
  ],
  [
    '§3.6.10: a rule with UNTIL',
    'RRULE:FREQ=MONTHLY;UNTIL=20131001;INTERVAL=2;BYMONTHDAY=1,15,-1',
    ['rrule', {}, 'recur', { freq: 'MONTHLY', until: '2013-10-01', interval: 2, bymonthday: [1, 15, -1] }],
    '<rrule><recur><freq>MONTHLY</freq><until>2013-10-01</until><interval>2</interval><bymonthday>1</bymonthday><bymonthday>15</bymonthday><bymonthday>-1</bymonthday></recur></rrule>',
  ],
  [
    'RFC 7529 §8, §9: a rule with RSCALE',
    'RRULE:RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD',
    ['rrule', {}, 'recur', { rscale: 'GREGORIAN', freq: 'YEARLY', skip: 'FORWARD' }],
    '<rrule><recur><rscale>GREGORIAN</rscale><freq>YEARLY</freq><skip>FORWARD</skip></recur></rrule>',
  ],
  [
    '§3.6.11: text',
    'COMMENT:hello\\, world\\nand <more> \\\\ &c',
    ['comment', {}, 'text', 'hello, world\nand <more> \\ &c'],
    '<comment><text>hello, world\nand &lt;more&gt; \\ &amp;c</text></comment>',
  ],
  [
    '§3.6.12: a time',
    'X-TIME-UTC;VALUE=TIME:123000Z',
    ['x-time-utc', {}, 'time', '12:30:00Z'],
    '<x-time-utc><time>12:30:00Z</time></x-time-utc>',
  ],
  [
    '§3.6.13: a URI',
    'TZURL:http://example.org/tz/Europe-Berlin.ics',
    ['tzurl', {}, 'uri', 'http://example.org/tz/Europe-Berlin.ics'],
    '<tzurl><uri>http://example.org/tz/Europe-Berlin.ics</uri></tzurl>',
  ],
  [
    '§3.6.14: an offset',
    'TZOFFSETFROM:-0500',
    ['tzoffsetfrom', {}, 'utc-offset', '-05:00'],
    '<tzoffsetfrom><utc-offset>-05:00</utc-offset></tzoffsetfrom>',
  ],
  [
    'an offset with seconds',
    'TZOFFSETTO:+005328',
    ['tzoffsetto', {}, 'utc-offset', '+00:53:28'],
    '<tzoffsetto><utc-offset>+00:53:28</utc-offset></tzoffsetto>',
  ],
  [
    '§3.4.1.2: several values',
    'CATEGORIES:a\\,b,c',
    ['categories', {}, 'text', 'a,b', 'c'],
    '<categories><text>a,b</text><text>c</text></categories>',
  ],
  [
    '§3.4.1.3: a structured value',
    'GEO:37.386013;-122.082932',
    ['geo', {}, 'float', [37.386013, -122.082932]],
    '<geo><latitude>37.386013</latitude><longitude>-122.082932</longitude></geo>',
  ],
  [
    '§3.4.1.3: a structured text',
    'REQUEST-STATUS:2.0;Success\\, really',
    ['request-status', {}, 'text', ['2.0', 'Success, really']],
    '<request-status><code>2.0</code><description>Success, really</description></request-status>',
  ],
  [
    '§5.3: a property that is not known',
    'X-COMPLAINT-DEADLINE:20110512T120000Z',
    ['x-complaint-deadline', {}, 'unknown', '20110512T120000Z'],
    '<x-complaint-deadline><unknown>20110512T120000Z</unknown></x-complaint-deadline>',
  ],
  [
    '§5.3: its value is not processed',
    'X-COFFEE-DATA:Stenophylla;Guinea\\,Africa',
    ['x-coffee-data', {}, 'unknown', 'Stenophylla;Guinea\\,Africa'],
    '<x-coffee-data><unknown>Stenophylla;Guinea\\,Africa</unknown></x-coffee-data>',
  ],
  [
    '§5.3: a parameter that is not known',
    'DTSTART;X-SLACK=30.3;VALUE=DATE:20110512',
    ['dtstart', { 'x-slack': '30.3' }, 'date', '2011-05-12'],
    '<dtstart><parameters><x-slack><unknown>30.3</unknown></x-slack></parameters><date>2011-05-12</date></dtstart>',
  ],
  [
    'RFC 6868: encoded parameters',
    "ATTENDEE;CN=George Herman ^'Babe^' Ruth^nof ^^:mailto:babe@example.com",
    ['attendee', { cn: 'George Herman "Babe" Ruth\nof ^' }, 'cal-address', 'mailto:babe@example.com'],
    '<attendee><parameters><cn><text>George Herman "Babe" Ruth\nof ^</text></cn></parameters><cal-address>mailto:babe@example.com</cal-address></attendee>',
  ],
];

describe('RFC 7265 jCal and RFC 6321 xCal: a property in the three notations', () => {
  for (const [what, line, json, xml] of pairs) {
    it(what, () => {
      assert.deepEqual(propertyOf(line), json);
      assert.equal(xmlOf(line), xml);
      const folded = (text: string): string =>
        text
          .replace(/^BEGIN:VCALENDAR\r\n|END:VCALENDAR\r\n$/g, '')
          .replace(/\r\n /g, '')
          .trimEnd();
      const text = ['BEGIN:VCALENDAR', line, 'END:VCALENDAR', ''].join('\r\n');
      assert.deepEqual(meaning(viaJcal(text)), meaning(text));
      assert.deepEqual(meaning(viaXcal(text)), meaning(text));
      assert.equal(folded(viaXcal(text)).length, folded(viaJcal(text)).length);
    });
  }

  it('a value that is not of its type is of an unknown one, and stays as it is', () => {
    assert.deepEqual(propertyOf('PRIORITY:high'), ['priority', {}, 'unknown', 'high']);
    assert.equal(lineOf(['priority', {}, 'unknown', 'high']), 'PRIORITY:high');
    assert.deepEqual(propertyOf('EXDATE:20260105'), ['exdate', {}, 'unknown', '20260105']);
  });

  it('§3.5.2, §3.6.10: one value may stand in an array', () => {
    assert.equal(
      lineOf(['rrule', {}, 'recur', { freq: 'DAILY', byday: ['MO'], bymonth: [1] }]),
      'RRULE:FREQ=DAILY;BYDAY=MO;BYMONTH=1',
    );
    assert.equal(lineOf(['summary', { language: ['de'] }, 'text', 'a']), 'SUMMARY;LANGUAGE=de:a');
  });

  it('§3.5.1: the type is told by VALUE unless it is the default or unknown', () => {
    assert.equal(lineOf(['dtstart', {}, 'date', '2011-05-17']), 'DTSTART;VALUE=DATE:20110517');
    assert.equal(lineOf(['X-a', {}, 'text', 'b;c']), 'X-A;VALUE=TEXT:b\\;c');
    assert.equal(lineOf(['x-a', {}, 'unknown', 'b;c']), 'X-A:b;c');
  });
});

describe('RFC 7265 and RFC 6321: whole objects there and back', () => {
  const folder = new URL('../../../../fixtures/dav/calendar-query/', import.meta.url);
  const stored = ['appendix-b', 'times'].flatMap((at) =>
    readdirSync(new URL(at, folder))
      .filter((name) => name.endsWith('.ics'))
      .map((name) => `${at}/${name}`),
  );
  it('has objects to check', () => assert.ok(stored.length >= 15));
  for (const name of stored) {
    it(name, () => {
      const text = readFileSync(new URL(name, folder), 'utf8');
      assert.deepEqual(meaning(viaJcal(text)), meaning(text));
      assert.deepEqual(meaning(viaXcal(text)), meaning(text));
    });
  }

  const name = fc.stringMatching(/^[A-Z]{1,8}(-[A-Z]{1,8})?$/);
  const character = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...Array.from('ab ;:,\\"^\'<>&=äß€😀')) },
    { weight: 1, arbitrary: fc.stringMatching(/^[ -~]$/) },
  );
  const value = fc.array(character, { maxLength: 60 }).map((parts) => parts.join(''));
  const parameterValue = value.map((text) => `"${text.replaceAll('"', '')}"`);
  const typed = fc.oneof(
    fc.constantFrom(
      'SUMMARY',
      'CATEGORIES',
      'X-NOTE',
      'LOCATION',
      'RESOURCES',
      'URL',
      'REQUEST-STATUS',
      'GEO',
      'PRIORITY',
      'FREEBUSY',
    ),
    name,
  );
  const parameters = fc.array(
    fc.tuple(
      fc.constantFrom('CN', 'X-P', 'LANGUAGE', 'DELEGATED-TO'),
      fc.array(parameterValue, { minLength: 1, maxLength: 3 }),
    ),
    { maxLength: 3 },
  );
  const line = fc
    .tuple(typed, parameters, value)
    .filter(([property]) => property !== 'BEGIN' && property !== 'END')
    .map(([property, given, text]) => {
      const written = given.map(([key, values]) => `;${key}=${values.join(',')}`).join('');
      return `${property}${written}:${text}`;
    });

  it('any property comes back as it was meant', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const text = calendar(...component('VEVENT', ...lines, ...component('VALARM', ...lines)));
        const before = meaning(text);
        assert.deepEqual(meaning(viaJcal(text)), before);
        assert.deepEqual(meaning(viaXcal(text)), before);
        assert.equal(toJcal(viaJcal(text), limits), toJcal(text, limits));
        assert.equal(toXcal(viaXcal(text), limits), toXcal(text, limits));
      }),
      { numRuns: 100 },
    );
  });
});

describe('what is no jCal and no xCal', () => {
  for (const json of [
    '',
    '{',
    'null',
    '1',
    '"vcalendar"',
    '{}',
    '[]',
    '[1,[],[]]',
    '["vcalendar"]',
    '["v calendar",[],[]]',
    '["vcalendar",{},[]]',
    '["vcalendar",[[]],[]]',
    '["vcalendar",[["a",{},"text"]],[]]',
    '["vcalendar",[["a",[],"text","b"]],[]]',
    '["vcalendar",[["a",{"b":1},"text","c"]],[]]',
    '["vcalendar",[["a",{"value":"x"},"text","c"]],[]]',
    '["vcalendar",[["a\\nb",{},"text","c"]],[]]',
    '["vcalendar",[["x-a",{},"unknown","b\\r\\nEND:VCALENDAR"]],[]]',
    '["vcalendar",[["x-a",{},"uri","b\\nc"]],[]]',
    '["vcalendar",[["a",{},"te xt","b"]],[]]',
    '["vcalendar",[["a",{},"date","20260101"]],[]]',
    '["vcalendar",[["a",{},"integer",1.5]],[]]',
    '["vcalendar",[["a",{},"integer","1"]],[]]',
    '["vcalendar",[["a",{},"recur",{"freq":{}}]],[]]',
    '["vcalendar",[["a",{},"recur",{"freq":"A\\nB"}]],[]]',
    '["vcalendar",[["a",{},"recur",{"f=;":"A"}]],[]]',
    '["vcalendar",[["a",{},"recur",{}]],[]]',
    '["vcalendar",[["a",{},"period",["2026-01-01T00:00:00Z"]]],[]]',
    '["vcalendar",[["a",{},"text",null]],[]]',
    `${'["a",[],['.repeat(30)}${']]'.repeat(30)}`,
  ]) {
    it(`not ${json.slice(0, 60)}`, () => assert.throws(() => fromJcal(json, limits), CalendarDataError));
  }
  const inside = (content: string): string =>
    `<icalendar xmlns="urn:ietf:params:xml:ns:icalendar-2.0"><vcalendar>${content}</vcalendar></icalendar>`;
  for (const xml of [
    '',
    '<a',
    '<icalendar/>',
    '<vcalendar xmlns="urn:ietf:params:xml:ns:icalendar-2.0"/>',
    '<icalendar xmlns="urn:ietf:params:xml:ns:icalendar-2.0"/>',
    '<icalendar xmlns="urn:ietf:params:xml:ns:icalendar-2.0"><vcalendar/><vcalendar/></icalendar>',
    inside('<properties><a/></properties>'),
    inside('<properties><a>text</a></properties>'),
    inside('<properties><a><date>20260101</date></a></properties>'),
    inside('<properties><a><integer/></a></properties>'),
    inside('<properties><a><text>b</text><uri>c</uri></a></properties>'),
    inside('<properties><a><unknown>b&#10;END:VCALENDAR</unknown></a></properties>'),
    inside('<properties><ä><text>b</text></ä></properties>'),
    inside('<components>'.repeat(60) + '</components>'.repeat(60)),
  ]) {
    it(`not ${xml.slice(0, 120)}`, () =>
      assert.throws(() => fromXcal(Buffer.from(xml), limits), CalendarDataError));
  }
  it('a name that XML cannot write is refused, not written', () => {
    assert.throws(() => toXcal(calendar('9LIVES:a'), limits), CalendarDataError);
  });
});
