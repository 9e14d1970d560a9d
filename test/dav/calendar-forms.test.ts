import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { text } from '../../dav/xml/element.js';
import { caldav, dav } from '../../dav/xml/names.js';
import { element } from '../../dav/xml/write.js';
import { multistatus, only, parse, property } from './answers.js';
import { calendarQueryBody, multigetBody } from './bodies.js';
import { breakObject } from './broken-object.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendar, component } from './icalendar/objects.js';
import { event } from './requests.js';
import type { Answer } from './requests.js';

const JSON_TYPE = 'application/calendar+json';
const XML_TYPE = 'application/calendar+xml';
const stored = calendar(
  ...component('VEVENT', 'DTSTART;TZID=Asia/Tokyo:20260105T090000', 'SUMMARY:a\\, b', 'RRULE:FREQ=DAILY'),
);
/** The properties of the first component in jCal, by name. */
function jcalProperties(json: string): Map<string, unknown> {
  const [name, , [first]] = JSON.parse(json) as [string, unknown, [string, [string, ...unknown[]][]][]];
  assert.equal(name, 'vcalendar');
  return new Map(first?.[1].map(([each, ...rest]) => [each, rest]));
}

describe('RFC 4791 §5.2.4, §9.6: calendar objects as jCal (RFC 7265) and xCal (RFC 6321)', () => {
  const suite = davSuite();
  let path: string;
  let etag: string;
  before(async () => {
    path = await suite.newCollection();
    etag = await suite.put(`${path}a`, stored);
  });
  const calendarData = (attributes: string, inside = ''): string =>
    element(caldav('calendar-data'), inside, attributes);
  const report = (written: string, filter = calendarQueryBody()): Promise<Answer> =>
    suite.send('REPORT', path, { body: filter.replace('<D:getetag/>', `<D:getetag/>${written}`) });

  it('supported-calendar-data names what is given and taken', async () => {
    const [response] = await suite.propfind(path, [caldav('supported-calendar-data')]);
    const listed = property(response, caldav('supported-calendar-data')).content.flatMap((each) =>
      typeof each === 'string' ? [] : [[each.name, Object.fromEntries(each.attributes)]],
    );
    assert.deepEqual(
      listed,
      ['text/calendar', JSON_TYPE, XML_TYPE].map((type) => [
        caldav('calendar-data'),
        { 'content-type': type, version: '2.0' },
      ]),
    );
  });

  describe('in reports', () => {
    it('come in the form that content-type names, and the element says which', async () => {
      for (const body of [
        calendarQueryBody(),
        multigetBody('calendar', [`${path}a`]).replace(/<C:calendar-data\/>/, ''),
      ]) {
        const answer = await report(calendarData(` content-type="${JSON_TYPE}" version="2.0"`), body);
        const data = property(multistatus(answer.body)[0], caldav('calendar-data'));
        assert.deepEqual(Object.fromEntries(data.attributes), { 'content-type': JSON_TYPE, version: '2.0' });
        const properties = jcalProperties(text(data));
        assert.deepEqual(properties.get('summary'), [{}, 'text', 'a, b']);
        assert.deepEqual(properties.get('dtstart'), [
          { tzid: 'Asia/Tokyo' },
          'date-time',
          '2026-01-05T09:00:00',
        ]);
        assert.equal(text(property(multistatus(answer.body)[0], dav('getetag'))), etag);
      }
      const answer = await report(calendarData(` content-type="${XML_TYPE}"`));
      const data = property(multistatus(answer.body)[0], caldav('calendar-data'));
      const root = parse(text(data));
      assert.equal(root.name, '{urn:ietf:params:xml:ns:icalendar-2.0}icalendar');
    });

    it('text/calendar is as it is stored, without a word of its type', async () => {
      for (const attributes of [
        '',
        ' content-type="text/calendar" version="2.0"',
        ' content-type="Text/Calendar"',
      ]) {
        const data = property(
          multistatus((await report(calendarData(attributes))).body)[0],
          caldav('calendar-data'),
        );
        assert.equal(text(data), stored);
        assert.equal(data.attributes.size, 0);
      }
    });

    it('together with expansion and selection', async () => {
      const inside =
        '<C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="DTSTART"/></C:comp></C:comp>' +
        '<C:expand start="20260106T000000Z" end="20260107T000000Z"/>';
      const answer = await report(calendarData(` content-type="${JSON_TYPE}"`, inside));
      const data = property(multistatus(answer.body)[0], caldav('calendar-data'));
      assert.deepEqual(
        [...jcalProperties(text(data))],
        [['dtstart', [{}, 'date-time', '2026-01-06T00:00:00Z']]],
      );
    });

    it('another type or version is refused with CALDAV:supported-calendar-data', async () => {
      for (const attributes of [
        ' content-type="text/xml"',
        ` content-type="${JSON_TYPE}" version="3.0"`,
        ' version="1.0"',
      ]) {
        assertRefused(await report(calendarData(attributes)), 403, caldav('supported-calendar-data'));
      }
    });

    it('an object that cannot be read is told by itself, and the rest is given', async () => {
      const other = await suite.newCollection();
      for (const name of ['good', 'broken']) await suite.put(other + name, event(name));
      await breakObject(suite.server.database, 'broken', 'BEGIN:VCALENDAR and nonsense');
      const body = calendarQueryBody().replace('<D:getetag/>', calendarData(` content-type="${JSON_TYPE}"`));
      const responses = multistatus((await suite.send('REPORT', other, { body })).body);
      assert.deepEqual(
        responses.map(({ href, order, errors }) => [href.slice(other.length), order, errors[0]]),
        [
          ['good', [200], undefined],
          ['broken', [403], caldav('supported-calendar-data')],
        ],
      );
    });
  });

  describe('RFC 9110 §12.5.1: GET with Accept', () => {
    const get = (headers: Record<string, string>, method = 'GET'): Promise<Answer> =>
      suite.send(method, `${path}a`, { headers });

    for (const accept of [
      '*/*',
      'text/calendar',
      'text/*',
      'application/*',
      'text/html',
      `${JSON_TYPE};q=0`,
      `text/calendar, ${JSON_TYPE};q=0.9`,
      `${JSON_TYPE}, text/calendar`,
    ]) {
      it(`${accept}: as it is stored`, async () => {
        const answer = await get({ Accept: accept });
        assert.equal(answer.body, stored);
        assert.equal(answer.headers.get('etag'), etag);
        assert.match(
          answer.headers.get('content-type') ?? '',
          /^text\/calendar; charset=utf-8; component=VEVENT$/,
        );
        assert.match(answer.headers.get('vary') ?? '', /\bAccept\b/);
      });
    }

    it('jCal and xCal where they are wanted by name more than iCalendar', async () => {
      const json = await get({ Accept: `text/calendar;q=0.5, ${JSON_TYPE}` });
      assert.deepEqual(jcalProperties(json.body).get('summary'), [{}, 'text', 'a, b']);
      assert.equal(json.headers.get('content-type'), `${JSON_TYPE}; component=VEVENT`);
      const xml = await get({ Accept: XML_TYPE });
      assert.equal(
        only(parse(xml.body), '{urn:ietf:params:xml:ns:icalendar-2.0}vcalendar').content.length,
        2,
      );
      assert.equal(xml.headers.get('content-type'), `${XML_TYPE}; charset=utf-8; component=VEVENT`);
      const tags = [json, xml].map(({ headers }) => headers.get('etag'));
      assert.deepEqual(
        tags,
        ['json', 'xml'].map((form) => `W/${etag.slice(0, -1)}.${form}"`),
      );
      const head = await get({ Accept: XML_TYPE }, 'HEAD');
      assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(xml.body)));
    });

    it('304 for the form that the client has, and a form’s tag is good for If-Match', async () => {
      const tag = (await get({ Accept: JSON_TYPE })).headers.get('etag') ?? '';
      assert.equal((await get({ Accept: JSON_TYPE, 'If-None-Match': tag })).status, 304);
      assert.equal((await get({ 'If-None-Match': tag })).status, 200);
      assert.equal((await get({ Accept: JSON_TYPE, 'If-None-Match': etag })).status, 200);
      const other = `${path}conditional`;
      await suite.put(other, event('conditional'));
      const seen = await suite.send('GET', other, { headers: { Accept: JSON_TYPE } });
      const headers = { 'Content-Type': JSON_TYPE, 'If-Match': seen.headers.get('etag') ?? '' };
      const changed = seen.body.replace('"Test"', '"Changed"');
      assert.equal((await suite.send('PUT', other, { headers, body: changed })).status, 204);
      assert.equal((await suite.send('PUT', other, { headers, body: seen.body })).status, 412);
    });

    it('RFC 7809 §7.1: with CalDAV-Timezones, in either form', async () => {
      const full = await get({ 'CalDAV-Timezones': 'T' });
      assert.match(full.body, /^BEGIN:VTIMEZONE\r$/m);
      assert.equal(full.headers.get('etag'), `W/${etag.slice(0, -1)}.ics.T"`);
      assert.match((await get({ 'CalDAV-Timezones': 'T', Accept: JSON_TYPE })).body, /"vtimezone"/);
      assert.equal((await get({ 'CalDAV-Timezones': 'F' })).body, stored);
    });
  });

  describe('RFC 4791 §5.3.2: PUT', () => {
    const jcal = JSON.stringify([
      'vcalendar',
      [
        ['version', {}, 'text', '2.0'],
        ['prodid', {}, 'text', '-//Latchkey//Test//EN'],
      ],
      [
        [
          'vevent',
          [
            ['uid', {}, 'text', 'json'],
            ['dtstamp', {}, 'date-time', '2026-01-01T00:00:00Z'],
            ['dtstart', {}, 'date', '2026-01-05'],
            ['summary', {}, 'text', 'a; b'],
          ],
          [],
        ],
      ],
    ]);
    const icalendar = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Latchkey//Test//EN',
      'BEGIN:VEVENT',
      'UID:json',
      'DTSTAMP:20260101T000000Z',
      'DTSTART;VALUE=DATE:20260105',
      'SUMMARY:a\\; b',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n');
    const put = (name: string, type: string, body: string): Promise<Answer> =>
      suite.send('PUT', path + name, { headers: { 'Content-Type': type }, body });

    it('of jCal is stored as the iCalendar that it says; §5.3.4: without an ETag, since it is not what came', async () => {
      const answer = await put('json', `${JSON_TYPE}; charset=utf-8`, jcal);
      assert.equal(answer.status, 201, answer.body);
      assert.equal(answer.headers.get('etag'), null);
      const got = await suite.send('GET', `${path}json`);
      assert.equal(got.body, icalendar);
      assert.match(got.headers.get('etag') ?? '', /^"/);
      const again = await suite.send('GET', `${path}json`, { headers: { Accept: JSON_TYPE } });
      assert.deepEqual(JSON.parse(again.body), JSON.parse(jcal));
    });

    it('of xCal too, and it is found by its time', async () => {
      const xml = (await suite.send('GET', `${path}json`, { headers: { Accept: XML_TYPE } })).body;
      const other = await suite.newCollection();
      const answer = await suite.send('PUT', `${other}xml`, {
        headers: { 'Content-Type': XML_TYPE },
        body: xml,
      });
      assert.equal(answer.status, 201, answer.body);
      assert.equal((await suite.send('GET', `${other}xml`)).body, icalendar);
      const day = element(
        caldav('comp-filter'),
        element(caldav('time-range'), '', ' start="20260105T000000Z" end="20260106T000000Z"'),
        ' name="VEVENT"',
      );
      const found = await suite.send('REPORT', other, { body: calendarQueryBody(day) });
      assert.equal(multistatus(found.body).length, 1);
    });

    it('of a large object goes the same way', async () => {
      const large = JSON.parse(jcal) as [string, unknown, [string, unknown[][], unknown][]];
      large[2][0]?.[1].push(['description', {}, 'text', 'x'.repeat(200_000)]);
      const answer = await put('large', JSON_TYPE, JSON.stringify(large).replaceAll('"json"', '"large"'));
      assert.equal(answer.status, 201, answer.body);
      const got = await suite.send('GET', `${path}large`);
      assert.match(got.body, /^BEGIN:VCALENDAR\r\n/);
      assert.ok(got.body.length > 200_000);
    });

    it('what is too large to be written in another notation is given as iCalendar alone', async () => {
      const other = await suite.newCollection();
      await suite.put(`${other}large`, event('large', { lines: [`DESCRIPTION:${'x'.repeat(200_000)}`] }));
      const get = await suite.send('GET', `${other}large`, { headers: { Accept: JSON_TYPE } });
      assertRefused(get, 406);
      assert.equal((await suite.send('GET', `${other}large`)).status, 200);
      const body = calendarQueryBody().replace('<D:getetag/>', calendarData(` content-type="${XML_TYPE}"`));
      const [response] = multistatus((await suite.send('REPORT', other, { body })).body);
      assert.deepEqual([response?.order, response?.errors[0]], [[403], caldav('supported-calendar-data')]);
    });

    it('is refused like iCalendar, with the same elements', async () => {
      for (const [type, body, precondition] of [
        [JSON_TYPE, '{', 'valid-calendar-data'],
        [JSON_TYPE, icalendar, 'valid-calendar-data'],
        [XML_TYPE, jcal, 'valid-calendar-data'],
        ['text/calendar', jcal, 'valid-calendar-data'],
        [JSON_TYPE, jcal.replace('2026-01-05', '2026-02-30'), 'valid-calendar-data'],
        [JSON_TYPE, jcal.replace('"vevent"', '"vevent2"'), 'supported-calendar-component'],
        [JSON_TYPE, jcal.replace('["uid",{},"text","json"],', ''), 'valid-calendar-object-resource'],
        [`${JSON_TYPE}; charset=iso-8859-1`, jcal, 'supported-calendar-data'],
        ['application/json', jcal, 'supported-calendar-data'],
      ] as const) {
        assertRefused(await put('refused', type, body), 403, caldav(precondition), `${type} ${precondition}`);
      }
      assert.equal((await suite.send('GET', `${path}refused`)).status, 404);
    });
  });
});
