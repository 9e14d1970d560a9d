/** How often one request waits for PostgreSQL, which may be a network away. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { setQuotaOfAccount } from '../../storage/index.js';
import type { AccountId } from '../../storage/index.js';
import { PostgresDatabase } from '../../storage/postgres/index.js';
import { calendarServer, dav } from '../../dav/xml/names.js';
import { multigetBody, propfindBody } from './bodies.js';
import { startDav } from './dav-server.js';
import type { DavServer, Device } from './dav-server.js';
import { calendarType, event, firstCollection, put, send, syncBody } from './requests.js';
import type { RequestOptions } from './requests.js';
import { syncTokenOf } from './answers.js';
import { until } from '../until.js';

describe('Round trips to PostgreSQL', () => {
  let server: DavServer;
  let device: Device;
  let alice: AccountId;
  let calendar: string;
  before(async () => {
    server = await startDav();
    ({ device, id: alice } = await server.addUser('alice'));
    calendar = await firstCollection(server, device);
    await put(server, device, `${calendar}known.ics`, event('known'));
    for (let index = 0; index < 120; index += 1)
      await put(server, device, `${calendar}event-${index}.ics`, event(`event-${index}`));
    // The first use of an app password is written half a second later, beside the requests.
    const isWritten = async (): Promise<boolean> =>
      (await server.auth.appPasswords.list(alice)).every(({ lastUsedAt }) => lastUsedAt !== undefined);
    await until(isWritten, 'the use of the app password is written');
  });
  after(() => server.stop());

  /** Those of one request, with the one that finds out who asks; of reads the least, for the server also works by itself. */
  async function roundTripsOf(
    status: number,
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<number> {
    let least = await roundTripsOfOne(status, method, path, options);
    if (method === 'PUT' || method === 'DELETE') return least;
    for (let times = 1; times < 3; times += 1)
      least = Math.min(least, await roundTripsOfOne(status, method, path, options));
    return least;
  }

  async function roundTripsOfOne(
    status: number,
    method: string,
    path: string,
    options: RequestOptions,
  ): Promise<number> {
    const { database } = server;
    assert.ok(database instanceof PostgresDatabase);
    const before = database.roundTrips.count;
    const answer = await send(server, device, method, path, options);
    assert.equal(answer.status, status, answer.body);
    return database.roundTrips.count - before;
  }

  const poll = {
    headers: { Depth: '0' },
    body: propfindBody(calendarServer('getctag'), dav('sync-token')),
  };
  const multiget = (count: number): string =>
    multigetBody(
      'calendar',
      Array.from({ length: count }, (_, index) => `${calendar}event-${index}.ics`),
    );

  it('are two for a poll', async () => {
    assert.equal(await roundTripsOf(207, 'PROPFIND', calendar, poll), 2);
  });

  it('are three for a GET', async () => {
    assert.equal(await roundTripsOf(200, 'GET', `${calendar}known.ics`), 3);
  });

  it('are four for a PUT, of a new object and of one that is there', async () => {
    const options = { headers: calendarType, body: event('new') };
    assert.equal(await roundTripsOf(201, 'PUT', `${calendar}new.ics`, options), 4);
    const changed = { headers: calendarType, body: event('new', { summary: 'changed' }) };
    assert.ok((await roundTripsOf(204, 'PUT', `${calendar}new.ics`, changed)) <= 4);
  });

  it('are four for a PUT where a quota is set', async () => {
    await server.database.write((writer) => setQuotaOfAccount(writer, alice, 100_000_000));
    const options = { headers: calendarType, body: event('within') };
    assert.equal(await roundTripsOf(201, 'PUT', `${calendar}within.ics`, options), 4);
    await server.database.write((writer) => setQuotaOfAccount(writer, alice, null));
  });

  it('are five for a DELETE', async () => {
    await put(server, device, `${calendar}gone.ics`, event('gone'));
    assert.ok((await roundTripsOf(204, 'DELETE', `${calendar}gone.ics`)) <= 5);
  });

  it('are four for what has changed since a token', async () => {
    const first = await send(server, device, 'REPORT', calendar, { body: syncBody('') });
    const token = syncTokenOf(first.body);
    await put(server, device, `${calendar}known.ics`, event('known', { summary: 'later' }));
    assert.ok((await roundTripsOf(207, 'REPORT', calendar, { body: syncBody(token) })) <= 4);
  });

  it('do not grow with what is asked for', async () => {
    const ten = await roundTripsOf(207, 'REPORT', calendar, { body: multiget(10) });
    const hundred = await roundTripsOf(207, 'REPORT', calendar, { body: multiget(100) });
    assert.equal(hundred, ten);
    assert.ok(ten <= 4, `${ten}`);
    const listing = { headers: { Depth: '1' }, body: propfindBody(dav('getetag')) };
    assert.ok((await roundTripsOf(207, 'PROPFIND', calendar, listing)) <= 4);
  });
});
