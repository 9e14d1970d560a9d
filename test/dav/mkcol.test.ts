import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { children, childrenNamed, text } from '../../dav/xml/element.js';
import type { XmlElement } from '../../dav/xml/element.js';
import { appleIcal, calendarServer, caldav, carddav, dav, name } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { element, escapeText } from '../../dav/xml/write.js';
import { multistatus, only, parse, property } from './answers.js';
import { calendarQueryBody, mkcalendarBody, mkcolBody, multigetBody, resourceType } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendarType, event, syncBody } from './requests.js';

const calendarTypes = resourceType(dav('collection'), caldav('calendar'));
const bookTypes = resourceType(dav('collection'), carddav('addressbook'));
const components = (...names: string[]): string =>
  element(
    caldav('supported-calendar-component-set'),
    names.map((each) => element(caldav('comp'), '', ` name="${each}"`)).join(''),
  );
const timezone = `BEGIN:VCALENDAR
PRODID:-//Example Corp.//CalDAV Client//EN
VERSION:2.0
BEGIN:VTIMEZONE
TZID:US-Eastern
LAST-MODIFIED:19870101T000000Z
BEGIN:STANDARD
DTSTART:19671029T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:Eastern Standard Time (US & Canada)
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19870405T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:Eastern Daylight Time (US & Canada)
END:DAYLIGHT
END:VTIMEZONE
END:VCALENDAR
`;

/** The propstats of DAV:mkcol-response: status to names. */
function mkcolResponse(body: string): Map<string, Name[]> {
  const root = parse(body);
  assert.equal(root.name, dav('mkcol-response'));
  return new Map(
    childrenNamed(root, dav('propstat')).map((propstat) => [
      text(only(propstat, dav('status'))),
      children(only(propstat, dav('prop'))).map((each) => each.name),
    ]),
  );
}

describe('Making collections', () => {
  const suite = davSuite();
  let count = 0;
  const vacant = (home: 'calendars' | 'addressbooks' = 'calendars'): string => {
    count += 1;
    return `/dav/${home}/alice/made-${count}/`;
  };
  const propertiesOf = async (
    path: string,
    ...names: readonly Name[]
  ): Promise<ReadonlyMap<Name, XmlElement>> =>
    (await suite.propfind(path, names))[0]?.properties.get(200) ?? new Map<Name, XmlElement>();
  const componentsOf = async (path: string): Promise<(string | undefined)[]> => {
    const set = (await propertiesOf(path, caldav('supported-calendar-component-set'))).get(
      caldav('supported-calendar-component-set'),
    );
    return childrenNamed(set ?? assert.fail(), caldav('comp')).map(({ attributes }) =>
      attributes.get('name'),
    );
  };
  const assertMissing = async (path: string): Promise<void> => {
    assertRefused(await suite.send('PROPFIND', path, { headers: { Depth: '0' } }), 404);
  };

  describe('RFC 4791 §5.3.1: MKCALENDAR', () => {
    it('without a body makes a calendar for events and tasks', async () => {
      const path = vacant();
      const answer = await suite.send('MKCALENDAR', path);
      assert.equal(answer.status, 201);
      assert.equal(answer.headers.get('cache-control'), 'no-cache');
      assert.equal(answer.body, '');
      const made = await propertiesOf(path, dav('resourcetype'), dav('displayname'));
      assert.deepEqual(
        children(made.get(dav('resourcetype')) ?? assert.fail()).map((each) => each.name),
        [dav('collection'), caldav('calendar')],
      );
      assert.ok(!made.has(dav('displayname')), 'its name is nobody’s invention');
      assert.deepEqual(await componentsOf(path), ['VEVENT', 'VTODO']);
    });

    it('§5.3.1.2: sets what the body names', async () => {
      const path = vacant();
      const answer = await suite.send('MKCALENDAR', path, {
        body: mkcalendarBody(
          element(dav('displayname'), "Lisa's Events") +
            element(caldav('calendar-description'), 'Calendar restricted to events.', ' xml:lang="en"') +
            components('VEVENT') +
            element(caldav('calendar-timezone'), `<![CDATA[${timezone}]]>`) +
            element(appleIcal('calendar-color'), '#711A76FF') +
            element(name('urn:example', 'dead'), 'kept'),
        ),
      });
      assert.equal(answer.status, 201, answer.body);
      const made = await propertiesOf(
        path,
        ...[dav('displayname'), caldav('calendar-description'), caldav('calendar-timezone')],
        ...[appleIcal('calendar-color'), name('urn:example', 'dead')],
      );
      assert.deepEqual([...made.values()].map(text), [
        "Lisa's Events",
        'Calendar restricted to events.',
        timezone,
        '#711A76FF',
        'kept',
      ]);
      assert.deepEqual(await componentsOf(path), ['VEVENT']);
    });

    it('takes a DAV:resourcetype in the body, as macOS sends one (client need 21)', async () => {
      const path = vacant();
      const body = mkcalendarBody(calendarTypes + element(dav('displayname'), 'x'));
      assert.equal((await suite.send('MKCALENDAR', path, { body })).status, 201);
    });

    describe('a subscription of macOS (client need 21)', () => {
      const types = resourceType(dav('collection'), calendarServer('subscribed'));
      const sourceOf = (address: string): string =>
        element(calendarServer('source'), element(dav('href'), escapeText(address)));
      const more =
        element(dav('displayname'), 'Holidays') +
        element(appleIcal('refreshrate'), 'P1W') +
        element(calendarServer('subscribed-strip-alarms'), '');
      const source = 'webcal://example.com/holidays.ics?year=2026&land=de';

      it('is a collection of the type CS:subscribed that keeps CS:source and what else it was given', async () => {
        for (const method of ['MKCALENDAR', 'MKCOL']) {
          const path = vacant();
          const set = types + sourceOf(source) + more;
          const body = method === 'MKCOL' ? mkcolBody(set) : mkcalendarBody(set);
          const answer = await suite.send(method, path, { body });
          assert.equal(answer.status, 201, answer.body);
          const made = await propertiesOf(
            path,
            ...[dav('resourcetype'), dav('displayname'), calendarServer('source')],
            ...[appleIcal('refreshrate'), calendarServer('subscribed-strip-alarms')],
          );
          assert.equal(made.size, 5);
          assert.deepEqual(
            children(made.get(dav('resourcetype')) ?? assert.fail()).map(({ name }) => name),
            [dav('collection'), calendarServer('subscribed')],
          );
          assert.equal(text(only(made.get(calendarServer('source')) ?? assert.fail(), dav('href'))), source);
          const put = await suite.send('PUT', `${path}a`, { headers: calendarType, body: event('a') });
          assertRefused(put, 403);
          assert.equal((await suite.send('DELETE', path)).status, 204);
        }
      });

      it('has no reports about objects, neither in DAV:supported-report-set nor when they are sent', async () => {
        const reportsOf = async (path: string): Promise<(Name | undefined)[]> => {
          const [set] = (await propertiesOf(path, dav('supported-report-set'))).values();
          return children(set ?? assert.fail()).map((each) => children(only(each, dav('report')))[0]?.name);
        };
        const path = vacant();
        const body = mkcalendarBody(types + sourceOf(source));
        assert.equal((await suite.send('MKCALENDAR', path, { body })).status, 201);
        const calendars = await reportsOf(await suite.firstCollection());
        const asking = ['calendar-query', 'calendar-multiget', 'free-busy-query'].map(caldav);
        assert.deepEqual(
          await reportsOf(path),
          calendars.filter((name) => name === undefined || !asking.includes(name)),
        );
        for (const report of [calendarQueryBody(), multigetBody('calendar', [`${path}a`])])
          assertRefused(await suite.send('REPORT', path, { body: report }), 403, dav('supported-report'));
        for (const report of [syncBody(''), '<expand-property xmlns="DAV:"/>'])
          assert.ok((await suite.send('REPORT', path, { body: report })).status < 400);
        assert.equal((await suite.send('DELETE', path)).status, 204);
      });

      it('needs an address that clients can fetch; nothing is made otherwise', async () => {
        for (const given of [
          '',
          sourceOf(''),
          sourceOf('file:///etc/passwd'),
          element(calendarServer('source'), 'x'),
        ]) {
          const path = vacant();
          const answer = await suite.send('MKCALENDAR', path, { body: mkcalendarBody(types + given) });
          assertRefused(answer, 403, dav('valid-resourcetype'));
          await assertMissing(path);
        }
        const book = vacant('addressbooks');
        const answer = await suite.send('MKCOL', book, { body: mkcolBody(types + sourceOf(source)) });
        assertRefused(answer, 403, dav('valid-resourcetype'));
      });
    });

    for (const wanted of [
      ['VEVENT'],
      ['VTODO'],
      ['VJOURNAL'],
      ['VEVENT', 'VTODO', 'VJOURNAL'],
      ['VFREEBUSY'],
    ]) {
      it(`§5.2.3: a calendar for ${wanted.join(', ')} takes these and nothing else (client need 43)`, async () => {
        const path = vacant();
        assert.equal(
          (await suite.send('MKCALENDAR', path, { body: mkcalendarBody(components(...wanted)) })).status,
          201,
        );
        assert.deepEqual(await componentsOf(path), wanted);
        for (const component of ['VEVENT', 'VTODO', 'VJOURNAL']) {
          const body = event(component).replaceAll('VEVENT', component);
          const answer = await suite.send('PUT', `${path}${component}.ics`, { headers: calendarType, body });
          if (wanted.includes(component)) assert.equal(answer.status, 201, `${component}: ${answer.body}`);
          else assertRefused(answer, 403, caldav('supported-calendar-component'), component);
        }
      });
    }

    it('a component that is none is refused for that property: 207, and no calendar', async () => {
      const path = vacant();
      const body = mkcalendarBody(element(dav('displayname'), 'x') + components('VEVENT', 'VPOLL'));
      const answer = await suite.send('MKCALENDAR', path, { body });
      assert.equal(answer.status, 207);
      const [response] = multistatus(answer.body);
      assert.equal(response?.href, path);
      assert.deepEqual(
        [...(response.properties.get(403)?.keys() ?? [])],
        [caldav('supported-calendar-component-set')],
      );
      assert.deepEqual([...(response.properties.get(424)?.keys() ?? [])], [dav('displayname')]);
      assert.ok(response.errors.includes(caldav('supported-calendar-component')));
      await assertMissing(path);
    });

    it('CALDAV:valid-calendar-data: a time zone that is none leaves no calendar behind', async () => {
      const path = vacant();
      const answer = await suite.send('MKCALENDAR', path, {
        body: mkcalendarBody(element(caldav('calendar-timezone'), 'Europe/Berlin')),
      });
      assert.equal(answer.status, 207);
      assert.ok(multistatus(answer.body)[0]?.errors.includes(caldav('valid-calendar-data')));
      await assertMissing(path);
    });

    it('a protected property leaves no calendar behind', async () => {
      const path = vacant();
      const answer = await suite.send('MKCALENDAR', path, {
        body: mkcalendarBody(element(dav('getetag'), 'x')),
      });
      assert.deepEqual(multistatus(answer.body)[0]?.order, [403]);
      await assertMissing(path);
    });

    it('a dead property that there is no room for: 507 beside it, 424 for the others, and no calendar', async () => {
      const path = vacant();
      const large = element(name('urn:example', 'large'), 'x'.repeat(70_000));
      const body = mkcalendarBody(element(dav('displayname'), 'Name') + large);
      const [response] = multistatus((await suite.send('MKCALENDAR', path, { body })).body);
      assert.deepEqual(response?.order, [507, 424]);
      assert.deepEqual([...(response.properties.get(507)?.keys() ?? [])], [name('urn:example', 'large')]);
      await assertMissing(path);
    });

    it('another root, or XML that is none, is 400', async () => {
      for (const body of [mkcolBody(calendarTypes), '<mkcalendar xmlns="DAV:"/>', 'not XML', '<a']) {
        const path = vacant();
        const headers = { 'Content-Type': 'application/xml' };
        assertRefused(await suite.send('MKCALENDAR', path, { headers, body }), 400);
        await assertMissing(path);
      }
    });

    it('DAV:resource-must-be-null: nothing is made where something is', async () => {
      const path = await suite.newCollection('calendars', '<displayname>First</displayname>');
      await suite.put(`${path}a.ics`, event('a'));
      for (const taken of [path, path.slice(0, -1), `${path}a.ics`, '/dav/calendars/alice/', '/dav/']) {
        const answer = await suite.send('MKCALENDAR', taken, {
          body: mkcalendarBody(element(dav('displayname'), 'Second')),
        });
        assertRefused(answer, 405, dav('resource-must-be-null'), taken);
        assert.ok(answer.headers.get('allow'));
      }
      assert.equal(
        text((await propertiesOf(path, dav('displayname'))).get(dav('displayname')) ?? assert.fail()),
        'First',
      );
    });

    it('CALDAV:calendar-collection-location-ok: calendars stand in the calendar home alone', async () => {
      const calendar = await suite.firstCollection();
      for (const path of [`${calendar}inside/`, vacant('addressbooks')]) {
        assertRefused(
          await suite.send('MKCALENDAR', path),
          403,
          caldav('calendar-collection-location-ok'),
          path,
        );
      }
    });

    it('RFC 4918 §9.3: 409 where the collection around it is missing', async () => {
      assertRefused(await suite.send('MKCALENDAR', '/dav/calendars/alice/missing/inside/'), 409);
    });

    it('elsewhere there is nothing: 404', async () => {
      for (const path of ['/dav/calendars/bob/x/', '/dav/x/', '/x/'])
        assertRefused(await suite.send('MKCALENDAR', path), 404);
    });
  });

  describe('RFC 5689 §3: extended MKCOL', () => {
    it('RFC 6352 §6.3.1.1: makes an address book with what the body names', async () => {
      const path = vacant('addressbooks');
      const answer = await suite.send('MKCOL', path, {
        body: mkcolBody(
          bookTypes +
            element(dav('displayname'), "Lisa's Contacts") +
            element(carddav('addressbook-description'), 'My primary address book.', ' xml:lang="en"'),
        ),
      });
      assert.equal(answer.status, 201);
      assert.equal(answer.headers.get('cache-control'), 'no-cache');
      const made = await propertiesOf(
        path,
        dav('displayname'),
        carddav('addressbook-description'),
        dav('resourcetype'),
      );
      assert.equal(text(made.get(dav('displayname')) ?? assert.fail()), "Lisa's Contacts");
      assert.equal(
        text(made.get(carddav('addressbook-description')) ?? assert.fail()),
        'My primary address book.',
      );
      assert.deepEqual(
        children(made.get(dav('resourcetype')) ?? assert.fail()).map((each) => each.name),
        [dav('collection'), carddav('addressbook')],
      );
    });

    it('makes a calendar as MKCALENDAR does', async () => {
      const path = vacant();
      assert.equal(
        (await suite.send('MKCOL', path, { body: mkcolBody(calendarTypes, components('VJOURNAL')) })).status,
        201,
      );
      assert.deepEqual(await componentsOf(path), ['VJOURNAL']);
    });

    it('several DAV:set elements count in document order', async () => {
      const path = vacant('addressbooks');
      const body = mkcolBody(
        bookTypes,
        element(dav('displayname'), 'one'),
        element(dav('displayname'), 'two'),
      );
      assert.equal((await suite.send('MKCOL', path, { body })).status, 201);
      assert.equal(
        text((await propertiesOf(path, dav('displayname'))).get(dav('displayname')) ?? assert.fail()),
        'two',
      );
    });

    it('§3.5: a property that cannot be set fails the request with DAV:mkcol-response, and makes nothing', async () => {
      const path = vacant('addressbooks');
      const body = mkcolBody(bookTypes, element(dav('displayname'), 'x') + element(dav('getetag'), 'y'));
      const answer = await suite.send('MKCOL', path, { body });
      assert.equal(answer.status, 424);
      assert.equal(answer.headers.get('cache-control'), 'no-cache');
      const statuses = mkcolResponse(answer.body);
      assert.deepEqual(statuses.get('HTTP/1.1 403 Forbidden'), [dav('getetag')]);
      assert.deepEqual(statuses.get('HTTP/1.1 424 Failed Dependency'), [dav('displayname')]);
      await assertMissing(path);
    });

    const wrongTypes: readonly [string, 'calendars' | 'addressbooks', string | undefined][] = [
      ['no body', 'calendars', undefined],
      ['no body', 'addressbooks', undefined],
      ['no resource type', 'addressbooks', mkcolBody(element(dav('displayname'), 'x'))],
      ['a plain collection', 'calendars', mkcolBody(resourceType(dav('collection')))],
      [
        'a fictitious type',
        'calendars',
        mkcolBody(resourceType(dav('collection'), name('http://example.com/ns/', 'special-resource'))),
      ],
      ['a calendar without DAV:collection', 'calendars', mkcolBody(resourceType(caldav('calendar')))],
      [
        'calendar and address book in one',
        'calendars',
        mkcolBody(resourceType(dav('collection'), caldav('calendar'), carddav('addressbook'))),
      ],
      ['a calendar among address books', 'addressbooks', mkcolBody(calendarTypes)],
      ['an address book among calendars', 'calendars', mkcolBody(bookTypes)],
    ];
    for (const [what, home, body] of wrongTypes) {
      it(`§3.3: DAV:valid-resourcetype for ${what} in ${home}`, async () => {
        const path = vacant(home);
        assertRefused(
          await suite.send('MKCOL', path, body === undefined ? {} : { body }),
          403,
          dav('valid-resourcetype'),
        );
        await assertMissing(path);
      });
    }

    it('RFC 4918 §9.3.1: 405 on what is there, 409 below what is not', async () => {
      const book = await suite.firstCollection('addressbooks');
      assertRefused(
        await suite.send('MKCOL', book, { body: mkcolBody(bookTypes) }),
        405,
        dav('resource-must-be-null'),
      );
      assertRefused(
        await suite.send('MKCOL', '/dav/addressbooks/alice/missing/inside/', { body: mkcolBody(bookTypes) }),
        409,
      );
    });

    it('RFC 6352 §5.2: address books stand in their home, not inside each other', async () => {
      const book = await suite.firstCollection('addressbooks');
      const answer = await suite.send('MKCOL', `${book}inside/`, { body: mkcolBody(bookTypes) });
      assertRefused(answer, 403, carddav('addressbook-collection-location-ok'));
    });

    it('RFC 4918 §9.3.1: 415 for a body that is no DAV:mkcol, by its media type or its root', async () => {
      const path = vacant();
      const foreign = { headers: { 'Content-Type': 'xzy-foo/bar-512' }, body: 'afafafaf' };
      for (const method of ['MKCOL', 'MKCALENDAR'])
        assertRefused(await suite.send(method, path, foreign), 415);
      assertRefused(await suite.send('MKCOL', path, { body: mkcalendarBody('') }), 415);
      await assertMissing(path);
    });
  });

  describe('names', () => {
    for (const [what, segment] of [
      ['spaces and umlauts', encodeURIComponent('Familie Müller')],
      ['one letter', 'x'],
      ['a capital UUID, as macOS makes them', 'D8E9A5B4-6F3C-4B7E-9E0A-2C1D3F4A5B6C'],
      ['255 bytes', 'n'.repeat(255)],
      ['dots', '..hidden..'],
      ['default', 'default'],
    ] as const) {
      it(`the client chooses: ${what}`, async () => {
        const path = `/dav/calendars/alice/${segment}/`;
        assert.equal((await suite.send('MKCALENDAR', path)).status, 201);
        assert.equal((await suite.propfind(path, []))[0]?.href, path);
      });
    }

    it('calendars and address books share no names', async () => {
      const [calendar, book] = ['/dav/calendars/alice/shared/', '/dav/addressbooks/alice/shared/'];
      assert.equal((await suite.send('MKCALENDAR', calendar)).status, 201);
      assert.equal((await suite.send('MKCOL', book, { body: mkcolBody(bookTypes) })).status, 201);
      assert.equal((await suite.send('DELETE', calendar)).status, 204);
      assert.equal((await suite.propfind(book, [])).length, 1);
    });
  });

  it('a text that is set comes back as it was sent', async () => {
    const path = vacant();
    const title = ' <b>&amp;</b> \u{1F389} "x" ';
    assert.equal(
      (
        await suite.send('MKCALENDAR', path, {
          body: mkcalendarBody(element(dav('displayname'), escapeText(title))),
        })
      ).status,
      201,
    );
    const [response] = await suite.propfind(path, [dav('displayname')]);
    assert.equal(text(property(response, dav('displayname'))), title);
  });
});

describe('Making collections: the limit', () => {
  const suite = davSuite({ limits: { maxCollections: 3 } });

  it('is counted a home, answered with 507, and free again after a deletion', async () => {
    await suite.newCollection();
    const second = await suite.newCollection();
    assertRefused(await suite.send('MKCALENDAR', '/dav/calendars/alice/fourth/'), 507);
    await suite.newCollection('addressbooks');
    assert.equal((await suite.send('DELETE', second)).status, 204);
    assert.equal((await suite.send('MKCALENDAR', '/dav/calendars/alice/fourth/')).status, 201);
  });
});
