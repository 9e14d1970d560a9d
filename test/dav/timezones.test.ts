import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { children, text } from '../../dav/xml/element.js';
import { caldav, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { element, escapeText } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import { calendarQueryBody, mkcalendarBody, multigetBody, propertyUpdate } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendar, component } from './icalendar/objects.js';
import { event } from './requests.js';

const timezone = caldav('calendar-timezone');
const timezoneId = caldav('calendar-timezone-id');

describe('RFC 7809: time zones by reference', () => {
  const suite = davSuite();
  const valueOf = async (path: string, name: Name): Promise<string | undefined> => {
    const [response] = await suite.propfind(path, [name]);
    const found = response?.properties.get(200)?.get(name);
    return found && text(found);
  };
  const set = async (path: string, written: string): Promise<number> => {
    const answer = await suite.send('PROPPATCH', path, { body: propertyUpdate({ set: written }) });
    assert.equal(answer.status, 207, answer.body);
    const [response] = multistatus(answer.body);
    return response?.order[0] ?? 0;
  };
  const vtimezone = (tzid: string): string =>
    calendar(
      ...['BEGIN:VTIMEZONE', `TZID:${tzid}`, 'X-NOTE:mine', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'],
      ...['TZOFFSETFROM:+0900', 'TZOFFSETTO:+0900', 'END:STANDARD', 'END:VTIMEZONE'],
    );

  describe('§5.2: calendar-timezone-id', () => {
    it('is not there without a time zone, and neither is calendar-timezone', async () => {
      const path = await suite.newCollection();
      assert.deepEqual(
        [await valueOf(path, timezoneId), await valueOf(path, timezone)],
        [undefined, undefined],
      );
    });

    it('§3.1.5: setting it gives calendar-timezone the VTIMEZONE of that zone, also at creation', async () => {
      const path = await suite.newCollection();
      assert.equal(await set(path, element(timezoneId, 'America/New_York')), 200);
      const made = '/dav/calendars/alice/made-with-a-zone/';
      const body = mkcalendarBody(element(timezoneId, 'America/New_York'));
      assert.equal((await suite.send('MKCALENDAR', made, { body })).status, 201);
      for (const at of [path, made]) {
        assert.equal(await valueOf(at, timezoneId), 'America/New_York');
        const full = (await valueOf(at, timezone)) ?? '';
        assert.match(full, /^BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:.*\r\nBEGIN:VTIMEZONE\r\n/);
        assert.match(full, /^TZID:America\/New_York\r$/m);
      }
    });

    it('§3.1.5: setting calendar-timezone gives it that TZID, and keeps what was set', async () => {
      const path = await suite.newCollection();
      await set(path, element(timezoneId, 'Europe/Berlin'));
      assert.equal(await set(path, element(timezone, escapeText(vtimezone('Asia/Tokyo')))), 200);
      assert.equal(await valueOf(path, timezoneId), 'Asia/Tokyo');
      assert.equal(await valueOf(path, timezone), vtimezone('Asia/Tokyo'));
      await set(path, element(timezone, escapeText(vtimezone('My own'))));
      assert.equal(await valueOf(path, timezoneId), 'My own');
      await set(path, element(timezoneId, 'Europe/Berlin'));
      assert.match((await valueOf(path, timezone)) ?? '', /^TZID:Europe\/Berlin\r$/m);
    });

    it('removing either removes both', async () => {
      for (const name of [timezone, timezoneId]) {
        const path = await suite.newCollection();
        await set(path, element(timezoneId, 'Europe/Berlin'));
        await suite.send('PROPPATCH', path, { body: propertyUpdate({ remove: element(name, '') }) });
        assert.deepEqual(
          [await valueOf(path, timezoneId), await valueOf(path, timezone)],
          [undefined, undefined],
        );
      }
    });

    it('one that is not known is refused with CALDAV:valid-timezone, and nothing is changed', async () => {
      const path = await suite.newCollection();
      await set(path, element(timezoneId, 'Europe/Berlin'));
      for (const id of ['Nowhere/Land', '']) {
        const answer = await suite.send('PROPPATCH', path, {
          body: propertyUpdate({ set: element(timezoneId, id) }),
        });
        const [response] = multistatus(answer.body);
        assert.deepEqual([response?.order, response?.errors[0]], [[403], caldav('valid-timezone')]);
      }
      assert.equal(await valueOf(path, timezoneId), 'Europe/Berlin');
    });

    it('floating times follow it, in queries and in busy time', async () => {
      const path = await suite.newCollection();
      await suite.put(`${path}a`, event('a', { start: '20260105T180000', lines: ['DURATION:PT1H'] }));
      await set(path, element(timezoneId, 'Asia/Tokyo'));
      const body =
        '<free-busy-query xmlns="urn:ietf:params:xml:ns:caldav"><time-range start="20260105T000000Z" end="20260106T000000Z"/></free-busy-query>';
      const answer = await suite.send('REPORT', path, { body });
      assert.match(answer.body, /^FREEBUSY;FBTYPE=BUSY:20260105T090000Z\/20260105T100000Z\r$/m);
    });
  });

  describe('§3.1.6: timezone-id in a calendar-query', () => {
    const hour = element(
      caldav('comp-filter'),
      element(caldav('time-range'), '', ' start="20260105T090000Z" end="20260105T100000Z"'),
      ' name="VEVENT"',
    );
    const queryIn = (id: string): string =>
      calendarQueryBody(hour).replace(
        '</C:calendar-query>',
        `${element(caldav('timezone-id'), id)}</C:calendar-query>`,
      );
    let path: string;
    before(async () => {
      path = await suite.newCollection();
      await suite.put(`${path}a`, event('a', { start: '20260105T180000', lines: ['DURATION:PT1H'] }));
    });

    it('says where floating times are', async () => {
      for (const [id, count] of [
        ['Asia/Tokyo', 1],
        ['Europe/Berlin', 0],
      ] as const) {
        const answer = await suite.send('REPORT', path, { body: queryIn(id) });
        assert.equal(multistatus(answer.body).length, count, id);
      }
    });

    it('one that is not known is refused with CALDAV:valid-timezone', async () => {
      assertRefused(
        await suite.send('REPORT', path, { body: queryIn('Nowhere/Land') }),
        403,
        caldav('valid-timezone'),
      );
    });
  });

  describe('§3.1.3, §7.1: the CalDAV-Timezones header', () => {
    const stored = calendar(...component('VEVENT', 'DTSTART;TZID=Asia/Kathmandu:20260105T090000'));
    let path: string;
    before(async () => {
      path = await suite.newCollection();
      await suite.put(`${path}a`, stored);
    });
    const dataWith = async (headers: Record<string, string>, query: boolean): Promise<string> => {
      const names = [dav('getetag'), caldav('calendar-data')];
      const body = query ? calendarQueryBody('', names) : multigetBody('calendar', [`${path}a`]);
      const answer = await suite.send('REPORT', path, { headers, body });
      return text(property(multistatus(answer.body)[0], caldav('calendar-data')));
    };

    for (const query of [true, false]) {
      it(`in a ${query ? 'query' : 'multiget'}: T adds what is missing, F leaves it out, silence leaves all as it is`, async () => {
        const full = await dataWith({ 'CalDAV-Timezones': 'T' }, query);
        assert.match(full, /BEGIN:VTIMEZONE\r\nTZID:Asia\/Kathmandu\r\n/);
        assert.equal(await dataWith({ 'CalDAV-Timezones': 'F' }, query), stored);
        assert.equal(await dataWith({}, query), stored);
        assert.equal(await dataWith({ 'CalDAV-Timezones': 'maybe' }, query), stored);
      });
    }
  });
});

describe('RFC 7809 §3.1.4: objects whose time zones have only a name', () => {
  const suite = davSuite();
  const meeting = (tzid: string): string =>
    calendar(
      ...component('VEVENT', `DTSTART;TZID=${tzid}:20260701T090000`, 'DURATION:PT1H', 'RRULE:FREQ=MONTHLY'),
    );
  const found = async (path: string, start: string, end: string): Promise<number> => {
    const range = element(caldav('time-range'), '', ` start="${start}" end="${end}"`);
    const body = calendarQueryBody(element(caldav('comp-filter'), range, ' name="VEVENT"'));
    return multistatus((await suite.send('REPORT', path, { body })).body).length;
  };

  for (const tzid of ['America/New_York', 'US/Eastern', 'Eastern Standard Time', 'america/new_york']) {
    it(`${tzid}: taken, kept to the byte, and its times are that zone’s in summer and winter`, async () => {
      const path = await suite.newCollection();
      const stored = meeting(tzid);
      await suite.put(`${path}a`, stored, { 'CalDAV-Timezones': 'F' });
      assert.equal((await suite.send('GET', `${path}a`)).body, stored);
      assert.equal(await found(path, '20260701T130000Z', '20260701T140000Z'), 1);
      assert.equal(await found(path, '20260701T120000Z', '20260701T130000Z'), 0);
      assert.equal(await found(path, '20261201T140000Z', '20261201T150000Z'), 1);
      assert.equal(await found(path, '20261201T130000Z', '20261201T140000Z'), 0);
    });
  }

  it('§3.1.3: GET, and a PUT that wants its object back, heed CalDAV-Timezones', async () => {
    const path = await suite.newCollection();
    const bare = meeting('Asia/Kathmandu');
    const answers = [
      await suite.send('PUT', `${path}a`, {
        headers: {
          'Content-Type': 'text/calendar',
          Prefer: 'return=representation',
          'CalDAV-Timezones': 'T',
        },
        body: bare,
      }),
      await suite.send('GET', `${path}a`, { headers: { 'CalDAV-Timezones': 'T' } }),
    ];
    for (const { body } of answers) {
      assert.match(body, /BEGIN:VTIMEZONE\r\nTZID:Asia\/Kathmandu\r\n/);
      await suite.put(`${path}a`, body);
      const without = await suite.send('GET', `${path}a`, { headers: { 'CalDAV-Timezones': 'F' } });
      assert.equal(without.body, bare);
      assert.equal((await suite.send('GET', `${path}a`)).body, body);
    }
  });
});

describe('RFC 7529 §10: rules in other calendars', () => {
  const suite = davSuite();
  const yearly = (rule: string): string => event('yearly', { lines: [`RRULE:${rule}`] });

  it('supported-rscale-set names the Gregorian, on calendars and their home; it is protected', async () => {
    for (const path of [await suite.firstCollection(), '/dav/calendars/alice/']) {
      const [response] = await suite.propfind(path, [caldav('supported-rscale-set')]);
      const listed = children(property(response, caldav('supported-rscale-set')));
      assert.deepEqual(
        listed.map((each) => [each.name, text(each)]),
        [[caldav('supported-rscale'), 'GREGORIAN']],
      );
      const patched = await suite.send('PROPPATCH', path, {
        body: propertyUpdate({ set: element(caldav('supported-rscale-set'), '') }),
      });
      assert.deepEqual(multistatus(patched.body)[0]?.order, [403]);
    }
  });

  it('an object with a rule in another one is refused with CALDAV:supported-rscale', async () => {
    const path = await suite.newCollection();
    const headers = { 'Content-Type': 'text/calendar' };
    for (const rule of ['RSCALE=CHINESE;FREQ=YEARLY', 'FREQ=YEARLY;RSCALE=hebrew;BYMONTH=5L;SKIP=FORWARD']) {
      const answer = await suite.send('PUT', `${path}a`, { headers, body: yearly(rule) });
      assertRefused(answer, 403, caldav('supported-rscale'));
    }
    const available = calendar(
      ...component('VAVAILABILITY', 'BEGIN:AVAILABLE', 'UID:b', 'DTSTART:20260105T090000Z'),
    ).replace(
      'DTSTART:20260105T090000Z\r\n',
      (line) => `${line}RRULE:RSCALE=HEBREW;FREQ=YEARLY\r\nEND:AVAILABLE\r\n`,
    );
    const free = await suite.newCollection(
      'calendars',
      '<supported-calendar-component-set xmlns="urn:ietf:params:xml:ns:caldav"><comp name="VAVAILABILITY"/></supported-calendar-component-set>',
    );
    const refused = await suite.send('PUT', `${free}a`, { headers, body: available });
    assertRefused(refused, 403, caldav('supported-rscale'));
    await suite.put(`${free}a`, available.replace('HEBREW', 'GREGORIAN'));
    assert.equal((await suite.send('GET', `${path}a`)).status, 404);
    await suite.put(`${path}a`, yearly('RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD'));
  });
});
