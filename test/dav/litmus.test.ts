/**
 * What litmus asks of a WebDAV server, asked with calendar objects in calendars: litmus itself cannot begin here, since it
 * makes plain collections and puts plain text (`npm run interop`). Each test has the name of its case.
 */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { before, describe, it } from 'mocha';
import { text } from '../../dav/xml/element.js';
import { caldav, dav, name } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import { lockBody, mkcolBody, propertyUpdate, resourceType } from './bodies.js';
import type { Patch } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendarType, event } from './requests.js';
import type { Answer } from './requests.js';

const ns = 'http://example.com/neon/litmus/';
const home = '/dav/calendars/alice/';
type Headers = Readonly<Record<string, string>>;
type Scope = Parameters<typeof lockBody>[0];

/** The cases of litmus 0.13 (Debian's) to 0.18, each once; without init, begin and finish, which ask nothing. */
const cases: Readonly<Record<string, string>> = {
  basic: `options put_get put_get_utf8_segment put_no_parent put_location mkcol_over_plain delete delete_null
    delete_fragment mkcol mkcol_again delete_coll mkcol_no_parent mkcol_with_body`,
  copymove: `copy_init copy_simple copy_overwrite copy_abspath copy_nodestcoll copy_cleanup copy_coll copy_shallow move
    move_coll move_cleanup`,
  props: `propfind_invalid propfind_invalid2 propfind_d0 propinit propset propget propextended propmove propdeletes
    propreplace propnullns prophighunicode propremoveset propsetremove propvalnspace propwformed propgetlastmod
    propmanyns propcleanup`,
  locks: `options precond init_locks put lock_excl discover refresh notowner_modify notowner_lock owner_modify copy
    cond_put fail_cond_put cond_put_with_not cond_put_corrupt_token complex_cond_put fail_complex_cond_put unlock
    fail_cond_put_unlocked lock_shared double_sharedlock prep_collection lock_collection indirect_refresh
    unmapped_lock`,
  http: 'direct_connect expect100',
};

describe('litmus', () => {
  for (const [program, names] of Object.entries(cases)) {
    it(`each case of ${program} is asked below`, function () {
      const suites = this.test?.parent?.parent?.suites ?? [];
      const tests = suites.find(({ title }) => title === `litmus: ${program}`)?.tests ?? [];
      const asked = new Set(tests.flatMap(({ title }) => title.replace(/:.*/, '').split(', ')));
      assert.deepEqual(
        names.split(/\s+/).filter((name) => !asked.has(name)),
        [],
      );
    });
  }
});

describe('litmus: basic', () => {
  const suite = davSuite();
  let coll: string;
  before(async () => {
    coll = await suite.newCollection();
  });
  const mkcalendar = (path: string): Promise<Answer> => suite.send('MKCALENDAR', path);

  it('options', async () => {
    const answer = await suite.send('OPTIONS', coll);
    assert.match(answer.headers.get('dav') ?? '', /^1, 2, 3/);
  });
  for (const [which, segment] of [
    ['put_get', 'res'],
    ['put_get_utf8_segment', 'res-%e2%82%ac'],
  ] as const) {
    it(which, async () => {
      const body = event(segment);
      await suite.put(coll + segment, body);
      assert.equal((await suite.send('GET', coll + segment)).body, body);
    });
  }
  it('put_location: a Location, if there is one, is the address', async () => {
    const path = `${coll}put%23test`;
    const answer = await suite.send('PUT', path, { headers: calendarType, body: event('put-location') });
    assert.equal(answer.status, 201);
    const location = answer.headers.get('location') ?? path;
    assert.equal(new URL(location, suite.server.url).pathname, path);
  });
  it('put_no_parent', async () => {
    for (const path of [`${home}409me/noparent`, `${coll}409me/noparent`]) {
      const answer = await suite.send('PUT', path, { headers: calendarType, body: event('x') });
      assert.equal(answer.status, 409);
    }
  });
  it('mkcol_over_plain', async () => {
    await suite.put(`${coll}plain`, event('plain'));
    assert.equal((await suite.send('MKCOL', `${coll}plain`)).status, 405);
  });
  it('delete, delete_null', async () => {
    assert.equal((await suite.send('DELETE', `${coll}plain`)).status, 204);
    assert.equal((await suite.send('DELETE', `${coll}plain`)).status, 404);
  });
  it('delete_fragment: what a client sends behind a # is no part of the name', async () => {
    await suite.put(`${coll}frag`, event('frag'));
    const { hostname, port } = new URL(suite.server.url);
    const headers = { Authorization: suite.device.authorization };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ hostname, port, method: 'DELETE', path: `${coll}frag#ment`, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    assert.ok(status === 204 || (status ?? 0) >= 400);
  });
  it('mkcol, mkcol_again, mkcol_percent_encoded, delete_coll', async () => {
    for (const path of [`${home}coll/`, `${home}%7ecoll/`]) {
      assert.equal((await mkcalendar(path)).status, 201);
      assert.equal((await mkcalendar(path)).status, 405);
      assert.equal((await suite.send('DELETE', path)).status, 204);
      assert.equal((await suite.send('PROPFIND', path, { headers: { Depth: '0' } })).status, 404);
    }
  });
  it('mkcol_no_parent', async () => {
    for (const path of [`${home}409me/noparent/`, `${coll}409me/noparent/`])
      assert.equal((await mkcalendar(path)).status, 409);
  });
  it('mkcol_with_body', async () => {
    const headers = { 'Content-Type': 'xzy-foo/bar-512' };
    assert.equal((await suite.send('MKCOL', `${home}mkcolbody`, { headers, body: 'afafafaf' })).status, 415);
  });
  it('mkcol_forbidden', async () => {
    for (const path of ['/', '/dav/', home]) assert.equal((await suite.send('MKCOL', path)).status, 405);
  });
  it('chk_ETag', async () => {
    const etag = await suite.put(`${coll}etag`, event('etag'));
    assert.equal((await suite.send('GET', `${coll}etag`)).headers.get('etag'), etag);
    const [found] = await suite.propfind(`${coll}etag`, [dav('getetag')]);
    assert.equal(text(property(found, dav('getetag'))), etag);
    assert.notEqual(await suite.put(`${coll}etag`, event('etag', { summary: 'other' })), etag);
  });
});

describe('litmus: copymove', () => {
  const suite = davSuite();
  let one: string;
  let two: string;
  before(async () => {
    [one, two] = [await suite.newCollection(), await suite.newCollection()];
  });
  it('copy_init', () => suite.put(`${one}src`, event('src')));
  const to = (
    method: 'COPY' | 'MOVE',
    from: string,
    target: string,
    headers: Headers = {},
  ): Promise<Answer> =>
    suite.send(method, from, { headers: { Destination: suite.server.url + target, ...headers } });

  it('copy_simple, copy_overwrite', async () => {
    assert.equal((await to('COPY', `${one}src`, `${two}dest`, { Overwrite: 'F' })).status, 201);
    assert.equal((await to('COPY', `${one}src`, `${two}dest`, { Overwrite: 'F' })).status, 412);
    assert.equal((await to('COPY', `${one}src`, `${two}dest`, { Overwrite: 'T' })).status, 204);
    assert.equal((await suite.send('GET', `${two}dest`)).body, event('src'));
  });
  it('copy_abspath', async () => {
    const headers = { Destination: `${two}dest` };
    assert.equal((await suite.send('COPY', `${one}src`, { headers })).status, 204);
  });
  it('copy_nodestcoll', async () => {
    assert.equal((await to('COPY', `${one}src`, `${home}nonesuch/foo`)).status, 409);
  });
  it('copy_coll, copy_coll_depth, copy_cleanup', async () => {
    for (let each = 0; each < 10; each += 1) await suite.put(`${one}foo.${each}`, event(`foo.${each}`));
    assert.equal((await to('COPY', one, `${home}ccdest/`, { Overwrite: 'F' })).status, 201);
    assert.equal((await to('COPY', one, `${home}ccdest/`, { Overwrite: 'F' })).status, 412);
    assert.equal((await to('COPY', one, `${home}ccdest2/`, { Depth: '0' })).status, 201);
    assert.equal((await suite.propfind(`${home}ccdest2/`, [], { Depth: '1' })).length, 1);
    assert.equal((await to('COPY', `${home}ccdest2/`, `${home}ccdest/`, { Overwrite: 'T' })).status, 204);
    assert.equal((await suite.send('DELETE', `${home}ccdest/`)).status, 204);
    assert.equal((await suite.propfind(one, [], { Depth: '1' })).length, 12);
  });
  it('copy_overwrite: a collection does not become an object', async () => {
    assert.equal((await to('COPY', `${one}src`, two, { Overwrite: 'F' })).status, 412);
    assert.equal((await to('COPY', `${one}src`, two, { Overwrite: 'T' })).status, 403);
  });
  it('copy_shallow', async () => {
    assert.equal((await to('COPY', one, `${home}shallow`, { Depth: '0' })).status, 201);
    assert.equal((await suite.send('GET', `${home}shallow/src`)).status, 404);
  });
  it('move, move_cleanup', async () => {
    await suite.put(`${one}move`, event('move'));
    await suite.put(`${one}move2`, event('move2'));
    assert.equal((await to('MOVE', `${one}move`, `${one}movedest`, { Overwrite: 'F' })).status, 201);
    assert.equal((await to('MOVE', `${one}move2`, `${one}movedest`, { Overwrite: 'F' })).status, 412);
    assert.equal((await suite.send('GET', `${one}move`)).status, 404);
    assert.equal((await suite.send('GET', `${one}movedest`)).body, event('move'));
    // litmus replaces by any resource; here (RFC 4791 §5.3.2.1) only an object of the same UID takes the place of another.
    assert.equal((await to('MOVE', `${one}move2`, `${one}movedest`, { Overwrite: 'T' })).status, 409);
    await suite.put(`${two}move`, event('move'));
    assert.equal((await to('MOVE', `${two}move`, `${one}movedest`, { Overwrite: 'T' })).status, 204);
    assert.equal((await to('MOVE', `${one}movedest`, two, { Overwrite: 'T' })).status, 403);
  });
  it('move_coll', async () => {
    const source = await suite.newCollection();
    await suite.put(`${source}a`, event('a'));
    assert.equal((await to('MOVE', source, `${home}mvdest/`)).status, 201);
    assert.equal((await suite.send('GET', `${home}mvdest/a`)).body, event('a'));
    assert.equal((await suite.send('GET', `${source}a`)).status, 404);
    const again = await suite.newCollection();
    assert.equal((await to('MOVE', again, `${home}mvdest/`, { Overwrite: 'F' })).status, 412);
    assert.equal((await to('MOVE', again, `${home}mvdest/`, { Overwrite: 'T' })).status, 204);
    assert.equal((await to('MOVE', `${home}mvdest/`, `${one}src`, { Overwrite: 'T' })).status, 403);
  });
});

describe('litmus: props', () => {
  const suite = davSuite();
  let path: string;
  before(async () => {
    path = `${await suite.newCollection()}prop`;
    await suite.put(path, event('prop'));
  });
  const mine = (local: string): Name => name(ns, local);
  const ten = Array.from({ length: 10 }, (_, index) => mine(`prop${index}`));
  const patch = async (...instructions: readonly Patch[]): Promise<void> => {
    const answer = await suite.send('PROPPATCH', path, { body: propertyUpdate(...instructions) });
    const [response] = multistatus(answer.body);
    assert.deepEqual([...(response?.properties.keys() ?? [])], [200], answer.body);
  };
  const valuesAt = async (at: string, names: readonly Name[]): Promise<(string | undefined)[]> => {
    const [response] = await suite.propfind(at, names);
    return names.map((each) => {
      const value = response?.properties.get(200)?.get(each);
      return value === undefined ? undefined : text(value);
    });
  };
  const values = ten.map((_, index) => `value${index}`);

  it('propfind_invalid, propfind_invalid2', async () => {
    for (const body of [
      '<foo>',
      '<D:propfind xmlns:D="DAV:"><D:prop><bar:foo xmlns:bar=""/></D:prop></D:propfind>',
    ])
      assert.equal((await suite.send('PROPFIND', path, { headers: { Depth: '0' }, body })).status, 400);
  });
  it('propfind_d0', async () => {
    assert.equal((await suite.propfind(home, [dav('resourcetype')])).length, 1);
  });
  it('propinit, propset, propget', async () => {
    await patch(...ten.map((each, index) => ({ set: element(each, values[index] ?? '') })));
    assert.deepEqual(await valuesAt(path, ten), values);
  });
  it('propextended: unknown elements of a body are ignored', async () => {
    const named = element(dav('prop'), element(ten[0] ?? dav('x'), ''));
    for (const content of [named, element(dav('allprop'), '')]) {
      const body = document(dav('propfind'), element(mine('foo'), '') + content);
      const answer = await suite.send('PROPFIND', path, { headers: { Depth: '0' }, body });
      assert.match(answer.headers.get('content-type') ?? '', /^(?:text|application)\/xml/);
      assert.equal(text(property(multistatus(answer.body)[0], ten[0] ?? dav('x'))), values[0]);
    }
  });
  it('propcopy, propcopy_unmapped, propmove', async () => {
    const other = await suite.newCollection();
    for (const [method, target] of [
      ['COPY', `${other}copy`],
      ['COPY', `${other}copy`],
      ['MOVE', `${path}-moved`],
      ['MOVE', path],
    ] as const) {
      const source = method === 'MOVE' && target === path ? `${path}-moved` : path;
      const answer = await suite.send(method, source, { headers: { Destination: target } });
      assert.ok(answer.status < 300, answer.body);
      assert.deepEqual(await valuesAt(target, ten), values);
    }
  });
  it('propdeletes, propreplace', async () => {
    for (const time of ['first', 'second'])
      await patch(...ten.slice(0, 5).map((each) => ({ remove: element(each, time) })));
    const after = values.map((value, index) => (index < 5 ? undefined : value));
    assert.deepEqual(await valuesAt(path, ten), after);
    await patch(...ten.slice(5).map((each) => ({ set: element(each, 'newvalue') })));
    assert.deepEqual(
      await valuesAt(path, ten),
      after.map((value) => value && 'newvalue'),
    );
  });
  it('propnullns', async () => {
    const nothing = name('', 'nonamespace');
    await patch({ set: '<nonamespace xmlns="">randomvalue</nonamespace>' });
    assert.deepEqual(await valuesAt(path, [nothing]), ['randomvalue']);
  });
  it('prophighunicode', async () => {
    await patch({ set: element(mine('high-unicode'), '&#65536;') });
    assert.deepEqual(await valuesAt(path, [mine('high-unicode')]), ['\u{10000}']);
  });
  it('propremoveset, propsetremove: in the order of the document', async () => {
    const each = mine('removeset');
    await patch({ remove: element(each, '') }, { set: element(each, 'x') }, { set: element(each, 'y') });
    assert.deepEqual(await valuesAt(path, [each]), ['y']);
    await patch({ set: element(each, 'x') }, { remove: element(each, '') });
    assert.deepEqual(await valuesAt(path, [each]), [undefined]);
  });
  it('propvalnspace, propwformed', async () => {
    await patch({ set: `<t:valnspace xmlns:t="${ns}"><foo xmlns='bar'/></t:valnspace>` });
    const [response] = await suite.propfind(path, [mine('valnspace')]);
    const [inside] = property(response, mine('valnspace')).content;
    assert.equal(typeof inside === 'string' ? inside : inside?.name, name('bar', 'foo'));
  });
  it('propgetlastmod', async () => {
    const [response] = await suite.propfind(path, [dav('getlastmodified')]);
    const value = text(property(response, dav('getlastmodified')));
    assert.equal(new Date(value).toUTCString(), value);
  });
  it('propmanyns, propcleanup', async () => {
    const many = Array.from({ length: 10 }, (_, index) => name(`http://example.com/${index}`, 'somename'));
    await patch(...many.map((each) => ({ set: element(each, 'manynsvalue') })));
    assert.deepEqual(
      await valuesAt(path, many),
      many.map(() => 'manynsvalue'),
    );
    assert.equal((await suite.send('DELETE', path)).status, 204);
  });
});

describe('litmus: locks', () => {
  const suite = davSuite();
  let coll: string;
  let path: string;
  before(async () => {
    coll = await suite.newCollection();
    path = `${coll}lockme`;
  });
  const lock = (at: string, scope: Scope = 'exclusive', headers: Headers = {}): Promise<Answer> =>
    suite.send('LOCK', at, { headers, body: lockBody(scope) });
  const locked = async (at: string, scope: Scope = 'exclusive', headers: Headers = {}): Promise<string> => {
    const answer = await lock(at, scope, headers);
    assert.ok(answer.status === 200 || answer.status === 201, answer.body);
    return answer.headers.get('lock-token')?.slice(1, -1) ?? '';
  };
  const unlock = async (at: string, token: string): Promise<void> => {
    const answer = await suite.send('UNLOCK', at, { headers: { 'Lock-Token': `<${token}>` } });
    assert.equal(answer.status, 204);
  };
  const put = (condition?: string): Promise<Answer> =>
    suite.send('PUT', path, {
      headers: { ...calendarType, ...(condition === undefined ? {} : { If: condition }) },
      body: event('lockme'),
    });
  const body = propertyUpdate({ set: element(name(ns, 'p'), 'x') });
  /** What somebody without the token may not do. */
  const notOwnerModify = async (): Promise<void> => {
    const elsewhere = { Destination: `${path}-whocares` };
    const other = `${await suite.newCollection()}notlocked`;
    await suite.put(other, event('lockme'));
    for (const answer of [
      await put(),
      await suite.send('DELETE', path),
      await suite.send('PROPPATCH', path, { body }),
      await suite.send('MOVE', path, { headers: elsewhere }),
      await suite.send('COPY', other, { headers: { Destination: path } }),
    ])
      assert.equal(answer.status, 423);
  };
  const notOwnerLock = async (): Promise<void> => {
    const headers = { 'Lock-Token': '<opaquelocktoken:foobar>' };
    assert.ok((await suite.send('UNLOCK', path, { headers })).status >= 400);
    assert.equal((await lock(path)).status, 423);
  };
  const ownerModify = async (condition: string): Promise<void> => {
    assert.equal((await put(condition)).status, 204);
    const answer = await suite.send('PROPPATCH', path, { headers: { If: condition }, body });
    assert.deepEqual(multistatus(answer.body)[0]?.order, [200]);
  };

  it('options, precond, init_locks, put', async () => {
    await suite.put(path, event('lockme'));
    assert.match((await suite.send('OPTIONS', path)).headers.get('dav') ?? '', /\b2\b/);
    assert.match((await suite.send('OPTIONS', path)).headers.get('allow') ?? '', /\bLOCK, UNLOCK\b/);
  });
  it('lock_excl, discover, refresh, notowner_modify, notowner_lock, owner_modify, copy, unlock', async () => {
    const token = await locked(path);
    const [found] = await suite.propfind(path, [dav('lockdiscovery')]);
    assert.equal(property(found, dav('lockdiscovery')).content.length, 1);
    assert.equal((await suite.send('LOCK', path, { headers: { If: `(<${token}>)` } })).status, 200);
    await notOwnerModify();
    await notOwnerLock();
    assert.equal((await lock(path, 'shared')).status, 423);
    await ownerModify(`(<${token}>)`);
    await notOwnerModify();
    await notOwnerLock();
    const target = `${await suite.newCollection()}copydest`;
    assert.equal((await suite.send('COPY', path, { headers: { Destination: target } })).status, 201);
    const [copied] = await suite.propfind(target, [dav('lockdiscovery')]);
    assert.deepEqual(property(copied, dav('lockdiscovery')).content, []);
    assert.equal((await suite.send('DELETE', target)).status, 204, 'a copy is not locked');
    await unlock(path, token);
  });
  it('cond_put, fail_cond_put, cond_put_with_not, cond_put_corrupt_token, complex_cond_put, fail_complex_cond_put, fail_cond_put_unlocked', async () => {
    const token = await locked(path);
    const etag = (await suite.send('GET', path)).headers.get('etag') ?? '';
    assert.equal((await put(`(<${token}> [${etag}])`)).status, 204);
    assert.equal((await put(`(<DAV:no-lock> [${etag}])`)).status, 412);
    assert.equal((await put(`(<${token}>) (Not <DAV:no-lock>)`)).status, 204);
    assert.equal((await put(`(<${token}x>) (Not <DAV:no-lock>)`)).status, 423);
    assert.equal((await put(`(<${token}> [${etag}]) (Not <DAV:no-lock> [${etag}])`)).status, 204);
    assert.equal((await put(`(<${token}> ["no"]) (Not <DAV:no-lock> ["no"])`)).status, 412);
    await unlock(path, token);
    assert.equal((await put('(<DAV:no-lock>)')).status, 412);
  });
  it('lock_shared, notowner_modify, notowner_lock, owner_modify, double_sharedlock, unlock', async () => {
    const one = await locked(path, 'shared');
    await notOwnerModify();
    await notOwnerLock();
    await ownerModify(`(<${one}>)`);
    await unlock(path, await locked(path, 'shared'));
    await notOwnerModify();
    await notOwnerLock();
    await unlock(path, one);
  });
  it('prep_collection, lock_collection, owner_modify, notowner_modify, refresh, indirect_refresh, unlock', async () => {
    const token = await locked(coll, 'exclusive', { Depth: 'infinity' });
    await ownerModify(`<${coll}> (<${token}>)`);
    await notOwnerModify();
    for (const at of [coll, path])
      assert.equal((await suite.send('LOCK', at, { headers: { If: `(<${token}>)` } })).status, 200);
    await unlock(coll, token);
  });
  it('lock_invalid_depth', async () => {
    assert.equal((await lock(coll, 'exclusive', { Depth: '1' })).status, 400);
  });
  it('unmapped_lock, unlock', async () => {
    const answer = await lock(`${coll}unmapped`);
    assert.equal(answer.status, 201);
    await unlock(`${coll}unmapped`, answer.headers.get('lock-token')?.slice(1, -1) ?? '');
  });
});

describe('litmus: http', () => {
  const suite = davSuite();

  it('direct_connect, expect100', async () => {
    const path = `${await suite.newCollection()}expect100`;
    const { hostname, port } = new URL(suite.server.url);
    const headers = { Authorization: suite.device.authorization, ...calendarType, Expect: '100-continue' };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request({ hostname, port, method: 'PUT', path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject).on('continue', () => sent.end(event('expect100')));
      sent.flushHeaders();
    });
    assert.equal(status, 201);
  });

  it('a plain collection and plain text, with which litmus begins, are refused with their elements', async () => {
    const body = mkcolBody(resourceType(dav('collection')));
    for (const options of [{}, { body }])
      assertRefused(await suite.send('MKCOL', `${home}litmus/`, options), 403, dav('valid-resourcetype'));
    const plain = { headers: { 'Content-Type': 'text/plain' }, body: 'This is a test file.' };
    const answer = await suite.send('PUT', `${await suite.newCollection()}res`, plain);
    assertRefused(answer, 403, caldav('supported-calendar-data'));
  });
});
