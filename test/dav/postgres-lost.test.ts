/** The database goes away while devices ask. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { postgresServer } from '../engine.js';
import { dataFolder } from '../server/process.js';
import type { DataFolder } from '../server/process.js';
import { ServerProcess } from '../server/server-process.js';
import type { Device } from './dav-server.js';
import { calendarType, event, send } from './requests.js';
import type { Answer } from './requests.js';

describe('A server whose PostgreSQL goes away', function () {
  this.timeout(60_000);
  const calendar = '/dav/calendars/alice/own/';
  let folder: DataFolder;
  let server: ServerProcess;
  let device: Device;
  let name: string;
  before(async () => {
    folder = await dataFolder();
    // Its background work says that it cannot begin, as it should.
    server = await ServerProcess.start(folder, { LATCHKEY_LOG_LEVEL: 'fatal' });
    device = { name: 'alice', authorization: await server.addDevice('alice') };
    assert.equal((await send(server, device, 'MKCALENDAR', calendar)).status, 201);
    name = new URL(folder.variables['DATABASE_URL'] ?? '').pathname.slice(1);
  });
  after(async () => {
    await takesConnections(true);
    await server.end('SIGKILL');
    await server.dispose();
  });

  async function takesConnections(takes: boolean): Promise<void> {
    await postgresServer().command(`alter database ${name} with allow_connections ${String(takes)}`);
    if (!takes)
      await postgresServer().command(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and usename is not null`,
      );
  }

  const put = (uid: string): Promise<Answer> =>
    send(server, device, 'PUT', `${calendar}${uid}.ics`, { headers: calendarType, body: event(uid) });

  it('answers 503 with Retry-After as long as it is gone, and by itself as before when it is back', async () => {
    assert.equal((await put('before')).status, 201);
    await takesConnections(false);
    for (const [method, path] of [
      ['PROPFIND', calendar],
      ['GET', `${calendar}before.ics`],
      ['PUT', `${calendar}while.ics`],
    ] as const) {
      const body = method === 'PUT' ? event('while') : undefined;
      const answer = await send(server, device, method, path, {
        headers: method === 'PUT' ? calendarType : { Depth: '0' },
        ...(body === undefined ? {} : { body }),
      });
      assert.equal(answer.status, 503, `${method}: ${answer.status} ${answer.body}`);
      assert.ok(Number(answer.headers.get('retry-after')) > 0, method);
      assert.match(answer.body, /busy|reached|database/i);
    }
    const page = await fetch(`${server.url.replace('127.0.0.1', 'localhost')}/sign-in`, {
      redirect: 'manual',
    });
    assert.ok([200, 503].includes(page.status), `${page.status}`);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
    await takesConnections(true);
    assert.equal((await send(server, device, 'GET', `${calendar}before.ics`)).status, 200);
    assert.equal((await send(server, device, 'GET', `${calendar}while.ics`)).status, 404);
    assert.equal((await put('after')).status, 201);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
  });
});
