/** What the server forgets when its time is over, and what it does not, with a clock that the test moves. */
import assert from 'node:assert/strict';
import { dav } from '../../dav/xml/names.js';
import { jobs } from '../../server/jobs.js';
import { loadConfig } from '../../server/config.js';
import type { Core } from '../../server/core.js';
import { createLog } from '../../server/observability/log.js';
import { insertLock, listLocks, StorageFullError } from '../../storage/index.js';
import type { AccountId } from '../../storage/index.js';
import { addThrottlePoints } from '../../storage/throttle.js';
import { statement } from '../../storage/statement.js';
import type { TableName } from '../../storage/tables.js';
import { multistatus, syncTokenOf } from '../dav/answers.js';
import { startDav } from '../dav/dav-server.js';
import type { DavServer, Device } from '../dav/dav-server.js';
import { assertRefused } from '../dav/dav-suite.js';
import { event, firstCollection, put, send, syncBody } from '../dav/requests.js';

const DAY = 24 * 60 * 60 * 1000;

describe('What is forgotten with time', () => {
  let now = Date.UTC(2026, 0, 1);
  let server: DavServer;
  let device: Device;
  let id: AccountId;
  let calendar: string;
  beforeEach(async () => {
    now = Date.UTC(2026, 0, 1);
    server = await startDav({ clock: () => now });
    ({ device, id } = await server.addUser('alice'));
    calendar = await firstCollection(server, device);
  });
  afterEach(() => server.stop());

  /** One round of everything, as the server does it each hour. */
  async function round(variables: Readonly<Record<string, string>> = {}): Promise<void> {
    const { database, auth, epoch } = server;
    const core = {
      config: loadConfig(variables),
      log: createLog('silent', process.stderr),
      ...{ database, auth, epoch },
    } as Core;
    for (const { run } of jobs) await run(core, new AbortController().signal, () => now);
  }
  const sync = (token: string) => send(server, device, 'REPORT', calendar, { body: syncBody(token) });
  const rows = async (table: TableName): Promise<number> =>
    (
      await server.database.read((reader) =>
        reader.all(
          statement()((db) => db.selectFrom(table).selectAll()),
          {},
        ),
      )
    ).length;

  it('RFC 6578 §3.2: deletions, of which older tokens are refused then; newer ones go on', async () => {
    for (const name of ['a', 'b', 'kept']) await put(server, device, `${calendar}${name}.ics`, event(name));
    const old = syncTokenOf((await sync('')).body);
    await send(server, device, 'DELETE', `${calendar}a.ics`);
    const between = syncTokenOf((await sync(old)).body);
    now += 300 * DAY;
    await send(server, device, 'DELETE', `${calendar}b.ics`);
    now += 101 * DAY;
    assert.equal(multistatus((await sync(old)).body).length, 2, 'both deletions are told');
    await round();
    assert.equal(await rows('tombstone'), 1);
    assertRefused(await sync(old), 403, dav('valid-sync-token'));
    assert.deepEqual(
      multistatus((await sync(between)).body).map(({ href, status }) => [href, status]),
      [[`${calendar}b.ics`, 404]],
    );
    await round({ LATCHKEY_TOMBSTONE_DAYS: '365' });
    assert.equal(await rows('tombstone'), 1);
    now += 300 * DAY;
    await round({ LATCHKEY_TOMBSTONE_DAYS: '365' });
    assert.equal(await rows('tombstone'), 0);
    assertRefused(await sync(between), 403, dav('valid-sync-token'));
    // A client that begins anew ends equal.
    assert.deepEqual(
      multistatus((await sync('')).body).map(({ href }) => href),
      [`${calendar}kept.ics`],
    );
  });

  it('also while the disk is full, when nothing but deletions may be written', async () => {
    await put(server, device, `${calendar}a.ics`, event('a'));
    await send(server, device, 'DELETE', `${calendar}a.ics`);
    await server.auth.links.invite({ isAdmin: false }, { kind: 'shell' });
    await server.database.write((writer) =>
      addThrottlePoints(writer, { key: 'sign-in:alice', points: 1, expiresAt: now + 60_000, now }),
    );
    now += 500 * DAY;
    const { database } = server;
    const write = database.write.bind(database);
    database.write = (work, options) =>
      options?.frees === true
        ? write(work, options)
        : Promise.reject(new StorageFullError('The disk is full'));
    const core = { config: loadConfig({}), log: createLog('silent', process.stderr), database } as Core;
    const { auth } = server;
    const removal = new Set(['prune tombstones', 'purge expired locks', 'remove what has expired']);
    for (const { run } of jobs.filter(({ name }) => removal.delete(name)))
      await run({ ...core, auth }, new AbortController().signal, () => now);
    assert.equal(removal.size, 0);
    for (const table of ['tombstone', 'link', 'throttle'] as const) assert.equal(await rows(table), 0, table);
  });

  it('activity, when it is older than it is kept', async () => {
    const begun = now;
    /** When what is known happened; that the device was used is noted whenever there is time for it. */
    const known = async (): Promise<number[]> =>
      (await server.auth.activity.list(id, { events: ['account.created', 'app-password.created'] }))
        .map(({ at }) => (at - begun) / DAY)
        .sort((one, other) => one - other);
    now += 20 * DAY;
    await server.addDevice('alice');
    assert.deepEqual(await known(), [0, 0, 20]);
    await round();
    assert.deepEqual(await known(), [0, 0, 20]);
    now += 25 * DAY;
    for (let times = 0; times < 2; times += 1) {
      await round({ LATCHKEY_ACTIVITY_DAYS: '30' });
      assert.deepEqual(await known(), [20]);
    }
  });

  it('locks, links and counts of attempts; app passwords and what is stored stay', async () => {
    await put(server, device, `${calendar}a.ics`, event('a'));
    const lock = { root: `${calendar}a.ics`, deep: false, shared: false, owner: null, timeout: 60 };
    await server.database.write((writer) =>
      insertLock(writer, id, { ...lock, token: 'urn:uuid:1', expiresAt: now + 60_000 }, now),
    );
    await server.auth.links.invite({ isAdmin: false }, { kind: 'shell' });
    await server.database.write((writer) =>
      addThrottlePoints(writer, { key: 'sign-in:alice', points: 1, expiresAt: now + 60_000, now }),
    );
    const counted: readonly TableName[] = ['resource_lock', 'link', 'throttle'];
    for (const table of counted) assert.equal(await rows(table), 1, table);
    await round();
    for (const table of counted) assert.equal(await rows(table), 1, table);
    now += 120 * DAY;
    await round();
    for (const table of counted) assert.equal(await rows(table), 0, table);
    assert.deepEqual(await server.database.read((reader) => listLocks(reader, id, now)), []);
    assert.equal((await send(server, device, 'GET', `${calendar}a.ics`)).body, event('a'));
  });
});
