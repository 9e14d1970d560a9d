/** `/metrics` of real servers, as Prometheus reads it. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { runCli } from '../../server/cli/program.js';
import { syncTokenOf } from '../dav/answers.js';
import { event, syncBody } from '../dav/requests.js';
import { engine } from '../engine.js';
import { until } from '../until.js';
import { scrape } from './exposition.js';
import { dataFolder, latchkey, startServer } from './process.js';
import type { DataFolder, RunningServer } from './process.js';

const token = 'a-token-of-more-than-16';

describe('/metrics', function () {
  this.timeout(120_000);
  let folder: DataFolder;
  let server: RunningServer;

  beforeEach(async () => (folder = await dataFolder()));
  afterEach(() => folder.remove());

  async function start(variables: Readonly<Record<string, string>> = {}): Promise<number> {
    server = await startServer({ ...folder.variables, LATCHKEY_METRICS_PORT: '0', ...variables });
    const lines = (): string[] =>
      server
        .log()
        .split('\n')
        .filter((each) => each.includes('"metrics are given out"') && each.endsWith('}'));
    // Lines of the log come some at a time.
    await until(() => lines().length > 0, server.log);
    const [line = ''] = lines();
    return (JSON.parse(line) as { port: number }).port;
  }

  async function command(...args: readonly string[]): Promise<string> {
    let out = '';
    const terminal = { out: (text: string) => void (out += text), err: () => undefined };
    assert.equal(await runCli(args, folder.variables, terminal), 0);
    return out;
  }

  async function device(name: string, ...options: readonly string[]): Promise<string> {
    const made = await command('app-password', 'add', name, '--label', 'x', '--json', ...options);
    const { secret } = JSON.parse(made) as { secret: string };
    return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
  }

  async function ask(method: string, path: string, authorization?: string, body?: string): Promise<number> {
    const headers: Record<string, string> = { Connection: 'close' };
    if (authorization !== undefined) headers['Authorization'] = authorization;
    if (body !== undefined) headers['Content-Type'] = 'text/calendar';
    return (await fetch(`${server.baseUrl}${path}`, { method, headers, body: body ?? null })).status;
  }

  async function sync(token: string, authorization: string): Promise<string> {
    const response = await fetch(`${server.baseUrl}/dav/calendars/rosalind/work/`, {
      method: 'REPORT',
      headers: { Authorization: authorization, 'Content-Type': 'application/xml', Connection: 'close' },
      body: syncBody(token),
    });
    assert.equal(response.status, 207);
    return syncTokenOf(await response.text());
  }

  it('tells of requests, of authentication and of the database, and names nobody', async () => {
    const port = await start();
    await command('account', 'add', 'rosalind');
    const writes = await device('rosalind');
    const reads = await device('rosalind', '--access', 'read');
    const outdated = await device('rosalind', '--expires', '2001-01-01').catch(() => undefined);
    assert.equal(outdated, undefined, 'an app password cannot be made for the past');
    assert.equal(await ask('MKCALENDAR', '/dav/calendars/rosalind/work/', writes), 201);
    const path = '/dav/calendars/rosalind/work/a.ics';
    assert.equal(await ask('PUT', path, writes, event('a')), 201);
    assert.equal(await ask('PUT', path, reads, event('a')), 403);
    assert.equal(await ask('GET', path, reads), 200);
    await sync(await sync('', writes), writes);
    assert.equal(await ask('GET', path), 401);
    assert.equal(await ask('GET', path, `Basic ${Buffer.from('rosalind:no').toString('base64')}`), 401);
    await command('app-password', 'revoke', 'rosalind', '--all');
    assert.equal(await ask('GET', path, reads), 401);
    const found = await scrape(port);
    const route = '/dav/calendars/:account/:collection/:object';
    const count = (method: string, status: string): number | undefined =>
      found.value('latchkey_http_requests_total', { method, route, status });
    assert.deepEqual(
      [count('PUT', '201'), count('PUT', '403'), count('GET', '200'), count('GET', '401')],
      [1, 1, 1, 3],
    );
    const checks = (outcome: string): number | undefined =>
      found.value('latchkey_app_password_checks_total', { outcome });
    assert.deepEqual([checks('accepted'), checks('none-given'), checks('revoked')], [6, 1, 1]);
    assert.equal((checks('wrong') ?? 0) + (checks('mistyped') ?? 0), 1);
    assert.equal(found.value('latchkey_dav_refusals_total', { precondition: 'need-privileges' }), 1);
    const synced = (state: string): number | undefined =>
      found.value('latchkey_sync_collections_total', { state });
    assert.deepEqual([synced('first'), synced('current'), synced('behind')], [1, 1, 0]);
    for (const name of [
      'read_duration_seconds',
      'write_duration_seconds',
      'commit_duration_seconds',
      'commit_units',
    ])
      assert.ok((found.value(`latchkey_database_${name}_count`) ?? 0) > 0, name);
    if (engine === 'postgres') {
      const told = 'latchkey_change_feed_delay_seconds_count';
      await until(async () => ((await scrape(port)).value(told) ?? 0) > 0, 'other processes are told');
    }
    assert.ok((found.value('process_resident_memory_bytes') ?? 0) > 1e7);
    assert.equal(found.text.includes('rosalind'), false);
    assert.equal(found.text.includes('a.ics'), false);
  });

  it('tells how much is stored, soon after the first question', async () => {
    const port = await start();
    await command('account', 'add', 'alice');
    const authorization = await device('alice');
    await ask('MKCALENDAR', '/dav/calendars/alice/work/', authorization);
    await ask('PUT', '/dav/calendars/alice/work/a.ics', authorization, event('a'));
    await scrape(port);
    await until(
      async () => (await scrape(port)).value('latchkey_accounts', { state: 'enabled' }) === 1,
      'counted',
    );
    const found = await scrape(port);
    assert.equal(found.value('latchkey_objects', { kind: 'calendar' }), 1);
    assert.equal(found.value('latchkey_stored_bytes', { kind: 'calendar' }), Buffer.byteLength(event('a')));
    assert.equal(found.value('latchkey_app_passwords'), 1);
    assert.ok(found.sum('latchkey_database_bytes') > 4096);
  });

  it('of several processes is their sum, which no end of one makes smaller', async () => {
    const port = await start({ LATCHKEY_WORKERS: '3' });
    const served = async (): Promise<number> =>
      (await scrape(port)).value('latchkey_http_requests_total', { method: 'PROPFIND', status: '401' }) ?? 0;
    await until(async () => (await scrape(port)).value('latchkey_processes') === 3, 'three serve', 30_000);
    for (let times = 0; times < 12; times += 1) assert.equal(await ask('PROPFIND', '/dav/'), 401);
    assert.equal(await served(), 12);
    const pids = (): number[] =>
      server
        .log()
        .split('\n')
        .filter((line) => line.includes('"worker started"') && line.endsWith('}'))
        .map((line) => (JSON.parse(line) as { pid: number }).pid);
    await until(() => pids().length === 3, server.log);
    const [, pid = 0] = pids();
    process.kill(pid, 'SIGKILL');
    await until(async () => (await scrape(port)).value('latchkey_processes') === 2, 'one is gone');
    assert.equal(await served(), 12);
    await until(async () => (await scrape(port)).value('latchkey_processes') === 3, 'another serves', 30_000);
    assert.equal(await served(), 12);
    assert.equal(await ask('PROPFIND', '/dav/'), 401);
    assert.equal(await served(), 13);
    server.kill('SIGTERM');
    assert.equal((await server.ended).code, 0);
  });

  it('wants the token, where there is one', async () => {
    const port = await start({ LATCHKEY_METRICS_TOKEN: token, LATCHKEY_METRICS_HOST: '0.0.0.0' });
    assert.equal((await scrape(port)).status, 401);
    assert.equal((await scrape(port, { Authorization: `Bearer ${token}x` })).status, 401);
    assert.equal((await scrape(port, { Authorization: `Basic ${token}` })).status, 401);
    assert.equal((await scrape(port, { Authorization: `Bearer ${token}` })).status, 200);
  });

  it('without a token is not for pages whose name leads to this machine, and is at no other address', async () => {
    const port = await start();
    const status = (host: string, path: string, method = 'GET'): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path, method, headers: { Host: host } };
        request(options, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    assert.equal(await status('evil.example', '/metrics'), 421);
    assert.equal(await status(`localhost:${port}`, '/metrics'), 200);
    assert.equal(await status('[::1]:1', '/metrics'), 200);
    assert.equal(await status('localhost', '/'), 404);
    assert.equal(await status('localhost', '/metrics', 'POST'), 405);
    assert.equal(await ask('GET', '/metrics'), 404);
  });

  it('is not given out beyond this machine without a token', async () => {
    const variables = {
      ...folder.variables,
      LATCHKEY_METRICS_PORT: '0',
      LATCHKEY_METRICS_HOST: '127.0.0.1,0.0.0.0',
    };
    const { code, stderr } = await latchkey(['serve'], variables);
    assert.equal(code, 78);
    assert.match(stderr, /0\.0\.0\.0, .*LATCHKEY_METRICS_TOKEN/);
  });

  it('has a token that `latchkey config` does not show', async () => {
    const variables = { LATCHKEY_METRICS_PORT: '1', LATCHKEY_METRICS_TOKEN: token };
    const { stdout } = await latchkey(['config'], { ...folder.variables, ...variables });
    assert.match(stdout, /LATCHKEY_METRICS_TOKEN +\*\*\*/);
    const wrong = await latchkey(['config'], { ...folder.variables, LATCHKEY_METRICS_TOKEN: 'short-secret' });
    assert.equal(wrong.code, 78);
    assert.equal(`${stdout}${wrong.stdout}${wrong.stderr}`.includes('short-secret'), false);
  });
});
