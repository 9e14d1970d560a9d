import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { text } from '../../dav/xml/element.js';
import { caldav, carddav, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { element } from '../../dav/xml/write.js';
import { multistatus, property, syncTokenOf } from './answers.js';
import { calendarQueryBody, propertyUpdate } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import type { Home } from './dav-suite.js';
import type { Device } from './dav-server.js';
import { card, collectionsOf, event, put, syncBody } from './requests.js';
import type { Answer } from './requests.js';

const note = '{http://example.com/ns}note' as const;

describe('RFC 4918 §9.8 COPY and §9.9 MOVE', () => {
  const suite = davSuite({ limits: { maxCollections: 100 } });
  let from: string;
  let to: string;
  before(async () => {
    from = await suite.newCollection();
    to = await suite.newCollection();
  });

  type Headers = Readonly<Record<string, string>>;
  const transfer = (method: 'COPY' | 'MOVE', source: string, destination: string, headers: Headers = {}) =>
    suite.send(method, source, { headers: { Destination: destination, ...headers } });
  const both = ['COPY', 'MOVE'] as const;

  let count = 0;
  /** A new event or card under a new name, and its ETag. */
  const newObject = async (parent = from): Promise<{ path: string; etag: string; body: string }> => {
    count += 1;
    const path = `${parent}object-${count}`;
    const body = parent.startsWith('/dav/calendars/') ? event(`uid-${count}`) : card(`uid-${count}`);
    return { path, body, etag: await suite.put(path, body) };
  };
  const fresh = (parent = to): string => `${parent}fresh-${(count += 1)}`;
  const statusOf = async (path: string): Promise<number> => (await suite.send('GET', path)).status;
  const sync = async (
    path: string,
    token = '',
  ): Promise<{ token: string; changes: (string | number)[][] }> => {
    const answer = await suite.send('REPORT', path, { body: syncBody(token) });
    assert.equal(answer.status, 207, answer.body);
    const changes = multistatus(answer.body).map(({ href, status }) => [href, status ?? 200]);
    return { token: syncTokenOf(answer.body), changes };
  };

  describe('of objects', () => {
    for (const home of ['calendars', 'addressbooks'] as const) {
      for (const method of both) {
        it(`${method} in ${home} keeps the bytes, the ETag and the dead properties`, async () => {
          const source = await newObject(await suite.newCollection(home));
          const patch = propertyUpdate({ set: element(note, 'kept') });
          assert.equal((await suite.send('PROPPATCH', source.path, { body: patch })).status, 207);
          const target = fresh(await suite.newCollection(home));
          const answer = await transfer(method, source.path, target);
          assert.equal(answer.status, 201, answer.body);
          const got = await suite.send('GET', target);
          assert.deepEqual([got.status, got.body, got.headers.get('etag')], [200, source.body, source.etag]);
          const [found] = await suite.propfind(target, [note]);
          assert.equal(text(property(found, note)), 'kept');
          assert.equal(await statusOf(source.path), method === 'COPY' ? 200 : 404);
        });
      }
    }

    it('a copy is independent of its source (§9.8.1)', async () => {
      const source = await newObject();
      const target = fresh();
      await transfer('COPY', source.path, target);
      await suite.put(source.path, event(`uid-${count - 1}`, { summary: 'changed' }));
      assert.equal((await suite.send('GET', target)).body, source.body);
    });

    it('§9.9.1: MOVE keeps DAV:creationdate', async () => {
      const source = await newObject();
      const before = await suite.propfind(source.path, [dav('creationdate')]);
      const target = fresh();
      await transfer('MOVE', source.path, target);
      const after = await suite.propfind(target, [dav('creationdate')]);
      const date = (members: typeof before): string => text(property(members[0], dav('creationdate')));
      assert.equal(date(after), date(before));
    });

    it('MOVE renames inside a collection: a deletion and an addition for sync', async () => {
      const parent = await suite.newCollection();
      const source = await newObject(parent);
      const { token } = await sync(parent);
      const target = fresh(parent);
      assert.equal((await transfer('MOVE', source.path, target)).status, 201);
      assert.deepEqual((await sync(parent, token)).changes, [
        [source.path, 404],
        [target, 200],
      ]);
      assert.deepEqual((await sync(parent)).changes, [[target, 200]]);
      assert.equal((await transfer('MOVE', target, source.path)).status, 201);
      assert.deepEqual((await sync(parent, token)).changes, [
        [target, 404],
        [source.path, 200],
      ]);
    });

    it('MOVE between collections is a deletion in one and an addition in the other', async () => {
      const [one, two] = [await suite.newCollection(), await suite.newCollection()];
      const source = await newObject(one);
      const [before, beforeToo] = [await sync(one), await sync(two)];
      const target = fresh(two);
      await transfer('MOVE', source.path, target);
      assert.deepEqual((await sync(one, before.token)).changes, [[source.path, 404]]);
      assert.deepEqual((await sync(two, beforeToo.token)).changes, [[target, 200]]);
    });

    it('COPY is an addition at the destination and nothing at the source', async () => {
      const [one, two] = [await suite.newCollection(), await suite.newCollection()];
      const source = await newObject(one);
      const [before, beforeToo] = [await sync(one), await sync(two)];
      const target = fresh(two);
      await transfer('COPY', source.path, target);
      assert.deepEqual((await sync(one, before.token)).changes, []);
      assert.deepEqual((await sync(two, beforeToo.token)).changes, [[target, 200]]);
    });

    it('what was copied is found by queries', async () => {
      const parent = await suite.newCollection();
      const source = await newObject();
      await transfer('COPY', source.path, `${parent}a`);
      const range = '<C:time-range start="20260105T000000Z" end="20260106T000000Z"/>';
      const body = calendarQueryBody(`<C:comp-filter name="VEVENT">${range}</C:comp-filter>`);
      const answer = await suite.send('REPORT', parent, { headers: { Depth: '1' }, body });
      assert.deepEqual(
        multistatus(answer.body).map(({ href }) => href),
        [`${parent}a`],
      );
    });

    it('a floating event lands in the time zone of the calendar that it comes to', async () => {
      const zone = [
        ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//T//T//EN', 'BEGIN:VTIMEZONE', 'TZID:Asia/Tokyo'],
        ...['BEGIN:STANDARD', 'DTSTART:19700101T000000', 'TZOFFSETFROM:+0900', 'TZOFFSETTO:+0900'],
        ...['END:STANDARD', 'END:VTIMEZONE', 'END:VCALENDAR', ''],
      ].join('\r\n');
      const property = `<C:calendar-timezone xmlns:C="urn:ietf:params:xml:ns:caldav">${zone}</C:calendar-timezone>`;
      const tokyo = await suite.newCollection('calendars', property);
      for (const method of both) {
        await suite.put(`${from}${method}`, event(method, { start: '20260301T080000' }));
        assert.equal((await transfer(method, `${from}${method}`, `${tokyo}${method}`)).status, 201);
      }
      const range = '<C:time-range start="20260228T225900Z" end="20260228T230100Z"/>';
      const body = calendarQueryBody(`<C:comp-filter name="VEVENT">${range}</C:comp-filter>`);
      const answer = await suite.send('REPORT', tokyo, { headers: { Depth: '1' }, body });
      assert.deepEqual(
        multistatus(answer.body).map(({ href }) => href),
        both.map((method) => `${tokyo}${method}`),
      );
    });

    it('a card without UID can be copied beside itself', async () => {
      const book = await suite.newCollection('addressbooks');
      const body = card('x').replace('UID:x\r\n', '');
      await suite.put(`${book}a`, body);
      assert.equal((await transfer('COPY', `${book}a`, `${book}b`)).status, 201);
      assert.equal((await transfer('MOVE', `${book}a`, `${book}c`)).status, 201);
      assert.equal((await suite.send('GET', `${book}b`)).body, body);
      assert.equal((await suite.send('GET', `${book}c`)).body, body);
    });
  });

  describe('§10.3: Destination', () => {
    const destinations: readonly [string, (path: string, url: string) => string, number][] = [
      ['a path', (path) => path, 201],
      ['the URL that the request was sent to', (path, url) => url + path, 201],
      ['its host under another scheme', (path, url) => url.replace('http:', 'https:') + path, 201],
      ['the public name of a server behind a proxy', (path) => `https://dav.example.com${path}`, 201],
      ['the public name over http', (path) => `http://dav.example.com${path}`, 201],
      ['percent-encoded more than needed', (path) => path.replace('fresh', '%66resh'), 201],
      ['another host', (path) => `https://example.org${path}`, 502],
      ['another port of this host', (path) => `http://127.0.0.1:1${path}`, 502],
      ['no URL of http', (path) => `ftp://example.org${path}`, 400],
      ['a relative reference', (path) => path.slice(1), 400],
      ['an encoded slash', (path) => path.replace('fresh', 'a%2Fb'), 400],
      ['a path with dots', (path) => path.replace('fresh', '../fresh'), 400],
      ['nothing', () => '', 400],
    ];
    for (const [what, destinationOf, status] of destinations) {
      it(`as ${what} is ${status}`, async () => {
        const source = await newObject();
        const target = fresh();
        const answer = await transfer('MOVE', source.path, destinationOf(target, suite.server.url));
        assert.equal(answer.status, status, answer.body);
        if (status === 201) assert.equal(await statusOf(target), 200);
        else assertRefused(answer, status);
        assert.equal(await statusOf(source.path), status === 201 ? 404 : 200);
      });
    }

    it('missing is 400', async () => {
      const source = await newObject();
      for (const method of both) assertRefused(await suite.send(method, source.path), 400);
    });
  });

  describe('§10.6: Overwrite', () => {
    for (const method of both) {
      it(`${method}: F is 412 where something is, and changes nothing`, async () => {
        const [source, target] = [await newObject(), await newObject(to)];
        assertRefused(await transfer(method, source.path, target.path, { Overwrite: 'F' }), 412);
        assert.equal((await suite.send('GET', target.path)).headers.get('etag'), target.etag);
        assert.equal(await statusOf(source.path), 200);
      });

      it(`${method}: F is 201 where nothing is`, async () => {
        assert.equal(
          (await transfer(method, (await newObject()).path, fresh(), { Overwrite: 'F' })).status,
          201,
        );
      });

      it(`${method}: T, or none, replaces an object of the same UID with 204`, async () => {
        for (const headers of [{}, { Overwrite: 'T' }] as Headers[]) {
          const source = await newObject();
          const target = fresh();
          await suite.put(target, source.body.replace('SUMMARY:Test', 'SUMMARY:Other'));
          assert.equal((await transfer(method, source.path, target, headers)).status, 204);
          assert.equal((await suite.send('GET', target)).body, source.body);
        }
      });
    }

    it('another value is 400', async () => {
      assertRefused(await transfer('COPY', (await newObject()).path, fresh(), { Overwrite: 'maybe' }), 400);
    });
  });

  describe('preconditions (RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1)', () => {
    const uidConflict = (answer: Answer, name: Name, href: string): void => {
      assertRefused(answer, 409, name);
      assert.ok(answer.body.includes(`<D:href>${href}</D:href>`));
    };

    it('no-uid-conflict: another object of the destination has the UID', async () => {
      const source = await newObject();
      await suite.put(`${to}same`, source.body);
      for (const method of both) {
        uidConflict(await transfer(method, source.path, fresh()), caldav('no-uid-conflict'), `${to}same`);
      }
      await suite.send('DELETE', `${to}same`);
    });

    it('no-uid-conflict: a copy beside its source', async () => {
      const source = await newObject();
      uidConflict(await transfer('COPY', source.path, fresh(from)), caldav('no-uid-conflict'), source.path);
    });

    it('no-uid-conflict: the object that would be replaced has another UID', async () => {
      const [source, target] = [await newObject(), await newObject(to)];
      for (const method of both) {
        uidConflict(await transfer(method, source.path, target.path), caldav('no-uid-conflict'), target.path);
      }
      const [one, two] = [
        await suite.newCollection('addressbooks'),
        await suite.newCollection('addressbooks'),
      ];
      const cards = [await newObject(one), await newObject(two)] as const;
      uidConflict(
        await transfer('COPY', cards[0].path, cards[1].path),
        carddav('no-uid-conflict'),
        cards[1].path,
      );
    });

    it('supported-calendar-component: a calendar for other components', async () => {
      const tasks = await suite.newCollection(
        'calendars',
        '<C:supported-calendar-component-set xmlns:C="urn:ietf:params:xml:ns:caldav"><C:comp name="VTODO"/></C:supported-calendar-component-set>',
      );
      for (const method of both) {
        const answer = await transfer(method, (await newObject()).path, fresh(tasks));
        assertRefused(answer, 403, caldav('supported-calendar-component'));
      }
    });

    it('calendars receive no cards, and address books no events', async () => {
      const book = await suite.newCollection('addressbooks');
      for (const method of both) {
        const toBook = await transfer(method, (await newObject()).path, fresh(book));
        assertRefused(toBook, 403, carddav('supported-address-data'));
        const toCalendar = await transfer(method, (await newObject(book)).path, fresh());
        assertRefused(toCalendar, 403, caldav('supported-calendar-data'));
      }
    });

    it('an object stands in a collection: 403 elsewhere, 409 where there is none', async () => {
      const { path } = await newObject();
      for (const target of [
        '/dav/calendars/alice/',
        to,
        '/dav/calendars/alice/x',
        '/dav/',
        '/dav/principals/alice/',
      ]) {
        assertRefused(await transfer('COPY', path, target), 403);
      }
      for (const target of ['/dav/calendars/alice/missing/x', '/dav/other/x', '/elsewhere'])
        assertRefused(await transfer('COPY', path, target), 409);
    });

    it('§9.8.5: source and destination are the same: 403', async () => {
      const { path } = await newObject();
      for (const method of both) {
        assertRefused(await transfer(method, path, path), 403);
        assertRefused(await transfer(method, from, from.slice(0, -1)), 403);
      }
    });

    it('what is not there is 404, homes and principals are 405', async () => {
      for (const method of both) {
        assertRefused(await transfer(method, `${from}missing`, fresh()), 404);
        for (const path of ['/dav/calendars/alice/', '/dav/principals/alice/', '/dav/']) {
          const answer = await transfer(method, path, '/dav/calendars/alice/new/');
          assertRefused(answer, 405);
          assert.ok(!(answer.headers.get('allow') ?? '').includes(method), path);
        }
      }
    });
  });

  describe('RFC 9110 §13 and RFC 4918 §10.4: conditions on the source', () => {
    for (const method of both) {
      it(method, async () => {
        const source = await newObject();
        const target = fresh();
        const refused: Headers[] = [{ 'If-Match': '"x"' }, { If: '(["x"])' }, { 'If-None-Match': '*' }];
        for (const headers of refused)
          assertRefused(await transfer(method, source.path, target, headers), 412);
        assert.equal(await statusOf(target), 404);
        const taggedList = `<${source.path}> ([${source.etag}])`;
        assert.equal((await transfer(method, source.path, target, { If: taggedList })).status, 201);
      });
    }
  });

  describe('of collections', () => {
    const filled = async (home: Home = 'calendars'): Promise<string> => {
      const path = await suite.newCollection(home, '<displayname>Filled</displayname>');
      for (let each = 0; each < 3; each += 1) await newObject(path);
      const patch = propertyUpdate({ set: element(note, 'kept') });
      assert.equal((await suite.send('PROPPATCH', path, { body: patch })).status, 207);
      assert.equal((await suite.send('PROPPATCH', `${path}object-${count}`, { body: patch })).status, 207);
      return path;
    };
    /** Everything that is seen of a collection, without its address. */
    const content = async (path: string): Promise<string[]> => {
      const names = [dav('displayname'), dav('getetag'), note];
      const members = await suite.propfind(path, names, { Depth: '1' });
      return members.map(({ href, properties }) => {
        const values = [...(properties.get(200) ?? [])].map(([name, value]) => `${name}=${text(value)}`);
        return [href.slice(path.length), ...values].join(' ');
      });
    };
    const newPath = (home: Home = 'calendars'): string => `/dav/${home}/alice/collection-${(count += 1)}/`;

    for (const home of ['calendars', 'addressbooks'] as const) {
      it(`COPY makes another one with the same members and properties in ${home} (§9.8.3)`, async () => {
        const source = await filled(home);
        const target = newPath(home);
        for (const headers of [{}, { Depth: 'infinity' }] as Headers[]) {
          assert.equal(
            (await transfer('COPY', source, target, headers)).status,
            headers['Depth'] ? 204 : 201,
          );
          assert.deepEqual(await content(target), await content(source));
        }
        await newObject(target);
        assert.notDeepEqual(await content(target), await content(source));
      });
    }

    it('COPY with Depth 0 copies the properties and no member', async () => {
      const source = await filled();
      const target = newPath();
      assert.equal((await transfer('COPY', source, target, { Depth: '0' })).status, 201);
      assert.deepEqual(await content(target), (await content(source)).slice(0, 1));
    });

    it('MOVE gives it another address, and its tokens go along', async () => {
      const source = await filled();
      const before = await content(source);
      const { token } = await sync(source);
      const target = newPath();
      assert.equal((await transfer('MOVE', source, target, { Depth: 'infinity' })).status, 201);
      assert.deepEqual(await content(target), before);
      assert.equal((await suite.send('PROPFIND', source, { headers: { Depth: '0' } })).status, 404);
      assert.deepEqual((await sync(target, token)).changes, []);
    });

    it('RFC 6578: a copy takes no token of its source or of what it replaced', async () => {
      const [source, target] = [await filled(), await filled()];
      const tokens = [(await sync(source)).token, (await sync(target)).token];
      assert.equal((await transfer('COPY', source, target)).status, 204);
      for (const token of tokens) {
        const answer = await suite.send('REPORT', target, { body: syncBody(token) });
        assertRefused(answer, 403, dav('valid-sync-token'));
      }
      const { token } = await sync(target);
      const added = await newObject(target);
      assert.deepEqual((await sync(target, token)).changes, [[added.path, 200]]);
    });

    for (const method of both) {
      it(`§9.8.4: ${method} over another one replaces all of it`, async () => {
        const [source, target] = [await filled(), await filled()];
        const before = await content(source);
        assertRefused(await transfer(method, source, target, { Overwrite: 'F' }), 412);
        assert.equal((await transfer(method, source, target)).status, 204);
        assert.deepEqual(await content(target), before);
      });

      it(`${method}: Depth that makes no sense is 400`, async () => {
        const source = await filled();
        for (const depth of method === 'COPY' ? ['1', 'some'] : ['0', '1'])
          assertRefused(await transfer(method, source, newPath(), { Depth: depth }), 400);
      });

      it(`${method} elsewhere than into its home is refused with the element of its standard`, async () => {
        const calendar = await filled();
        const book = await filled('addressbooks');
        const inside = `${await suite.newCollection()}inside`;
        for (const target of [
          inside,
          newPath('addressbooks'),
          '/dav/calendars/alice/',
          '/dav/',
          `${calendar}x`,
        ])
          assertRefused(
            await transfer(method, calendar, target),
            403,
            caldav('calendar-collection-location-ok'),
          );
        assertRefused(
          await transfer(method, book, newPath()),
          403,
          carddav('addressbook-collection-location-ok'),
        );
        assertRefused(await transfer(method, book, '/dav/addressbooks/alice/a/b/c/'), 409);
      });
    }

    it('RFC 4331: COPY of more than the quota allows is 507, and nothing is left behind', async () => {
      const small = davQuota;
      const source = await small.newCollection();
      await small.put(`${source}a`, event('a'));
      const answer = await small.send('COPY', source, {
        headers: { Destination: '/dav/calendars/alice/copy/' },
      });
      assertRefused(answer, 507, dav('quota-not-exceeded'));
      const target = `${await small.newCollection()}a`;
      assertRefused(
        await small.send('COPY', `${source}a`, { headers: { Destination: target } }),
        507,
        dav('quota-not-exceeded'),
      );
      assert.equal(
        (await small.send('MOVE', `${source}a`, { headers: { Destination: target } })).status,
        201,
      );
      assert.ok(
        !(await collectionsOf(small.server, small.device, 'calendars')).includes(
          '/dav/calendars/alice/copy/',
        ),
      );
    });
    const davQuota = davSuite({ limits: { quotaBytes: 300 } });
  });

  describe('docs/security.md: other accounts and other scopes', () => {
    let bob: Device;
    before(async () => {
      ({ device: bob } = await suite.server.addUser('bob'));
    });

    it("another account's tree answers as one that is not there, as source and as destination", async () => {
      const { path } = await newObject();
      const [calendar = ''] = await collectionsOf(suite.server, bob, 'calendars');
      await put(suite.server, bob, `${calendar}b`, event('b'));
      for (const method of both) {
        for (const target of [`${calendar}x`, `${calendar}b`, '/dav/calendars/bob/x/', calendar]) {
          const answer = await transfer(method, path, target);
          const missing = await transfer(method, path, target.replace('/bob/', '/nobody/'));
          assert.deepEqual([answer.status, answer.body], [missing.status, missing.body]);
          assertRefused(answer, 409);
        }
        assertRefused(await transfer(method, `${calendar}b`, fresh()), 404);
      }
      assert.equal((await suite.send('GET', `${calendar}b`, {}, bob)).status, 200);
    });

    it('a password for calendars alone sees no address book as destination', async () => {
      const device = await suite.server.addDevice('alice', { services: new Set(['calendars']) });
      const book = await suite.newCollection('addressbooks');
      const { path } = await newObject();
      const headers = { Destination: `${book}x` };
      assertRefused(await suite.send('COPY', path, { headers }, device), 409);
    });

    it('a password that may only read needs the privilege to bind or unbind', async () => {
      const device = await suite.server.addDevice('alice', { access: 'read' });
      const { path } = await newObject();
      for (const method of both) {
        const answer = await suite.send(method, path, { headers: { Destination: fresh() } }, device);
        assertRefused(answer, 403, dav('need-privileges'));
      }
    });
  });

  it('§9.8.3: a copy that takes several units of work is that of one moment, dead properties too', async () => {
    const source = await suite.newCollection();
    const names = Array.from({ length: 400 }, (_, index) => `m-${String(index).padStart(3, '0')}`);
    const lines = [`DESCRIPTION:${'x'.repeat(4000)}`];
    for (const each of names) await suite.put(source + each, event(each, { lines }));
    const [first, last] = [names[0] ?? '', names.at(-1) ?? ''];
    const setNote = async (path: string, value: string): Promise<void> => {
      const answer = await suite.send('PROPPATCH', path, {
        body: propertyUpdate({ set: element(note, value) }),
      });
      assert.equal(answer.status, 207);
    };
    const noteOf = async (path: string): Promise<string> =>
      text(property((await suite.propfind(path, [note]))[0], note));
    for (const end of [first, last]) await setNote(source + end, 'a');
    for (const [round, value] of ['b', 'c', 'd'].entries()) {
      const before = await noteOf(source + first);
      const target = `/dav/calendars/alice/moment-${round}/`;
      const copied = transfer('COPY', source, target);
      // As long as before, and the first member's first: a mixture would have the last one's alone.
      for (const end of [first, last]) await setNote(source + end, value);
      assert.equal((await copied).status, 201);
      const found = [await noteOf(target + first), await noteOf(target + last)];
      assert.notDeepEqual(found, [before, value], 'the later change without the earlier one');
    }
  });

  it('of many moves at once exactly one wins', async () => {
    const source = await newObject();
    const targets = Array.from({ length: 6 }, () => fresh());
    const answers = await Promise.all(targets.map((target) => transfer('MOVE', source.path, target)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 404, 404, 404, 404, 404]);
    const there = await Promise.all(targets.map(statusOf));
    assert.equal(there.filter((status) => status === 200).length, 1);
  });
});
