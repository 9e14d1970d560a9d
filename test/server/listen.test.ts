import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createApp } from '../../server/app.js';
import type { App, AppParts } from '../../server/app.js';
import { loadConfig } from '../../server/config.js';
import { listen, ListenError } from '../../server/listen.js';
import { createLog } from '../../server/observability/log.js';

function appWith(dav: AppParts['dav'], environment: Record<string, string> = {}): App {
  return createApp({
    config: loadConfig(environment),
    log: createLog('silent', { write: () => undefined }),
    dav,
    console: (_request, response) => response.end('page'),
    readiness: () => Promise.resolve(),
  });
}

const echo: AppParts['dav'] = (_request, response) => response.end('dav');
const get = 'GET /dav/ HTTP/1.1\r\nHost: localhost\r\n\r\n';

async function allOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe('Listening', () => {
  it('answers on every address at the same port, with the same limits', async function () {
    const app = appWith(echo);
    const listener = await listen(app, ['127.0.0.1', '127.0.0.2'], 0);
    for (const host of ['127.0.0.1', '127.0.0.2']) {
      const answer = await fetch(`http://${host}:${listener.port}/dav/`);
      assert.equal(await answer.text(), 'dav', host);
    }
    assert.equal(await listener.drain(1000), true);
    await assert.rejects(fetch(`http://127.0.0.2:${listener.port}/dav/`));
  });

  it('says in a sentence that the port is taken, and leaves nothing open', async () => {
    const first = appWith(echo);
    const { port, drain } = await listen(first, ['127.0.0.2'], 0);
    const second = appWith(echo);
    await assert.rejects(
      listen(second, ['127.0.0.1', '127.0.0.2'], port),
      (error) => error instanceof ListenError && /already.*LATCHKEY_PORT/.test(error.message),
    );
    assert.equal(second.server.listening, false);
    await drain(1000);
  });

  it('says in a sentence that the machine does not have the address', async () => {
    await assert.rejects(
      listen(appWith(echo), ['203.0.113.1'], 0),
      (error) => error instanceof ListenError && error.message.includes('LATCHKEY_HOST'),
    );
  });

  it('cuts connections that never send a byte, on every address', async () => {
    const app = appWith(echo, { LATCHKEY_HEADER_TIMEOUT: '1' });
    const listener = await listen(app, ['127.0.0.1', '127.0.0.2'], 0);
    const silent = ['127.0.0.1', '127.0.0.2'].map((host) => connect(listener.port, host));
    for (const text of await Promise.all(silent.map(allOf))) assert.match(text, /^(HTTP\/1\.1 408 |$)/);
    await listener.drain(1000);
  });
});

describe('Draining', () => {
  it('lets a request under way end, closes idle connections, and takes no new ones', async () => {
    let begun: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => (begun = resolve));
    const app = appWith((request, response) => {
      begun();
      request.resume().on('end', () => response.end('stored'));
    });
    const { port, drain } = await listen(app, ['127.0.0.1'], 0);
    const idle = connect(port, '127.0.0.1');
    const busy = connect(port, '127.0.0.1');
    busy.write('PUT /dav/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nBO');
    await underWay;
    const drained = drain(5000);
    assert.equal(await allOf(idle), '');
    await assert.rejects(once(connect(port, '127.0.0.1'), 'connect'));
    busy.write('DY');
    assert.match(await allOf(busy), /^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*stored$/i);
    assert.equal(await drained, true);
  });

  it('cuts a request that does not end in time', async () => {
    const app = appWith(() => undefined);
    const { port, drain } = await listen(app, ['127.0.0.1'], 0);
    const socket = connect(port, '127.0.0.1');
    socket.write(get);
    await once(app.server, 'request');
    assert.equal(await drain(100), false);
    assert.equal(await allOf(socket), '');
  });
});
