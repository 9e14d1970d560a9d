/** A whole server tells the account's holder of requests: also of those just before it ends. */
import assert from 'node:assert/strict';
import { loadConfig } from '../../server/config.js';
import { openCore } from '../../server/core.js';
import { createLog } from '../../server/observability/log.js';
import type { Device } from '../dav/dav-server.js';
import { calendarType, send } from '../dav/requests.js';
import { dataFolder } from './process.js';
import type { DataFolder } from './process.js';
import { ServerProcess } from './server-process.js';

describe('What a server keeps of requests', function () {
  this.timeout(120_000);
  let data: DataFolder;
  let server: ServerProcess;
  let device: Device;
  before(async () => {
    data = await dataFolder();
    server = await ServerProcess.start(data);
    device = { name: 'alice', authorization: await server.addDevice('alice') };
  });
  after(async () => {
    await server.end('SIGKILL');
    await data.remove();
  });

  it('is written when it ends, with what was refused and why', async () => {
    assert.equal((await send(server, device, 'MKCALENDAR', '/dav/calendars/alice/work/')).status, 201);
    const path = '/dav/calendars/alice/work/lunch.ics';
    const put = { headers: calendarType, body: 'no calendar' };
    assert.equal((await send(server, device, 'PUT', path, put)).status, 403);
    const wrong = { name: 'alice', authorization: `Basic ${Buffer.from('alice:wrong').toString('base64')}` };
    assert.equal((await send(server, wrong, 'PROPFIND', '/dav/')).status, 401);
    await server.end('SIGTERM');
    const core = await openCore(loadConfig(data.variables), createLog('silent', process.stderr));
    try {
      const { auth } = core;
      const account = await auth.accounts.find('alice');
      assert.ok(account);
      const [made] = await auth.appPasswords.list(account.id);
      const own = await auth.recentRequests.ofAppPassword(account.id, made?.id ?? assert.fail());
      assert.deepEqual(
        own.map(({ method, status, reason, target }) => [method, status, reason, target.object]).sort(),
        [
          ['MKCALENDAR', 201, undefined, undefined],
          ['PUT', 403, 'valid-calendar-data', 'lunch.ics'],
        ],
      );
      assert.equal(made?.requestsToday, 2);
      const strays = await auth.recentRequests.withoutAppPassword(account.id);
      assert.deepEqual(
        strays.map(({ reason }) => reason),
        ['wrong'],
      );
    } finally {
      await core.dispose();
    }
  });
});
