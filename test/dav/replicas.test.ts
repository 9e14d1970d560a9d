import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { child, text } from '../../dav/xml/element.js';
import { dav } from '../../dav/xml/names.js';
import { multistatus } from './answers.js';
import { propertyUpdate } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { HomeReplica, homeSyncBody } from './home-replica.js';
import { Replica } from './replica.js';
import { calendarType, event, put, send } from './requests.js';

// Few names, most of them taken at the start, so that most steps hit something.
const name = fc.constantFrom('a', 'b', 'c');
const collections = ['one', 'two', 'three'] as const;
const collection = fc.constantFrom(...collections);
const limit = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined });
const place = fc.record({ collection, name });
const summary = fc.stringMatching(/^[a-z]{1,4}$/);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('PUT' as const), at: place, summary }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('DELETE' as const), at: place }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('COPY' as const, 'MOVE' as const, 'MOVE' as const),
      at: place,
      to: place,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('PROPPATCH' as const),
      at: place,
      whole: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('MKCALENDAR' as const), collection }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('DELETE collection' as const), collection }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('COPY collection' as const, 'MOVE collection' as const),
      collection,
      to: collection,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('sync' as const), replica: fc.constantFrom(0, 1), limit }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('sync of one' as const), limit }) },
);

describe('RFC 6578: replicas that use sync-collection alone end equal to the server', () => {
  const suite = davSuite();
  let runs = 0;
  /** How often each kind of step was carried out. */
  const carriedOut = new Map<string, number>();

  it('over PUT, DELETE, COPY, MOVE and PROPPATCH of objects and collections, by two clients, with limits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
        runs += 1;
        const { device } = await suite.server.addUser(`user${runs}`);
        const other = await suite.server.addDevice(device.name);
        const home = `/dav/calendars/${device.name}/`;
        const server = suite.server;
        for (const each of collections) {
          assert.equal((await send(server, device, 'MKCALENDAR', `${home}${each}/`)).status, 201);
          for (const member of ['a', 'b'])
            await put(server, device, `${home}${each}/${member}`, event(`${each}-${member}`));
        }
        const replicas = [0, 1].map(() => new HomeReplica(server, device, home));
        const ofOne = new Replica(server, device, `${home}one/`);
        const mayBeGone = true;
        const url = (at: { collection: string; name: string }): string =>
          `${home}${at.collection}/${at.name}`;
        for (const [index, each] of steps.entries()) {
          const by = index % 2 === 0 ? device : other;
          const perform = (
            method: string,
            path: string,
            options = {},
          ): Promise<{ status: number; body: string }> => send(server, by, method, path, options);
          let answer = { status: 200, body: '' };
          switch (each.kind) {
            case 'sync':
              await replicas[each.replica]?.syncOnce(each.limit);
              break;
            case 'sync of one':
              await ofOne.syncOnce(each.limit, { mayBeGone });
              break;
            case 'PUT':
              answer = await perform('PUT', url(each.at), {
                headers: calendarType,
                body: event(`${each.at.collection}-${each.at.name}`, { summary: each.summary }),
              });
              break;
            case 'DELETE':
              answer = await perform('DELETE', url(each.at));
              break;
            case 'COPY':
            case 'MOVE':
              answer = await perform(each.kind, url(each.at), { headers: { Destination: url(each.to) } });
              break;
            case 'PROPPATCH':
              answer = await perform(
                'PROPPATCH',
                each.whole ? `${home}${each.at.collection}/` : url(each.at),
                {
                  body: propertyUpdate({ set: '<p xmlns="urn:x">y</p>' }),
                },
              );
              break;
            case 'MKCALENDAR':
              answer = await perform('MKCALENDAR', `${home}${each.collection}/`);
              break;
            case 'DELETE collection':
              answer = await perform('DELETE', `${home}${each.collection}/`);
              break;
            case 'COPY collection':
            case 'MOVE collection':
              answer = await perform(each.kind.slice(0, 4), `${home}${each.collection}/`, {
                headers: { Destination: `${home}${each.to}/` },
              });
              break;
          }
          if (answer.status < 300) carriedOut.set(each.kind, (carriedOut.get(each.kind) ?? 0) + 1);
          assert.ok(answer.status < 500, `${JSON.stringify(each)}: ${answer.status} ${answer.body}`);
        }
        await ofOne.syncToEnd(3, { mayBeGone });
        const truth: [string, string][] = [];
        for (const path of await membersOf(home)) {
          const [, ...objects] = await listing(path);
          truth.push([path, ''], ...objects);
          const replica = new Replica(server, device, path);
          await replica.syncToEnd(2);
          assert.deepEqual(replica.sorted(), [...objects].sort());
          if (path === `${home}one/`) assert.deepEqual(ofOne.sorted(), replica.sorted());
        }
        for (const [index, replica] of replicas.entries()) {
          await replica.syncToEnd(index === 0 ? undefined : 3);
          assert.deepEqual(replica.sorted(), [...truth].sort());
        }

        async function listing(path: string): Promise<[string, string][]> {
          const headers = { Depth: '1' };
          const body = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>';
          const found = multistatus((await send(server, device, 'PROPFIND', path, { headers, body })).body);
          return found.map(({ href, properties }) => {
            const etag = properties.get(200)?.get(dav('getetag'));
            return [href, etag === undefined ? '' : text(etag)];
          });
        }
        async function membersOf(path: string): Promise<string[]> {
          return (await listing(path)).slice(1).map(([href]) => href);
        }
      }),
      { numRuns: 60 },
    );
    for (const kind of ['PUT', 'DELETE', 'COPY', 'MOVE', 'PROPPATCH'])
      for (const each of kind === 'PUT' || kind === 'PROPPATCH' ? [kind] : [kind, `${kind} collection`])
        assert.ok((carriedOut.get(each) ?? 0) > 5, `${each} was carried out`);
  }).timeout(120_000);

  it('§3.3: sync-level 1 on a home tells its collections alone; the token serves both levels and equals the property', async () => {
    const home = '/dav/addressbooks/alice/';
    const report = async (level: '1' | 'infinite', token = '', limit?: number) => {
      const answer = await suite.send('REPORT', home, { body: homeSyncBody(token, level, limit) });
      assert.equal(answer.status, 207, answer.body);
      const [token_] = /<D:sync-token>(.*)<\/D:sync-token>/.exec(answer.body)?.slice(1) ?? [];
      return {
        hrefs: multistatus(answer.body).map(({ href, status }) => [href, status ?? 200]),
        token: token_ ?? '',
      };
    };
    const first = await suite.firstCollection('addressbooks');
    await suite.put(`${first}a`, 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:A\r\nN:A;;;;\r\nEND:VCARD\r\n');
    const start = await report('1');
    assert.deepEqual(start.hrefs, [[first, 200]]);
    const [found] = await suite.propfind(home, [dav('sync-token')]);
    const property = found?.properties.get(200)?.get(dav('sync-token'));
    assert.ok(property);
    assert.equal(text(property), start.token);
    assert.equal(child(property, dav('href')), undefined);
    assert.deepEqual((await report('infinite', start.token)).hrefs, []);
    await suite.put(`${first}b`, 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:b\r\nFN:B\r\nN:B;;;;\r\nEND:VCARD\r\n');
    const second = await suite.newCollection('addressbooks');
    assert.deepEqual((await report('1', start.token)).hrefs, [[second, 200]]);
    assert.deepEqual((await report('infinite', start.token)).hrefs, [
      [second, 200],
      [`${first}b`, 200],
    ]);
    const cut = await report('infinite', start.token, 1);
    assert.deepEqual(cut.hrefs, [
      [second, 200],
      [home, 507],
    ]);
    assert.deepEqual((await report('infinite', cut.token)).hrefs, [[`${first}b`, 200]]);
    const { token } = await report('1');
    await suite.send('DELETE', second);
    assert.deepEqual((await report('infinite', token)).hrefs, [[second, 404]]);
  });

  it('§3.6: a first synchronization in parts ends where a collection stands in the place of an earlier one', async () => {
    const { device } = await suite.server.addUser('replaced');
    const home = '/dav/calendars/replaced/';
    for (const each of ['one', 'two', 'three'])
      assert.equal((await send(suite.server, device, 'MKCALENDAR', `${home}${each}/`)).status, 201);
    assert.equal((await send(suite.server, device, 'DELETE', `${home}three/`)).status, 204);
    assert.equal((await send(suite.server, device, 'MKCALENDAR', `${home}three/`)).status, 201);
    const replica = new HomeReplica(suite.server, device, home);
    await replica.syncToEnd(1);
    assert.equal(replica.sorted().length, 4);
    assert.equal((await send(suite.server, device, 'DELETE', `${home}three/`)).status, 204);
    await replica.syncToEnd(1);
    assert.equal(replica.sorted().length, 3);
  });

  it('§3.2: a token of another home, from the future or malformed is refused', async () => {
    const home = '/dav/calendars/alice/';
    const [found] = await suite.propfind('/dav/addressbooks/alice/', [dav('sync-token')]);
    const foreign = text(found?.properties.get(200)?.get(dav('sync-token')) ?? assert.fail());
    const own = foreign.replace('-addressbooks:', '-calendars:').replace(/:\d+:[^:]*$/, '');
    for (const token of [foreign, `${own}:999999:`, `${own}:x:`, `${own}:1:1.`, 'nonsense']) {
      const answer = await suite.send('REPORT', home, { body: homeSyncBody(token, 'infinite') });
      assertRefused(answer, 403, dav('valid-sync-token'), token);
    }
  });
});
