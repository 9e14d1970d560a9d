import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../server/cli/program.js';
import { loadConfig } from '../../server/config.js';
import { openDatabase } from '../../server/core.js';
import { migrate } from '../../storage/migrations/index.js';
import { transfer } from '../../storage/transfer.js';
import { multistatus, syncTokenOf } from '../dav/answers.js';
import type { Device } from '../dav/dav-server.js';
import { calendarType, event, send, syncBody } from '../dav/requests.js';
import { runCommand, type Said } from './command.js';
import { dataFolder } from './process.js';
import type { DataFolder } from './process.js';
import { ServerProcess } from './server-process.js';

const calendar = '/dav/calendars/alice/work/';

describe('latchkey transfer', function () {
  this.timeout(180_000);
  let data: DataFolder;
  let server: ServerProcess | undefined;
  beforeEach(async () => (data = await dataFolder()));
  afterEach(async () => {
    await server?.end('SIGKILL');
    await data.remove();
  });

  const command = (...args: readonly string[]): Promise<Said> => runCommand(data.variables, ...args);

  const changes = async (from: ServerProcess, device: Device, token: string) => {
    const answer = await send(from, device, 'REPORT', calendar, { body: syncBody(token) });
    assert.equal(answer.status, 207, answer.body);
    return { hrefs: multistatus(answer.body).map(({ href }) => href), token: syncTokenOf(answer.body) };
  };

  it('moves a server to PostgreSQL and back: devices sync on with their passwords and tokens, and download nothing', async () => {
    const before = `sqlite:${join(data.path, 'before.sqlite')}`;
    const after = data.variables['DATABASE_URL'] ?? '';
    server = await ServerProcess.start(data, { DATABASE_URL: before });
    const device = { name: 'alice', authorization: await server.addDevice('alice') };
    assert.equal((await send(server, device, 'MKCALENDAR', calendar)).status, 201);
    for (const name of ['a', 'b', 'c', 'gone'])
      await send(server, device, 'PUT', `${calendar}${name}.ics`, {
        headers: calendarType,
        body: event(name),
      });
    await send(server, device, 'DELETE', `${calendar}gone.ics`);
    const synced = await changes(server, device, '');
    await server.end('SIGTERM');

    const moved = await command('transfer', '--from', before, '--to', after, '--json');
    assert.equal(moved.code, 0, moved.err);
    assert.equal((JSON.parse(moved.out) as { object: number }).object, 3);
    assert.match(moved.err, /100 %/);
    server = await ServerProcess.start(data);
    assert.deepEqual((await changes(server, device, synced.token)).hrefs, []);
    assert.equal((await send(server, device, 'GET', `${calendar}a.ics`)).body, event('a'));
    const changed = { headers: calendarType, body: event('d') };
    assert.equal((await send(server, device, 'PUT', `${calendar}d.ics`, changed)).status, 201);
    assert.deepEqual((await changes(server, device, synced.token)).hrefs, [`${calendar}d.ics`]);
    await server.addDevice('bob');
    await server.end('SIGTERM');

    const used = await command('transfer', '--from', before, '--to', after);
    assert.equal(used.code, 65);
    assert.match(used.err, /not empty/);
    const back = `sqlite:${join(data.path, 'back.sqlite')}`;
    assert.equal((await command('transfer', '--from', after, '--to', back)).code, 0);
    server = await ServerProcess.start(data, { DATABASE_URL: back });
    assert.deepEqual((await changes(server, device, synced.token)).hrefs, [`${calendar}d.ics`]);
  });

  it('moves nothing from where nothing is, and makes no file there', async () => {
    const missing = join(data.path, 'missing.sqlite');
    const target = data.variables['DATABASE_URL'] ?? '';
    const { code, err } = await command('transfer', '--from', `sqlite:${missing}`, '--to', target);
    assert.equal(code, 65);
    assert.match(err, /there is no file .*missing\.sqlite/);
    assert.ok(!existsSync(missing));
    const unused = `sqlite:${join(data.path, 'unused.sqlite')}`;
    const variables = { ...data.variables, DATABASE_URL: unused };
    assert.equal(await runCli(['migrate'], variables, { out: () => undefined, err: () => undefined }), 0);
    const empty = await command('transfer', '--from', unused, '--to', target);
    assert.equal(empty.code, 65);
    assert.match(empty.err, /No server has ever used/);
  });

  it('leaves a database that no server starts on when it is interrupted', async () => {
    const source = { ...data.variables, DATABASE_URL: `sqlite:${join(data.path, 'source.sqlite')}` };
    const quiet = { out: () => undefined, err: () => undefined };
    assert.equal(await runCli(['account', 'add', 'alice'], source, quiet), 0);
    const from = await openDatabase(loadConfig(source));
    const to = await openDatabase(loadConfig(data.variables));
    await migrate(to);
    const interrupted = transfer(from, to, ({ table }) => {
      if (table === 'collection') throw new Error('interrupted');
    });
    await assert.rejects(interrupted, /interrupted/);
    await Promise.all([from.close(), to.close()]);
    const started = await command('account', 'list');
    assert.equal(started.code, 78);
    assert.match(started.err, /^A transfer into this database did not come to its end/);
  });

  it('says what it does not understand', async () => {
    const { code, err } = await command('transfer', '--from', 'mysql://here', '--to', 'sqlite:there');
    assert.equal(code, 64);
    assert.match(err, /^--from is not understood/);
  });
});
