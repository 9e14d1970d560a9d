import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import { caldav, dav } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { children } from '../../dav/xml/element.js';
import { property } from './answers.js';
import { propertyUpdate } from './bodies.js';
import { breakObject } from './broken-object.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendar as calendarText, component } from './icalendar/objects.js';
import { calendarType, event } from './requests.js';
import type { Answer } from './requests.js';

const timeRange = (start: string, end: string): string =>
  element(caldav('time-range'), '', ` start="${start}" end="${end}"`);
const freeBusyBody = (content = timeRange('20260105T000000Z', '20260106T000000Z')): string =>
  document(caldav('free-busy-query'), content);
const components =
  '<supported-calendar-component-set xmlns="urn:ietf:params:xml:ns:caldav">' +
  ['VEVENT', 'VTODO', 'VFREEBUSY', 'VAVAILABILITY'].map((name) => `<comp name="${name}"/>`).join('') +
  '</supported-calendar-component-set>';
const meeting = (uid: string, hour: string, ...lines: string[]): string =>
  event(uid, { start: `20260105T${hour}0000Z`, lines: ['DURATION:PT1H', ...lines] });
const busy = (hour: string, type = 'BUSY'): string =>
  `FREEBUSY;FBTYPE=${type}:20260105T${hour}0000Z/20260105T${String(Number(hour) + 1).padStart(2, '0')}0000Z`;

describe('RFC 4791 §7.10: free-busy-query', () => {
  const suite = davSuite();
  const ask = (path: string, body = freeBusyBody(), headers: Record<string, string> = {}): Promise<Answer> =>
    suite.send('REPORT', path, { headers, body });
  const periods = async (...given: Parameters<typeof ask>): Promise<string[]> => {
    const answer = await ask(...given);
    assert.equal(answer.status, 200, answer.body);
    return answer.body.split('\r\n').filter((line) => line.startsWith('FREEBUSY'));
  };

  describe('the example with the data of appendix B (fixtures/dav/free-busy-query)', () => {
    const data = new URL('../../../fixtures/dav/calendar-query/appendix-b/', import.meta.url);
    const folder = new URL('../../../fixtures/dav/free-busy-query/', import.meta.url);
    let path: string;
    before(async () => {
      path = await suite.newCollection('calendars', components);
      for (const file of readdirSync(data).filter((each) => each.endsWith('.ics')))
        await suite.put(path + file, readFileSync(new URL(file, data), 'utf8'));
    });
    for (const file of readdirSync(folder).filter((each) => each.endsWith('.xml'))) {
      const name = file.slice(0, -'.xml'.length);
      it(name.replaceAll('-', ' '), async () => {
        const answer = await ask(path, readFileSync(new URL(file, folder), 'utf8'), { Depth: '1' });
        assert.equal(answer.status, 200, answer.body);
        assert.match(answer.headers.get('content-type') ?? '', /^text\/calendar; charset=utf-8/);
        const told = answer.body
          .replace(/^UID:[0-9a-f-]{36}(?=\r$)/m, 'UID:(new)')
          .replace(/^DTSTAMP:\d{8}T\d{6}Z(?=\r$)/m, 'DTSTAMP:(now)');
        assert.equal(told, readFileSync(new URL(`${name}.ics`, folder), 'utf8'));
      });
    }
  });

  it('takes events, VFREEBUSY and VAVAILABILITY (RFC 7953 §7.2.3) of the calendar together', async () => {
    const path = await suite.newCollection('calendars', components);
    await suite.put(`${path}event`, meeting('event', '09'));
    await suite.put(`${path}transparent`, meeting('transparent', '11', 'TRANSP:TRANSPARENT'));
    await suite.put(
      `${path}busy`,
      calendarText(...component('VFREEBUSY', 'FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260105T120000Z/PT1H')),
    );
    await suite.put(
      `${path}available`,
      calendarText(
        ...component(
          'VAVAILABILITY',
          'DTSTART:20260105T070000Z',
          ...component('AVAILABLE', 'DTSTART:20260105T080000Z', 'DTEND:20260106T000000Z'),
        ),
      ).replaceAll('1@tests', '2@tests'),
    );
    assert.deepEqual(await periods(path), [
      busy('07', 'BUSY-UNAVAILABLE'),
      busy('09'),
      busy('12', 'BUSY-TENTATIVE'),
    ]);
  });

  it('an object that cannot be read is no busy time, and the rest is told', async () => {
    const path = await suite.newCollection();
    await suite.put(`${path}a`, meeting('a', '09'));
    await suite.put(`${path}unreadable`, meeting('unreadable', '10'));
    await breakObject(suite.server.database, 'unreadable', 'BEGIN:VCALENDAR and nonsense');
    assert.deepEqual(await periods(path), [busy('09')]);
  });

  it('on a home Depth infinity asks about the members of all its calendars, less Depth about none', async () => {
    const { device } = await suite.server.addUser('bernard');
    const home = '/dav/calendars/bernard/';
    const send = (method: string, path: string, body: string, headers = {}): Promise<Answer> =>
      suite.send(method, path, { body, headers }, device);
    const names = ['one', 'two', 'three'];
    for (const [index, name] of names.entries()) {
      const made = await send('MKCALENDAR', home + name, '');
      assert.equal(made.status, 201, made.body);
      const stored = await send('PUT', `${home}${name}/a`, meeting(name, `0${index + 5}`), calendarType);
      assert.equal(stored.status, 201);
    }
    const told = async (depth?: string): Promise<string[]> => {
      const answer = await send('REPORT', home, freeBusyBody(), depth === undefined ? {} : { Depth: depth });
      assert.equal(answer.status, 200, answer.body);
      return answer.body.split('\r\n').filter((line) => line.startsWith('FREEBUSY'));
    };
    assert.deepEqual(await told('infinity'), ['FREEBUSY;FBTYPE=BUSY:20260105T050000Z/20260105T080000Z']);
    for (const depth of [undefined, '0', '1']) assert.deepEqual(await told(depth), []);

    await send(
      'PROPPATCH',
      `${home}two/`,
      propertyUpdate({
        set: element(caldav('schedule-calendar-transp'), element(caldav('transparent'), '')),
      }),
    );
    assert.deepEqual(await told('infinity'), [busy('05'), busy('07')]);
  });

  it('Depth on a calendar is as in queries: its members are meant', async () => {
    const path = await suite.newCollection();
    await suite.put(`${path}a`, meeting('a', '09'));
    for (const headers of [{}, { Depth: '0' }, { Depth: '1' }, { Depth: 'infinity' }])
      assert.deepEqual(await periods(path, freeBusyBody(), headers as Record<string, string>), [busy('09')]);
    assertRefused(await ask(path, freeBusyBody(), { Depth: '2' }), 400);
  });

  it('needs exactly one time-range, with both its sides', async () => {
    const path = await suite.newCollection();
    const day = timeRange('20260105T000000Z', '20260106T000000Z');
    for (const content of [
      '',
      day + day,
      element(caldav('time-range'), '', ' start="20260105T000000Z"'),
      element(caldav('time-range'), '', ' end="20260105T000000Z"'),
      timeRange('20260105T000000Z', '20260105T000000Z'),
      timeRange('20260105T000000', '20260106T000000'),
    ]) {
      assertRefused(await ask(path, freeBusyBody(content)), 400, undefined, content);
    }
  });

  it('is for collections with calendars in them: 403 on an object, 404 for who sees no calendars', async () => {
    const path = await suite.newCollection();
    await suite.put(`${path}a`, meeting('a', '09'));
    for (const other of [`${path}a`, await suite.firstCollection('addressbooks'), '/dav/principals/alice/'])
      assertRefused(await ask(other), 403, dav('supported-report'));
    const contacts = await suite.server.addDevice('alice', { services: new Set(['contacts']) });
    assertRefused(await suite.send('REPORT', path, { body: freeBusyBody() }, contacts), 404);
    const reader = await suite.server.addDevice('alice', { access: 'read' });
    assert.equal((await suite.send('REPORT', path, { body: freeBusyBody() }, reader)).status, 200);
  });

  it('is listed in supported-report-set and REPORT in Allow, on calendars and their home', async () => {
    for (const path of [await suite.firstCollection(), '/dav/calendars/alice/']) {
      const [response] = await suite.propfind(path, [dav('supported-report-set')]);
      const listed = children(property(response, dav('supported-report-set')))
        .flatMap((supported) => children(supported))
        .flatMap((report) => children(report).map(({ name }) => name));
      assert.ok(listed.includes(caldav('free-busy-query')), path);
      assert.match((await suite.send('OPTIONS', path)).headers.get('allow') ?? '', /\bREPORT\b/);
    }
  });
});

describe('RFC 4791 §7.10: more than the server tells at once', () => {
  const suite = davSuite({ limits: { maxResults: 3, maxInstances: 2 } });
  const ask = async (path: string): Promise<Answer> => suite.send('REPORT', path, { body: freeBusyBody() });

  it('is refused with DAV:number-of-matches-within-limits; just enough is not', async () => {
    const path = await suite.newCollection();
    for (const hour of ['01', '03', '05']) await suite.put(path + hour, meeting(hour, hour));
    assert.equal((await ask(path)).status, 200);
    await suite.put(`${path}other-day`, event('other-day', { start: '20260205T090000Z' }));
    assert.equal((await ask(path)).status, 200, 'objects outside the range do not count');
    await suite.put(`${path}07`, meeting('07', '07'));
    assertRefused(await ask(path), 403, dav('number-of-matches-within-limits'));
  });

  it('an object with more instances than one may have is told in fewer pieces', async () => {
    const path = await suite.newCollection();
    await suite.put(`${path}a`, meeting('a', '01', 'RRULE:FREQ=HOURLY;INTERVAL=2;COUNT=5'));
    const told = (await ask(path)).body.split('\r\n').filter((line) => line.startsWith('FREEBUSY'));
    assert.deepEqual(told, [busy('01'), 'FREEBUSY;FBTYPE=BUSY:20260105T030000Z/20260105T100000Z']);
  });
});

describe('RFC 6638 §9.1: schedule-calendar-transp', () => {
  const suite = davSuite();
  const transp = caldav('schedule-calendar-transp');
  const valueOf = async (path: string): Promise<string[]> => {
    const [response] = await suite.propfind(path, [transp]);
    return children(property(response, transp)).map(({ name }) => name);
  };
  const set = (path: string, content: string): Promise<Answer> =>
    suite.send('PROPPATCH', path, { body: propertyUpdate({ set: element(transp, content) }) });

  it('is opaque unless it is set, at creation too, and opaque again when it is removed', async () => {
    const path = await suite.newCollection();
    assert.deepEqual(await valueOf(path), [caldav('opaque')]);
    assert.equal((await set(path, element(caldav('transparent'), ''))).status, 207);
    assert.deepEqual(await valueOf(path), [caldav('transparent')]);
    await suite.send('PROPPATCH', path, { body: propertyUpdate({ remove: element(transp, '') }) });
    assert.deepEqual(await valueOf(path), [caldav('opaque')]);
    const made = await suite.newCollection(
      'calendars',
      '<C:schedule-calendar-transp xmlns:C="urn:ietf:params:xml:ns:caldav"><C:transparent/></C:schedule-calendar-transp>',
    );
    assert.deepEqual(await valueOf(made), [caldav('transparent')]);
    await suite.put(`${made}a`, meeting('a', '09'));
    const answer = await suite.send('REPORT', made, { body: freeBusyBody() });
    assert.doesNotMatch(answer.body, /^FREEBUSY/m);
  });

  it('holds exactly one of the two elements', async () => {
    const path = await suite.newCollection();
    const both = element(caldav('transparent'), '') + element(caldav('opaque'), '');
    for (const content of ['', 'transparent', both, element(dav('transparent'), '')]) {
      const answer = await set(path, content);
      assert.equal(answer.status, 207);
      assert.match(answer.body, /409 Conflict/);
    }
    assert.deepEqual(await valueOf(path), [caldav('opaque')]);
  });
});
