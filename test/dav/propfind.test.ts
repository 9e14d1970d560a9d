import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { findCollection, putObject } from '../../storage/index.js';
import { children, childrenNamed, text } from '../../dav/xml/element.js';
import { appleIcal, calendarServer, caldav, carddav, dav, name } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { contentOf } from '../storage/temporary-database.js';
import { multistatus, only, parse, property } from './answers.js';
import { propfindBody, propertyUpdate } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { card, event, put, send } from './requests.js';

const unknown = name('urn:example', 'unknown');
const rfc4918 = [
  'creationdate',
  'displayname',
  'getcontentlength',
  'getcontenttype',
  'getetag',
  'getlastmodified',
  'lockdiscovery',
  'resourcetype',
  'supportedlock',
].map(dav);

describe('PROPFIND (RFC 4918 §9.1)', () => {
  const suite = davSuite();
  let calendar: string;
  let book: string;
  before(async () => {
    calendar = await suite.firstCollection();
    book = await suite.firstCollection('addressbooks');
    await suite.put(`${calendar}a.ics`, event('a'));
    await suite.put(`${book}a.vcf`, card('a'));
  });

  describe('§9.1.3: DAV:prop', () => {
    it('answers each property once, found ones first and whatever the order asked (client need 47)', async () => {
      const names = [unknown, dav('displayname'), caldav('calendar-home-set'), dav('resourcetype')];
      const [response] = await suite.propfind(calendar, names);
      assert.deepEqual(response?.order, [200, 404]);
      assert.deepEqual(
        [...(response.properties.get(200)?.keys() ?? [])],
        [dav('displayname'), dav('resourcetype')],
      );
      assert.deepEqual(
        [...(response.properties.get(404)?.keys() ?? [])],
        [unknown, caldav('calendar-home-set')],
      );
    });

    it('writes the status lines to the letter: clients compare them as text (client need 47)', async () => {
      const answer = await suite.send('PROPFIND', '/dav/addressbooks/alice/', {
        headers: { Depth: '1' },
        body: propfindBody(unknown, dav('resourcetype')),
      });
      for (const response of childrenNamed(parse(answer.body), dav('response'))) {
        const lines = childrenNamed(response, dav('propstat')).map((propstat) =>
          text(only(propstat, dav('status'))),
        );
        assert.deepEqual(lines, ['HTTP/1.1 200 OK', 'HTTP/1.1 404 Not Found']);
      }
    });

    it('answers a name asked twice once, and an empty DAV:prop with nothing found', async () => {
      const [twice] = await suite.propfind(calendar, [dav('displayname'), dav('displayname')]);
      const answer = await suite.send('PROPFIND', calendar, {
        headers: { Depth: '0' },
        body: propfindBody(dav('displayname'), dav('displayname')),
      });
      const prop = only(only(only(parse(answer.body), dav('response')), dav('propstat')), dav('prop'));
      assert.equal(children(prop).length, 1);
      assert.equal(twice?.properties.get(200)?.size, 1);
      const [none] = await suite.propfind(calendar, []);
      assert.deepEqual(none?.order, [200]);
      assert.equal(none.properties.get(200)?.size, 0);
    });

    it('tells names apart by namespace, whatever their prefixes', async () => {
      const body =
        '<D:propfind xmlns:D="DAV:" xmlns:d="urn:example"><D:prop><d:displayname/><D:displayname/><displayname/></D:prop></D:propfind>';
      const answer = await suite.send('PROPFIND', calendar, { headers: { Depth: '0' }, body });
      const [response] = multistatus(answer.body);
      assert.deepEqual([...(response?.properties.get(200)?.keys() ?? [])], [dav('displayname')]);
      assert.deepEqual(
        [...(response?.properties.get(404)?.keys() ?? [])],
        ['{urn:example}displayname', '{}displayname'],
      );
    });

    it('client need 14: what Apple asks of calendars and is not there is 404, each of it', async () => {
      const asked = [
        ...['default-alarm-vevent-date', 'default-alarm-vevent-datetime'].map(caldav),
        ...[
          'schedule-default-calendar-URL',
          'supported-calendar-component-sets',
          'calendar-free-busy-set',
        ].map(caldav),
        ...[
          'allowed-sharing-modes',
          'pre-publish-url',
          'publish-url',
          'push-transports',
          'pushkey',
          'source',
        ].map(calendarServer),
        ...['subscribed-strip-alarms', 'subscribed-strip-attachments', 'subscribed-strip-todos'].map(
          calendarServer,
        ),
        ...['autoprovisioned', 'language-code', 'location-code', 'refreshrate'].map(appleIcal),
        ...['resource-id', 'quota-available-bytes'].map(dav),
        name('http://me.com/_namespace/', 'bulk-requests'),
      ];
      const [response] = await suite.propfind(calendar, asked);
      assert.deepEqual(response?.order, [404]);
      assert.deepEqual([...(response.properties.get(404)?.keys() ?? [])], asked);
    });
  });

  describe('§9.1.5: DAV:allprop', () => {
    const allprop = async (path: string, include = ''): Promise<Name[]> => {
      const body = document(dav('propfind'), element(dav('allprop'), '') + include);
      const [response] = multistatus(
        (await suite.send('PROPFIND', path, { headers: { Depth: '0' }, body })).body,
      );
      return [...(response?.properties.get(200)?.keys() ?? [])];
    };

    it('is the properties of RFC 4918 that the resource has, and the dead ones, and no others', async () => {
      const dead = name('urn:example', 'mine');
      await suite.send('PROPPATCH', `${calendar}a.ics`, {
        body: propertyUpdate({ set: element(dead, 'yes') }),
      });
      const found = await allprop(`${calendar}a.ics`);
      assert.deepEqual(found.sort(), [...rfc4918.filter((each) => each !== dav('displayname')), dead].sort());
      assert.deepEqual(
        (await allprop(calendar)).sort(),
        [
          ...['creationdate', 'displayname', 'getlastmodified', 'lockdiscovery', 'resourcetype'],
          'supportedlock',
        ]
          .map(dav)
          .sort(),
      );
    });

    it('§9.1.6: adds what DAV:include names; what is not there of it is not told', async () => {
      const include = element(
        dav('include'),
        element(dav('supported-report-set'), '') + element(unknown, ''),
      );
      const found = await allprop(calendar, include);
      assert.ok(found.includes(dav('supported-report-set')));
      assert.ok(found.includes(dav('displayname')));
    });

    it('is meant where there is no body', async () => {
      const [response] = multistatus(
        (await suite.send('PROPFIND', calendar, { headers: { Depth: '0' } })).body,
      );
      assert.deepEqual([...(response?.properties.get(200)?.keys() ?? [])], await allprop(calendar));
    });
  });

  it('§9.1.4: DAV:propname names what DAV:prop then finds, without values', async () => {
    for (const path of [
      '/dav/',
      '/dav/principals/alice/',
      '/dav/calendars/alice/',
      calendar,
      book,
      `${calendar}a.ics`,
      `${book}a.vcf`,
    ]) {
      const body = document(dav('propfind'), element(dav('propname'), ''));
      const [named] = multistatus(
        (await suite.send('PROPFIND', path, { headers: { Depth: '0' }, body })).body,
      );
      assert.deepEqual(named?.order, [200]);
      const names = [...(named.properties.get(200) ?? [])];
      assert.ok(names.length >= 5, path);
      for (const [each, value] of names) assert.deepEqual(value.content, [], each);
      const [found] = await suite.propfind(
        path,
        names.map(([each]) => each),
      );
      assert.deepEqual(found?.order, [200], path);
    }
  });

  describe('§10.2: Depth', () => {
    it('0 is the resource alone, 1 its members too', async () => {
      assert.deepEqual(
        (await suite.propfind(calendar, [])).map(({ href }) => href),
        [calendar],
      );
      const members = await suite.propfind(calendar, [dav('getetag'), dav('resourcetype')], { Depth: '1' });
      assert.deepEqual(
        members.map(({ href }) => href),
        [calendar, `${calendar}a.ics`],
      );
      // The collection must not look like an item (client need 38).
      assert.ok(members[0]?.properties.get(404)?.has(dav('getetag')));
      assert.ok(property(members[1], dav('getetag')));
    });

    for (const headers of [{ Depth: 'infinity' }, {}]) {
      it(`§9.1: ${'Depth' in headers ? 'infinity' : 'none, which means infinity,'} is refused on collections`, async () => {
        for (const path of ['/dav/', '/dav/calendars/alice/', calendar]) {
          assertRefused(await suite.send('PROPFIND', path, { headers }), 403, dav('propfind-finite-depth'));
        }
      });

      it(`${'Depth' in headers ? 'infinity' : 'none'} is answered on an object, which has no members`, async () => {
        const answer = await suite.send('PROPFIND', `${calendar}a.ics`, { headers });
        assert.deepEqual(
          multistatus(answer.body).map(({ href }) => href),
          [`${calendar}a.ics`],
        );
      });
    }

    for (const depth of ['2', '-1', 'one', '1,noroot', '0, 1']) {
      it(`${JSON.stringify(depth)} is 400`, async () => {
        assertRefused(await suite.send('PROPFIND', calendar, { headers: { Depth: depth } }), 400);
      });
    }
  });

  describe('§8.2, §14.20: a body that is no propfind', () => {
    const bodies: readonly [string, string][] = [
      ['not XML', 'calendar'],
      ['cut off', propfindBody(dav('displayname')).slice(0, -12)],
      ['another root', '<propertyupdate xmlns="DAV:"><prop/></propertyupdate>'],
      ['the root in no namespace', '<propfind><prop><displayname/></prop></propfind>'],
      ['nothing asked', '<propfind xmlns="DAV:"/>'],
      ['prop and allprop', '<propfind xmlns="DAV:"><prop/><allprop/></propfind>'],
      ['propname and allprop', '<propfind xmlns="DAV:"><propname/><allprop/></propfind>'],
      ['a prefix without declaration', '<D:propfind><D:allprop/></D:propfind>'],
      [
        'two roots',
        '<propfind xmlns="DAV:"><allprop/></propfind><propfind xmlns="DAV:"><allprop/></propfind>',
      ],
    ];
    for (const [what, body] of bodies) {
      it(`${what}: 400`, async () => {
        assertRefused(await suite.send('PROPFIND', calendar, { headers: { Depth: '0' }, body }), 400);
      });
    }

    it('§17: elements that it does not know are ignored', async () => {
      const body =
        '<propfind xmlns="DAV:" xmlns:x="urn:example"><x:hint><x:deep/></x:hint><prop x:wish="1"><displayname/></prop></propfind>';
      const answer = await suite.send('PROPFIND', calendar, { headers: { Depth: '0' }, body });
      assert.ok(property(multistatus(answer.body)[0], dav('displayname')));
    });

    it('may come as any media type, with comments and processing instructions', async () => {
      const body = `<?xml version="1.0"?><!-- hello --><?hint x?>${propfindBody(dav('displayname')).replace(/^<\?xml[^>]*>/, '')}`;
      for (const type of [
        'text/xml',
        'application/xml; charset="utf-8"',
        'text/plain',
        'application/x-www-form-urlencoded',
      ]) {
        const answer = await suite.send('PROPFIND', calendar, {
          headers: { Depth: '0', 'Content-Type': type },
          body,
        });
        assert.equal(answer.status, 207, type);
      }
    });
  });

  describe('RFC 8144 §2.1: return=minimal', () => {
    for (const headers of [
      { Prefer: 'return=minimal' },
      { Prefer: 'depth-noroot, return=minimal' },
      { Prefer: 'return-minimal' },
      { Brief: 't' },
    ]) {
      it(`${JSON.stringify(headers)} leaves out what is not found, and says so (client need 13)`, async () => {
        const answer = await suite.send('PROPFIND', calendar, {
          headers: { Depth: '0', ...headers } as unknown as Record<string, string>,
          body: propfindBody(unknown, dav('displayname')),
        });
        assert.equal(answer.headers.get('preference-applied'), 'return=minimal');
        assert.equal(answer.headers.get('vary'), 'Brief, Prefer');
        const [response] = multistatus(answer.body);
        assert.deepEqual(response?.order, [200]);
        assert.deepEqual([...(response.properties.get(200)?.keys() ?? [])], [dav('displayname')]);
      });
    }

    it('answers an empty 200 propstat where nothing is found', async () => {
      const [response] = await suite.propfind(calendar, [unknown], { Prefer: 'return=minimal' });
      assert.deepEqual(response?.order, [200]);
      assert.equal(response.properties.get(200)?.size, 0);
    });

    for (const prefer of ['return=representation', 'respond-async', 'handling=lenient']) {
      it(`${prefer} changes nothing`, async () => {
        const [response] = await suite.propfind(calendar, [unknown], { Prefer: prefer });
        assert.deepEqual(response?.order, [404]);
      });
    }
  });

  describe('RFC 3253 §3.1.5: DAV:supported-report-set', () => {
    const reportsOf = async (path: string): Promise<Name[]> => {
      const [response] = await suite.propfind(path, [dav('supported-report-set')]);
      return childrenNamed(property(response, dav('supported-report-set')), dav('supported-report')).flatMap(
        (supported) => children(only(supported, dav('report'))).map((report) => report.name),
      );
    };

    const everywhere = [
      ...['expand-property', 'acl-principal-prop-set', 'principal-match'],
      'principal-property-search',
    ].map(dav);

    it('names on each collection what it answers', async () => {
      const onCalendar = await reportsOf(calendar);
      assert.deepEqual(
        onCalendar.sort(),
        [
          ...['calendar-multiget', 'calendar-query', 'free-busy-query'].map(caldav),
          ...everywhere,
          dav('sync-collection'),
        ].sort(),
      );
      assert.deepEqual(
        (await reportsOf(book)).sort(),
        [
          ...['addressbook-multiget', 'addressbook-query'].map(carddav),
          ...everywhere,
          dav('sync-collection'),
        ].sort(),
      );
      for (const [path, names] of [
        [calendar, onCalendar],
        [book, await reportsOf(book)],
      ] as const) {
        for (const report of names) {
          const answer = await suite.send('REPORT', path, { body: document(report, '') });
          // Empty as it is, the request is refused for what it lacks, if for anything, never for the report itself.
          const needsNothing = [
            dav('expand-property'),
            dav('acl-principal-prop-set'),
            carddav('addressbook-query'),
          ].includes(report);
          assert.equal(answer.status, needsNothing ? 207 : 400, `${report}: ${answer.body}`);
        }
      }
    });

    it('names sync-collection on the homes too, or macOS never uses it (client need 15)', async () => {
      for (const home of ['/dav/calendars/alice/', '/dav/addressbooks/alice/']) {
        assert.ok((await reportsOf(home)).includes(dav('sync-collection')), home);
      }
    });

    it('names on objects those of their kind (RFC 4791 §2), and on containers those of access control', async () => {
      const onObject = everywhere.filter((each) => each !== dav('principal-match'));
      assert.deepEqual(await reportsOf(`${calendar}a.ics`), [
        ...onObject,
        ...['calendar-multiget', 'calendar-query'].map(caldav),
      ]);
      assert.deepEqual(await reportsOf('/dav/'), [...everywhere, dav('principal-search-property-set')]);
    });
  });

  describe('live properties say what other methods show', () => {
    it('§15 of objects: what GET sends', async () => {
      for (const path of [`${calendar}a.ics`, `${book}a.vcf`]) {
        const get = await suite.send('GET', path);
        const [response] = await suite.propfind(path, rfc4918);
        const value = (each: string): string => text(property(response, dav(each)));
        assert.equal(value('getetag'), get.headers.get('etag'));
        assert.equal(value('getcontenttype'), get.headers.get('content-type'));
        assert.equal(value('getcontentlength'), String(Buffer.byteLength(get.body)));
        assert.equal(value('getlastmodified'), get.headers.get('last-modified'));
        assert.match(value('creationdate'), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
        assert.deepEqual(children(property(response, dav('resourcetype'))), []);
      }
    });

    it('RFC 3744 §5.1: DAV:owner is the account, from its homes down', async () => {
      for (const path of [
        '/dav/calendars/alice/',
        '/dav/addressbooks/alice/',
        calendar,
        book,
        `${calendar}a.ics`,
        `${book}a.vcf`,
      ]) {
        const [response] = await suite.propfind(path, [dav('owner')]);
        assert.equal(
          text(only(property(response, dav('owner')), dav('href'))),
          '/dav/principals/alice/',
          path,
        );
      }
    });

    it('RFC 4791 §5.2: of a calendar', async () => {
      const [response] = await suite.propfind(calendar, [
        caldav('supported-calendar-component-set'),
        caldav('supported-calendar-data'),
        caldav('max-resource-size'),
        caldav('max-attendees-per-instance'),
        caldav('supported-collation-set'),
      ]);
      const components = childrenNamed(
        property(response, caldav('supported-calendar-component-set')),
        caldav('comp'),
      );
      // VPOLL upsets Apple (client need 20).
      assert.deepEqual(
        components.map(({ attributes }) => attributes.get('name')),
        ['VEVENT', 'VTODO'],
      );
      const [data] = childrenNamed(
        property(response, caldav('supported-calendar-data')),
        caldav('calendar-data'),
      );
      assert.deepEqual(
        [...(data?.attributes ?? [])],
        [
          ['content-type', 'text/calendar'],
          ['version', '2.0'],
        ],
      );
      assert.equal(text(property(response, caldav('max-resource-size'))), String(10 * 1024 * 1024));
      assert.ok(Number(text(property(response, caldav('max-attendees-per-instance')))) >= 100);
      const collations = childrenNamed(
        property(response, caldav('supported-collation-set')),
        caldav('supported-collation'),
      ).map(text);
      for (const required of ['i;ascii-casemap', 'i;octet'])
        assert.ok(collations.includes(required), required);
    });

    it('RFC 6352 §6.2.2: an address book takes vCard 3.0 and 4.0, jCard and xCard, each listed (client need 19)', async () => {
      const [response] = await suite.propfind(book, [
        carddav('supported-address-data'),
        carddav('supported-collation-set'),
      ]);
      const types = childrenNamed(
        property(response, carddav('supported-address-data')),
        carddav('address-data-type'),
      );
      assert.deepEqual(
        types.map(({ attributes }) => [attributes.get('content-type'), attributes.get('version')]),
        [
          ['text/vcard', '3.0'],
          ['text/vcard', '4.0'],
          ['application/vcard+json', '4.0'],
          ['application/vcard+xml', '4.0'],
        ],
      );
      const collations = childrenNamed(
        property(response, carddav('supported-collation-set')),
        carddav('supported-collation'),
      ).map(text);
      for (const required of ['i;ascii-casemap', 'i;unicode-casemap'])
        assert.ok(collations.includes(required), required);
    });

    it('calendarserver ctag: changes with every change of a member, and only then', async () => {
      const path = await suite.newCollection();
      const ctag = async (): Promise<string> =>
        text(
          property((await suite.propfind(path, [calendarServer('getctag')]))[0], calendarServer('getctag')),
        );
      const seen = [await ctag()];
      assert.equal(await ctag(), seen[0]);
      await suite.put(`${path}a.ics`, event('a'));
      seen.push(await ctag());
      await suite.put(`${path}a.ics`, event('a', { summary: 'again' }));
      seen.push(await ctag());
      await suite.send('DELETE', `${path}a.ics`);
      seen.push(await ctag());
      assert.equal(new Set(seen).size, 4);
      assert.equal(await ctag(), seen[3]);
    });

    it('RFC 4331 §4: quota-used-bytes grows by what is stored', async () => {
      const used = async (path: string): Promise<number> =>
        Number(
          text(property((await suite.propfind(path, [dav('quota-used-bytes')]))[0], dav('quota-used-bytes'))),
        );
      const before = await used(calendar);
      const body = event('quota');
      await suite.put(`${calendar}quota.ics`, body);
      assert.equal((await used(calendar)) - before, Buffer.byteLength(body));
      assert.equal(await used('/dav/calendars/alice/'), await used(calendar));
    });
  });

  describe('§8.3: hrefs', () => {
    const names: readonly [string, string][] = [
      ['two words.ics', 'two%20words.ics'],
      ['Müller & Söhne.ics', 'M%C3%BCller%20%26%20S%C3%B6hne.ics'],
      ['a+b=c;d,e.ics', 'a%2Bb%3Dc%3Bd%2Ce.ics'],
      ['who@where.ics', 'who@where.ics'],
      ['it\'s (50%) <odd> "name".ics', 'it%27s%20(50%25)%20%3Codd%3E%20%22name%22.ics'],
      ['日本語.ics', '%E6%97%A5%E6%9C%AC%E8%AA%9E.ics'],
      ['emoji-🎉.ics', 'emoji-%F0%9F%8E%89.ics'],
      ['%2e.ics', '%252e.ics'],
      ['no-extension', 'no-extension'],
      ['...', '...'],
    ];
    it('name the same object wherever they come from (client need 9, 52)', async () => {
      const path = await suite.newCollection();
      for (const [index, [plain]] of names.entries())
        await suite.put(path + encodeURIComponent(plain), event(`uid-${index}`));
      const members = await suite.propfind(path, [dav('getetag')], { Depth: '1' });
      assert.deepEqual(
        members.slice(1).map(({ href }) => href),
        names.map(([, written]) => path + written),
      );
      for (const { href } of members.slice(1)) {
        const [again] = await suite.propfind(href, [dav('getetag')]);
        assert.equal(again?.href, href);
        assert.equal((await suite.send('GET', href)).status, 200, href);
      }
    });

    it('collections with such names, too', async () => {
      const path = '/dav/calendars/alice/M%C3%BCller%20%26%20Co/';
      assert.equal((await suite.send('MKCALENDAR', path)).status, 201);
      const members = await suite.propfind('/dav/calendars/alice/', [], { Depth: '1' });
      assert.ok(members.some(({ href }) => href === path));
    });
  });

  it('lists 2,000 members in one answer, each once, in pieces as the client takes them', async () => {
    const { id, device } = await suite.server.addUser('busy');
    const path = '/dav/calendars/busy/many/';
    assert.equal((await send(suite.server, device, 'MKCALENDAR', path)).status, 201);
    const wanted = Array.from({ length: 2_000 }, (_, index) => `${path}${index}.ics`);
    await suite.server.database.write(async (writer) => {
      const collection = await findCollection(writer, id, 'calendar', 'many');
      assert.ok(collection);
      for (let index = 0; index < 2_000; index += 1)
        await putObject(writer, collection, contentOf(`${index}.ics`, { etag: `etag${index}` }));
    });
    const answer = await send(suite.server, device, 'PROPFIND', path, {
      headers: { Depth: '1' },
      body: propfindBody(dav('getetag'), dav('getcontenttype'), unknown),
    });
    assert.equal(answer.headers.get('content-length'), null);
    const [root, ...members] = multistatus(answer.body);
    assert.equal(root?.href, path);
    assert.deepEqual(
      members.map(({ href }) => href),
      wanted,
    );
    assert.equal(text(property(members[1_999], dav('getetag'))), '"etag1999"');
    // The next request on the connection is not disturbed.
    await put(suite.server, device, `${path}after.ics`, event('after'));
  });

  it('404 for what is not there', async () => {
    for (const path of [
      `${calendar}missing.ics`,
      '/dav/calendars/alice/missing/',
      '/dav/principals/nobody/',
    ]) {
      assertRefused(await suite.send('PROPFIND', path, { headers: { Depth: '0' } }), 404);
    }
  });
});
