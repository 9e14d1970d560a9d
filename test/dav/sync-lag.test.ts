/** What whoever watches the server learns of how far behind devices are. */
import assert from 'node:assert/strict';
import type { Synchronization } from '../../dav/index.js';
import { syncTokenOf } from './answers.js';
import { davSuite } from './dav-suite.js';
import { event, put, send, syncBody } from './requests.js';

describe('RFC 6578: how far behind a device is that synchronizes', () => {
  let now = 1_800_000_000_000;
  const told: Synchronization[] = [];
  const suite = davSuite({ clock: () => now, onSync: (each) => void told.push(each) });

  const sync = async (token: string, limit?: number): Promise<string> => {
    const answer = await send(suite.server, suite.device, 'REPORT', path, { body: syncBody(token, limit) });
    assert.equal(answer.status, 207);
    return syncTokenOf(answer.body);
  };
  const change = async (method: 'PUT' | 'DELETE', name: string): Promise<void> => {
    if (method === 'PUT') await put(suite.server, suite.device, `${path}${name}.ics`, event(name));
    else await send(suite.server, suite.device, 'DELETE', `${path}${name}.ics`);
    now += 60_000;
  };
  let path = '';
  let calendars = 0;
  beforeEach(async () => {
    path = `/dav/calendars/alice/lag-${(calendars += 1)}/`;
    assert.equal((await send(suite.server, suite.device, 'MKCALENDAR', path)).status, 201);
    told.length = 0;
  });

  it('is the time since the earliest change that it does not know, be it a deletion', async () => {
    for (const name of ['a', 'b', 'c']) await change('PUT', name);
    const token = await sync('');
    await change('DELETE', 'a');
    await change('PUT', 'd');
    await change('PUT', 'e');
    const later = await sync(token);
    await sync(later);
    await change('PUT', 'b');
    await change('DELETE', 'c');
    await sync(later);
    assert.deepEqual(told, [
      { state: 'first', behindMs: 0 },
      { state: 'behind', behindMs: 180_000 },
      { state: 'current', behindMs: 0 },
      { state: 'behind', behindMs: 120_000 },
    ]);
  });

  it('is counted from the beginning in a collection that was empty', async () => {
    const token = await sync('');
    await change('PUT', 'a');
    await sync(token);
    assert.deepEqual(told, [
      { state: 'current', behindMs: 0 },
      { state: 'behind', behindMs: 60_000 },
    ]);
  });

  it('§3.6: is nothing while it begins, though in parts', async () => {
    for (const name of ['a', 'b', 'c']) await change('PUT', name);
    const first = await sync('', 1);
    const second = await sync(first, 1);
    const third = await sync(second, 1);
    await sync(third, 1);
    assert.deepEqual(
      told.map(({ state }) => state),
      ['first', 'first', 'first', 'current'],
    );
  });

  it('§3.3: is told of each collection of a home', async () => {
    await change('PUT', 'a');
    const home = '/dav/calendars/alice/';
    const body = syncBody('').replace('<sync-level>1<', '<sync-level>infinite<');
    const answer = await send(suite.server, suite.device, 'REPORT', home, { body });
    await change('PUT', 'b');
    told.length = 0;
    const again = syncBody(syncTokenOf(answer.body)).replace('<sync-level>1<', '<sync-level>infinite<');
    await send(suite.server, suite.device, 'REPORT', home, { body: again });
    assert.deepEqual(
      told.filter(({ state }) => state === 'behind'),
      [{ state: 'behind', behindMs: 60_000 }],
    );
    assert.ok(told.length > 1);
    assert.ok(told.every(({ state }) => state === 'behind' || state === 'current'));
  });
});
