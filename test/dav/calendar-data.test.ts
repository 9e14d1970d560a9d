import assert from 'node:assert/strict';
import { caldav, dav } from '../../dav/xml/names.js';
import { text } from '../../dav/xml/element.js';
import { multistatus, property } from './answers.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendar, component } from './icalendar/objects.js';

const daily = calendar(
  ...component('VEVENT', 'DTSTART:20260105T233000', 'RRULE:FREQ=DAILY', 'SUMMARY:a & b'),
);
const expand = '<C:expand start="20260106T000000Z" end="20260107T000000Z"/>';
const namespaces = 'xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"';
const prop = (inside: string): string =>
  `<D:prop><D:getetag/><C:calendar-data>${inside}</C:calendar-data></D:prop>`;
const query = (inside: string, more = ''): string =>
  `<C:calendar-query ${namespaces}>${prop(inside)}<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>${more}</C:calendar-query>`;
const multiget = (inside: string, href: string): string =>
  `<C:calendar-multiget ${namespaces}>${prop(inside)}<D:href>${href}</D:href></C:calendar-multiget>`;

const tokyo = calendar(
  ...['BEGIN:VTIMEZONE', 'TZID:Asia/Tokyo', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'],
  ...['TZOFFSETFROM:+0900', 'TZOFFSETTO:+0900', 'END:STANDARD', 'END:VTIMEZONE'],
);

describe('RFC 4791 §9.6 CALDAV:calendar-data in reports', () => {
  const suite = davSuite({ limits: { maxInstances: 3 } });
  let path: string;

  before(async () => {
    path = await suite.newCollection();
    await suite.put(`${path}daily.ics`, daily);
  });

  const dataOf = async (body: string): Promise<string> => {
    const answer = await suite.send('REPORT', path, { headers: { Depth: '1' }, body });
    assert.equal(answer.status, 207, answer.body);
    const [response] = multistatus(answer.body);
    return text(property(response, caldav('calendar-data')));
  };
  const startsIn = (data: string): string[] => data.match(/^DTSTART.*(?=\r?$)/gm) ?? [];

  it('expands in a query and in a multiget', async () => {
    for (const body of [query(expand), multiget(expand, `${path}daily.ics`)]) {
      const data = await dataOf(body);
      assert.deepEqual(startsIn(data), ['DTSTART:20260106T233000']);
      assert.match(data, /^SUMMARY:a & b\r?$/m);
      assert.doesNotMatch(data, /RRULE/);
    }
  });

  it('reads floating times in the zone of the query (§9.8), else in that of the calendar', async () => {
    // 23:30 in Tokyo is 14:30 in UTC.
    const hour = '<C:expand start="20260106T140000Z" end="20260106T150000Z"/>';
    assert.deepEqual(startsIn(await dataOf(query(hour))), []);
    assert.deepEqual(startsIn(await dataOf(query(hour, `<C:timezone>${tokyo}</C:timezone>`))), [
      'DTSTART:20260106T233000',
    ]);
    const home = await suite.newCollection(
      'calendars',
      `<C:calendar-timezone xmlns:C="urn:ietf:params:xml:ns:caldav">${tokyo}</C:calendar-timezone>`,
    );
    await suite.put(`${home}daily.ics`, daily);
    const answer = await suite.send('REPORT', home, { headers: { Depth: '1' }, body: query(hour) });
    const [response] = multistatus(answer.body);
    assert.deepEqual(startsIn(text(property(response, caldav('calendar-data')))), [
      'DTSTART:20260106T233000',
    ]);
  });

  it('returns the properties that are asked for, as they are stored', async () => {
    const data = await dataOf(
      query('<C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="SUMMARY"/></C:comp></C:comp>'),
    );
    assert.equal(
      data.replaceAll('\r', ''),
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:a & b\nEND:VEVENT\nEND:VCALENDAR\n',
    );
  });

  it('says of an object with too many instances that it cannot be expanded, and gives the rest', async () => {
    const body = query('<C:expand start="20260101T000000Z" end="20270101T000000Z"/>');
    const answer = await suite.send('REPORT', path, { headers: { Depth: '1' }, body });
    assert.equal(answer.status, 207);
    const [response] = multistatus(answer.body);
    property(response, dav('getetag'));
    assert.deepEqual(response?.order, [200, 507]);
    assert.deepEqual([...(response.properties.get(507)?.keys() ?? [])], [caldav('calendar-data')]);
    assert.equal(response.errors[0], dav('number-of-matches-within-limits'));
  });

  it('refuses a request that is not as the RFC has it', async () => {
    const body = query('<C:expand start="20260101T000000Z"/>');
    assertRefused(await suite.send('REPORT', path, { headers: { Depth: '1' }, body }), 400);
  });
});
