/**
 * The time zone service, as pairs of files in `fixtures/timezones/`: NAME.request is sent without a password, and
 * NAME.response says what comes back; `*` stands for any text or list. What depends on the data of this Node follows below.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'mocha';
import { defaultCalendarLimits, tzidOfVtimezone, vtimezoneText } from '../../dav/icalendar/index.js';
import { fromJcal, fromXcal } from '../../dav/icalendar/formats/index.js';
import { readComponents } from '../../dav/icalendar/content-lines.js';
import { text } from '../../dav/xml/element.js';
import { caldav, dav } from '../../dav/xml/names.js';
import { element } from '../../dav/xml/write.js';
import { only, multistatus, property } from './answers.js';
import { propertyUpdate } from './bodies.js';
import { davSuite } from './dav-suite.js';
import { send } from './requests.js';
import type { Answer, RequestOptions } from './requests.js';

const fixtures = new URL('../../../fixtures/timezones/', import.meta.url).pathname;
const service = '/dav/timezones';

interface Message {
  readonly start: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function readMessage(file: string): Message {
  const written = readFileSync(file, 'utf8');
  const end = written.indexOf('\n\n');
  const [start = '', ...lines] = written.slice(0, end).split('\n');
  const headers = Object.fromEntries(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  return { start, headers, body: written.slice(end + 2) };
}

/** The actual value with `*` wherever the expected one has it and there is something. */
function masked(actual: unknown, expected: unknown): unknown {
  if (expected === '*') return actual === undefined || actual === '' ? actual : '*';
  if (typeof actual !== 'object' || actual === null || typeof expected !== 'object') return actual;
  if (Array.isArray(actual))
    return actual.map((each: unknown, at): unknown => masked(each, (expected as readonly unknown[])[at]));
  const entries = Object.entries(actual).map(([name, value]) => [
    name,
    masked(value, (expected as Record<string, unknown>)[name]),
  ]);
  return Object.fromEntries(entries) as unknown;
}

describe('RFC 7808: the time zone service', () => {
  const suite = davSuite();
  const get = (path: string, options: RequestOptions = {}): Promise<Answer> =>
    send(suite.server, undefined, 'GET', service + path, options);
  const json = async (path: string): Promise<Record<string, unknown>> =>
    JSON.parse((await get(path)).body) as Record<string, unknown>;

  for (const file of readdirSync(fixtures).filter((each) => each.endsWith('.request'))) {
    const name = basename(file, '.request');
    it(name.replace(/^rfc7808-([\d.]+)-/, '§$1 ').replaceAll('-', ' '), async () => {
      const request = readMessage(join(fixtures, file));
      const expected = readMessage(join(fixtures, `${name}.response`));
      const [method = '', path = ''] = request.start.split(' ');
      const answer = await send(suite.server, undefined, method, path, { headers: request.headers });
      assert.equal(answer.status, Number(expected.start.split(' ')[1]), answer.body);
      for (const [header, value] of Object.entries(expected.headers)) {
        const actual = answer.headers.get(header) ?? '';
        assert.ok(actual !== '' && (value === '*' || actual.includes(value)), `${header}: ${actual}`);
      }
      const wanted: unknown = JSON.parse(expected.body);
      assert.deepEqual(masked(JSON.parse(answer.body), wanted), wanted);
    });
  }

  interface Listed {
    readonly tzid: string;
    readonly etag: string;
    readonly 'last-modified': string;
    readonly aliases?: readonly string[];
  }
  const list = async (query = ''): Promise<{ synctoken: string; timezones: Listed[] }> =>
    (await json(`/zones${query}`)) as unknown as { synctoken: string; timezones: Listed[] };

  it('§5.2 list: every zone and alias can be got, with the entity tag that is told, in RFC 3339 times', async () => {
    const { timezones } = await list();
    assert.ok(timezones.length > 300);
    assert.deepEqual(
      timezones.map(({ tzid }) => tzid),
      timezones.map(({ tzid }) => tzid).sort(),
    );
    const names = timezones.flatMap(({ tzid, aliases = [] }) => [tzid, ...aliases]);
    assert.equal(new Set(names).size, names.length);
    for (const wanted of ['Europe/Berlin', 'Asia/Kolkata', 'US/Pacific', 'Etc/GMT+5', 'UTC'])
      assert.ok(names.includes(wanted), wanted);
    for (const { 'last-modified': modified } of timezones)
      assert.match(modified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    for (const { tzid, etag } of timezones.filter((_each, index) => index % 40 === 0)) {
      const answer = await get(`/zones/${encodeURIComponent(tzid)}`);
      assert.equal(answer.headers.get('etag'), `"${etag}"`, tzid);
    }
    for (const alias of names.filter((_each, index) => index % 40 === 0)) {
      const answer = await get(`/zones/${encodeURIComponent(alias)}`);
      assert.equal(tzidOfVtimezone(answer.body), alias);
    }
  });

  it('§5.2 list: nothing has changed since the token that was given; another token lists everything', async () => {
    const { synctoken, timezones } = await list();
    assert.deepEqual(await list(`?changedsince=${synctoken}`), { synctoken, timezones: [] });
    assert.deepEqual(await list('?changedsince=of-another-server'), { synctoken, timezones });
  });

  it('§5.3 get: a VTIMEZONE in a VCALENDAR, also by an alias and with a slash as it is', async () => {
    for (const [path, tzid] of [
      ['/zones/America%2FNew_York', 'America/New_York'],
      ['/zones/America/New_York', 'America/New_York'],
      ['/zones/US%2FEastern', 'US/Eastern'],
      ['/zones/America%2FNew_York?start=2000-01-01T00:00:00Z', 'America/New_York'],
    ] as const) {
      const answer = await get(path);
      assert.equal(answer.status, 200, answer.body);
      assert.equal(answer.headers.get('content-type'), 'text/calendar; charset=utf-8');
      const [calendar, ...more] = readComponents(answer.body, defaultCalendarLimits);
      assert.deepEqual([calendar?.name, more.length, calendar?.components.length], ['VCALENDAR', 0, 1]);
      assert.ok(answer.body.includes(vtimezoneText(tzid) ?? 'nothing'));
      // §3.9: exactly one part begins where the data is cut, at 2000-01-01T00:00:00Z on the clock of the zone.
      assert.equal(answer.body.split('DTSTART:19991231T190000\r\nTZOFFSETFROM:-0500').length, 2);
    }
  });

  it('§4.1.2 get: as jCal and xCal by Accept, each with an entity tag of its own', async () => {
    const path = '/zones/Asia%2FKathmandu';
    const plain = await get(path);
    const forms = [
      ['application/calendar+json', (body: string) => fromJcal(body, defaultCalendarLimits)],
      ['application/calendar+xml', (body: string) => fromXcal(Buffer.from(body), defaultCalendarLimits)],
    ] as const;
    const tags = new Set([plain.headers.get('etag')]);
    for (const [type, read] of forms) {
      const answer = await get(path, { headers: { Accept: `${type}, text/calendar;q=0.5` } });
      assert.equal(answer.headers.get('content-type'), `${type}; charset=utf-8`);
      assert.equal(answer.headers.get('vary'), 'Accept');
      assert.equal(read(answer.body), plain.body);
      tags.add(answer.headers.get('etag'));
    }
    assert.equal(tags.size, 3);
    for (const Accept of ['*/*', 'text/*', '', 'application/calendar+json;q=0.1, text/calendar'])
      assert.equal((await get(path, { headers: { Accept } })).body, plain.body, Accept);
  });

  it('§5.3.2: If-None-Match of what the client has is 304, for every action', async () => {
    for (const path of [
      '/zones/Asia%2FTokyo',
      '/zones',
      '/capabilities',
      '/leapseconds',
      '/zones/Asia%2FTokyo/observances?start=2020-01-01T00:00:00Z&end=2021-01-01T00:00:00Z',
    ]) {
      const etag = (await get(path)).headers.get('etag') ?? '';
      assert.match(etag, /^"[\w-]+"$/);
      const again = await get(path, { headers: { 'If-None-Match': etag } });
      assert.deepEqual([again.status, again.body], [304, ''], path);
      assert.equal((await get(path, { headers: { 'If-None-Match': '"another"' } })).status, 200);
    }
  });

  it('§5.6 leapseconds: each a second more than the one before, on the first of January or July', async () => {
    const { leapseconds } = (await json('/leapseconds')) as {
      leapseconds: { 'utc-offset': number; onset: string }[];
    };
    assert.deepEqual(leapseconds[0], { 'utc-offset': 10, onset: '1972-01-01' });
    assert.deepEqual(leapseconds.at(-1), { 'utc-offset': 37, onset: '2017-01-01' });
    leapseconds.forEach(({ 'utc-offset': offset, onset }, index) => {
      assert.equal(offset, 10 + index);
      assert.match(onset, /-(01|07)-01$/);
    });
    assert.deepEqual(
      leapseconds.map(({ onset }) => onset),
      leapseconds.map(({ onset }) => onset).sort(),
    );
  });

  it('HEAD is GET without a body, and OPTIONS says what can be done', async () => {
    const head = await send(suite.server, undefined, 'HEAD', `${service}/zones`);
    assert.equal(head.status, 200);
    assert.ok(Number(head.headers.get('content-length')) > 10_000);
    const options = await send(suite.server, undefined, 'OPTIONS', `${service}/zones`);
    assert.deepEqual([options.status, options.headers.get('allow')], [200, 'GET, HEAD, OPTIONS']);
  });

  it('RFC 7809 §5.1: timezone-service-set on the calendar home leads to it, is protected and not in allprop', async () => {
    const home = '/dav/calendars/alice/';
    const name = caldav('timezone-service-set');
    const [response] = await suite.propfind(home, [name]);
    const href = text(only(property(response, name), dav('href')));
    const answer = await send(suite.server, undefined, 'GET', `${href}/capabilities`);
    assert.equal((JSON.parse(answer.body) as { version: number }).version, 1);
    const patch = propertyUpdate({ set: element(name, '') });
    const patched = await suite.send('PROPPATCH', home, { body: patch });
    assert.deepEqual(multistatus(patched.body)[0]?.order, [403]);
    const all = await suite.send('PROPFIND', home, { headers: { Depth: '0' } });
    assert.equal(multistatus(all.body)[0]?.properties.get(200)?.has(name), false);
  });
});
