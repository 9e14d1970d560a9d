import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import supertest from 'supertest';
import { AccountId, AppPasswordId } from '../../storage/ids.js';
import { createApp } from '../../server/app.js';
import type { App, AppParts } from '../../server/app.js';
import { loadConfig } from '../../server/config.js';
import type { Handler } from '../../server/exchange.js';
import { createLog } from '../../server/observability/log.js';

interface TestApp extends App {
  readonly lines: Record<string, unknown>[];
  readonly logText: () => string;
}

const answer =
  (text: string): Handler =>
  (_request, response) =>
    response.end(text);

function testApp(parts: Partial<AppParts> = {}, environment: Record<string, string> = {}): TestApp {
  let text = '';
  const lines: Record<string, unknown>[] = [];
  const log = createLog('info', {
    write(line: string) {
      text += line;
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  const app = createApp({
    config: loadConfig(environment),
    log,
    dav: answer('dav'),
    console: answer('console') as unknown as RequestListener,
    readiness: () => Promise.resolve(),
    ...parts,
  });
  return { ...app, lines, logText: () => text };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function close(app: App): Promise<void> {
  app.connections.endAll();
  if (app.server.listening) await new Promise((resolve) => app.server.close(resolve));
}

/** Everything that the server sends until it ends the connection, or until the text is there. */
async function received(socket: Socket, until?: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (until?.test(text)) break;
  }
  return text;
}

describe('The HTTP server', () => {
  let app: TestApp;
  afterEach(() => close(app));

  it('warns once of a proxy that is not declared, and never of one that is', async () => {
    const forwarded = { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Proto': 'https' };
    const warnings = async (environment: Record<string, string>): Promise<unknown[]> => {
      app = testApp({}, environment);
      for (const headers of [{}, forwarded, { Forwarded: 'for=192.0.2.1' }, { Via: '1.1 x' }])
        await supertest(app.server)
          .get('/')
          .set(headers as Record<string, string>);
      await close(app);
      return app.lines.filter(({ proxy }) => proxy !== undefined).map(({ proxy, msg }) => [proxy, msg]);
    };
    const [warning, ...more] = await warnings({});
    assert.deepEqual(more, []);
    assert.match(String(warning), /^127\.0\.0\.1,.*LATCHKEY_TRUST_PROXY/);
    assert.deepEqual(await warnings({ LATCHKEY_TRUST_PROXY: 'loopback' }), []);
  });

  it('sends DAV to the DAV handler and pages to the console', async () => {
    app = testApp();
    const agent = supertest(app.server);
    assert.equal((await agent.get('/dav/').buffer()).text, 'dav');
    assert.equal((await agent.options('/')).statusCode, 200);
    assert.equal((await agent.get('/.well-known/caldav').buffer()).text, 'dav');
    assert.equal((await agent.get('/').buffer()).text, 'console');
    assert.equal((await agent.post('/sign-in').buffer()).text, 'console');
  });

  it('answers /healthz, and /readyz by the database', async () => {
    app = testApp();
    await supertest(app.server).get('/healthz').expect(200);
    await supertest(app.server).get('/readyz').expect(200);
    await close(app);
    app = testApp({ readiness: () => Promise.reject(new Error('gone')) });
    await supertest(app.server).get('/healthz').expect(200);
    await supertest(app.server).get('/readyz').expect(503);
  });

  it('sends a browser from 127.0.0.1 to localhost, and nothing else', async () => {
    app = testApp();
    const agent = supertest(app.server);
    const page = await agent.get('/sign-in?next=1').set({ Host: '127.0.0.1:8800', Accept: 'text/html' });
    assert.equal(page.statusCode, 307);
    assert.equal(page.headers['location'], 'http://localhost:8800/sign-in?next=1');
    await agent.get('/dav/').set({ Host: '127.0.0.1:8800', Accept: 'text/html' }).expect(200);
    await agent.post('/sign-in').set({ Host: '[::1]:8800', Accept: 'text/html' }).expect(200);
    await agent.get('/').set({ Host: 'localhost:8800', Accept: 'text/html' }).expect(200);
    await agent.get('/').set({ Host: '127.0.0.1:8800' }).expect(200);
  });

  it('does not send anybody to localhost where the server has a public name', async () => {
    app = testApp({}, { LATCHKEY_BASE_URL: 'https://dav.example.org' });
    await supertest(app.server).get('/').set({ Host: '127.0.0.1:8800', Accept: 'text/html' }).expect(200);
  });

  it('answers 500 with the id of the request when a handler throws, and goes on', async () => {
    app = testApp({
      dav: () => Promise.reject(new Error('the inside')),
      console: () => {
        throw new Error('the inside');
      },
    });
    for (const path of ['/dav/', '/']) {
      const response = await supertest(app.server).get(path).buffer();
      assert.equal(response.statusCode, 500);
      assert.ok(response.text.includes(String(response.headers['x-request-id'])));
      assert.ok(!response.text.includes('the inside'));
    }
    await supertest(app.server).get('/healthz').expect(200);
  });

  it('logs one line a request with its id, template, status, account and app password', async () => {
    app = testApp({
      dav: (_request, response, exchange) => {
        exchange.accountId = AccountId(7);
        exchange.appPasswordId = AppPasswordId('ap1');
        response.writeHead(207).end('x');
      },
    });
    const response = await supertest(app.server).get('/dav/calendars/alice/work/');
    const [line] = app.lines;
    assert.equal(app.lines.length, 1);
    assert.equal(line?.['requestId'], response.headers['x-request-id']);
    assert.equal(line?.['route'], '/dav/calendars/:account/:collection/');
    assert.equal(line['method'], 'GET');
    assert.equal(line['status'], 207);
    assert.equal(line['accountId'], 7);
    assert.equal(line['appPasswordId'], 'ap1');
    assert.equal(typeof line['durationMs'], 'number');
  });

  it('logs no secret: neither path, query, header, cookie nor body', async () => {
    app = testApp({ dav: () => Promise.reject(new Error('x')) });
    const agent = supertest(app.server);
    const headers = {
      Authorization: `Basic ${Buffer.from('alice:secret-password').toString('base64')}`,
      Cookie: 'session=secret-cookie',
      Host: '127.0.0.1:8800',
    };
    await agent.put('/dav/calendars/alice/work/secret-name?secret-query').set(headers).send('secret-body');
    await agent.get('/setup/secret-link?secret-query').set(headers);
    await agent.get('/setup/secret-link').set({ ...headers, Accept: 'text/html' });
    assert.equal(app.lines.filter(({ msg }) => msg === 'request').length, 3);
    assert.doesNotMatch(app.logText(), /secret|YWxpY2U6/);
  });
});

describe('RFC 9110 §10.1.1 Expect: 100-continue', () => {
  let app: TestApp;
  afterEach(() => close(app));

  const put = 'PUT /dav/x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n';

  it('lets a handler answer before the body is asked for, and ends the connection then', async () => {
    app = testApp({
      dav: (_request, response, exchange) => {
        assert.equal(exchange.awaitsContinue, true);
        response.writeHead(401).end();
      },
    });
    const socket = connect(await listening(app.server), '127.0.0.1');
    socket.write(put);
    const text = await received(socket);
    assert.match(text, /^HTTP\/1\.1 401 /);
    assert.match(text, /connection: close/i);
  });

  it('sends 100 when the handler proceeds, and keeps the connection', async () => {
    app = testApp({
      dav: (request, response, exchange) => {
        exchange.proceed();
        request.resume().on('end', () => response.end('stored'));
      },
    });
    const socket = connect(await listening(app.server), '127.0.0.1');
    socket.write(put);
    const [first] = (await once(socket, 'data')) as [Buffer];
    assert.match(String(first), /^HTTP\/1\.1 100 Continue\r\n/);
    socket.write('BODY');
    const text = await received(socket, /stored/);
    assert.match(text, /^HTTP\/1\.1 200 OK/);
    assert.doesNotMatch(text, /connection: close/i);
  });
});

describe('Hostile and broken connections', () => {
  let app: TestApp;
  afterEach(() => close(app));

  async function answerTo(bytes: string): Promise<string> {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(bytes);
    return received(socket);
  }

  it('answers bytes that are not HTTP with 400, too large headers with 431', async () => {
    app = testApp();
    await listening(app.server);
    assert.match(await answerTo('NONSENSE\r\n\r\n'), /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(
      await answerTo(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    );
    assert.match(
      await answerTo('GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'),
      /^HTTP\/1\.1 400 /,
    );
  });

  it('answers headers that do not arrive in time with 408', async () => {
    app = testApp({}, { LATCHKEY_HEADER_TIMEOUT: '1' });
    await listening(app.server);
    assert.match(await answerTo('GET / HTTP/1.1\r\nHost:'), /^HTTP\/1\.1 408 /);
  });

  it('cuts a client that stops reading, and says so in the log', async () => {
    app = testApp(
      {
        dav: (_request, response) => {
          const chunk = Buffer.alloc(256 * 1024, 'x');
          const more = (): void => {
            while (response.write(chunk));
          };
          response.on('drain', more);
          more();
        },
      },
      { LATCHKEY_STALL_TIMEOUT: '1' },
    );
    const socket = connect(await listening(app.server), '127.0.0.1');
    socket.write('GET /dav/ HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.on('error', () => undefined);
    socket.pause();
    while (app.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(app.lines[0]?.['aborted'], true);
    socket.destroy();
  });

  it('refuses more connections from one address than the cap', async () => {
    app = testApp({}, { LATCHKEY_MAX_CONNECTIONS_PER_ADDRESS: '1' });
    const port = await listening(app.server);
    const sockets = Array.from({ length: 40 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    const refused = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await Promise.race(refused);
    while (sockets.filter((socket) => socket.closed).length < 30)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(app.connections.size, 10);
    for (const socket of sockets) socket.destroy();
  });
});
