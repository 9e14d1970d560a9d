import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { children, text } from '../../dav/xml/element.js';
import { caldav, carddav, dav } from '../../dav/xml/names.js';
import { multistatus, property } from './answers.js';
import { mkcolBody, multigetBody, resourceType } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { card, collectionsOf, event, put, send } from './requests.js';
import type { Answer } from './requests.js';

describe('DELETE (RFC 4918 §9.6)', () => {
  const suite = davSuite();
  const remove = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    suite.send('DELETE', path, { headers });

  for (const home of ['calendars', 'addressbooks'] as const) {
    const make = home === 'calendars' ? event : card;

    describe(`in ${home}`, () => {
      it('an object is gone from everywhere, and only it', async () => {
        const path = await suite.newCollection(home);
        await suite.put(`${path}a`, make('a'));
        await suite.put(`${path}b`, make('b'));
        const answer = await remove(`${path}a`);
        assert.equal(answer.status, 204);
        assert.equal(answer.body, '');
        for (const method of ['GET', 'HEAD', 'DELETE', 'PROPFIND']) {
          assert.equal(
            (await suite.send(method, `${path}a`, { headers: { Depth: '0' } })).status,
            404,
            method,
          );
        }
        assert.deepEqual(
          (await suite.propfind(path, [], { Depth: '1' })).map(({ href }) => href),
          [path, `${path}b`],
        );
        const kind = home === 'calendars' ? 'calendar' : 'addressbook';
        const report = await suite.send('REPORT', path, {
          body: multigetBody(kind, [`${path}a`, `${path}b`]),
        });
        assert.deepEqual(
          multistatus(report.body).map(({ status }) => status),
          [404, undefined],
        );
      });

      it('a collection goes with all that is in it', async () => {
        const path = await suite.newCollection(home);
        await suite.put(`${path}a`, make('a'));
        assert.equal((await remove(path)).status, 204);
        for (const gone of [path, `${path}a`]) assertRefused(await remove(gone), 404);
        assert.ok(!(await collectionsOf(suite.server, suite.device, home)).includes(path));
        const type = home === 'calendars' ? caldav('calendar') : carddav('addressbook');
        const made = await suite.send('MKCOL', path, {
          body: mkcolBody(resourceType(dav('collection'), type)),
        });
        assert.equal(made.status, 201);
        assert.equal(
          (await suite.propfind(path, [], { Depth: '1' })).length,
          1,
          'a new one under the old name is empty',
        );
      });

      it('the space that was used is free again', async () => {
        const used = async (): Promise<number> => {
          const [response] = await suite.propfind(`/dav/${home}/alice/`, [dav('quota-used-bytes')]);
          return Number(text(property(response, dav('quota-used-bytes'))));
        };
        const before = await used();
        const path = await suite.newCollection(home);
        await suite.put(`${path}a`, make('a'));
        await suite.put(`${path}b`, make('b'));
        assert.equal((await used()) - before, Buffer.byteLength(make('a') + make('b')));
        await remove(`${path}a`);
        assert.equal((await used()) - before, Buffer.byteLength(make('b')));
        await remove(path);
        assert.equal(await used(), before);
      });
    });
  }

  it('the last calendar or address book is replaced by a new one with another name', async () => {
    const { device } = await suite.server.addUser('bob');
    for (const [home, type] of [
      ['calendars', caldav('calendar')],
      ['addressbooks', carddav('addressbook')],
    ] as const) {
      const before = await collectionsOf(suite.server, device, home);
      assert.equal(before.length, 1);
      const [last = ''] = before;
      await put(suite.server, device, `${last}a`, home === 'calendars' ? event('a') : card('a'));
      assert.equal((await send(suite.server, device, 'DELETE', last)).status, 204);
      const after = await collectionsOf(suite.server, device, home);
      assert.equal(after.length, 1);
      assert.notEqual(after[0], last);
      const members = await suite.propfind(after[0] ?? '', [dav('resourcetype')], { Depth: '1' }, device);
      assert.equal(members.length, 1, 'and it is empty');
      assert.ok(children(property(members[0], dav('resourcetype'))).some((each) => each.name === type));
    }
  });

  it('while there is another, none is made', async () => {
    const path = await suite.newCollection();
    const before = await collectionsOf(suite.server, suite.device, 'calendars');
    await remove(path);
    assert.deepEqual(
      await collectionsOf(suite.server, suite.device, 'calendars'),
      before.filter((each) => each !== path),
    );
  });

  describe('§9.6.1: Depth', () => {
    it('of a collection is infinity, said or not', async () => {
      for (const headers of [{}, { Depth: 'infinity' }]) {
        assert.equal(
          (await remove(await suite.newCollection(), headers as Record<string, string>)).status,
          204,
        );
      }
    });

    it('0 and 1 are 400 on a collection, which stays', async () => {
      const path = await suite.newCollection();
      for (const depth of ['0', '1', 'some']) assertRefused(await remove(path, { Depth: depth }), 400);
      assert.equal((await suite.propfind(path, [])).length, 1);
    });

    it('does not matter for an object', async () => {
      const path = await suite.newCollection();
      for (const depth of ['0', '1', 'infinity']) {
        await suite.put(`${path}a`, event('a'));
        assert.equal((await remove(`${path}a`, { Depth: depth })).status, 204);
      }
    });
  });

  describe('RFC 9110 §13: conditions', () => {
    const cases: readonly [string, (etag: string) => Readonly<Record<string, string>>, number][] = [
      ['If-Match with its tag', (etag) => ({ 'If-Match': etag }), 204],
      ['If-Match with its weak tag in a list', (etag) => ({ 'If-Match': `"x", W/${etag}` }), 204],
      ['If-Match *', () => ({ 'If-Match': '*' }), 204],
      ['If-Match with another tag', () => ({ 'If-Match': '"x"' }), 412],
      ['If-None-Match *', () => ({ 'If-None-Match': '*' }), 412],
      [
        'If-Unmodified-Since in the past',
        () => ({ 'If-Unmodified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' }),
        412,
      ],
      ['If with its tag', (etag) => ({ If: `([${etag}])` }), 204],
      ['If with another tag', () => ({ If: '(["x"])' }), 412],
    ];
    for (const [what, conditions, status] of cases) {
      it(`${what} is ${status}`, async () => {
        const path = `${await suite.newCollection()}a`;
        const etag = await suite.put(path, event('a'));
        const answer = await remove(path, conditions(etag));
        assert.equal(answer.status, status);
        assert.equal((await suite.send('GET', path)).status, status === 204 ? 404 : 200);
      });
    }

    it('on what is not there, the answer is 404 whatever the condition', async () => {
      const path = `${await suite.newCollection()}a`;
      for (const headers of [{}, { 'If-Match': '"x"' }, { 'If-Match': '*' }]) {
        assertRefused(await remove(path, headers), 404);
      }
    });

    it('of many at once, exactly one finds it', async () => {
      const path = `${await suite.newCollection()}a`;
      await suite.put(path, event('a'));
      const answers = await Promise.all(Array.from({ length: 6 }, () => remove(path)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 404, 404, 404, 404, 404]);
    });
  });

  it('homes, principals and containers stay: 405', async () => {
    for (const path of [
      '/',
      '/dav/',
      '/dav/principals/',
      '/dav/principals/alice/',
      '/dav/calendars/',
      '/dav/calendars/alice/',
      '/dav/addressbooks/alice',
    ]) {
      const answer = await remove(path);
      assertRefused(answer, 405);
      assert.ok(!(answer.headers.get('allow') ?? '').includes('DELETE'), path);
    }
  });
});
