import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dataFolder, latchkey, npmStart, startServer } from './process.js';
import type { Variables } from './process.js';

const event = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//Latchkey//test//EN',
  'BEGIN:VEVENT',
  'UID:drain@example.org',
  'DTSTAMP:20260101T000000Z',
  'DTSTART:20260102T100000Z',
  'SUMMARY:Kept',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');

describe('The server process', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof dataFolder>>;
  let variables: Variables;

  beforeEach(async () => {
    folder = await dataFolder();
    variables = folder.variables;
  });
  afterEach(() => folder.remove());

  it('greets with a set-up link while there is no account, a new one at each start', async () => {
    const links: string[] = [];
    for (let start = 0; start < 2; start += 1) {
      const server = await startServer(variables);
      const link = /http:\/\/localhost:\d+\/setup\/\S+/.exec(server.greeting)?.[0] ?? '';
      assert.ok(link.startsWith(`http://localhost:${server.port}/setup/`));
      links.push(link);
      server.kill('SIGTERM');
      const { code, stderr } = await server.ended;
      assert.equal(code, 0);
      assert.ok(!stderr.includes(link.slice(link.lastIndexOf('/') + 1)), 'not in the log');
    }
    assert.equal(new Set(links.map((link) => link.slice(link.lastIndexOf('/')))).size, 2);
  });

  it('greets with the address of the sign-in afterwards, and logs every line at its end', async () => {
    await latchkey(['account', 'add', 'alice'], variables);
    const server = await startServer(variables);
    assert.match(server.greeting, new RegExp(`Sign in at http://localhost:${server.port}/sign-in\n`));
    assert.equal((await fetch(`${server.baseUrl}/readyz`)).status, 200);
    assert.equal((await fetch(`http://localhost:${server.port}/sign-in`)).status, 200);
    server.kill('SIGINT');
    const { code, stderr } = await server.ended;
    assert.equal(code, 0);
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(lines.filter(({ route }) => route === '/sign-in').length, 1);
    assert.equal(lines.at(-1)?.['msg'], 'stopped');
  });

  it('ends a PUT that is under way at SIGTERM, and keeps what it acknowledged', async () => {
    await latchkey(['account', 'add', 'alice'], variables);
    const made = await latchkey(['app-password', 'add', 'alice', '--label', 'lab', '--json'], variables);
    const { secret } = JSON.parse(made.stdout) as { secret: string };
    const authorization = `Basic ${Buffer.from(`alice:${secret}`).toString('base64')}`;
    const server = await startServer(variables);
    const collection = await firstCalendar(server.baseUrl, authorization);

    const socket = connect(server.port, '127.0.0.1');
    const head = [
      `PUT ${collection}drain.ics HTTP/1.1`,
      'Host: localhost',
      `Authorization: ${authorization}`,
      'Content-Type: text/calendar; charset=utf-8',
      'Expect: 100-continue',
      `Content-Length: ${Buffer.byteLength(event)}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    // From here on the request is known to be under way.
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 100 /);
    server.kill('SIGTERM');
    await refusesConnections(server.port);
    socket.write(event);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    assert.match(answer, /^HTTP\/1\.1 201 /);
    assert.equal((await server.ended).code, 0);

    const again = await startServer(variables);
    const kept = await fetch(`${again.baseUrl}${collection}drain.ics`, {
      headers: { Authorization: authorization },
    });
    assert.equal(await kept.text(), event);
    again.kill('SIGTERM');
    assert.equal((await again.ended).code, 0);
  });

  it('drains also when npm gets the signal', async () => {
    const server = await npmStart(variables);
    assert.equal((await fetch(`${server.baseUrl}/healthz`)).status, 200);
    server.kill('SIGTERM');
    const { code, stderr } = await server.ended;
    assert.equal(code, 0);
    assert.match(stderr, /"msg":"stopped"/);
  });

  it('says in a sentence that its port is taken, with exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const ended = await latchkey(['serve'], { ...variables, LATCHKEY_PORT: String(port) });
    other.close();
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /Another program listens on port \d+ of 127\.0\.0\.1 already/);
    assert.doesNotMatch(ended.stderr, /\n +at /);
    assert.equal(ended.stdout, '');
  });

  it('says in a sentence what is wrong with its configuration, with exit code 78', async () => {
    const wrong = await latchkey(['serve'], { ...variables, DATABASE_URL: 'mysql://me:hunter2@db/latchkey' });
    assert.equal(wrong.code, 78);
    assert.match(wrong.stderr, /^DATABASE_URL is not understood: expected sqlite:PATH or postgres:.*\.\n$/);
    const folderTaken = await latchkey(['serve'], { LATCHKEY_DATA_DIR: '/dev/null/data' });
    assert.equal(folderTaken.code, 78);
    assert.match(folderTaken.stderr, /^The folder .* cannot be made \(ENOTDIR\)\.\n$/);
  });

  it('says in a sentence that its database cannot be reached, with exit code 75', async () => {
    const nowhere = { ...variables, DATABASE_URL: 'postgres://latchkey@127.0.0.1:1/latchkey' };
    const { code, stderr } = await latchkey(['serve'], nowhere);
    assert.equal(code, 75);
    assert.match(stderr, /^No connection to the database \(ECONNREFUSED\)\.\n$/);
  });

  it('warns of variables that it does not know', async () => {
    const server = await startServer({ ...variables, LATCHKEY_PROT: '80' });
    server.kill('SIGTERM');
    assert.match((await server.ended).stderr, /"level":"warn".*"variable":"LATCHKEY_PROT"/);
  });
});

async function firstCalendar(baseUrl: string, authorization: string): Promise<string> {
  const headers = { Authorization: authorization, Depth: '1' };
  const answer = await fetch(`${baseUrl}/dav/calendars/alice/`, { method: 'PROPFIND', headers });
  const path = /\/dav\/calendars\/alice\/[^/<]+\//.exec(await answer.text())?.[0];
  assert.ok(path !== undefined);
  return path;
}

/** Waits until nothing listens on the port. */
async function refusesConnections(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.destroy();
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
