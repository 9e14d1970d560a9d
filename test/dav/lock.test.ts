import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { child, children, childrenNamed, text } from '../../dav/xml/element.js';
import type { XmlElement } from '../../dav/xml/element.js';
import { dav } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, only, parse, property, syncTokenOf } from './answers.js';
import { calendarQueryBody, lockBody, propertyUpdate } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendarType, event, syncBody } from './requests.js';
import type { Answer, RequestOptions } from './requests.js';

type Headers = Readonly<Record<string, string>>;
const rename = propertyUpdate({ set: element(dav('displayname'), 'Renamed') });
const deadProperty = propertyUpdate({ set: '<p xmlns="http://example.com/ns">x</p>' });

describe('RFC 4918 §6, §7, §9.10, §9.11: write locks', () => {
  let now = Date.UTC(2026, 0, 1);
  const suite = davSuite({ clock: () => now });
  let calendar: string;
  before(async () => {
    calendar = await suite.newCollection();
  });

  let count = 0;
  const newEvent = async (parent = calendar): Promise<string> => {
    const path = `${parent}event-${(count += 1)}`;
    await suite.put(path, event(`uid-${count}`));
    return path;
  };
  const lock = (path: string, headers: Headers = {}, body = lockBody()): Promise<Answer> =>
    suite.send('LOCK', path, { headers, body });
  const tokenOf = (answer: Answer): string => {
    assert.ok(answer.status === 200 || answer.status === 201, answer.body);
    const token = /^<(urn:uuid:[\da-f-]{36})>$/.exec(answer.headers.get('lock-token') ?? '')?.[1];
    assert.ok(token);
    return token;
  };
  const locked = async (path: string, headers: Headers = {}, body = lockBody()): Promise<string> =>
    tokenOf(await lock(path, headers, body));
  const unlock = (path: string, token: string): Promise<Answer> =>
    suite.send('UNLOCK', path, { headers: { 'Lock-Token': `<${token}>` } });
  const activeLocks = (body: string): XmlElement[] =>
    childrenNamed(only(parse(body), dav('lockdiscovery')), dav('activelock'));
  const discovered = async (path: string): Promise<XmlElement[]> => {
    const [found] = await suite.propfind(path, [dav('lockdiscovery')]);
    return childrenNamed(property(found, dav('lockdiscovery')), dav('activelock'));
  };
  const hrefIn = (parent: XmlElement, name: string): string =>
    text(only(only(parent, dav(name)), dav('href')));
  /** 423 with the root of the lock whose token is missing. */
  const assertLocked = (answer: Answer, ...roots: readonly string[]): void => {
    assertRefused(answer, 423, dav('lock-token-submitted'));
    const element = only(parse(answer.body), dav('lock-token-submitted'));
    assert.deepEqual(childrenNamed(element, dav('href')).map(text), roots);
  };
  const update = (path: string, headers: Headers = {}): Promise<Answer> => {
    const uid = `uid-${path.split('-').at(-1)}`;
    return suite.send('PUT', path, {
      headers: { ...calendarType, ...headers },
      body: event(uid, { summary: 'New' }),
    });
  };

  describe('§9.10.1: LOCK', () => {
    it('answers the token in a header and the lock in the body, with its owner as it came', async () => {
      const path = await newEvent();
      const owner =
        '<D:owner xmlns:D="DAV:"><D:href>http://example.org/~me</D:href><x xmlns="urn:x" a="1">&lt;</x></D:owner>';
      const answer = await lock(
        path,
        { Timeout: 'Infinite, Second-4100000000' },
        lockBody('exclusive', owner),
      );
      assert.equal(answer.status, 200);
      const token = tokenOf(answer);
      const [active, ...others] = activeLocks(answer.body);
      assert.ok(active);
      assert.deepEqual(others, []);
      assert.equal(hrefIn(active, 'locktoken'), token);
      assert.equal(hrefIn(active, 'lockroot'), path);
      assert.ok(child(only(active, dav('lockscope')), dav('exclusive')));
      assert.ok(child(only(active, dav('locktype')), dav('write')));
      assert.equal(text(only(active, dav('depth'))), 'infinity');
      assert.equal(text(only(active, dav('timeout'))), 'Second-86400');
      assert.deepEqual(
        only(active, dav('owner')),
        only(parse(`<D:prop xmlns:D="DAV:">${owner}</D:prop>`), dav('owner')),
      );
      assert.deepEqual(await discovered(path), [active]);
    });

    const timeouts: readonly [string, string][] = [
      ['Second-60', 'Second-60'],
      ['Second-0', 'Second-1'],
      ['Unknown, Second-120', 'Second-120'],
      ['nonsense', 'Second-3600'],
      ['Second-99999999', 'Second-86400'],
    ];
    for (const [asked, granted] of timeouts) {
      it(`§10.7: Timeout ${asked} is ${granted}`, async () => {
        const [active] = activeLocks((await lock(await newEvent(), { Timeout: asked })).body);
        assert.ok(active);
        assert.equal(text(only(active, dav('timeout'))), granted);
      });
    }

    const broken: readonly [string, string][] = [
      ['another root', document(dav('propfind'), '')],
      ['no scope', document(dav('lockinfo'), element(dav('locktype'), element(dav('write'), '')))],
      ['an unknown scope', lockBody().replace('D:exclusive', 'D:other')],
      ['an unknown type', lockBody().replace('D:write', 'D:read')],
    ];
    for (const [what, body] of broken) {
      it(`a body with ${what} is 400`, async () =>
        assertRefused(await lock(await newEvent(), {}, body), 400));
    }

    it('Depth 1 is 400, and an owner longer than is kept 507', async () => {
      assertRefused(await lock(await newEvent(), { Depth: '1' }), 400);
      const owner = element(dav('owner'), 'x'.repeat(5000));
      assertRefused(await lock(await newEvent(), {}, lockBody('exclusive', owner)), 507);
    });

    it('what cannot be locked is 405, what is not there and could not be 404 or 409', async () => {
      for (const path of ['/', '/dav/', '/dav/calendars/alice/vacant/']) assertRefused(await lock(path), 405);
      for (const path of ['/dav/calendars/alice/missing/a', `${calendar}missing/a`])
        assertRefused(await lock(path), 409);
      assertRefused(await lock('/dav/calendars/bob/a/b'), 404);
    });

    it('needs the privilege to write', async () => {
      const device = await suite.server.addDevice('alice', { access: 'read' });
      for (const path of [await newEvent(), `${calendar}vacant`]) {
        const answer = await suite.send('LOCK', path, { body: lockBody() }, device);
        assertRefused(answer, 403, dav('need-privileges'));
      }
    });

    it('§15.10: supportedlock names exclusive and shared write locks', async () => {
      const [found] = await suite.propfind(calendar, [dav('supportedlock')]);
      const entries = childrenNamed(property(found, dav('supportedlock')), dav('lockentry'));
      assert.deepEqual(
        entries.map((entry) => children(only(entry, dav('lockscope')))[0]?.name),
        [dav('exclusive'), dav('shared')],
      );
    });
  });

  describe('§9.10.5: which locks stand beside each other', () => {
    const table: readonly ['exclusive' | 'shared', 'exclusive' | 'shared', boolean][] = [
      ['exclusive', 'exclusive', false],
      ['exclusive', 'shared', false],
      ['shared', 'exclusive', false],
      ['shared', 'shared', true],
    ];
    for (const [held, wanted, allowed] of table) {
      it(`${wanted} beside ${held}: ${allowed ? 'yes' : 'no'}`, async () => {
        const path = await newEvent();
        await locked(path, {}, lockBody(held));
        const answer = await lock(path, {}, lockBody(wanted));
        if (allowed) assert.equal((await discovered(path)).length, 2);
        else assertRefused(answer, 423, dav('no-conflicting-lock'));
      });
    }

    it('§7.4: a deep lock conflicts with those below it, and those below with it', async () => {
      const parent = await suite.newCollection();
      const path = await newEvent(parent);
      const token = await locked(path);
      assertRefused(await lock(parent), 423, dav('no-conflicting-lock'));
      await unlock(parent, await locked(parent, { Depth: '0' }));
      await unlock(path, token);
      await locked(parent);
      assertRefused(await lock(path), 423, dav('no-conflicting-lock'));
    });
  });

  describe('§7.5: changes need the token', () => {
    const changes: readonly [string, (path: string) => [string, string, RequestOptions], number][] = [
      ['PUT', (path) => ['PUT', path, { headers: calendarType, body: event(`uid-${count}`) }], 204],
      ['PROPPATCH', (path) => ['PROPPATCH', path, { body: deadProperty }], 207],
      ['DELETE', (path) => ['DELETE', path, {}], 204],
      ['MOVE', (path) => ['MOVE', path, { headers: { Destination: `${path}-moved` } }], 201],
    ];
    for (const [what, request, status] of changes) {
      it(`${what} of a locked object`, async () => {
        const path = await newEvent();
        const token = await locked(path);
        const [method, at, options] = request(path);
        const withIf = (header: string): Promise<Answer> =>
          suite.send(method, at, { ...options, headers: { ...options.headers, If: header } });
        assertLocked(await suite.send(method, at, options), path);
        assertRefused(await withIf('(<urn:uuid:00000000-0000-0000-0000-000000000000>)'), 412);
        // It holds, but names no token of this lock.
        assertLocked(await withIf('(Not <DAV:no-lock>)'), path);
        assert.equal((await withIf(`(<${token}>)`)).status, status);
      });
    }

    it('the token may stand in a tagged list, about any resource', async () => {
      const path = await newEvent();
      const token = await locked(path);
      assert.equal((await update(path, { If: `<${path}> (<${token}>)` })).status, 204);
      assert.equal((await update(path, { If: `<${suite.server.url}${path}> (<${token}>)` })).status, 204);
      const elsewhere = `<${calendar}> (<${token}>) (Not <DAV:no-lock>)`;
      assert.equal((await update(path, { If: elsewhere })).status, 204);
    });

    it('§10.4: the token and the ETag in one list', async () => {
      const path = await newEvent();
      const etag = (await suite.send('GET', path)).headers.get('etag') ?? '';
      const token = await locked(path);
      assertRefused(await update(path, { If: `(<${token}> ["other"])` }), 412);
      assert.equal((await update(path, { If: `(<${token}> [${etag}])` })).status, 204);
    });

    it('COPY needs no token of its source, but that of its destination (§7.5.1)', async () => {
      const path = await newEvent();
      const other = await suite.newCollection();
      await locked(path);
      const destination = { Destination: `${other}copy` };
      assert.equal((await suite.send('COPY', path, { headers: destination })).status, 201);
      const token = await locked(`${other}copy`);
      assertLocked(await suite.send('COPY', path, { headers: destination }), `${other}copy`);
      const headers = { ...destination, If: `<${other}copy> (<${token}>)` };
      assert.equal((await suite.send('COPY', path, { headers })).status, 204);
      assert.equal((await discovered(`${other}copy`)).length, 1, '§7.6: the lock on the destination stays');
    });

    it('§6.2: of several shared locks one token is enough', async () => {
      const path = await newEvent();
      const [one, two] = [
        await locked(path, {}, lockBody('shared')),
        await locked(path, {}, lockBody('shared')),
      ];
      assert.equal((await update(path)).status, 423);
      for (const token of [one, two]) assert.equal((await update(path, { If: `(<${token}>)` })).status, 204);
    });

    it('§10.4.1: conditions hold for reading too', async () => {
      const path = await newEvent();
      const token = await locked(path);
      const body = calendarQueryBody();
      for (const [If, expected] of [
        [`(<${token}>)`, undefined],
        ['(<DAV:no-lock>)', 412],
      ] as const)
        for (const [method, status, options] of [
          ['GET', 200, {}],
          ['PROPFIND', 207, {}],
          ['REPORT', 207, { body }],
        ] as const) {
          const answer = await suite.send(method, path, { headers: { If, Depth: '0' }, ...options });
          assert.equal(answer.status, expected ?? status, `${method} ${If}`);
        }
    });

    it('reading needs none', async () => {
      const path = await newEvent();
      await locked(path);
      assert.equal((await suite.send('GET', path)).status, 200);
      assert.equal((await suite.propfind(path, [dav('getetag')])).length, 1);
    });
  });

  describe('§7.4: locks on collections', () => {
    for (const depth of ['0', 'infinity']) {
      it(`Depth ${depth} protects its properties and which members it has`, async () => {
        const parent = await suite.newCollection();
        const path = await newEvent(parent);
        const outside = await newEvent();
        const token = await locked(parent, { Depth: depth });
        const put = (headers: Headers): Promise<Answer> =>
          suite.send('PUT', `${parent}new`, { headers: { ...calendarType, ...headers }, body: event('new') });
        const requests: ((headers: Headers) => Promise<Answer>)[] = [
          put,
          (headers) => suite.send('PROPPATCH', parent, { headers, body: rename }),
          (headers) => suite.send('MOVE', outside, { headers: { Destination: `${parent}in`, ...headers } }),
          (headers) => suite.send('MOVE', path, { headers: { Destination: `${parent}renamed`, ...headers } }),
          (headers) => suite.send('DELETE', `${parent}renamed`, { headers }),
          (headers) => suite.send('LOCK', `${parent}vacant`, { headers, body: lockBody('shared') }),
        ];
        for (const request of requests) assert.ok([404, 423].includes((await request({})).status));
        for (const request of requests.slice(0, 5)) {
          const answer = await request({ If: `<${parent}> (<${token}>)` });
          assert.ok(answer.status < 300, answer.body);
        }
        assertLocked(await suite.send('DELETE', parent), parent);
        assert.equal((await suite.send('DELETE', parent, { headers: { If: `(<${token}>)` } })).status, 204);
      });
    }

    it('Depth 0 leaves members alone, infinity locks them too', async () => {
      const parent = await suite.newCollection();
      const path = await newEvent(parent);
      const shallow = await locked(parent, { Depth: '0' });
      assert.equal((await update(path)).status, 204);
      assert.deepEqual(await discovered(path), []);
      await unlock(parent, shallow);
      await locked(parent);
      assertLocked(await update(path), parent);
      assert.equal(hrefIn((await discovered(path))[0] ?? assert.fail(), 'lockroot'), parent);
    });

    it('§9.6: a collection with a locked member stays whole', async () => {
      const parent = await suite.newCollection();
      const path = await newEvent(parent);
      const token = await locked(path);
      assertLocked(await suite.send('DELETE', parent), path);
      assertLocked(
        await suite.send('MOVE', parent, { headers: { Destination: '/dav/calendars/alice/moved/' } }),
        path,
      );
      const source = await suite.newCollection();
      assertLocked(await suite.send('COPY', source, { headers: { Destination: parent } }), path);
      const headers = { Destination: parent, If: `<${path}> (<${token}>)` };
      assert.equal((await suite.send('COPY', source, { headers })).status, 204);
      await suite.put(path, event('again'));
      assert.deepEqual(await discovered(path), [], 'the root of the lock was gone in between');
    });

    it('a locked home keeps its collections as they are', async () => {
      const home = '/dav/addressbooks/alice/';
      const token = await locked(home, { Depth: '0' });
      const body =
        '<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/><addressbook xmlns="urn:ietf:params:xml:ns:carddav"/></resourcetype></prop></set></mkcol>';
      assertLocked(await suite.send('MKCOL', `${home}new/`, { body }), home);
      const headers = { If: `<${home}> (<${token}>)` };
      assert.equal((await suite.send('MKCOL', `${home}new/`, { headers, body })).status, 201);
      assert.equal((await unlock(home, token)).status, 204);
    });
  });

  it('§7.6: MOVE does not take the lock along', async () => {
    const path = await newEvent();
    const token = await locked(path);
    const headers = { Destination: `${path}-there`, If: `(<${token}>)` };
    assert.equal((await suite.send('MOVE', path, { headers })).status, 201);
    assert.deepEqual(await discovered(`${path}-there`), []);
    await suite.put(path, event('in its place'));
    assert.deepEqual(await discovered(path), []);
  });

  describe('§7.3: a lock where nothing is', () => {
    it('reserves the address: 201, and nothing is shown of it but when it is asked itself', async () => {
      const parent = await suite.newCollection();
      const path = `${parent}reserved.ics`;
      const before = syncTokenOf((await suite.send('REPORT', parent, { body: syncBody('') })).body);
      const answer = await lock(path);
      assert.equal(answer.status, 201);
      const token = tokenOf(answer);
      assert.equal((await suite.send('GET', path)).status, 204);
      assert.equal((await discovered(path)).length, 1);
      assert.deepEqual(
        (await suite.propfind(parent, [dav('resourcetype')], { Depth: '1' })).map(({ href }) => href),
        [parent],
      );
      for (const body of [calendarQueryBody(), syncBody(''), syncBody(before)]) {
        const report = await suite.send('REPORT', parent, { headers: { Depth: '1' }, body });
        assert.deepEqual(multistatus(report.body.replace(/<D:sync-token>.*<\/D:sync-token>/, '')), []);
      }
      const put = (headers: Headers): Promise<Answer> =>
        suite.send('PUT', path, { headers: { ...calendarType, ...headers }, body: event('reserved') });
      assertLocked(await put({}), path);
      assert.equal((await put({ If: `(<${token}>)` })).status, 201);
      assert.equal((await discovered(path)).length, 1, 'still locked');
      assert.equal((await unlock(path, token)).status, 204);
      assert.equal((await suite.send('GET', path)).status, 200);
    });

    it('what OPTIONS says of it is true, and If-Match: * makes no reservation (appendix D.1)', async () => {
      const path = `${calendar}allowed.ics`;
      assertRefused(await lock(path, { 'If-Match': '*' }), 412);
      assertRefused(await suite.send('GET', path), 404);
      await locked(path);
      const allow = (await suite.send('OPTIONS', path)).headers.get('allow')?.split(', ') ?? [];
      assert.deepEqual(allow, ['OPTIONS', 'PROPFIND', 'GET', 'HEAD', 'PUT', 'LOCK', 'UNLOCK']);
      for (const method of ['PROPPATCH', 'COPY', 'MOVE', 'DELETE', 'MKCOL'])
        assert.ok((await suite.send(method, path, { body: deadProperty })).status >= 400, method);
    });

    it('is gone with its lock', async () => {
      const path = `${calendar}forgotten.ics`;
      const token = await locked(path);
      assertRefused(await lock(path), 423, dav('no-conflicting-lock'));
      assert.equal((await unlock(path, token)).status, 204);
      assertRefused(await suite.send('GET', path), 404);
      assertRefused(await suite.send('PROPFIND', path, { headers: { Depth: '0' } }), 404);
    });
  });

  describe('§9.10.2: refreshing, and §6.6: the end by itself', () => {
    const refresh = (path: string, token: string, headers: Headers = {}): Promise<Answer> =>
      suite.send('LOCK', path, { headers: { If: `(<${token}>)`, ...headers } });

    it('an expired lock is none', async () => {
      const path = await newEvent();
      const token = await locked(path, { Timeout: 'Second-60' });
      now += 59_000;
      assert.equal((await update(path)).status, 423);
      now += 1_000;
      assert.deepEqual(await discovered(path), []);
      assertRefused(await unlock(path, token), 409, dav('lock-token-matches-request-uri'));
      assertRefused(await refresh(path, token), 412, dav('lock-token-matches-request-uri'));
      assert.equal((await update(path)).status, 204);
      await locked(path);
    });

    it('a refreshed lock goes on, with the new time and without a Lock-Token header', async () => {
      const path = await newEvent();
      const token = await locked(path, { Timeout: 'Second-60' });
      now += 30_000;
      const answer = await refresh(path, token, { Timeout: 'Second-100', Depth: '0' });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('lock-token'), null);
      assert.equal(text(only(activeLocks(answer.body)[0] ?? assert.fail(), dav('timeout'))), 'Second-100');
      now += 99_000;
      assert.equal((await update(path)).status, 423);
    });

    it('Depth is ignored; other conditions of the header are not', async () => {
      const path = await newEvent();
      const token = await locked(path);
      assert.equal((await refresh(path, token, { Depth: '1' })).status, 200);
      assert.equal((await refresh(path, token, { Depth: 'nonsense' })).status, 200);
      assertRefused(await refresh(path, token, { If: `(<${token}> ["other"])` }), 412);
      assertRefused(await refresh(path, token, { 'If-Match': '"other"' }), 412);
    });

    it('of several shared locks the one that is named, and no two at once', async () => {
      const path = await newEvent();
      const shared = lockBody('shared');
      const [one, two] = [
        await locked(path, { Timeout: 'Second-60' }, shared),
        await locked(path, { Timeout: 'Second-60' }, shared),
      ];
      assertRefused(await refresh(path, one, { If: `(<${one}>) (<${two}>)` }), 400);
      assert.equal((await refresh(path, one, { Timeout: 'Second-100' })).status, 200);
      now += 61_000;
      assert.deepEqual(
        (await discovered(path)).map((active) => hrefIn(active, 'locktoken')),
        [one],
      );
    });

    it('a member refreshes the lock of its collection', async () => {
      const parent = await suite.newCollection();
      const path = await newEvent(parent);
      assert.equal((await refresh(path, await locked(parent))).status, 200);
    });

    it('without If is 400, with the token of another resource 412', async () => {
      const [path, other] = [await newEvent(), await newEvent()];
      const token = await locked(other);
      assertRefused(await suite.send('LOCK', path), 400);
      assertRefused(await refresh(path, token), 412, dav('lock-token-matches-request-uri'));
    });
  });

  describe('§9.11: UNLOCK', () => {
    it('removes the lock', async () => {
      const path = await newEvent();
      const answer = await unlock(path, await locked(path));
      assert.deepEqual([answer.status, answer.body], [204, '']);
      assert.equal((await update(path)).status, 204);
    });

    it('§9.11: from any resource in the scope of the lock', async () => {
      const parent = await suite.newCollection();
      const path = await newEvent(parent);
      assert.equal((await unlock(path, await locked(parent))).status, 204);
      assert.deepEqual(await discovered(parent), []);
    });

    it('without a token, or with a malformed one, is 400; with another 409', async () => {
      const path = await newEvent();
      await locked(path);
      assertRefused(await suite.send('UNLOCK', path), 400);
      assertRefused(await suite.send('UNLOCK', path, { headers: { 'Lock-Token': 'urn:uuid:x' } }), 400);
      assertRefused(await unlock(path, 'urn:uuid:x'), 409, dav('lock-token-matches-request-uri'));
    });
  });

  it('RFC 6578 §5: a sync token in the If header holds while the collection has not changed', async () => {
    const parent = await suite.newCollection();
    const token = syncTokenOf((await suite.send('REPORT', parent, { body: syncBody('') })).body);
    const header = { If: `<${parent}> (<${token}>)` };
    const put = (name: string): Promise<Answer> =>
      suite.send('PUT', parent + name, { headers: { ...calendarType, ...header }, body: event(name) });
    assert.equal((await put('a')).status, 201);
    assertRefused(await put('b'), 412);
    assertRefused(await suite.send('DELETE', `${parent}a`, { headers: header }), 412);
  });

  it('of many at once exactly one gets the lock', async () => {
    const path = await newEvent();
    const answers = await Promise.all(Array.from({ length: 6 }, () => lock(path)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 423, 423, 423, 423, 423]);
  });

  it('an account has a bounded number of locks', async () => {
    const path = await newEvent();
    let answer = await lock(path, {}, lockBody('shared'));
    for (let each = 0; each < 520 && answer.status === 200; each += 1)
      answer = await lock(path, {}, lockBody('shared'));
    assertRefused(answer, 507);
    now += 86_400_000;
    await locked(path);
  }).timeout(30_000);
});
