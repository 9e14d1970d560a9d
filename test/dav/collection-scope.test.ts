/** App passwords that are limited to chosen calendars and address books: all the others do not exist (docs/security.md). */
import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { setBirthdayCalendar } from '../../dav/index.js';
import { methods } from '../../dav/http/methods.js';
import { children, childrenNamed, text } from '../../dav/xml/element.js';
import { caldav, carddav, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { findCollection } from '../../storage/index.js';
import type { AppPasswordId, CollectionId } from '../../storage/index.js';
import { multistatus, only, parse, property, syncTokenOf } from './answers.js';
import {
  addressbookQueryBody,
  calendarQueryBody,
  lockBody,
  mkcolBody,
  multigetBody,
  propertyUpdate,
  propfindBody,
  resourceType,
} from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import type { Device } from './dav-server.js';
import { homeSyncBody } from './home-replica.js';
import { calendarType, card, cardType, event, syncBody } from './requests.js';
import type { Answer, RequestOptions } from './requests.js';

const home = '/dav/calendars/alice/';
const books = '/dav/addressbooks/alice/';
const SECRET = 'hidden-from-the-limited';

type Try = readonly [method: string, options: RequestOptions];
const report = (body: string, depth = '1'): Try => ['REPORT', { headers: { Depth: depth }, body }];
const freeBusy =
  '<c:free-busy-query xmlns:c="urn:ietf:params:xml:ns:caldav"><c:time-range start="20260101T000000Z" end="20260201T000000Z"/></c:free-busy-query>';
const principalOwner =
  '<principal-match xmlns="DAV:"><principal-property><owner/></principal-property><prop><displayname/></prop></principal-match>';
const search =
  '<principal-property-search xmlns="DAV:"><property-search><prop><displayname/></prop><match>a</match></property-search><prop><displayname/></prop></principal-property-search>';
const expand =
  '<expand-property xmlns="DAV:"><property name="current-user-principal"><property name="displayname"/></property></expand-property>';

const mayBeTried = (target: string): readonly Try[] => [
  ['OPTIONS', {}],
  ['GET', {}],
  ['HEAD', {}],
  ['PROPFIND', { headers: { Depth: '0' } }],
  ['PROPFIND', { headers: { Depth: '1' } }],
  ['PROPFIND', { headers: { Depth: 'infinity' } }],
  ['PROPPATCH', { body: propertyUpdate({ set: '<D:displayname>taken</D:displayname>' }) }],
  ['PUT', { body: event('intruder'), headers: calendarType }],
  ['PUT', { body: card('intruder'), headers: cardType }],
  ['PUT', { body: event('intruder'), headers: { ...calendarType, 'If-Match': '*' } }],
  ['POST', { body: event('intruder'), headers: calendarType }],
  ['DELETE', {}],
  ['DELETE', { headers: { If: '(Not <DAV:no-lock>)' } }],
  ['MKCALENDAR', {}],
  ['MKCOL', { body: mkcolBody(resourceType(dav('collection'), caldav('calendar'))) }],
  ['MKCOL', { body: mkcolBody(resourceType(dav('collection'), carddav('addressbook'))) }],
  ['COPY', { headers: { Destination: target } }],
  ['COPY', { headers: { Destination: target, Depth: '0', Overwrite: 'F' } }],
  ['MOVE', { headers: { Destination: target } }],
  ['LOCK', { body: lockBody(), headers: { Depth: '0' } }],
  ['LOCK', { body: lockBody('shared'), headers: { Depth: 'infinity' } }],
  ['UNLOCK', { headers: { 'Lock-Token': '<urn:uuid:0>' } }],
  ['ACL', { body: '<acl xmlns="DAV:"/>' }],
  report(syncBody('')),
  report(calendarQueryBody()),
  report(addressbookQueryBody('')),
  report(multigetBody('calendar', [`${target}a.ics`])),
  report(freeBusy),
  report(expand, '0'),
  report(principalOwner, '0'),
  report(search, '0'),
  report('<acl-principal-prop-set xmlns="DAV:"><prop><displayname/></prop></acl-principal-prop-set>', '0'),
];

describe('App passwords limited to collections: a smaller world (docs/security.md)', () => {
  const suite = davSuite();
  let work: string;
  let other: string;
  let friends: string;
  let otherBook: string;
  let limited: Device;
  let id: AppPasswordId;

  const idOf = async (path: string): Promise<CollectionId> => {
    const account = await suite.server.auth.accounts.find('alice');
    const kind = path.startsWith(home) ? 'calendar' : 'addressbook';
    const name = path.split('/')[4] ?? '';
    const found = await suite.server.database.read((reader) =>
      findCollection(reader, account?.id ?? assert.fail(), kind, name),
    );
    return found?.id ?? assert.fail(`there is no ${path}`);
  };
  const limitedTo = async (paths: readonly string[]): Promise<Device> =>
    suite.server.addDevice('alice', { collections: new Set(await Promise.all(paths.map(idOf))) });
  const chooseAnew = async (collections: ReadonlySet<CollectionId> | undefined): Promise<void> => {
    const account = await suite.server.auth.accounts.find('alice');
    const input = { label: 'test', services: new Set(['calendars', 'contacts'] as const), access: 'write' };
    await suite.server.auth.appPasswords.change(
      account?.id ?? assert.fail(),
      id,
      { ...input, access: 'write', collections },
      { kind: 'shell' },
    );
  };

  before(async () => {
    work = await suite.newCollection();
    friends = await suite.newCollection('addressbooks');
    const make = async (path: string, type: Name): Promise<void> => {
      const named = '<D:displayname>hidden-from-the-limited</D:displayname>';
      const body = mkcolBody(resourceType(dav('collection'), type), named);
      assert.equal((await suite.send('MKCOL', path, { body })).status, 201);
    };
    other = `${home}${SECRET}/`;
    otherBook = `${books}${SECRET}/`;
    await make(other, caldav('calendar'));
    await make(otherBook, carddav('addressbook'));
    for (const path of [work, other]) await suite.put(`${path}a.ics`, event('a', { summary: path }));
    for (const path of [friends, otherBook]) await suite.put(`${path}a.vcf`, card('a'));
    limited = await limitedTo([work, friends]);
    const account = await suite.server.auth.accounts.find('alice');
    const [newest] = await suite.server.auth.appPasswords.list(account?.id ?? assert.fail());
    id = newest?.id ?? assert.fail();
  });

  const as = (device: Device, [method, options]: Try, path: string): Promise<Answer> =>
    suite.send(method, path, options, device);
  const hrefs = (answer: Answer): string[] => multistatus(answer.body).map(({ href }) => href);
  const privileges = async (path: string, device: Device): Promise<Name[]> => {
    const [response] = await suite.propfind(path, [dav('current-user-privilege-set')], {}, device);
    return childrenNamed(property(response, dav('current-user-privilege-set')), dav('privilege')).flatMap(
      (each) => children(each).map(({ name }) => name),
    );
  };
  /** Everything that alice has, as a password without a limit sees it. */
  const world = async (): Promise<string[]> => {
    const seen: string[] = [];
    for (const path of [home, books, work, other, friends, otherBook, `${other}a.ics`, `${otherBook}a.vcf`]) {
      const answer = await suite.send('PROPFIND', path, { headers: { Depth: '1' } });
      seen.push(`${path} ${answer.status} ${answer.body}`);
    }
    return seen;
  };

  it('every method, on every path of a collection outside, answers as where there is none, and changes nothing', async () => {
    const before = await world();
    const tried = new Set<string>();
    const missing = (path: string): string => path.replace(SECRET, 'there-is-none-there-now');
    for (const path of [other, `${other}a.ics`, `${other}new.ics`, otherBook, `${otherBook}a.vcf`]) {
      for (const each of mayBeTried(work)) {
        tried.add(each[0]);
        const answer = await as(limited, each, path);
        const same = await as(limited, each, missing(path));
        const what = `${each[0]} ${path} ${JSON.stringify(each[1])}`;
        assert.equal(answer.status, same.status, what);
        assert.equal(answer.body.replaceAll(SECRET, 'there-is-none-there-now'), same.body, what);
        assert.deepEqual(answer.headers.get('allow'), same.headers.get('allow'), what);
        if (each[0] !== 'OPTIONS') assert.ok(answer.status >= 400, `${what}: ${answer.status}`);
      }
    }
    assert.deepEqual([...tried].sort(), [...methods.keys()].sort(), 'each method was tried');
    assert.deepEqual(await world(), before);
  });

  it('nothing that can be asked of what is in sight names what is not', async () => {
    const before = await world();
    const kinds = ['getetag', 'displayname', 'resourcetype', 'owner', 'sync-token', 'lockdiscovery'].map(dav);
    const ways: readonly (readonly [path: string, request: Try])[] = [
      ...[home, books, '/', '/dav/', '/dav/calendars/', '/dav/addressbooks/', '/dav/principals/'].flatMap(
        (path): (readonly [string, Try])[] => [
          [path, ['PROPFIND', { headers: { Depth: '1' }, body: propfindBody(...kinds) }]],
          [path, ['PROPFIND', { headers: { Depth: '1' } }]],
          [path, report(principalOwner, '0')],
          [path, report(search, '0')],
          [path, ['OPTIONS', {}]],
        ],
      ),
      ...[home, books].flatMap((path): (readonly [string, Try])[] => [
        [path, report(homeSyncBody('', '1'))],
        [path, report(homeSyncBody('', 'infinite'))],
        [path, report(homeSyncBody('', 'infinite', 1))],
      ]),
      [
        '/dav/principals/alice/',
        report(
          '<expand-property xmlns="DAV:"><property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"><property name="sync-token"/><property name="displayname"/></property></expand-property>',
          '0',
        ),
      ],
      [work, report(syncBody(''))],
      [work, report(calendarQueryBody())],
      [friends, report(addressbookQueryBody(''))],
    ];
    for (const [path, request] of ways) {
      const answer = await as(limited, request, path);
      assert.ok(answer.status < 400, `${request[0]} ${path}: ${answer.status} ${answer.body}`);
      assert.ok(!answer.body.includes(SECRET), `${request[0]} ${path}: ${answer.body}`);
    }
    assert.deepEqual(await world(), before);
  });

  it('homes list what was chosen and nothing else, at both levels of a synchronization too', async () => {
    const listed = await as(limited, ['PROPFIND', { headers: { Depth: '1' } }], home);
    assert.deepEqual(hrefs(listed), [home, work]);
    assert.deepEqual(hrefs(await as(limited, report(homeSyncBody('', '1')), home)), [work]);
    assert.deepEqual(hrefs(await as(limited, report(homeSyncBody('', 'infinite')), home)), [
      work,
      `${work}a.ics`,
    ]);
    const listedBooks = await as(limited, ['PROPFIND', { headers: { Depth: '1' } }], books);
    assert.deepEqual(hrefs(listedBooks), [books, friends]);
  });

  it('a multiget finds what is in the collection asked, however an href outside is written', async () => {
    const outside = [
      `${other}a.ics`,
      `http://localhost${other}a.ics`,
      `${other.replace('hidden', '%68idden')}a.ics`,
      `${otherBook}a.vcf`,
    ];
    const asked = [...outside, `${work}a.ics`];
    const answer = await as(limited, report(multigetBody('calendar', asked)), work);
    assert.deepEqual(
      multistatus(answer.body).map(({ href, status }) => [href, status]),
      [...outside.map((href) => [href, 404]), [`${work}a.ics`, undefined]],
    );
    assert.ok(!answer.body.includes(`SUMMARY:${other}`));
  });

  it('busy time is that of the chosen calendars', async () => {
    await suite.put(
      `${other}busy.ics`,
      event('busy', { start: '20260110T100000Z', lines: ['DURATION:PT1H'] }),
    );
    await suite.put(
      `${work}busy.ics`,
      event('busy', { start: '20260111T100000Z', lines: ['DURATION:PT1H'] }),
    );
    const busy = async (device: Device): Promise<string> =>
      (await as(device, report(freeBusy, 'infinity'), home)).body;
    assert.match(await busy(suite.device), /20260110T100000Z/);
    assert.doesNotMatch(await busy(limited), /20260110T100000Z/);
    assert.match(await busy(limited), /20260111T100000Z/);
  });

  it('what is in sight is not copied or moved out of it, nor what is not into it', async () => {
    const before = await world();
    for (const method of ['COPY', 'MOVE']) {
      const out = await as(limited, [method, { headers: { Destination: `${other}b.ics` } }], `${work}a.ics`);
      const none = await as(
        limited,
        [method, { headers: { Destination: `${home}no/b.ics` } }],
        `${work}a.ics`,
      );
      assert.equal(out.status, 409, method);
      assert.deepEqual([out.status, out.body], [none.status, none.body]);
      const into = await as(limited, [method, { headers: { Destination: `${work}b.ics` } }], `${other}a.ics`);
      assertRefused(into, 404);
    }
    assert.deepEqual(await world(), before);
  });

  it('what another device has locked outside is no more there than the rest', async () => {
    const held = await as(
      suite.device,
      ['LOCK', { body: lockBody(), headers: { Depth: 'infinity' } }],
      other,
    );
    const token = held.headers.get('lock-token') ?? assert.fail();
    const write: Try = ['PUT', { body: event('b'), headers: { ...calendarType, If: `(${token})` } }];
    const there = await as(limited, write, `${other}b.ics`);
    const none = await as(limited, write, `${home}no/b.ics`);
    assert.deepEqual([there.status, there.body], [none.status, none.body]);
    for (const [method, target] of [
      ['COPY', other],
      ['MOVE', other],
      ['UNLOCK', undefined],
    ] as const) {
      const headers: Record<string, string> =
        target === undefined ? { 'Lock-Token': token } : { Destination: target };
      const answer = await as(limited, [method, { headers }], target === undefined ? other : work);
      assert.ok([403, 404, 405].includes(answer.status), `${method}: ${answer.status}`);
      assert.ok(!answer.body.includes(SECRET), answer.body);
    }
    // RFC 4918 §10.4: nor by naming it, or what is in it, in an If header.
    for (const named of [other, `${other}a.ics`, `${other}none.ics`]) {
      const asked = { headers: { If: `<${named}> (${token})` } };
      assertRefused(await as(limited, ['GET', asked], `${work}a.ics`), 412);
      assert.equal((await as(suite.device, ['GET', asked], `${work}a.ics`)).status, 200);
    }
    const [locked] = await suite.propfind(other, [dav('lockdiscovery')]);
    assert.equal(childrenNamed(property(locked, dav('lockdiscovery')), dav('activelock')).length, 1);
    assert.equal(
      (await as(suite.device, ['UNLOCK', { headers: { 'Lock-Token': token } }], other)).status,
      204,
    );
  });

  it('an If header that names what is outside is compared with nothing', async () => {
    const [seen] = await suite.propfind(other, [dav('sync-token')]);
    const token = text(property(seen, dav('sync-token')));
    const condition = { If: `<${other}> (<${token}>)`, Depth: '0' };
    const tried: Try = ['PROPFIND', { headers: condition }];
    assert.equal((await as(suite.device, tried, work)).status, 207);
    assertRefused(await as(limited, tried, work), 412);
  });

  describe('makes and removes no collections, since what it made would be outside: 403 DAV:need-privileges on the home', () => {
    const made = mkcolBody(resourceType(dav('collection'), caldav('calendar')));
    const madeBook = mkcolBody(resourceType(dav('collection'), carddav('addressbook')));
    const cases: readonly (readonly [string, Try, () => string, Name, string])[] = [
      ['MKCALENDAR', ['MKCALENDAR', {}], () => `${home}new/`, dav('bind'), home],
      ['MKCOL of a calendar', ['MKCOL', { body: made }], () => `${home}new/`, dav('bind'), home],
      ['MKCOL of an address book', ['MKCOL', { body: madeBook }], () => `${books}new/`, dav('bind'), books],
      ['MKCALENDAR where one is outside', ['MKCALENDAR', {}], () => other, dav('bind'), home],
      ['DELETE', ['DELETE', {}], () => work, dav('unbind'), home],
      ['MOVE', ['MOVE', { headers: { Destination: `${home}new/` } }], () => work, dav('unbind'), home],
      ['COPY', ['COPY', { headers: { Destination: `${home}new/` } }], () => work, dav('bind'), home],
      [
        'PROPPATCH of the home',
        ['PROPPATCH', { body: propertyUpdate({ set: '<x xmlns="y"/>' }) }],
        () => home,
        dav('write-properties'),
        home,
      ],
      [
        'LOCK of the home',
        ['LOCK', { body: lockBody(), headers: { Depth: 'infinity' } }],
        () => home,
        dav('write-properties'),
        home,
      ],
    ];
    for (const [what, request, path, privilege, lacking] of cases) {
      it(what, async () => {
        const before = await world();
        const answer = await as(limited, request, path());
        assertRefused(answer, 403, dav('need-privileges'));
        const resource = only(only(parse(answer.body), dav('need-privileges')), dav('resource'));
        assert.equal(text(only(resource, dav('href'))), lacking);
        assert.deepEqual(
          children(only(resource, dav('privilege'))).map(({ name }) => name),
          [privilege],
        );
        assert.deepEqual(await world(), before);
      });
    }

    it('and says so: in current-user-privilege-set and in Allow', async () => {
      const writes = ['write', 'write-properties', 'bind', 'unbind', 'unlock'].map(dav);
      const onHome = await privileges(home, limited);
      assert.ok(onHome.includes(dav('read')));
      assert.deepEqual(
        onHome.filter((each) => writes.includes(each)),
        [],
      );
      const inside = await privileges(work, limited);
      for (const each of writes) assert.ok(inside.includes(each), `${each} on ${work}`);
      const allow = async (path: string): Promise<string> =>
        (await as(limited, ['OPTIONS', {}], path)).headers.get('allow') ?? '';
      assert.doesNotMatch(await allow(home), /PROPPATCH|LOCK/);
      assert.doesNotMatch(await allow(`${home}new/`), /MKCOL|MKCALENDAR/);
      assert.doesNotMatch(await allow(work), /DELETE|MOVE|COPY/);
      assert.match(await allow(work), /POST/);
    });

    it('but objects as any other, and the properties of a chosen collection', async () => {
      const put: Try = ['PUT', { body: event('mine'), headers: calendarType }];
      assert.equal((await as(limited, put, `${work}mine.ics`)).status, 201);
      assert.equal((await as(limited, ['DELETE', {}], `${work}mine.ics`)).status, 204);
      const named: Try = [
        'PROPPATCH',
        { body: propertyUpdate({ set: '<D:displayname>Work</D:displayname>' }) },
      ];
      assert.equal((await as(limited, named, work)).status, 207);
    });
  });

  describe('the choice, and what becomes of the collections', () => {
    it('a collection that is renamed stays, one that is deleted leaves, a new one is outside, also under an old name', async () => {
      const a = await suite.newCollection();
      const b = await suite.newCollection();
      const device = await limitedTo([a, b, friends]);
      const sync = async (token: string): Promise<{ told: unknown; token: string }> => {
        const answer = await as(device, report(homeSyncBody(token, '1')), home);
        assert.equal(answer.status, 207, answer.body);
        const told = multistatus(answer.body).map(({ href, status }) => [href, status]);
        return { told, token: syncTokenOf(answer.body) };
      };
      let { told, token } = await sync('');
      assert.deepEqual(told, [
        [a, undefined],
        [b, undefined],
      ]);
      const renamed = `${home}renamed/`;
      const move: Try = ['MOVE', { headers: { Destination: renamed } }];
      assert.equal((await as(suite.device, move, a)).status, 201);
      ({ told, token } = await sync(token));
      assert.deepEqual(told, [
        [a, 404],
        [renamed, undefined],
      ]);
      assert.equal((await as(suite.device, ['DELETE', {}], b)).status, 204);
      assert.equal((await as(suite.device, ['MKCALENDAR', {}], b)).status, 201);
      await suite.newCollection();
      ({ told, token } = await sync(token));
      assert.deepEqual(told, [[b, 404]], 'the new one under the name is not the one that was chosen');
      assert.equal((await as(suite.device, ['DELETE', {}], b)).status, 204);
      ({ told, token } = await sync(token));
      assert.deepEqual(told, [], 'nothing is told of what was outside');
      assert.equal((await as(suite.device, ['DELETE', {}], renamed)).status, 204);
      ({ told } = await sync(token));
      assert.deepEqual(told, [[renamed, 404]]);
    });

    it('a name that another collection has lost since tells nothing of the chosen one: DAV:valid-sync-token', async () => {
      const a = await suite.newCollection();
      const device = await limitedTo([a, friends]);
      const token = syncTokenOf((await as(device, report(homeSyncBody('', '1')), home)).body);
      assert.equal((await as(suite.device, ['DELETE', {}], a)).status, 204);
      assert.equal((await as(suite.device, ['MKCALENDAR', {}], a)).status, 201);
      assert.equal((await as(suite.device, ['DELETE', {}], a)).status, 204);
      assertRefused(await as(device, report(homeSyncBody(token, '1')), home), 403, dav('valid-sync-token'));
      assert.deepEqual(hrefs(await as(device, report(homeSyncBody('', '1')), home)), []);
    });

    it('another choice counts from the next request on; tokens of the home before it are refused, so that all is told anew', async () => {
      const token = syncTokenOf((await as(limited, report(homeSyncBody('', '1')), home)).body);
      const ofCalendar = syncTokenOf((await as(limited, report(syncBody('')), work)).body);
      assert.equal((await as(limited, report(homeSyncBody(token, '1')), home)).status, 207);
      await chooseAnew(new Set(await Promise.all([work, other, friends].map(idOf))));
      assertRefused(await as(limited, report(homeSyncBody(token, '1')), home), 403, dav('valid-sync-token'));
      const all = await as(limited, report(homeSyncBody('', '1')), home);
      assert.deepEqual(hrefs(all), [work, other]);
      await chooseAnew(undefined);
      const wide = syncTokenOf(all.body);
      assertRefused(await as(limited, report(homeSyncBody(wide, '1')), home), 403, dav('valid-sync-token'));
      assert.equal((await as(limited, ['MKCALENDAR', {}], `${home}now-it-may/`)).status, 201);
      const whole = syncTokenOf((await as(limited, report(homeSyncBody('', '1')), home)).body);
      await chooseAnew(new Set(await Promise.all([work, friends].map(idOf))));
      assertRefused(
        await as(limited, report(homeSyncBody(whole, 'infinite')), home),
        403,
        dav('valid-sync-token'),
      );
      assert.equal(
        (await as(limited, report(syncBody(ofCalendar)), work)).status,
        207,
        'a calendar’s own stays good',
      );
      assertRefused(await as(limited, ['GET', {}], `${other}a.ics`), 404);
    });

    it('a token of the home is no way to ask which numbers there are', async () => {
      const token = syncTokenOf((await as(limited, report(homeSyncBody('', '1')), home)).body);
      const hidden = await idOf(other);
      const forged = (number: number): string => `${token},${number.toString(36)}.1`;
      const answers = [
        await as(limited, report(homeSyncBody(forged(hidden), '1')), home),
        await as(limited, report(homeSyncBody(forged(99_999), '1')), home),
      ];
      assert.deepEqual(answers[0]?.body, answers[1]?.body);
    });
  });

  it('the calendar of birthdays comes and goes with the contacts, also for a home that is synchronized', async () => {
    const server = suite.server;
    const { id: account } = await server.addUser('berta');
    await setBirthdayCalendar(server.database, account, true, Date.now());
    const device = await server.addDevice('berta');
    const [made] = await server.auth.appPasswords.list(account);
    const choose = (services: ReadonlySet<'calendars' | 'contacts'>): Promise<unknown> =>
      server.auth.appPasswords.change(
        account,
        made?.id ?? assert.fail(),
        { label: 'test', services, access: 'write' },
        { kind: 'shell' },
      );
    const sync = (token: string): Promise<Answer> =>
      as(device, report(homeSyncBody(token, '1')), '/dav/calendars/berta/');
    const both = await sync('');
    assert.equal(hrefs(both).length, 2);
    await choose(new Set(['calendars']));
    assertRefused(await sync(syncTokenOf(both.body)), 403, dav('valid-sync-token'));
    const without = await sync('');
    assert.equal(hrefs(without).length, 1);
    await choose(new Set(['calendars', 'contacts']));
    const again = await sync(syncTokenOf(without.body));
    assert.deepEqual(
      hrefs(again),
      hrefs(both).filter((href) => !hrefs(without).includes(href)),
    );
  });

  it('of a first synchronization in parts each collection is told once, with all that is in it', async () => {
    const told: string[] = [];
    let token = '';
    for (let part = 0; part < 50; part += 1) {
      const answer = await as(limited, report(homeSyncBody(token, 'infinite', 1)), home);
      const responses = multistatus(answer.body);
      told.push(...responses.filter(({ status }) => status !== 507).map(({ href }) => href));
      token = syncTokenOf(answer.body);
      if (!responses.some(({ status }) => status === 507)) break;
    }
    const whole = hrefs(await as(limited, report(homeSyncBody('', 'infinite')), home));
    assert.deepEqual(told.sort(), whole.sort());
  });
});
