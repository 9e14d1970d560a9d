/** RFC 4791 §1 to §6, requirement by requirement, where no other file names the section (docs/conformance.md). */
import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { children, text } from '../../dav/xml/element.js';
import { caldav, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { document, element, escapeText } from '../../dav/xml/write.js';
import { multistatus, parse, property } from './answers.js';
import { calendarQueryBody, mkcalendarBody, propertyUpdate } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendar, component } from './icalendar/objects.js';
import { calendarType, event } from './requests.js';
import type { Answer } from './requests.js';

describe('RFC 4791 §1 to §6', () => {
  const suite = davSuite();
  const home = '/dav/calendars/alice/';
  let path: string;
  before(async () => {
    path = await suite.newCollection();
    await suite.put(`${path}a`, event('a'));
  });
  const put = (name: string, body: string, at = path): Promise<Answer> =>
    suite.send('PUT', at + name, { headers: calendarType, body });
  const allprop = async (at: string): Promise<Name[]> => {
    const answer = await suite.send('PROPFIND', at, { headers: { Depth: '0' } });
    return [...(multistatus(answer.body)[0]?.properties.get(200)?.keys() ?? [])];
  };
  const namesOf = async (at: string, name: Name): Promise<Name[]> => {
    const [response] = await suite.propfind(at, [name]);
    return children(property(response, name)).map((each) => each.name);
  };

  it('§1.2: elements of our own are in a namespace of our own; unknown ones of others are passed over', async () => {
    const body = '<propfind xmlns="DAV:"><x:y xmlns:x="urn:x"/><prop><displayname/></prop></propfind>';
    assert.equal((await suite.send('PROPFIND', path, { headers: { Depth: '0' }, body })).status, 207);
    const refused = parse((await suite.send('GET', `${path}nothing`)).body);
    const own = children(refused).filter(({ name }) => !name.startsWith('{DAV:}'));
    assert.deepEqual(
      own.map(({ name }) => name),
      ['{urn:latchkey}message'],
    );
  });

  it('§1.3: a condition that can never hold is 403, one that the user can help 409, each in DAV:error', async () => {
    assertRefused(await put('b', 'no calendar'), 403, caldav('valid-calendar-data'));
    assertRefused(await put('b', event('a')), 409, caldav('no-uid-conflict'));
  });

  it('§2: iCalendar, ETags and MKCALENDAR; class 1, access control and calendar-access are advertised', async () => {
    const made = `${home}section-2/`;
    assert.equal((await suite.send('MKCALENDAR', made)).status, 201);
    const etag = await suite.put(`${made}a`, event('a'));
    const got = await suite.send('GET', `${made}a`);
    assert.match(got.headers.get('content-type') ?? '', /^text\/calendar/);
    assert.equal(got.headers.get('etag'), etag);
    const classes = (await suite.send('OPTIONS', made)).headers.get('dav')?.split(', ') ?? [];
    for (const each of ['1', 'access-control', 'calendar-access']) assert.ok(classes.includes(each), each);
  });

  it('§4.1: one type of component, one UID, no METHOD; what shares a UID is one object', async () => {
    const [one, other] = [event('c'), event('d')].map(
      (each) => /BEGIN:VEVENT.*END:VEVENT/s.exec(each)?.[0] ?? '',
    );
    const wrong = caldav('valid-calendar-object-resource');
    assertRefused(await put('c', calendar(one ?? '', other ?? '')), 403, wrong);
    assertRefused(await put('c', calendar(one ?? '', (one ?? '').replaceAll('VEVENT', 'VTODO'))), 403, wrong);
    assertRefused(await put('c', event('c').replace('PRODID', 'METHOD:PUBLISH\r\nPRODID')), 403, wrong);
    await suite.put(`${path}c`, event('c'));
    assertRefused(await put('d', event('c')), 409, caldav('no-uid-conflict'));
    await suite.put(`${await suite.newCollection()}c`, event('c'));
  });

  it('§4.2, §8.5.2: a calendar says that it is one, and holds neither calendars nor anything but calendar objects', async () => {
    assert.deepEqual(await namesOf(path, dav('resourcetype')), [dav('collection'), caldav('calendar')]);
    for (const [method, at] of [
      ['MKCALENDAR', `${path}inner/`],
      ['MKCOL', `${path}inner/`],
      ['MKCALENDAR', `${path}a/inner/`],
    ] as const) {
      const { status } = await suite.send(method, at);
      assert.ok(status >= 400 && status < 500, `${method} ${at}: ${status}`);
    }
    const page = { headers: { 'Content-Type': 'text/html' }, body: '<p>' };
    assertRefused(await suite.send('PUT', `${path}page.html`, page), 403, caldav('supported-calendar-data'));
  });

  it('§5.1: calendar-access stands in the DAV header of everything that has to do with calendars', async () => {
    for (const at of ['/dav/', '/dav/principals/alice/', home, path, `${path}a`]) {
      const header = (await suite.send('OPTIONS', at)).headers.get('dav') ?? '';
      assert.ok(header.split(', ').includes('calendar-access'), at);
    }
  });

  describe('§5.2: properties of calendars', () => {
    const settable = ['calendar-description', 'calendar-timezone'];
    const guarded = [
      ...['supported-calendar-component-set', 'supported-calendar-data', 'max-resource-size'],
      ...['min-date-time', 'max-date-time', 'max-attendees-per-instance', 'supported-collation-set'],
    ];
    const sections: Readonly<Record<string, string>> = {
      'calendar-description': '§5.2.1',
      'calendar-timezone': '§5.2.2',
      'supported-calendar-component-set': '§5.2.3',
      'supported-calendar-data': '§5.2.4',
      'max-resource-size': '§5.2.5',
      'min-date-time': '§5.2.6',
      'max-date-time': '§5.2.7',
      'max-attendees-per-instance': '§5.2.9',
      'supported-collation-set': '§7.5.1',
    };
    before(async () => {
      const zone = element(caldav('calendar-timezone-id'), 'Europe/Berlin');
      const set = element(caldav('calendar-description'), 'Of mine') + zone;
      const answer = await suite.send('PROPPATCH', path, { body: propertyUpdate({ set }) });
      assert.deepEqual(multistatus(answer.body)[0]?.order, [200]);
    });

    for (const local of [...settable, ...guarded]) {
      const isGuarded = guarded.includes(local);
      it(`${sections[local] ?? ''} ${local}: is there, not in allprop${isGuarded ? ', and protected' : ''}`, async () => {
        const name = caldav(local);
        const [response] = await suite.propfind(path, [name]);
        const value = property(response, name);
        assert.ok(text(value) !== '' || children(value).length > 0);
        assert.ok(!(await allprop(path)).includes(name));
        if (!isGuarded) return;
        for (const patch of [{ set: element(name, '1') }, { remove: element(name, '') }]) {
          const answer = await suite.send('PROPPATCH', path, { body: propertyUpdate(patch) });
          const [refused] = multistatus(answer.body);
          assert.deepEqual(
            [refused?.order, refused?.errors[0]],
            [[403], dav('cannot-modify-protected-property')],
          );
        }
      });
    }

    it('§5.2.1: the language of a description comes back with it', async () => {
      const at = await suite.newCollection();
      const set = element(caldav('calendar-description'), 'Mein Kalender', ' xml:lang="de"');
      await suite.send('PROPPATCH', at, { body: propertyUpdate({ set }) });
      const [response] = await suite.propfind(at, [caldav('calendar-description')]);
      const attributes = [...property(response, caldav('calendar-description')).attributes];
      assert.deepEqual(attributes, [['{http://www.w3.org/XML/1998/namespace}lang', 'de']]);
    });

    it('§5.2.3: without the property being chosen, VTIMEZONE alone is no component that is taken', async () => {
      const names = await suite.propfind(path, [caldav('supported-calendar-component-set')]);
      const listed = children(property(names[0], caldav('supported-calendar-component-set')));
      assert.ok(
        listed.length > 0 && listed.every(({ attributes }) => attributes.get('name') !== 'VTIMEZONE'),
      );
      const wanted = element(caldav('comp'), '', ' name="VTIMEZONE"');
      const body = mkcalendarBody(element(caldav('supported-calendar-component-set'), wanted));
      const refused = await suite.send('MKCALENDAR', `${home}zones/`, { body });
      assert.equal(multistatus(refused.body)[0]?.errors[0], caldav('supported-calendar-component'));
    });

    for (const [where, wrong] of [
      ['no iCalendar', 'Europe/Berlin'],
      ['an event', event('a')],
      ['two time zones', calendar(...zoneLines('A'), ...zoneLines('B'))],
      ['a time zone without parts', calendar('BEGIN:VTIMEZONE', 'TZID:A', 'END:VTIMEZONE')],
    ] as const) {
      it(`§5.2.10, §5.3.1: calendar-timezone that is ${where} is refused with valid-calendar-data`, async () => {
        const set = element(caldav('calendar-timezone'), escapeText(wrong));
        const answers = [
          await suite.send('PROPPATCH', path, { body: propertyUpdate({ set }) }),
          await suite.send('MKCALENDAR', `${home}never/`, { body: mkcalendarBody(set) }),
        ];
        for (const answer of answers)
          assert.equal(multistatus(answer.body)[0]?.errors[0], caldav('valid-calendar-data'));
        assert.equal(
          (await suite.send('OPTIONS', `${home}never/`)).headers.get('allow')?.includes('MKCALENDAR'),
          true,
        );
      });
    }

    it('§5.2.4: the one media type that is not listed is refused, those that are listed are taken', async () => {
      const [response] = await suite.propfind(path, [caldav('supported-calendar-data')]);
      const types = children(property(response, caldav('supported-calendar-data')));
      const listed = types.map(({ attributes }) => attributes.get('content-type'));
      assert.deepEqual(listed, ['text/calendar', 'application/calendar+json', 'application/calendar+xml']);
      const headers = { 'Content-Type': 'text/x-vcalendar' };
      const refused = await suite.send('PUT', `${path}v`, { headers, body: event('v') });
      assertRefused(refused, 403, caldav('supported-calendar-data'));
    });
  });

  it('§5.3: the model holds however a client goes about it: with PUT, POST, COPY and MOVE', async () => {
    const todos = await suite.newCollection(
      'calendars',
      '<supported-calendar-component-set xmlns="urn:ietf:params:xml:ns:caldav"><comp name="VTODO"/></supported-calendar-component-set>',
    );
    const wrong = caldav('supported-calendar-component');
    assertRefused(await put('a', event('a'), todos), 403, wrong);
    assertRefused(await suite.send('POST', todos, { headers: calendarType, body: event('a') }), 403, wrong);
    for (const method of ['COPY', 'MOVE'])
      assertRefused(
        await suite.send(method, `${path}a`, { headers: { Destination: `${todos}a` } }),
        403,
        wrong,
      );
  });

  it('§5.3.3: components, properties and parameters that are not standard come back as they were put', async () => {
    const body = calendar(
      ...component(
        'VEVENT',
        'DTSTART;X-P="a b":20260105T100000Z',
        'X-ABC-GUID;X-Q=1:x',
        'BEGIN:X-INNER',
        'X-A:1',
        'END:X-INNER',
      ),
      ...['BEGIN:X-OUTER', 'X-B:2', 'END:X-OUTER'],
    );
    await suite.put(`${path}x`, body);
    assert.equal((await suite.send('GET', `${path}x`)).body, body);
  });

  it('§5.3.4, §8.2: a strong entity tag as a property, by GET and by PUT, that changes with the bytes', async () => {
    const tags: string[] = [];
    for (const summary of ['one', 'two']) {
      const etag = await suite.put(`${path}tagged`, event('tagged', { summary }));
      const [response] = await suite.propfind(`${path}tagged`, [dav('getetag')]);
      assert.equal(text(property(response, dav('getetag'))), etag);
      assert.equal((await suite.send('GET', `${path}tagged`)).headers.get('etag'), etag);
      assert.match(etag, /^"[^"]+"$/);
      tags.push(etag);
    }
    assert.notEqual(tags[0], tags[1]);
  });

  it('§6.1: access control, with read-free-busy beside the privileges of RFC 3744', async () => {
    const privileges = await suite.propfind(path, [dav('current-user-privilege-set')]);
    const listed = children(property(privileges[0], dav('current-user-privilege-set')));
    const names = listed.map((each) => children(each)[0]?.name);
    for (const name of [dav('read'), caldav('read-free-busy'), dav('bind')])
      assert.ok(names.includes(name), name);
  });

  it('§6.2.1: calendar-home-set is on the principal, and not in allprop', async () => {
    const principal = '/dav/principals/alice/';
    const [response] = await suite.propfind(principal, [caldav('calendar-home-set')]);
    assert.deepEqual(children(property(response, caldav('calendar-home-set'))).map(text), [home]);
    assert.ok(!(await allprop(principal)).includes(caldav('calendar-home-set')));
  });

  it('§7: every report of the RFC is advertised on calendars, and those about objects on objects', async () => {
    const reportsOf = async (at: string): Promise<(Name | undefined)[]> => {
      const [response] = await suite.propfind(at, [dav('supported-report-set')]);
      const listed = children(property(response, dav('supported-report-set')));
      return listed.map((each) => children(children(each)[0] ?? each)[0]?.name);
    };
    const ofObjects = [caldav('calendar-query'), caldav('calendar-multiget')];
    const [onCalendar, onObject] = [await reportsOf(path), await reportsOf(`${path}a`)];
    for (const name of [...ofObjects, caldav('free-busy-query'), dav('expand-property')])
      assert.ok(onCalendar.includes(name), name);
    for (const name of [...ofObjects, dav('expand-property')]) assert.ok(onObject.includes(name), name);
  });

  it('§7.1: DAV:expand-property follows the hrefs of a property', async () => {
    const inner = '<D:property name="displayname"/>';
    const body = `<D:expand-property xmlns:D="DAV:"><D:property name="owner">${inner}</D:property></D:expand-property>`;
    const [response] = multistatus((await suite.send('REPORT', path, { body })).body);
    const [owner] = children(property(response, dav('owner')));
    assert.equal(owner?.name, dav('response'));
    assert.equal(text(children(owner)[0] ?? owner), '/dav/principals/alice/');
  });

  it('§7.2: what is in another calendar is never part of an answer', async () => {
    const other = await suite.newCollection();
    await suite.put(`${other}z`, event('z'));
    for (const depth of ['0', '1', 'infinity']) {
      const answer = await suite.send('REPORT', other, {
        headers: { Depth: depth },
        body: calendarQueryBody(),
      });
      assert.deepEqual(
        multistatus(answer.body).map(({ href }) => href),
        [`${other}z`],
      );
    }
    const body = document(caldav('calendar-multiget'), element(dav('href'), `${path}a`));
    assert.deepEqual(
      multistatus((await suite.send('REPORT', other, { body })).body).map(({ status }) => status),
      [404],
    );
  });
});

/** A VTIMEZONE that never changes. */
function zoneLines(tzid: string): string[] {
  const standard = ['BEGIN:STANDARD', 'DTSTART:19700101T000000', 'TZOFFSETFROM:+0300', 'TZOFFSETTO:+0300'];
  return ['BEGIN:VTIMEZONE', `TZID:${tzid}`, ...standard, 'END:STANDARD', 'END:VTIMEZONE'];
}
