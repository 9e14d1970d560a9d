import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { children, childrenNamed, text } from '../../dav/xml/element.js';
import { calendarServer, caldav, carddav, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { multistatus, only, property, refusal } from './answers.js';
import type { MemberResponse } from './answers.js';
import { propfindBody } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { basic } from './dav-server.js';
import { event, send } from './requests.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const hrefsOf = (response: MemberResponse | undefined, name: Name): string[] =>
  childrenNamed(property(response, name), dav('href')).map(text);
const typesOf = (response: MemberResponse | undefined): Name[] =>
  children(property(response, dav('resourcetype'))).map(({ name }) => name);

describe('Discovery (RFC 6764, RFC 5397)', () => {
  const suite = davSuite();

  describe('RFC 6764 §5: the well-known addresses', () => {
    for (const [wellKnown, context] of [
      ['/.well-known/caldav', '/dav/calendars/'],
      ['/.well-known/carddav', '/dav/addressbooks/'],
      ['/.well-known/caldav/', '/dav/calendars/'],
      ['/.well-known/timezone', '/dav/timezones'],
      // Where DAVx5 looks after its login flow.
      ['/remote.php/dav', '/dav/'],
      ['/remote.php/dav/', '/dav/'],
      ['/remote.php/dav/principals/alice/', '/dav/principals/alice/'],
    ] as const) {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT', 'PUT', 'POST', 'DELETE']) {
        it(`${method} ${wellKnown} moves permanently, with and without a password`, async () => {
          for (const device of [undefined, suite.device]) {
            const answer = await send(suite.server, device, method, wellKnown);
            assert.equal(answer.status, 301);
            assert.equal(answer.headers.get('location'), context);
            assert.equal(answer.body, '');
          }
        });
      }
    }
  });

  for (const start of ['/.well-known/caldav', '/.well-known/carddav']) {
    it(`RFC 6764 §6: from ${start} a client finds its way to a collection that it can write to`, async () => {
      const moved = await suite.send('PROPFIND', start);
      const context = moved.headers.get('location') ?? '';
      const [root] = await suite.propfind(context, [dav('current-user-principal')]);
      const [principal = ''] = hrefsOf(root, dav('current-user-principal'));
      const homeSet = start.endsWith('caldav')
        ? caldav('calendar-home-set')
        : carddav('addressbook-home-set');
      const [found] = await suite.propfind(principal, [homeSet]);
      const [home = ''] = hrefsOf(found, homeSet);
      const members = await suite.propfind(
        home,
        [dav('resourcetype'), dav('displayname'), dav('current-user-privilege-set')],
        { Depth: '1' },
      );
      assert.equal(members[0]?.href, home);
      assert.deepEqual(typesOf(members[0]), [dav('collection')], 'the home is no calendar itself');
      const wanted = start.endsWith('caldav') ? caldav('calendar') : carddav('addressbook');
      const collections = members.filter((member) => typesOf(member).includes(wanted));
      assert.equal(collections.length, 1);
      const [collection] = collections;
      assert.deepEqual(typesOf(collection), [dav('collection'), wanted]);
      assert.notEqual(text(property(collection, dav('displayname'))), '');
      // iOS does not show a calendar whose path is "default" (client need 11).
      assert.match(collection?.href.split('/').at(-2) ?? '', UUID);
    });
  }

  describe('RFC 5397 §3: DAV:current-user-principal', () => {
    const resources: readonly [string, () => Promise<string>][] = [
      ['/', async () => '/'],
      ['/dav', async () => '/dav'],
      ['/dav/', async () => '/dav/'],
      ['/principals/', async () => '/principals/'],
      ['/dav/principals/', async () => '/dav/principals/'],
      ['/dav/calendars', async () => '/dav/calendars'],
      ['/dav/addressbooks/', async () => '/dav/addressbooks/'],
      ['the principal', async () => '/dav/principals/alice/'],
      ['the calendar home', async () => '/dav/calendars/alice/'],
      ['the address book home', async () => '/dav/addressbooks/alice'],
      ['a calendar', () => suite.firstCollection()],
      [
        'a calendar object',
        async () => {
          const path = `${await suite.newCollection()}a.ics`;
          await suite.put(path, event('a'));
          return path;
        },
      ],
    ];
    for (const [what, at] of resources) {
      it(`is there on ${what}`, async () => {
        const [response] = await suite.propfind(await at(), [dav('current-user-principal')]);
        assert.deepEqual(hrefsOf(response, dav('current-user-principal')), ['/dav/principals/alice/']);
      });
    }
  });

  it('the principal says of itself what clients need (RFC 3744 §4, RFC 4791 §6.2.1, RFC 6352 §7.1.1)', async () => {
    const [principal] = await suite.propfind('/dav/principals/alice/', [
      dav('resourcetype'),
      dav('displayname'),
      dav('principal-URL'),
      dav('principal-collection-set'),
      caldav('calendar-home-set'),
      carddav('addressbook-home-set'),
    ]);
    assert.deepEqual(typesOf(principal), [dav('collection'), dav('principal')]);
    assert.equal(text(property(principal, dav('displayname'))), 'alice');
    assert.deepEqual(hrefsOf(principal, dav('principal-URL')), ['/dav/principals/alice/']);
    assert.deepEqual(hrefsOf(principal, dav('principal-collection-set')), ['/dav/principals/']);
    assert.deepEqual(hrefsOf(principal, caldav('calendar-home-set')), ['/dav/calendars/alice/']);
    assert.deepEqual(hrefsOf(principal, carddav('addressbook-home-set')), ['/dav/addressbooks/alice/']);
  });

  describe('client need 16: CALDAV:calendar-user-address-set', () => {
    const addresses = async (): Promise<[string, string | undefined][]> => {
      const [principal] = await suite.propfind('/dav/principals/alice/', [
        caldav('calendar-user-address-set'),
      ]);
      return childrenNamed(property(principal, caldav('calendar-user-address-set')), dav('href')).map(
        (href) => [text(href), href.attributes.get('preferred')],
      );
    };

    it('is the principal where no mail address is known', async () => {
      assert.deepEqual(await addresses(), [['/dav/principals/alice/', undefined]]);
    });

    it('has the mail address first, with preferred, and last again: clients take either', async () => {
      const account = await suite.server.auth.accounts.find('alice');
      assert.ok(account);
      await suite.server.auth.accounts.setMail(account.id, 'alice@example.org', { kind: 'shell' });
      assert.deepEqual(await addresses(), [
        ['mailto:alice@example.org', '1'],
        ['/dav/principals/alice/', undefined],
        ['mailto:alice@example.org', undefined],
      ]);
    });

    it('has no mail address that nobody but its holder has said to be theirs', async () => {
      const own = await addressesOf('bert', undefined);
      assert.deepEqual(own, ['/dav/principals/bert/']);
      const invited = await addressesOf('cleo', 'cleo@example.org');
      assert.deepEqual(invited, [
        'mailto:cleo@example.org',
        '/dav/principals/cleo/',
        'mailto:cleo@example.org',
      ]);
    });

    /** Of an account that signs up by an invite (with that address), and says which address it has. */
    async function addressesOf(name: string, invited: string | undefined): Promise<string[]> {
      const { auth } = suite.server;
      const client = { address: '127.0.0.1', https: false, loopback: true, userAgent: undefined };
      const { url } = await auth.links.invite({ email: invited }, { kind: 'shell' });
      await auth.registration.redeem('invite', url.slice(url.lastIndexOf('/') + 1), {
        name,
        password: 'a long enough passphrase',
        email: `${name}@example.org`,
        client,
      });
      const device = await suite.server.addDevice(name);
      const properties = [caldav('calendar-user-address-set'), calendarServer('email-address-set')];
      const [principal] = await suite.propfind(`/dav/principals/${name}/`, properties, {}, device);
      const mail = childrenNamed(
        property(principal, calendarServer('email-address-set')),
        calendarServer('email-address'),
      ).map(text);
      assert.deepEqual(mail, invited === undefined ? [] : [invited]);
      return childrenNamed(property(principal, caldav('calendar-user-address-set')), dav('href')).map(text);
    }
  });

  describe('RFC 7617 §2: without a password', () => {
    const realms: readonly [string, string][] = [
      ['/', 'Latchkey'],
      ['/principals/', 'Latchkey'],
      ['/dav/', 'Latchkey'],
      ['/dav/principals/alice/', 'Latchkey'],
      ['/dav/calendars/', 'Latchkey calendars'],
      ['/dav/calendars/alice/', 'Latchkey calendars'],
      ['/dav/addressbooks/', 'Latchkey contacts'],
      ['/dav/addressbooks/alice/x/y.vcf', 'Latchkey contacts'],
      ['/dav/nothing', 'Latchkey'],
    ];
    for (const [path, realm] of realms) {
      it(`${path} asks for one in the realm "${realm}" (client need 5, 12, 54)`, async () => {
        for (const method of ['PROPFIND', 'OPTIONS', 'GET', 'PUT', 'REPORT', 'MKCOL', 'POST']) {
          const answer = await send(suite.server, undefined, method, path);
          assert.equal(answer.status, 401, method);
          assert.equal(answer.headers.get('www-authenticate'), `Basic realm="${realm}", charset="UTF-8"`);
        }
      });
    }
  });

  it('client need 10: the name may be written with other letter case, in the password and in the path', async () => {
    const secret = Buffer.from(suite.device.authorization.slice('Basic '.length), 'base64')
      .toString()
      .slice(6);
    const shouting = { name: 'ALICE', authorization: basic('ALICE', secret) };
    const [response] = await suite.propfind('/dav/principals/Alice/', [dav('principal-URL')], {}, shouting);
    assert.equal(response?.href, '/dav/principals/alice/');
  });

  it('client need 10: a name with letters outside ASCII works in UTF-8, composed or decomposed', async () => {
    const { device } = await suite.server.addUser('zoë');
    for (const path of ['/dav/principals/zo%C3%AB/', '/dav/principals/zoe%CC%88']) {
      const [response] = await suite.propfind(path, [dav('principal-URL')], {}, device);
      assert.equal(response?.href, '/dav/principals/zo%C3%AB/');
      assert.deepEqual(hrefsOf(response, dav('principal-URL')), ['/dav/principals/zo%C3%AB/']);
    }
  });

  describe('client need 3, 7: addresses of other servers that clients probe', () => {
    for (const path of [
      '/caldav/v2',
      '/principals/users/alice/',

      '/dav/principals/users/alice/',
      '/dav/cal',
      '/calendar/dav/alice/user/',
    ]) {
      it(`${path} is 404 with a sentence, not a page`, async () => {
        const answer = await suite.send('PROPFIND', path, {
          body: propfindBody(dav('current-user-principal')),
        });
        assertRefused(answer, 404);
        assert.equal(answer.headers.get('content-type'), 'application/xml; charset=utf-8');
      });
    }
  });

  it('client need 4: a collection without its slash answers under the one href that ends in it', async () => {
    const calendar = await suite.firstCollection();
    for (const path of [
      '/dav',
      '/dav/calendars',
      '/dav/calendars/alice',
      '/dav/principals/alice',
      calendar.slice(0, -1),
    ]) {
      const [response] = await suite.propfind(path, [dav('resourcetype')]);
      assert.equal(response?.href, `${path}/`);
    }
  });

  it('client need 9: %40 and @ in a path are the same, and one form comes back', async () => {
    const made = await suite.send('MKCALENDAR', '/dav/calendars/alice/team%40example.org/');
    assert.equal(made.status, 201);
    for (const path of [
      '/dav/calendars/alice/team%40example.org/',
      '/dav/calendars/alice/team@example.org/',
    ]) {
      const [response] = await suite.propfind(path, [dav('resourcetype')]);
      assert.equal(response?.href, '/dav/calendars/alice/team@example.org/');
    }
  });

  it('client need 13: macOS is answered what it asks of a principal in one go, minimal in the old spellings', async () => {
    const names = [
      caldav('calendar-home-set'),
      caldav('calendar-user-address-set'),
      dav('current-user-principal'),
      dav('displayname'),
      calendarServer('dropbox-home-URL'),
      calendarServer('email-address-set'),
      calendarServer('notification-URL'),
      dav('principal-collection-set'),
      dav('principal-URL'),
      dav('resource-id'),
      caldav('schedule-inbox-URL'),
      caldav('schedule-outbox-URL'),
      dav('supported-report-set'),
    ];
    const plain = await suite.propfind('/dav/principals/alice/', names);
    const answered = [
      ...(plain[0]?.properties.get(200)?.keys() ?? []),
      ...(plain[0]?.properties.get(404)?.keys() ?? []),
    ];
    assert.deepEqual(answered.sort(), [...names].sort());
    for (const headers of [{ Brief: 't' }, { Prefer: 'return-minimal' }, { Prefer: 'return=minimal' }]) {
      const [minimal] = await suite.propfind('/dav/principals/alice/', names, headers);
      assert.deepEqual(minimal?.order, [200]);
      assert.deepEqual(
        [...(minimal.properties.get(200)?.keys() ?? [])],
        [...(plain[0]?.properties.get(200)?.keys() ?? [])],
      );
    }
  });

  it('a path below a principal, or too deep, is 404', async () => {
    for (const path of ['/dav/principals/alice/x/', '/dav/calendars/alice/a/b/c/']) {
      const answer = await suite.send('PROPFIND', path, { headers: { Depth: '0' } });
      assert.equal(answer.status, 404);
      assert.deepEqual(refusal(answer.body).preconditions, []);
    }
  });

  it('the containers lead from / to the account', async () => {
    const chain: readonly [string, readonly string[]][] = [
      ['/', ['/dav/']],
      ['/dav/', ['/dav/principals/', '/dav/calendars/', '/dav/addressbooks/']],
      ['/dav/principals/', ['/dav/principals/alice/']],
      ['/dav/calendars/', ['/dav/calendars/alice/']],
      ['/dav/addressbooks/', ['/dav/addressbooks/alice/']],
    ];
    for (const [path, members] of chain) {
      const answer = await suite.send('PROPFIND', path, {
        headers: { Depth: '1' },
        body: propfindBody(dav('resourcetype')),
      });
      const responses = multistatus(answer.body);
      assert.deepEqual(
        responses.map(({ href }) => href),
        [path, ...members],
      );
      for (const response of responses)
        assert.equal(only(property(response, dav('resourcetype')), dav('collection')).content.length, 0);
    }
  });
});
