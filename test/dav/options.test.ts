import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { dav } from '../../dav/xml/names.js';
import { element } from '../../dav/xml/write.js';
import { propertyUpdate } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import type { Device } from './dav-server.js';
import { card, event, syncBody } from './requests.js';
import { sendRaw } from './raw-request.js';
import type { RawAnswer } from './raw-request.js';

const listOf = (header: string | null | undefined): string[] =>
  (header ?? '').split(',').map((part) => part.trim());
/** Every method of HTTP, WebDAV and its extensions that a client might try. */
const everyMethod = [
  ...['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'],
  ...['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'REPORT', 'SEARCH', 'ACL', 'BIND'],
  'MKCALENDAR',
];
const lockBody =
  '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>';
/** What makes a request right but for its address. */
const bodies: ReadonlyMap<string, string> = new Map([
  ['PROPPATCH', propertyUpdate({ remove: element(dav('displayname'), '') })],
  ['REPORT', syncBody('')],
]);

describe('OPTIONS (RFC 4918 §10.1, RFC 9110 §9.3.7)', () => {
  const suite = davSuite();
  let calendar: string;
  let book: string;
  before(async () => {
    calendar = await suite.firstCollection();
    book = await suite.firstCollection('addressbooks');
    await suite.put(`${calendar}a.ics`, event('a'));
    await suite.put(`${book}a.vcf`, card('a'));
  });

  const everywhere = (): readonly string[] => [
    '/',
    '/dav/',
    '/dav/principals/',
    '/dav/principals/alice/',
    '/dav/calendars/alice/',
    '/dav/addressbooks/alice/',
    calendar,
    book,
    `${calendar}a.ics`,
    `${book}a.vcf`,
  ];

  it('names the classes and services on every resource, the principal included (client need 6, 53, 54, 55)', async () => {
    for (const path of everywhere()) {
      const answer = await suite.send('OPTIONS', path, { headers: { 'Accept-Encoding': 'identity' } });
      assert.equal(answer.status, 200, path);
      assert.equal(answer.body, '');
      const lockable = !['/', '/dav/', '/dav/principals/'].includes(path);
      assert.deepEqual(listOf(answer.headers.get('dav')), [
        '1',
        ...(lockable ? ['2'] : []),
        '3',
        'access-control',
        'extended-mkcol',
        'calendar-access',
        'calendar-no-timezone',
        'addressbook',
      ]);
    }
  });

  const scopes: readonly [string, ('calendars' | 'contacts')[], string[]][] = [
    [
      'calendars',
      ['calendars'],
      ['1', '3', 'access-control', 'extended-mkcol', 'calendar-access', 'calendar-no-timezone'],
    ],
    ['contacts', ['contacts'], ['1', '3', 'access-control', 'extended-mkcol', 'addressbook']],
  ];
  for (const [what, services, classes] of scopes) {
    it(`names only what an app password for ${what} may see`, async () => {
      const device = await suite.server.addDevice('alice', { services: new Set(services) });
      for (const path of [
        '/',
        '/dav/principals/alice/',
        `/dav/${what === 'calendars' ? what : 'addressbooks'}/alice/`,
      ]) {
        const answer = await suite.send('OPTIONS', path, {}, device);
        const told = listOf(answer.headers.get('dav')).filter((each) => each !== '2');
        assert.deepEqual(told, classes, path);
      }
    });
  }

  describe('Allow is true', () => {
    const common = ['OPTIONS', 'PROPFIND', 'REPORT'];
    const locking = ['LOCK', 'UNLOCK'];
    const home = [...common, 'PROPPATCH', ...locking];
    const collection = [...common, 'PROPPATCH', 'POST', 'DELETE', 'COPY', 'MOVE', ...locking];
    const object = [...[...common, 'PROPPATCH', 'GET', 'HEAD', 'PUT', 'DELETE', 'COPY', 'MOVE'], ...locking];
    const resources: readonly [string, () => string, readonly string[]][] = [
      ['the root', () => '/dav/', common],
      ['the principal', () => '/dav/principals/alice/', home],
      ['the calendar home', () => '/dav/calendars/alice/', home],
      ['the address book home', () => '/dav/addressbooks/alice/', home],
      ['a calendar', () => calendar, collection],
      ['an address book', () => book, collection],
      ['a calendar object', () => `${calendar}a.ics`, object],
      ['a card', () => `${book}a.vcf`, object],
      ['a vacant place in a calendar', () => `${calendar}vacant.ics`, ['OPTIONS', 'PUT', ...locking]],
      [
        'a vacant place in the calendar home',
        () => '/dav/calendars/alice/v/',
        ['OPTIONS', 'MKCOL', 'MKCALENDAR'],
      ],
      ['a vacant place in the address book home', () => '/dav/addressbooks/alice/v/', ['OPTIONS', 'MKCOL']],
    ];
    for (const [what, pathOf, allowed] of resources) {
      it(`on ${what}`, async () => {
        const path = pathOf();
        const told = listOf((await suite.send('OPTIONS', path)).headers.get('allow'));
        assert.deepEqual(told, allowed);
        const sendTo = (method: string): Promise<RawAnswer> => {
          const body = method === 'LOCK' && !told.includes(method) ? lockBody : bodies.get(method);
          return sendRaw(suite.server.url, suite.device, method, path, {
            headers: { Destination: '/dav/nowhere', 'Lock-Token': '<urn:x>' },
            chunks: body === undefined ? [] : [body],
          });
        };
        for (const method of everyMethod.filter((each) => !told.includes(each))) {
          const answer = await sendTo(method);
          // Some refusals say more than 405: nothing is there, no such report, no such collection.
          assert.ok([403, 404, 405].includes(answer.status), `${method} ${path}: ${answer.status}`);
          if (answer.status === 405)
            assert.deepEqual(listOf(String(answer.headers['allow'])), allowed, method);
        }
        for (const method of told.filter((each) => each !== 'DELETE')) {
          const answer = await sendTo(method);
          assert.ok(![404, 405, 501].includes(answer.status), `${method} ${path}: ${answer.status}`);
          if (answer.status === 201) await suite.send('DELETE', path);
        }
      });
    }
  });

  describe('an app password that may only read', () => {
    let reader: Device;
    before(async () => {
      reader = await suite.server.addDevice('alice', { access: 'read' });
    });

    it('is told of no method that writes (client need 55)', async () => {
      for (const [path, allowed] of [
        [calendar, ['OPTIONS', 'PROPFIND', 'REPORT']],
        [`${calendar}a.ics`, ['OPTIONS', 'PROPFIND', 'REPORT', 'GET', 'HEAD']],
        ['/dav/calendars/alice/', ['OPTIONS', 'PROPFIND', 'REPORT']],
      ] as const) {
        const answer = await suite.send('OPTIONS', path, {}, reader);
        assert.deepEqual(listOf(answer.headers.get('allow')), allowed, path);
      }
    });

    it('is refused for the missing privilege all the same, not for the method', async () => {
      assertRefused(await suite.send('DELETE', `${calendar}a.ics`, {}, reader), 403, dav('need-privileges'));
    });
  });

  it('where nothing is and nothing can be made, there are no options', async () => {
    for (const path of ['/dav/nothing/', '/dav/calendars/alice/missing/a.ics', '/dav/calendars/bob/']) {
      assertRefused(await suite.send('OPTIONS', path), 404);
    }
  });
});
