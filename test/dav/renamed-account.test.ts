/** An account gets another name: what its devices hold stays right, to the letter. */
import assert from 'node:assert/strict';
import { beforeEach, afterEach, describe, it } from 'mocha';
import { AuthError } from '../../auth/index.js';
import { childrenNamed, text } from '../../dav/xml/element.js';
import { calendarServer, caldav, dav } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, property, syncTokenOf } from './answers.js';
import { basic, startDav } from './dav-server.js';
import type { DavServer, Device } from './dav-server.js';
import { assertRefused } from './dav-suite.js';
import { Replica } from './replica.js';
import { calendarType, card, event, firstCollection, put, send, syncBody } from './requests.js';
import type { Answer, RequestOptions } from './requests.js';

const shell = { kind: 'shell' } as const;
const discovery = [
  dav('current-user-principal'),
  dav('principal-URL'),
  dav('owner'),
  dav('displayname'),
  dav('sync-token'),
  dav('lockdiscovery'),
  dav('getetag'),
  caldav('calendar-home-set'),
  caldav('calendar-user-address-set'),
  calendarServer('getctag'),
];
const propfind = document(
  dav('propfind'),
  element(dav('prop'), discovery.map((name) => element(name, '')).join('')),
);
const lockBody =
  '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>';

describe('An account that was renamed', () => {
  let server: DavServer;
  let id: Awaited<ReturnType<DavServer['addUser']>>['id'];
  /** Set up before the renaming: it knows the account as Alice. */
  let device: Device;
  let secret: string;
  const calendar = '/dav/calendars/Alice/work/';
  const renamed = '/dav/calendars/anna/work/';

  beforeEach(async () => {
    server = await startDav({ directory: 'all' });
    ({ id, device } = await server.addUser('Alice'));
    secret =
      Buffer.from(device.authorization.slice('Basic '.length), 'base64').toString().split(':')[1] ?? '';
    assert.equal((await request('MKCALENDAR', calendar)).status, 201);
    await put(server, device, `${calendar}a.ics`, event('a'));
    await put(server, device, `${calendar}b.ics`, event('b'));
    await put(server, device, `${await firstCollection(server, device, 'addressbooks')}c.vcf`, card('c'));
  });
  afterEach(async () => {
    const { faults } = server;
    await server.stop();
    assert.deepEqual(faults, []);
  });

  const request = (
    method: string,
    path: string,
    options: RequestOptions = {},
    by = device,
  ): Promise<Answer> => send(server, by, method, path, options);
  const rename = (name: string) => server.auth.administration.rename(id, name, shell);
  const called = (name: string): Device => ({ name, authorization: basic(name, secret) });
  const listing = async (path: string, depth: string, by = device) => {
    const answer = await request('PROPFIND', path, { headers: { Depth: depth }, body: propfind }, by);
    return { status: answer.status, body: answer.body };
  };
  const hrefs = async (path: string, by = device): Promise<string[]> =>
    multistatus((await listing(path, '1', by)).body).map(({ href }) => href);
  const multiget = (...paths: readonly string[]): string =>
    `<c:calendar-multiget xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/></prop>${paths
      .map((path) => `<href>${path}</href>`)
      .join('')}</c:calendar-multiget>`;
  const refusesName = (name: string) => (error: unknown) =>
    error instanceof AuthError && error.code === 'name-taken' && name !== '';

  /** Everything that a device of before asks, as it is answered. */
  async function seen(): Promise<unknown[]> {
    const answers: unknown[] = [];
    for (const [path, depth] of [
      ['/', '0'],
      ['/dav/', '1'],
      ['/dav/principals/', '1'],
      ['/dav/principals/Alice/', '0'],
      ['/dav/calendars/', '1'],
      ['/dav/calendars/Alice/', '1'],
      ['/dav/addressbooks/Alice/', '1'],
      [calendar, '1'],
      [`${calendar}a.ics`, '0'],
      ['/dav/calendars/alice/work/', '1'],
    ] as const)
      answers.push([path, await listing(path, depth)]);
    const { body } = await request('REPORT', calendar, {
      body: multiget(`${calendar}a.ics`, `${calendar}x.ics`),
    });
    answers.push(body);
    answers.push((await request('REPORT', '/dav/calendars/Alice/', { body: syncBody('') })).body);
    const conflict = await request('PUT', `${calendar}other.ics`, {
      headers: calendarType,
      body: event('a'),
    });
    answers.push([conflict.status, conflict.body]);
    return answers;
  }

  it('answers a device that knows the name from before as if nothing had happened, tokens included', async () => {
    const lock = await request('LOCK', `${calendar}b.ics`, {
      headers: { Timeout: 'Second-600' },
      body: lockBody,
    });
    assert.equal(lock.status, 200);
    const before = await seen();
    const token = syncTokenOf((await request('REPORT', calendar, { body: syncBody('') })).body);
    await rename('anna');
    // How long the lock still holds is the one thing that goes on.
    const timeless = (answers: unknown[]): string =>
      JSON.stringify(answers).replaceAll(/Second-\d+/g, 'Second');
    assert.equal(timeless(await seen()), timeless(before));
    const changes = await request('REPORT', calendar, { body: syncBody(token) });
    assert.equal(changes.status, 207);
    assert.deepEqual(multistatus(changes.body), []);
    await put(server, device, `${calendar}new.ics`, event('new'));
    const since = multistatus((await request('REPORT', calendar, { body: syncBody(token) })).body);
    assert.deepEqual(
      since.map(({ href }) => href),
      [`${calendar}new.ics`],
    );
  });

  it('lets replicas under both names end equal, and none of them downloads anything again', async () => {
    const old = new Replica(server, device, calendar);
    await old.syncToEnd();
    const before = old.sorted();
    await rename('anna');
    await old.syncToEnd();
    assert.deepEqual(old.sorted(), before);
    const fresh = new Replica(server, called('anna'), renamed);
    await fresh.syncToEnd();
    await put(server, called('anna'), `${renamed}c.ics`, event('c'));
    await request('DELETE', `${calendar}a.ics`);
    for (const replica of [old, fresh]) await replica.syncToEnd();
    const under = (path: string) => fresh.sorted().map(([href, etag]) => [href.replace(renamed, path), etag]);
    assert.deepEqual(old.sorted(), under(calendar));
    assert.deepEqual(
      old.sorted().map(([href]) => href),
      [`${calendar}b.ics`, `${calendar}c.ics`],
    );
  });

  it('is found under the new name by new devices, with addresses under it', async () => {
    await rename('anna');
    const device = await server.addDevice('anna');
    assert.deepEqual(await hrefs('/dav/calendars/', device), ['/dav/calendars/', '/dav/calendars/anna/']);
    assert.deepEqual(await hrefs(renamed, device), [renamed, `${renamed}a.ics`, `${renamed}b.ics`]);
    const [root] = multistatus((await listing('/dav/', '0', device)).body);
    const principal = property(root, dav('current-user-principal'));
    assert.deepEqual(childrenNamed(principal, dav('href')).map(text), ['/dav/principals/anna/']);
    // One name for signing in, another in the address: the address counts.
    assert.deepEqual((await hrefs(calendar, device))[1], `${calendar}a.ics`);
    assert.deepEqual((await hrefs(renamed))[1], `${renamed}a.ics`);
  });

  it('takes addresses under any of its names in bodies and headers', async () => {
    await rename('anna');
    const both = [`${calendar}a.ics`, `${renamed}b.ics`];
    const answer = await request('REPORT', renamed, { body: multiget(...both) });
    assert.deepEqual(
      multistatus(answer.body).map(({ href, status }) => [href, status]),
      both.map((href) => [href, undefined]),
    );
    const moved = await request('MOVE', `${calendar}a.ics`, {
      headers: { Destination: `${renamed}moved.ics` },
    });
    assert.equal(moved.status, 201);
    const onItself = await request('MOVE', `${calendar}b.ics`, {
      headers: { Destination: `${renamed}b.ics` },
    });
    assert.equal(onItself.status, 403);
    assert.deepEqual((await hrefs(calendar)).slice(1).sort(), [`${calendar}b.ics`, `${calendar}moved.ics`]);
  });

  it('keeps what was locked locked under every name, with the root as it is asked', async () => {
    const lock = await request('LOCK', `${calendar}a.ics`, { body: lockBody });
    const token = lock.headers.get('lock-token') ?? '';
    await rename('anna');
    const body = event('a', { summary: 'changed' });
    const refused = await request('PUT', `${renamed}a.ics`, { headers: calendarType, body });
    assertRefused(refused, 423, dav('lock-token-submitted'));
    assert.match(refused.body, /\/dav\/calendars\/anna\/work\/a\.ics/);
    const headers = { ...calendarType, If: `<${renamed}a.ics> (${token})` };
    assert.equal((await request('PUT', `${calendar}a.ics`, { headers, body })).status, 204);
    assert.equal(
      (await request('UNLOCK', `${renamed}a.ics`, { headers: { 'Lock-Token': token } })).status,
      204,
    );
  });

  it('has names that nobody else can take, and none of them opens it to others', async () => {
    const { device: bob } = await server.addUser('bob');
    await rename('anna');
    for (const name of ['alice', 'ALICE', 'anna'])
      await assert.rejects(server.auth.accounts.create({ name }, shell), refusesName(name));
    const bobsId = (await server.auth.accounts.find('bob'))?.id ?? assert.fail();
    await assert.rejects(server.auth.administration.rename(bobsId, 'Alice', shell), refusesName('Alice'));
    const bodies: Record<string, RequestOptions> = {
      PUT: { body: event('a'), headers: calendarType },
      REPORT: { body: syncBody('') },
    };
    for (const path of ['/dav/calendars/Alice/', '/dav/calendars/anna/', calendar, `${renamed}a.ics`])
      for (const method of ['PROPFIND', 'GET', 'DELETE', 'PUT', 'REPORT']) {
        const options = bodies[method] ?? {};
        const answer = await request(method, path, options, bob);
        const missing = await request(method, path.replace(/Alice|anna/, 'nobody'), options, bob);
        assert.deepEqual([answer.status, answer.body], [404, missing.body], `${method} ${path}`);
      }
    assert.equal((await request('PROPFIND', '/dav/', {}, called('bob'))).status, 401);
    // In the directory it stands under its name, and stays where it was for who knows that.
    for (const name of ['Alice', 'anna']) {
      const [found] = multistatus((await listing(`/dav/principals/${name}/`, '0', bob)).body);
      assert.equal(found?.href, `/dav/principals/${name}/`);
    }
    assert.equal((await listing('/dav/principals/nobody/', '0', bob)).status, 404);
  });

  it('is a member of its groups as before, by the new name to others', async () => {
    const { device: bob } = await server.addUser('bob');
    const { groups } = server.auth;
    await groups.create({ name: 'family' }, shell);
    await groups.add('family', id, shell);
    await rename('anna');
    const members = async (by: Device): Promise<string[]> => {
      const body = document(dav('propfind'), element(dav('prop'), element(dav('group-member-set'), '')));
      const answer = await request(
        'PROPFIND',
        '/dav/principals/@family/',
        { headers: { Depth: '0' }, body },
        by,
      );
      return childrenNamed(property(multistatus(answer.body)[0], dav('group-member-set')), dav('href')).map(
        text,
      );
    };
    assert.deepEqual(await members(bob), ['/dav/principals/anna/']);
    assert.deepEqual(await members(device), ['/dav/principals/Alice/'], 'as the device knows itself');
  });

  it('gives an earlier name free when that is asked for: it opens nothing any more, and is somebody else’s next', async () => {
    await rename('anna');
    await request('LOCK', `${calendar}a.ics`, { body: lockBody });
    await server.auth.administration.releaseName(id, 'alice', shell);
    assert.equal((await request('PROPFIND', calendar)).status, 401);
    assert.equal((await listing(calendar, '1', called('anna'))).status, 404);
    assert.equal((await listing(renamed, '1', called('anna'))).status, 207);
    const locked = await request('DELETE', `${renamed}a.ics`, {}, called('anna'));
    assert.equal(locked.status, 423, 'a lock that was made under it holds');
    const { device: other } = await server.addUser('alice');
    assert.equal((await listing('/dav/calendars/alice/work/', '1', other)).status, 404);
    assert.equal(
      (await request('PROPFIND', calendar)).status,
      401,
      'with the secret of the account from before',
    );
    await assert.rejects(
      server.auth.administration.releaseName(id, 'alice', shell),
      (error) => error instanceof AuthError && error.code === 'not-found',
    );
  });

  it('can be called as before again, or the same in other letters, and devices notice nothing', async () => {
    const before = await hrefs(calendar);
    await rename('ALICE');
    assert.deepEqual(await hrefs(calendar), before);
    await rename('anna');
    await rename('Alice');
    assert.deepEqual(await hrefs(calendar), before);
    assert.equal((await hrefs(renamed))[1], `${renamed}a.ics`);
    const account = await server.auth.accounts.get(id);
    assert.deepEqual(
      account?.earlierNames.map(({ name }) => name),
      ['anna', 'ALICE'],
    );
    await server.auth.administration.releaseName(id, 'ALICE', shell);
    assert.deepEqual(await hrefs(calendar), before, 'another spelling of its name is not the name');
  });

  it('says in its activity what it was called, and cannot collect names without end', async () => {
    await rename('anna');
    const [entry] = await server.auth.activity.list(id, { events: ['account.renamed'] });
    assert.deepEqual(entry?.detail, { from: 'Alice', to: 'anna' });
    for (let number = 1; number < 10; number += 1) await rename(`anna-${number}`);
    await assert.rejects(
      rename('one-more'),
      (error) => error instanceof AuthError && error.code === 'too-many-names',
    );
    assert.equal((await server.auth.accounts.get(id))?.name, 'anna-9');
    assert.equal((await listing(calendar, '1')).status, 207);
  });

  it('reserves all its names when it is deleted', async () => {
    await rename('anna');
    await server.auth.accounts.remove(id, shell);
    for (const name of ['alice', 'anna'])
      await assert.rejects(server.auth.accounts.create({ name }, shell), refusesName(name));
    assert.equal((await request('PROPFIND', calendar)).status, 401);
  });
});
