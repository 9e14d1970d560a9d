import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import type { AppPasswordAccess } from '../../storage/index.js';
import { methods } from '../../dav/http/methods.js';
import { children, childrenNamed, text } from '../../dav/xml/element.js';
import { caldav, carddav, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { multistatus, only, parse, property } from './answers.js';
import { calendarQueryBody, lockBody, mkcolBody, propfindBody, resourceType } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import type { Device } from './dav-server.js';
import { calendarType, card, cardType, event, syncBody } from './requests.js';

type Scope = 'everything' | 'calendars' | 'contacts' | 'reading';
const passwords: Readonly<
  Record<Scope, { services: ReadonlySet<'calendars' | 'contacts'>; access: AppPasswordAccess }>
> = {
  everything: { services: new Set(['calendars', 'contacts']), access: 'write' },
  calendars: { services: new Set(['calendars']), access: 'write' },
  contacts: { services: new Set(['contacts']), access: 'write' },
  reading: { services: new Set(['calendars', 'contacts']), access: 'read' },
};
const scopes = Object.keys(passwords) as Scope[];

describe('App passwords with a scope: a smaller world (docs/security.md)', () => {
  const suite = davSuite();
  const devices = new Map<Scope, Device>();
  let calendar: string;
  let book: string;
  before(async () => {
    for (const scope of scopes) devices.set(scope, await suite.server.addDevice('alice', passwords[scope]));
    calendar = await suite.firstCollection();
    book = await suite.firstCollection('addressbooks');
    await suite.put(`${calendar}a.ics`, event('a'));
    await suite.put(`${book}a.vcf`, card('a'));
  });
  const device = (scope: Scope): Device => devices.get(scope) ?? assert.fail();

  describe('the status of each address, for each password', () => {
    const reading: readonly [string, () => string, Readonly<Record<Scope, number>>][] = [
      ['/', () => '/', { everything: 207, calendars: 207, contacts: 207, reading: 207 }],
      ['/dav/', () => '/dav/', { everything: 207, calendars: 207, contacts: 207, reading: 207 }],
      [
        'the principal',
        () => '/dav/principals/alice/',
        { everything: 207, calendars: 207, contacts: 207, reading: 207 },
      ],
      [
        '/dav/calendars/',
        () => '/dav/calendars/',
        { everything: 207, calendars: 207, contacts: 207, reading: 207 },
      ],
      [
        'the calendar home',
        () => '/dav/calendars/alice/',
        { everything: 207, calendars: 207, contacts: 404, reading: 207 },
      ],
      ['a calendar', () => calendar, { everything: 207, calendars: 207, contacts: 404, reading: 207 }],
      [
        'an event',
        () => `${calendar}a.ics`,
        { everything: 207, calendars: 207, contacts: 404, reading: 207 },
      ],
      [
        'the address book home',
        () => '/dav/addressbooks/alice/',
        { everything: 207, calendars: 404, contacts: 207, reading: 207 },
      ],
      ['an address book', () => book, { everything: 207, calendars: 404, contacts: 207, reading: 207 }],
      ['a card', () => `${book}a.vcf`, { everything: 207, calendars: 404, contacts: 207, reading: 207 }],
    ];
    for (const [what, pathOf, expected] of reading) {
      it(`PROPFIND of ${what}`, async () => {
        const statuses = new Map<Scope, number>();
        for (const scope of scopes) {
          const options = { headers: { Depth: '0' }, body: propfindBody(dav('resourcetype')) };
          statuses.set(scope, (await suite.send('PROPFIND', pathOf(), options, device(scope))).status);
        }
        assert.deepEqual(Object.fromEntries(statuses), expected);
      });
    }

    const writing: readonly [
      string,
      string,
      () => string,
      string | undefined,
      Readonly<Record<Scope, number>>,
    ][] = [
      [
        'PUT',
        'an event',
        () => `${calendar}a.ics`,
        event('a'),
        { everything: 204, calendars: 204, contacts: 404, reading: 403 },
      ],
      [
        'PUT',
        'a card',
        () => `${book}a.vcf`,
        card('a'),
        { everything: 204, calendars: 404, contacts: 204, reading: 403 },
      ],
      [
        'DELETE',
        'a missing event',
        () => `${calendar}no.ics`,
        undefined,
        { everything: 404, calendars: 404, contacts: 404, reading: 404 },
      ],
      [
        'MKCALENDAR',
        'an existing calendar',
        () => calendar,
        undefined,
        { everything: 405, calendars: 405, contacts: 404, reading: 405 },
      ],
    ];
    for (const [method, what, pathOf, body, expected] of writing) {
      it(`${method} of ${what}`, async () => {
        const statuses = new Map<Scope, number>();
        for (const scope of scopes) {
          const headers = what === 'a card' ? cardType : calendarType;
          const options = body === undefined ? {} : { headers, body };
          statuses.set(scope, (await suite.send(method, pathOf(), options, device(scope))).status);
        }
        assert.deepEqual(Object.fromEntries(statuses), expected);
      });
    }
  });

  it('the principal names only the homes that the password sees', async () => {
    const names = [
      caldav('calendar-home-set'),
      caldav('calendar-user-address-set'),
      carddav('addressbook-home-set'),
    ];
    const expected: Readonly<Record<Scope, readonly Name[]>> = {
      everything: names,
      reading: names,
      calendars: [caldav('calendar-home-set'), caldav('calendar-user-address-set')],
      contacts: [carddav('addressbook-home-set')],
    };
    for (const scope of scopes) {
      const [principal] = await suite.propfind('/dav/principals/alice/', names, {}, device(scope));
      assert.deepEqual([...(principal?.properties.get(200)?.keys() ?? [])], expected[scope], scope);
    }
  });

  it('the containers list only the homes that the password sees', async () => {
    const listed = async (path: string, scope: Scope): Promise<string[]> => {
      const members = await suite.propfind(path, [dav('resourcetype')], { Depth: '1' }, device(scope));
      return members.map(({ href }) => href);
    };
    assert.deepEqual(await listed('/dav/calendars/', 'contacts'), ['/dav/calendars/']);
    assert.deepEqual(await listed('/dav/addressbooks/', 'calendars'), ['/dav/addressbooks/']);
    assert.deepEqual(await listed('/dav/calendars/', 'calendars'), [
      '/dav/calendars/',
      '/dav/calendars/alice/',
    ]);
  });

  describe('RFC 3744 §5.4: DAV:current-user-privilege-set (client need 17)', () => {
    const privileges = async (path: string, scope: Scope): Promise<Name[]> => {
      const [response] = await suite.propfind(path, [dav('current-user-privilege-set')], {}, device(scope));
      return childrenNamed(property(response, dav('current-user-privilege-set')), dav('privilege')).flatMap(
        (privilege) => children(privilege).map(({ name }) => name),
      );
    };
    const writes = ['write', 'write-content', 'write-properties', 'bind', 'unbind'].map(dav);

    it('has every privilege to write on collections for a password that may write', async () => {
      for (const path of [calendar, book]) {
        const held = await privileges(path, 'everything');
        for (const privilege of [dav('read'), ...writes])
          assert.ok(held.includes(privilege), `${privilege} on ${path}`);
      }
    });

    it('has none of them anywhere for one that may only read', async () => {
      for (const path of [
        '/dav/principals/alice/',
        '/dav/calendars/alice/',
        calendar,
        book,
        `${calendar}a.ics`,
        `${book}a.vcf`,
      ]) {
        const held = await privileges(path, 'reading');
        assert.ok(held.includes(dav('read')), path);
        assert.deepEqual(
          held.filter((privilege) => writes.includes(privilege)),
          [],
          path,
        );
      }
    });

    it('RFC 4791 §6.1.1: names read-free-busy on calendars, not on address books', async () => {
      assert.ok((await privileges(calendar, 'reading')).includes(caldav('read-free-busy')));
      assert.ok(!(await privileges(book, 'everything')).includes(caldav('read-free-busy')));
    });
  });

  describe('RFC 3744 §7.1.1: a read-only password that writes (client need 32)', () => {
    const proppatch =
      '<propertyupdate xmlns="DAV:"><set><prop><displayname>X</displayname></prop></set></propertyupdate>';
    const home = '/dav/calendars/alice/';
    const writes: readonly [string, () => string, string | undefined, Name, () => string][] = [
      ['PUT', () => `${calendar}a.ics`, event('a'), dav('write-content'), () => `${calendar}a.ics`],
      ['PUT', () => `${calendar}new.ics`, event('new'), dav('bind'), () => calendar],
      ['DELETE', () => `${calendar}a.ics`, undefined, dav('unbind'), () => calendar],
      ['DELETE', () => calendar, undefined, dav('unbind'), () => home],
      ['PROPPATCH', () => calendar, proppatch, dav('write-properties'), () => calendar],
      ['MKCALENDAR', () => `${home}new/`, undefined, dav('bind'), () => home],
    ];
    for (const [method, pathOf, body, privilege, lacking] of writes) {
      it(`${method} is refused with DAV:need-privileges naming resource and privilege ${privilege}`, async () => {
        const path = pathOf();
        const options = {
          headers: method === 'PUT' ? calendarType : {},
          ...(body === undefined ? {} : { body }),
        };
        const answer = await suite.send(method, path, options, device('reading'));
        assertRefused(answer, 403, dav('need-privileges'));
        const resource = only(only(parse(answer.body), dav('need-privileges')), dav('resource'));
        assert.equal(text(only(resource, dav('href'))), lacking());
        assert.deepEqual(
          children(only(resource, dav('privilege'))).map(({ name }) => name),
          [privilege],
        );
      });
    }

    it('every method that Allow names to a writer, on every kind of resource, asks for a privilege', async () => {
      const readers = new Set(['OPTIONS', 'PROPFIND', 'REPORT', 'GET', 'HEAD']);
      const bodies: Readonly<Record<string, string>> = {
        PROPPATCH: proppatch,
        LOCK: lockBody(),
        PUT: event('any'),
        POST: event('any'),
        MKCOL: mkcolBody(resourceType(dav('collection'), caldav('calendar'))),
      };
      const tried = new Set<string>(['ACL']);
      for (const path of [
        ...['/', '/dav/', '/dav/principals/alice/', home, '/dav/addressbooks/alice/'],
        ...[calendar, book, `${calendar}a.ics`, `${book}a.vcf`],
        ...[`${calendar}vacant.ics`, `${book}vacant.vcf`, `${home}vacant/`],
      ]) {
        const allow = (await suite.send('OPTIONS', path)).headers.get('allow')?.split(', ') ?? [];
        const state = await suite.send('PROPFIND', calendar, { headers: { Depth: '1' } });
        for (const method of allow) {
          tried.add(method);
          const headers = {
            ...(method === 'UNLOCK' ? { 'Lock-Token': '<urn:uuid:x>' } : {}),
            ...(path.startsWith('/dav/calendars/') ? calendarType : cardType),
            Destination: path.endsWith('/') ? `${path.slice(0, -1)}-there/` : `${path}-there`,
            Depth: '0',
          };
          if (readers.has(method)) continue;
          const body = bodies[method];
          const options = { headers, ...(body === undefined ? {} : { body }) };
          if (method === 'MOVE' && path.endsWith('/')) headers.Depth = 'infinity';
          const answer = await suite.send(method, path, options, device('reading'));
          assertRefused(answer, 403, dav('need-privileges'), `${method} ${path}: ${answer.body}`);
        }
        const after = await suite.send('PROPFIND', calendar, { headers: { Depth: '1' } });
        assert.equal(after.body, state.body, path);
      }
      assert.deepEqual([...tried].sort(), [...methods.keys()].sort(), 'each method was tried somewhere');
      assertRefused(await suite.send('ACL', calendar), 403, dav('need-privileges'));
    });

    it('reads all the same: GET, query and sync', async () => {
      const get = await suite.send('GET', `${calendar}a.ics`, {}, device('reading'));
      assert.equal(get.body, event('a'));
      for (const body of [calendarQueryBody(), syncBody('')]) {
        const answer = await suite.send(
          'REPORT',
          calendar,
          { headers: { Depth: '1' }, body },
          device('reading'),
        );
        assert.deepEqual(
          multistatus(answer.body).map(({ href }) => href),
          [`${calendar}a.ics`],
        );
      }
    });
  });
});
