import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { dav } from '../../dav/xml/names.js';
import { multistatus, refusal } from './answers.js';
import { basic, startDav } from './dav-server.js';
import type { DavServer, Device } from './dav-server.js';
import { calendarType, card, cardType, event, firstCollection, put, send, syncBody } from './requests.js';
import type { RequestOptions } from './requests.js';

const LOGIN_PASSWORD = 'correct horse battery staple';
const everyMethod: readonly [string, RequestOptions][] = [
  ['OPTIONS', {}],
  ['GET', {}],
  ['HEAD', {}],
  ['PROPFIND', { headers: { Depth: '0' } }],
  ['PROPFIND', { headers: { Depth: '1' } }],
  [
    'PROPPATCH',
    {
      body: '<propertyupdate xmlns="DAV:"><set><prop><displayname>taken</displayname></prop></set></propertyupdate>',
    },
  ],
  ['PUT', { body: event('intruder'), headers: calendarType }],
  ['PUT', { body: card('intruder'), headers: cardType }],
  ['PUT', { body: event('intruder'), headers: { ...calendarType, 'If-Match': '*' } }],
  ['DELETE', {}],
  ['MKCOL', {}],
  ['MKCALENDAR', {}],
  ['COPY', { headers: { Destination: '/dav/calendars/alice/taken/' } }],
  ['MOVE', { headers: { Destination: '/dav/calendars/alice/taken/' } }],
  ['POST', { body: event('intruder'), headers: calendarType }],
  [
    'LOCK',
    {
      body: '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>',
    },
  ],
  ['UNLOCK', { headers: { 'Lock-Token': '<urn:uuid:0>' } }],
  ['ACL', { body: '<acl xmlns="DAV:"/>' }],
  ['REPORT', { body: '<expand-property xmlns="DAV:"><property name="owner"/></expand-property>' }],
  ['REPORT', { body: '<principal-match xmlns="DAV:"><self/></principal-match>' }],
  ['REPORT', { body: syncBody('') }],
  [
    'REPORT',
    {
      body: '<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/></prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>',
    },
  ],
  [
    'REPORT',
    {
      body: '<c:addressbook-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><prop><getetag/></prop><c:filter><c:prop-filter name="FN"/></c:filter></c:addressbook-query>',
    },
  ],
];

describe('Isolation: an account and the things of another', () => {
  let server: DavServer;
  let alice: Device;
  let bob: Device;
  let paths: string[];
  let calendar: string;
  let book: string;
  before(async () => {
    server = await startDav();
    ({ device: alice } = await server.addUser('alice'));
    ({ device: bob } = await server.addUser('bob', LOGIN_PASSWORD));
    calendar = await firstCollection(server, bob);
    book = await firstCollection(server, bob, 'addressbooks');
    await put(server, bob, `${calendar}secret.ics`, event('secret'));
    await put(server, bob, `${book}secret.vcf`, card('secret'));
    paths = [
      '/dav/principals/bob/',
      '/dav/calendars/bob/',
      '/dav/addressbooks/bob/',
      calendar,
      book,
      `${calendar}secret.ics`,
      `${book}secret.vcf`,
      `${calendar}new.ics`,
      '/dav/calendars/bob/new/',
    ];
  });
  after(() => server.stop());

  /** Everything that bob has, as bob sees it. */
  const world = async (): Promise<string[]> => {
    const seen: string[] = [];
    for (const path of paths) {
      const answer = await send(server, bob, 'PROPFIND', path, { headers: { Depth: '1' } });
      seen.push(`${path} ${answer.status} ${answer.body}`);
    }
    return seen;
  };

  it('every method on every path of another account answers as for a path that is not there, and changes nothing', async () => {
    const before = await world();
    for (const path of paths) {
      for (const [method, options] of everyMethod) {
        const answer = await send(server, alice, method, path, options);
        const missing = await send(server, alice, method, path.replace('/bob/', '/nobody/'), options);
        assert.equal(answer.status, 404, `${method} ${path}`);
        assert.deepEqual([answer.status, answer.body], [missing.status, missing.body], `${method} ${path}`);
      }
    }
    assert.deepEqual(await world(), before);
  });

  it('a multiget tells nothing of another account, however the href is written', async () => {
    const own = await firstCollection(server, alice);
    for (const href of [
      `${calendar}secret.ics`,
      `http://localhost${calendar}secret.ics`,
      `${own}../../bob/${calendar.split('/')[4] ?? ''}/secret.ics`,
      `${calendar.replace('/bob/', '/%62ob/')}secret.ics`,
      `${book}secret.vcf`,
    ]) {
      const answer = await send(server, alice, 'REPORT', own, {
        body: `<c:calendar-multiget xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/><c:calendar-data/></prop><href>${href}</href></c:calendar-multiget>`,
      });
      assert.deepEqual(
        multistatus(answer.body).map((response) => [response.href, response.status]),
        [[href, 404]],
      );
    }
  });

  it('containers above the accounts list only one’s own', async () => {
    for (const path of ['/dav/principals/', '/dav/calendars/', '/dav/addressbooks/']) {
      const answer = await send(server, alice, 'PROPFIND', path, { headers: { Depth: '1' } });
      const hrefs = multistatus(answer.body).map(({ href }) => href);
      assert.deepEqual(hrefs, [path, `${path}alice/`]);
    }
  });

  it('the login password opens nothing, on any path and with any method', async () => {
    const browser: Device = { name: 'bob', authorization: basic('bob', LOGIN_PASSWORD) };
    for (const path of [...paths, '/dav/', '/']) {
      for (const [method, options] of everyMethod) {
        if (path === '/' && ['GET', 'HEAD'].includes(method)) continue;
        const answer = await send(server, browser, method, path, options);
        assert.equal(answer.status, 401, `${method} ${path}`);
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic realm="Latchkey/);
      }
    }
  });

  it('an app password opens nothing under another name', async () => {
    const secret =
      Buffer.from(bob.authorization.slice('Basic '.length), 'base64').toString().split(':')[1] ?? '';
    const answer = await send(
      server,
      { name: 'alice', authorization: basic('alice', secret) },
      'PROPFIND',
      '/dav/',
    );
    assert.equal(answer.status, 401);
  });

  describe('an app password with a scope', () => {
    const outside: readonly [string, () => string[]][] = [
      [
        'contacts',
        () => ['/dav/calendars/bob/', calendar, `${calendar}secret.ics`, '/dav/calendars/bob/new/'],
      ],
      [
        'calendars',
        () => ['/dav/addressbooks/bob/', book, `${book}secret.vcf`, '/dav/addressbooks/bob/new/'],
      ],
    ];
    for (const [service, hidden] of outside) {
      it(`for ${service} alone sees a smaller world: the rest answers as what is not there`, async () => {
        const before = await world();
        const scoped = await server.addDevice('bob', {
          services: new Set([service === 'contacts' ? 'contacts' : 'calendars']),
        });
        for (const path of hidden()) {
          for (const [method, options] of everyMethod) {
            assert.equal(
              (await send(server, scoped, method, path, options)).status,
              404,
              `${method} ${path}`,
            );
          }
        }
        assert.deepEqual(await world(), before);
      });
    }

    it('to read alone cannot change anything, and is told which privilege it lacks', async () => {
      const before = await world();
      const reader = await server.addDevice('bob', { access: 'read' });
      const writes: readonly [string, string, RequestOptions][] = [
        [
          'PUT',
          `${calendar}secret.ics`,
          { body: event('secret', { summary: 'changed' }), headers: calendarType },
        ],
        ['PUT', `${calendar}new.ics`, { body: event('new'), headers: calendarType }],
        ['PUT', `${book}new.vcf`, { body: card('new'), headers: cardType }],
        ['DELETE', `${calendar}secret.ics`, {}],
        ['DELETE', calendar, {}],
        ['MKCALENDAR', '/dav/calendars/bob/new/', {}],
        ['PROPPATCH', calendar, everyMethod[5]?.[1] ?? {}],
      ];
      for (const [method, path, options] of writes) {
        const answer = await send(server, reader, method, path, options);
        assert.equal(answer.status, 403, `${method} ${path}`);
        assert.deepEqual(refusal(answer.body).preconditions, [dav('need-privileges')], `${method} ${path}`);
      }
      assert.deepEqual(await world(), before);
      assert.equal((await send(server, reader, 'GET', `${calendar}secret.ics`)).status, 200);
    });
  });

  it('a revoked app password is refused on the next request', async () => {
    const { id } = (await server.auth.accounts.find('bob')) ?? assert.fail();
    const lost = await server.addDevice('bob', { label: 'lost phone' });
    assert.equal((await send(server, lost, 'OPTIONS', '/dav/')).status, 200);
    const [password] = (await server.auth.appPasswords.list(id)).filter(
      ({ label }) => label === 'lost phone',
    );
    assert.ok(password);
    await server.auth.appPasswords.revoke(id, password.id, { kind: 'shell' });
    assert.equal((await send(server, lost, 'OPTIONS', '/dav/')).status, 401);
  });

  it('leaves no fault behind', () => assert.deepEqual(server.faults, []));
});
