import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { childrenNamed, text } from '../../dav/xml/element.js';
import { caldav, dav, name } from '../../dav/xml/names.js';
import { statement } from '../../storage/statement.js';
import { multistatus, only, parse, property } from './answers.js';
import { mkcolBody, propertyUpdate, resourceType } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendarType, event } from './requests.js';

const dead = (name: string, length: number): string =>
  `<${name} xmlns="urn:x">${'x'.repeat(length)}</${name}>`;

const giveQuota = statement<{ name: string; bytes: number | null }>()((db, $) =>
  db.updateTable('account').set({ quota_bytes: $.bytes }).where('name', '=', $.name),
);

/** The configured limit, the account's own, or both: the account's own counts where it has one. */
for (const [where, configured, own] of [
  ['configured', 4_000, null],
  ['of the account alone', null, 4_000],
  ['of the account, higher than the configured one', 1_000, 4_000],
  ['of the account, lower than the configured one', 9_000, 4_000],
] as const)
  describe(`RFC 4331: a quota, ${where}`, () => {
    const suite = davSuite({ limits: { quotaBytes: configured } });
    before(() =>
      suite.server.database.write((writer) => writer.run(giveQuota, { name: 'alice', bytes: own })),
    );
    const bytes = async (path: string, name: 'quota-used-bytes' | 'quota-available-bytes'): Promise<number> =>
      Number(text(property((await suite.propfind(path, [dav(name)]))[0], dav(name))));
    const left = async (path: string): Promise<number> => {
      const available = await bytes(path, 'quota-available-bytes');
      assert.equal(available + (await bytes(path, 'quota-used-bytes')), 4_000);
      return available;
    };

    it('§3, §6: a PUT takes of what is left, and beyond it is 507 with DAV:quota-not-exceeded', async () => {
      const calendar = await suite.newCollection();
      const before = await left(calendar);
      const body = event('a');
      await suite.put(`${calendar}a.ics`, body);
      assert.equal(await left(calendar), before - Buffer.byteLength(body));
      const large = event('b', { summary: 'x'.repeat(4_000) });
      const answer = await suite.send('PUT', `${calendar}b.ics`, { headers: calendarType, body: large });
      assertRefused(answer, 507, dav('quota-not-exceeded'));
      assert.equal((await suite.send('GET', `${calendar}b.ics`)).status, 404);
      // What takes no more than it did is no further allocation.
      await suite.put(`${calendar}a.ics`, body);
      assert.equal((await suite.send('DELETE', `${calendar}a.ics`)).status, 204);
      assert.equal(await left(calendar), before);
    });

    it('§4, §6: dead properties count, on objects, collections, homes and the principal', async () => {
      const calendar = await suite.newCollection();
      await suite.put(`${calendar}a.ics`, event('a'));
      const home = '/dav/calendars/alice/';
      for (const path of [`${calendar}a.ics`, calendar, home, '/dav/principals/alice/']) {
        const before = await left(home);
        const set = (length: number) =>
          suite.send('PROPPATCH', path, { body: propertyUpdate({ set: dead('p', length) }) });
        assert.equal((await set(500)).status, 207, path);
        const after = await left(home);
        assert.ok(before - after > 500 && before - after < 600, path);
        const [refused] = multistatus((await set(4_000)).body);
        assert.deepEqual(refused?.order, [507], path);
        assert.deepEqual(refused.errors, [dav('quota-not-exceeded'), '{urn:latchkey}message'], path);
        assert.equal(await left(home), after);
        const removed = await suite.send('PROPPATCH', path, {
          body: propertyUpdate({ remove: '<p xmlns="urn:x"/>' }),
        });
        assert.equal(removed.status, 207);
        assert.equal(await left(home), before);
      }
    });

    it('§6: COPY counts what goes along, and MOVE nothing', async () => {
      const home = '/dav/calendars/alice/';
      const [from, to] = [await suite.newCollection(), await suite.newCollection()];
      const start = await left(home);
      await suite.put(`${from}a.ics`, event('a'));
      for (const path of [`${from}a.ics`, from])
        await suite.send('PROPPATCH', path, { body: propertyUpdate({ set: dead('p', 500) }) });
      const taken = start - (await left(home));
      const transfer = async (method: string, path: string, destination: string, depth = 'infinity') => {
        const headers = { Destination: destination, Depth: depth };
        return (await suite.send(method, path, { headers })).status;
      };
      assert.equal(await transfer('COPY', `${from}a.ics`, `${to}a.ics`), 201);
      const withObject = start - (await left(home));
      assert.ok(withObject - taken > 500 && withObject < 2 * taken, 'an object with its properties');
      assert.equal(await transfer('MOVE', `${to}a.ics`, `${to}b.ics`), 201);
      assert.equal(start - (await left(home)), withObject);
      assert.equal((await suite.send('DELETE', `${to}b.ics`)).status, 204);
      assert.equal(start - (await left(home)), taken);
      assert.equal(await transfer('COPY', from, `${home}copied/`), 201);
      assert.equal(start - (await left(home)), 2 * taken);
      assert.equal(await transfer('COPY', from, `${home}empty/`, '0'), 201);
      const empty = start - (await left(home)) - 2 * taken;
      assert.ok(empty > 500 && empty < 600, 'the properties of the collection alone');
      assert.equal(await transfer('MOVE', `${home}copied/`, `${home}moved/`), 201);
      await suite.send('PROPPATCH', home, {
        body: propertyUpdate({ set: dead('p', (await left(home)) - 300) }),
      });
      assert.equal(await transfer('COPY', from, `${home}empty-2/`, '0'), 507);
      assert.equal(await transfer('COPY', `${from}a.ics`, `${to}c.ics`), 507);
      await suite.send('PROPPATCH', home, { body: propertyUpdate({ remove: '<p xmlns="urn:x"/>' }) });
      for (const path of [`${home}moved/`, `${home}empty/`, from]) await suite.send('DELETE', path);
      assert.equal(await left(home), start);
    });

    it('§6: MKCOL and MKCALENDAR with dead properties beyond it leave nothing behind', async () => {
      const path = '/dav/calendars/alice/too-much/';
      const before = await left('/dav/calendars/alice/');
      const type = resourceType(dav('collection'), caldav('calendar'));
      const body = mkcolBody(type, dead('small', 10), dead('p', 4_000));
      const answer = await suite.send('MKCOL', path, { body });
      assert.equal(answer.status, 424);
      const [full, dependent] = childrenNamed(parse(answer.body), dav('propstat'));
      assert.ok(full && dependent);
      assert.match(text(only(full, dav('status'))), / 507 /);
      only(only(full, dav('error')), dav('quota-not-exceeded'));
      only(only(full, dav('prop')), name('urn:x', 'p'));
      assert.match(text(only(dependent, dav('status'))), / 424 /);
      assert.equal((await suite.send('PROPFIND', path, { headers: { Depth: '0' } })).status, 404);
      assert.equal((await suite.send('MKCOL', path, { body: mkcolBody(type, dead('p', 100)) })).status, 201);
      assert.ok((await left('/dav/calendars/alice/')) < before - 100);
      assert.equal((await suite.send('DELETE', path)).status, 204);
      assert.equal(await left('/dav/calendars/alice/'), before);
    });
  });
