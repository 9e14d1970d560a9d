import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { text } from '../../dav/xml/element.js';
import { caldav, dav } from '../../dav/xml/names.js';
import { document, element, escapeText } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import { calendarQueryBody, multigetBody, propertyUpdate } from './bodies.js';
import { breakObject } from './broken-object.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { describeReportFixtures } from './report-fixtures.js';
import { event } from './requests.js';

const inRange = (start: string, end: string): string =>
  element(
    caldav('comp-filter'),
    element(caldav('time-range'), '', ` start="${start}" end="${end}"`),
    ' name="VEVENT"',
  );

describe('RFC 4791 §7.8: calendar-query', () => {
  const suite = davSuite();
  describeReportFixtures(suite, 'calendar-query', 'calendars');

  const query = async (
    path: string,
    content = '',
    headers: Readonly<Record<string, string>> = { Depth: '1' },
  ): Promise<string[]> => {
    const answer = await suite.send('REPORT', path, { headers, body: calendarQueryBody(content) });
    assert.equal(answer.status, 207, answer.body);
    return multistatus(answer.body).map(({ href }) => href.slice(path.length));
  };

  describe('Depth', () => {
    let path: string;
    before(async () => {
      path = await suite.newCollection();
      await suite.put(`${path}a`, event('a'));
    });
    for (const [what, headers] of [
      ['1', { Depth: '1' }],
      ['infinity', { Depth: 'infinity' }],
      ['none, which clients send and mean 1', {}],
      [
        '0 from Windows 10, which means 1 (client need 22)',
        { Depth: '0', 'User-Agent': 'MSFT-WP/8.10.14219' },
      ],
    ] as const) {
      it(what, async () => assert.deepEqual(await query(path, '', headers as Record<string, string>), ['a']));
    }
    it('another value is 400', async () => {
      assertRefused(
        await suite.send('REPORT', path, { headers: { Depth: '7' }, body: calendarQueryBody() }),
        400,
      );
    });
  });

  it('carries the data and properties asked for, and tells what an object does not have', async () => {
    const path = await suite.newCollection();
    const etag = await suite.put(`${path}a`, event('a'));
    const names = [dav('getetag'), caldav('calendar-data'), dav('displayname')];
    const [response] = multistatus(
      (await suite.send('REPORT', path, { body: calendarQueryBody('', names) })).body,
    );
    assert.equal(text(property(response, dav('getetag'))), etag);
    assert.equal(text(property(response, caldav('calendar-data'))), event('a'));
    assert.ok(response?.properties.get(404)?.has(dav('displayname')));
  });

  it('RFC 4791 §5.2.2: without a timezone in the query, the calendar’s own says when floating times are', async () => {
    const path = await suite.newCollection();
    await suite.put(`${path}floating`, event('f', { start: '20260705T233000', lines: ['DURATION:PT10M'] }));
    await suite.put(`${path}fixed`, event('x', { start: '20260705T233000Z', lines: ['DURATION:PT10M'] }));
    const [utc, berlin] = [
      inRange('20260705T233000Z', '20260705T234000Z'),
      inRange('20260705T213000Z', '20260705T214000Z'),
    ];
    assert.deepEqual(await query(path, utc), ['floating', 'fixed']);
    assert.deepEqual(await query(path, berlin), []);
    const zone = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Latchkey//Test//EN',
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Berlin',
      'BEGIN:STANDARD',
      'DTSTART:19701025T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'END:STANDARD',
      'END:VTIMEZONE',
      'END:VCALENDAR',
      '',
    ].join('\r\n');
    const set = await suite.send('PROPPATCH', path, {
      body: propertyUpdate({ set: element(caldav('calendar-timezone'), escapeText(zone)) }),
    });
    assert.equal(set.status, 207);
    assert.deepEqual(await query(path, utc), ['fixed']);
    assert.deepEqual(await query(path, berlin), ['floating']);
  });

  it('one object that cannot be read breaks no query over the rest', async () => {
    const path = await suite.newCollection();
    for (const name of ['good-1', 'bad', 'good-2']) await suite.put(path + name, event(name));
    await breakObject(suite.server.database, 'bad', 'BEGIN:VCALENDAR and nonsense');
    // A text-match looks into every object.
    const summary = element(caldav('prop-filter'), element(caldav('text-match'), 'test'), ' name="SUMMARY"');
    assert.deepEqual(await query(path, element(caldav('comp-filter'), summary, ' name="VEVENT"')), [
      'good-1',
      'good-2',
    ]);
    assert.deepEqual(
      (await query(path, inRange('20260105T000000Z', '20260106T000000Z'))).filter((name) => name !== 'bad'),
      ['good-1', 'good-2'],
    );
    assert.equal((await suite.send('DELETE', `${path}bad`)).status, 204, 'and it can be deleted');
  });

  it('§9.9: what a time range asks is answered by the index alone: no object is read', async () => {
    const path = await suite.newCollection();
    await suite.put(`${path}once`, event('once', { lines: ['DURATION:PT1H'] }));
    await suite.put(`${path}daily`, event('daily', { lines: ['DURATION:PT1H', 'RRULE:FREQ=DAILY'] }));
    for (const name of ['once', 'daily']) await breakObject(suite.server.database, name, 'no calendar');
    assert.deepEqual(await query(path, inRange('20260105T103000Z', '20260105T110000Z')), ['once', 'daily']);
    assert.deepEqual(await query(path, inRange('20260106T103000Z', '20260106T110000Z')), ['daily']);
    assert.deepEqual(await query(path, inRange('20260105T110000Z', '20260106T100000Z')), []);
  });

  it('finds the current version of an object, and nothing that was deleted', async () => {
    const path = await suite.newCollection();
    const [first, second] = [
      inRange('20260105T000000Z', '20260106T000000Z'),
      inRange('20270105T000000Z', '20270106T000000Z'),
    ];
    await suite.put(`${path}a`, event('a'));
    assert.deepEqual([await query(path, first), await query(path, second)], [['a'], []]);
    await suite.put(`${path}a`, event('a', { start: '20270105T100000Z' }));
    assert.deepEqual([await query(path, first), await query(path, second)], [[], ['a']]);
    await suite.send('DELETE', `${path}a`);
    assert.deepEqual([await query(path, first), await query(path, second)], [[], []]);
  });

  it('client need 45: an event whose rule never comes true is kept, and harms no query', async () => {
    const path = await suite.newCollection();
    await suite.put(`${path}never`, event('never', { lines: ['RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'] }));
    await suite.put(`${path}once`, event('once', { start: '20400105T100000Z' }));
    assert.deepEqual(await query(path, inRange('20400101T000000Z', '20410101T000000Z')), ['once']);
    assert.deepEqual(await query(path), ['never', 'once']);
  });

  it('a filter is required', async () => {
    const body = document(caldav('calendar-query'), element(dav('prop'), element(dav('getetag'), '')));
    assertRefused(await suite.send('REPORT', await suite.firstCollection(), { body }), 400);
  });

  it('RFC 4791 §2, §7: is answered on a calendar object too, about that one alone', async () => {
    const path = await suite.newCollection();
    for (const name of ['a', 'b']) await suite.put(path + name, event(name));
    const on = async (name: string, content: string): Promise<string[]> => {
      const answer = await suite.send('REPORT', path + name, { body: calendarQueryBody(content) });
      assert.equal(answer.status, 207, answer.body);
      return multistatus(answer.body).map(({ href }) => href.slice(path.length));
    };
    assert.deepEqual(await on('b', ''), ['b']);
    assert.deepEqual(await on('b', inRange('20260105T000000Z', '20260106T000000Z')), ['b']);
    assert.deepEqual(await on('b', inRange('20260106T000000Z', '20260107T000000Z')), []);
    const multiget = multigetBody('calendar', [`${path}b`, `${path}a`]);
    const answer = multistatus((await suite.send('REPORT', `${path}b`, { body: multiget })).body);
    assert.deepEqual(
      answer.map(({ href, status }) => [href.slice(path.length), status]),
      [
        ['b', undefined],
        ['a', 404],
      ],
    );
  });

  it('is a report of calendars and their objects alone', async () => {
    for (const path of ['/dav/calendars/alice/', await suite.firstCollection('addressbooks'), '/dav/']) {
      assertRefused(
        await suite.send('REPORT', path, { body: calendarQueryBody() }),
        403,
        dav('supported-report'),
      );
    }
  });
});

describe('RFC 4791 §7.8: more matches than the server gives out', () => {
  const suite = davSuite({ limits: { maxResults: 3 } });

  it('ends with 507 and DAV:number-of-matches-within-limits on the request-URI; just enough does not', async () => {
    const path = await suite.firstCollection();
    const query = async (): Promise<[string, number | undefined][]> =>
      multistatus((await suite.send('REPORT', path, { body: calendarQueryBody() })).body).map(
        ({ href, status }) => [href, status],
      );
    for (const name of ['a', 'b', 'c']) await suite.put(path + name, event(name));
    const three = ['a', 'b', 'c'].map((name) => [path + name, undefined]);
    assert.deepEqual(await query(), three);
    await suite.put(`${path}d`, event('d'));
    assert.deepEqual(await query(), [...three, [path, 507]]);
  });
});
