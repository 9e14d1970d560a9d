/** RFC 4791 §7 to §11, requirement by requirement, where no other file names the section (docs/conformance.md). */
import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { text } from '../../dav/xml/element.js';
import { caldav, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { document, element, escapeText } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import { calendarQueryBody, mkcalendarBody } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendar, component } from './icalendar/objects.js';
import { event } from './requests.js';
import type { Answer } from './requests.js';

const ofEvents = (content: string): string => element(caldav('comp-filter'), content, ' name="VEVENT"');
const range = (attributes: string, name = 'time-range'): string =>
  element(caldav(name), '', ` ${attributes}`);
const whose = (property: string, content: string): string =>
  ofEvents(element(caldav('prop-filter'), content, ` name="${property}"`));
const textMatch = (value: string, attributes = ''): string =>
  element(caldav('text-match'), escapeText(value), attributes);

/** Six hours east of UTC, by a name that nobody knows. */
const ownZone = calendar(
  ...['BEGIN:VTIMEZONE', 'TZID:Office', 'BEGIN:STANDARD', 'DTSTART:19700101T000000', 'TZOFFSETFROM:+0600'],
  ...['TZOFFSETTO:+0600', 'END:STANDARD', 'END:VTIMEZONE'],
);

describe('RFC 4791 §7 to §11', () => {
  const suite = davSuite();
  const headers = { Depth: '1' };
  let path: string;
  before(async () => {
    path = await suite.newCollection();
    await suite.put(
      `${path}floating`,
      event('floating', { start: '20260105T100000', lines: ['DURATION:PT1H'] }),
    );
    await suite.put(
      `${path}daily`,
      event('daily', {
        start: '20300101T100000Z',
        summary: 'Straße',
        lines: ['DURATION:PT1H', 'RRULE:FREQ=DAILY', 'X-MOOD;X-HOW=very:Good & <bad>'],
      }),
    );
  });
  const report = (body: string, at = path): Promise<Answer> => suite.send('REPORT', at, { headers, body });
  const found = async (filter: string, more = '', at = path): Promise<string[]> => {
    const body = calendarQueryBody(filter).replace('</C:calendar-query>', `${more}</C:calendar-query>`);
    const answer = await report(body, at);
    assert.equal(answer.status, 207, answer.body);
    return multistatus(answer.body).map(({ href }) => href.slice(at.length));
  };
  const dataOf = async (selection: string, name = 'daily', attributes = ''): Promise<string> => {
    const data = element(caldav('calendar-data'), selection, attributes);
    const body = document(
      caldav('calendar-multiget'),
      element(dav('prop'), data) + element(dav('href'), path + name),
    );
    return text(property(multistatus((await report(body)).body)[0], caldav('calendar-data')));
  };

  describe('§7.3, §9.8: floating times', () => {
    const at = (hour: string): string =>
      ofEvents(range(`start="20260105T${hour}0000Z" end="20260105T${hour}3000Z"`));
    const given = element(caldav('timezone'), escapeText(ownZone));

    it('are where CALDAV:timezone has them, also by a VTIMEZONE of a zone that nobody knows', async () => {
      assert.deepEqual(await found(at('04'), given), ['floating']);
      assert.deepEqual(await found(at('10'), given), []);
    });

    it('else where calendar-timezone has them, in queries and in busy time', async () => {
      const own = '/dav/calendars/alice/office/';
      const body = mkcalendarBody(element(caldav('calendar-timezone'), escapeText(ownZone)));
      assert.equal((await suite.send('MKCALENDAR', own, { body })).status, 201);
      await suite.put(`${own}f`, event('f', { start: '20260105T100000', lines: ['DURATION:PT1H'] }));
      assert.deepEqual(await found(at('04'), '', own), ['f']);
      assert.deepEqual(await found(at('10'), '', own), []);
      const busy = document(
        caldav('free-busy-query'),
        range('start="20260105T000000Z" end="20260106T000000Z"'),
      );
      assert.match(
        (await report(busy, own)).body,
        /^FREEBUSY;FBTYPE=BUSY:20260105T040000Z\/20260105T050000Z\r$/m,
      );
    });

    it('else in UTC', async () => {
      assert.deepEqual(await found(at('10')), ['floating']);
    });

    it('a CALDAV:timezone that is no VTIMEZONE is refused with valid-calendar-data', async () => {
      const body = calendarQueryBody().replace(
        '</C:calendar-query>',
        `${element(caldav('timezone'), 'Office')}</C:calendar-query>`,
      );
      assertRefused(await report(body), 403, caldav('valid-calendar-data'));
    });
  });

  it('§7.4: any instance counts, however far away', async () => {
    const day = (date: string): string => ofEvents(range(`start="${date}T100000Z" end="${date}T110000Z"`));
    for (const date of ['20300101', '20310228', '21000301', '95001231'])
      assert.deepEqual(await found(day(date)), ['daily'], date);
    assert.deepEqual(await found(day('20291231')), []);
  });

  describe('§7.5, §9.7.5: collations', () => {
    const matching = (value: string, collation?: string): Promise<string[]> =>
      found(whose('SUMMARY', textMatch(value, collation === undefined ? '' : ` collation="${collation}"`)));

    it('a part of the text is enough, in i;ascii-casemap unless another is named', async () => {
      for (const collation of [undefined, 'default', 'i;ascii-casemap']) {
        assert.deepEqual(await matching('TRA', collation), ['daily'], collation);
        assert.deepEqual(await matching('STRASSE', collation), [], collation);
      }
      assert.deepEqual(await matching('TRA', 'i;octet'), []);
      assert.deepEqual(await matching('tra', 'i;octet'), ['daily']);
    });

    for (const collation of ['i;ascii-numeric', 'i;*', '*']) {
      it(`${collation} is refused with supported-collation`, async () => {
        const body = calendarQueryBody(whose('SUMMARY', textMatch('x', ` collation="${collation}"`)));
        assertRefused(await report(body), 403, caldav('supported-collation'));
      });
    }
  });

  it('§7.7: names that are not standard can be asked for and searched by', async () => {
    const inner = element(caldav('prop'), '', ' name="X-MOOD"');
    const event = element(caldav('comp'), inner, ' name="VEVENT"');
    const data = await dataOf(element(caldav('comp'), event, ' name="VCALENDAR"'));
    assert.match(data, /^BEGIN:VEVENT\r\nX-MOOD;X-HOW=very:Good & <bad>\r\nEND:VEVENT\r$/m);
    assert.deepEqual(await found(whose('X-MOOD', textMatch('good'))), ['daily']);
    const param = element(caldav('param-filter'), textMatch('VERY'), ' name="X-HOW"');
    assert.deepEqual(await found(whose('X-MOOD', param)), ['daily']);
    const missing = element(caldav('is-not-defined'), '');
    assert.deepEqual(await found(element(caldav('comp-filter'), missing, ' name="X-THING"')), [
      'floating',
      'daily',
    ]);
  });

  it('§7.8, §7.9: a range before min-date-time is refused with its element', async () => {
    const early = 'start="00001231T235959Z" end="20260101T000000Z"';
    assertRefused(await report(calendarQueryBody(ofEvents(range(early)))), 403, caldav('min-date-time'));
    const data = element(caldav('calendar-data'), range(early, 'expand'));
    const body = document(
      caldav('calendar-multiget'),
      element(dav('prop'), data) + element(dav('href'), `${path}daily`),
    );
    assertRefused(await report(body), 403, caldav('min-date-time'));
    const widest = 'start="00010101T000000Z" end="99991231T235959Z"';
    assert.deepEqual(await found(ofEvents(range(widest))), ['floating', 'daily']);
  });

  it('§7.8: a property that an object does not have is 404 beside those that it has', async () => {
    const names: readonly Name[] = [dav('getetag'), '{urn:x}y'];
    const [response] = multistatus((await report(calendarQueryBody('', names))).body);
    assert.deepEqual([...(response?.properties.get(404)?.keys() ?? [])], ['{urn:x}y']);
  });

  it('§7.9: Depth is ignored; of an object, an href of anything else is 404', async () => {
    const hrefs = ['floating', 'daily'].map((name) => element(dav('href'), path + name)).join('');
    const body = document(
      caldav('calendar-multiget'),
      element(dav('prop'), element(dav('getetag'), '')) + hrefs,
    );
    for (const Depth of ['0', '1', 'infinity']) {
      const answer = await suite.send('REPORT', path, { headers: { Depth }, body });
      assert.deepEqual(
        multistatus(answer.body).map(({ status }) => status),
        [undefined, undefined],
      );
    }
    const ofOne = multistatus((await report(body, `${path}daily`)).body);
    assert.deepEqual(
      ofOne.map(({ status }) => status),
      [404, undefined],
    );
  });

  it('§8.5.1: an attachment inside an event is kept', async () => {
    const attached = `ATTACH;ENCODING=BASE64;VALUE=BINARY:${Buffer.alloc(60_000, 'latchkey').toString('base64')}`;
    const body = event('attached', { lines: [attached] });
    const at = `${await suite.newCollection()}a`;
    await suite.put(at, body);
    assert.equal((await suite.send('GET', at)).body, body);
  });

  it('§8.6: alarms are kept as clients write them', async () => {
    const alarm = ['BEGIN:VALARM', 'ACTION:AUDIO', 'TRIGGER:-PT5M', 'ATTACH;VALUE=URI:Basso', 'END:VALARM'];
    const body = event('alarm', { lines: alarm });
    const at = `${await suite.newCollection()}a`;
    await suite.put(at, body);
    assert.equal((await suite.send('GET', at)).body, body);
  });

  it('§9.6: calendar data is escaped as XML, and comes back to the byte', async () => {
    assert.equal(await dataOf(''), (await suite.send('GET', `${path}daily`)).body);
  });

  for (const [section, part] of [
    ['§9.6.1', element(caldav('comp'), '')],
    ['§9.6.4', element(caldav('comp'), element(caldav('prop'), ''), ' name="VCALENDAR"')],
    ...(['expand', 'limit-recurrence-set', 'limit-freebusy-set'] as const).flatMap((name, index) =>
      [
        'start="20260101T000000Z"',
        'end="20260101T000000Z"',
        'start="20260101T000000Z" end="20260101T000000Z"',
        'start="20260102T000000Z" end="20260101T000000Z"',
        'start="20260101T000000" end="20260102T000000"',
      ].map((attributes) => [`§9.6.${index + 5}`, range(attributes, name)] as const),
    ),
  ] as const) {
    it(`${section}: ${part.replace(/^<C:/, '').replace(/\/?>.*/, '')} lacks what it needs: 400`, async () => {
      const data = element(caldav('calendar-data'), part);
      const body = document(
        caldav('calendar-multiget'),
        element(dav('prop'), data) + element(dav('href'), `${path}daily`),
      );
      assertRefused(await report(body), 400);
    });
  }

  it('§9.6.5: expand gives each instance of the range, with RECURRENCE-ID, in UTC and without rules', async () => {
    const data = await dataOf(range('start="20300102T000000Z" end="20300104T000000Z"', 'expand'));
    const starts = [...data.matchAll(/^(?:DTSTART|RECURRENCE-ID):(.*)\r$/gm)].map(([, value]) => value);
    assert.deepEqual(starts.sort(), [
      ...['20300102T100000Z', '20300102T100000Z', '20300103T100000Z', '20300103T100000Z'],
    ]);
    assert.doesNotMatch(data, /RRULE|EXDATE|RDATE|VTIMEZONE|TZID/);
  });

  it('§9.6.6: limit-recurrence-set leaves out overrides that are not, and were not, in the range', async () => {
    const at = await suite.newCollection();
    const moved = (from: string, to: string): string[] =>
      component('VEVENT', `RECURRENCE-ID:${from}T100000Z`, `DTSTART:${to}T120000Z`, 'DURATION:PT1H');
    const rule = component('VEVENT', 'DTSTART:20260101T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY');
    await suite.put(
      `${at}a`,
      calendar(
        ...rule,
        ...moved('20260105', '20260120'),
        ...moved('20260110', '20260105'),
        ...moved('20260111', '20260112'),
      ),
    );
    const part = range('start="20260105T000000Z" end="20260106T000000Z"', 'limit-recurrence-set');
    const data = element(dav('prop'), element(caldav('calendar-data'), part));
    const body = document(caldav('calendar-multiget'), data + element(dav('href'), `${at}a`));
    const [response] = multistatus((await report(body, at)).body);
    const kept = text(property(response, caldav('calendar-data'))).match(/^RECURRENCE-ID:.*(?=\r$)/gm);
    assert.deepEqual(kept, ['RECURRENCE-ID:20260105T100000Z', 'RECURRENCE-ID:20260110T100000Z']);
  });

  it('§9.6.7: limit-freebusy-set leaves out periods that are not in the range', async () => {
    const at = await suite.newCollection(
      'calendars',
      '<supported-calendar-component-set xmlns="urn:ietf:params:xml:ns:caldav"><comp name="VFREEBUSY"/></supported-calendar-component-set>',
    );
    const periods = 'FREEBUSY:20260101T100000Z/PT1H,20260102T100000Z/PT1H';
    await suite.put(`${at}a`, calendar(...component('VFREEBUSY', periods)));
    const part = range('start="20260102T000000Z" end="20260103T000000Z"', 'limit-freebusy-set');
    const data = element(dav('prop'), element(caldav('calendar-data'), part));
    const body = document(caldav('calendar-multiget'), data + element(dav('href'), `${at}a`));
    const [response] = multistatus((await report(body, at)).body);
    assert.match(text(property(response, caldav('calendar-data'))), /^FREEBUSY:20260102T100000Z\/PT1H\r$/m);
  });

  for (const [section, filter] of [
    ['§9.7.1', element(caldav('comp-filter'), '')],
    ['§9.7.2', ofEvents(element(caldav('prop-filter'), ''))],
    ['§9.7.3', whose('SUMMARY', element(caldav('param-filter'), ''))],
    ['§9.9', ofEvents(range(''))],
    ['§9.9', ofEvents(range('start="20260101T000000"'))],
    ['§9.9', ofEvents(range('start="20260101"'))],
    ['§9.9', ofEvents(range('start="20260101T000000Z" end="20260101T000000Z"'))],
    ['§9.9', ofEvents(range('start="20260102T000000Z" end="20260101T000000Z"'))],
  ] as const) {
    it(`${section}: ${filter.replaceAll('C:', '')} is refused with valid-filter`, async () => {
      assertRefused(await report(calendarQueryBody(filter)), 403, caldav('valid-filter'));
    });
  }

  it('§9.9: an event has a DTSTART, else valid-calendar-data', async () => {
    const body = event('without').replace(/^DTSTART.*\r\n/m, '');
    const type = { 'Content-Type': 'text/calendar' };
    const refused = await suite.send('PUT', `${path}without`, { headers: type, body });
    assertRefused(refused, 403, caldav('valid-calendar-data'));
  });

  it('§9.9: one side of a range is enough', async () => {
    assert.deepEqual(await found(ofEvents(range('start="20290101T000000Z"'))), ['daily']);
    assert.deepEqual(await found(ofEvents(range('end="20290101T000000Z"'))), ['floating']);
  });
});
