/** Connections that send nothing, or as little as they can, or take nothing: they are ended, and shut nobody out. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { multistatus } from '../dav/answers.js';
import type { Device } from '../dav/dav-server.js';
import { event, send } from '../dav/requests.js';
import { dataFolder } from './process.js';
import type { DataFolder, Variables } from './process.js';
import { ServerProcess } from './server-process.js';

const calendar = '/dav/calendars/alice/work/';
const DRIP_EVERY_MS = 50;

describe('Slow and silent connections', function () {
  this.timeout(60_000);
  let data: DataFolder;
  let server: ServerProcess | undefined;
  let device: Device;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    data = await dataFolder();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server?.end('SIGKILL');
    await data.remove();
  });

  const running = (): ServerProcess => server ?? assert.fail('the server runs');
  async function start(variables: Variables): Promise<void> {
    server = await ServerProcess.start(data, variables);
    device = { name: 'alice', authorization: await server.addDevice('alice') };
    assert.equal((await send(server, device, 'MKCALENDAR', calendar)).status, 201);
  }

  function open(): Socket {
    const socket = connect(running().port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  }

  /** Everything that comes until the server ends the connection. */
  async function untilEnded(socket: Socket): Promise<string> {
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    if (!socket.closed) await once(socket, 'close');
    return text;
  }

  /** Sends a text over and over again, a little at a time, so that the connection is never silent. */
  function drip(socket: Socket, text: string): void {
    let at = 0;
    const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), DRIP_EVERY_MS);
    socket.once('close', () => clearInterval(timer));
  }

  const head = (method: string, path: string, ...more: readonly string[]): string =>
    [`${method} ${path} HTTP/1.1`, 'Host: localhost', `Authorization: ${device.authorization}`, ...more].join(
      '\r\n',
    );
  const putHead = (name: string, length: number): string =>
    `${head('PUT', `${calendar}${name}.ics`, 'Content-Type: text/calendar', `Content-Length: ${length}`)}\r\n\r\n`;
  const names = async (): Promise<string[]> => {
    const answer = await send(running(), device, 'PROPFIND', calendar, { headers: { Depth: '1' } });
    assert.equal(answer.status, 207);
    return multistatus(answer.body).map(({ href }) => href.slice(calendar.length));
  };

  it('are ended when a head comes byte by byte and takes too long', async () => {
    await start({ LATCHKEY_HEADER_TIMEOUT: '1' });
    const socket = open();
    socket.write(`${head('GET', '/dav/')}\r\nX-Slow: `);
    drip(socket, 'slow');
    assert.match(await untilEnded(socket), /^HTTP\/1\.1 408 /);
    assert.deepEqual(await names(), ['']);
  });

  it('are ended when a body comes byte by byte and takes too long, and nothing of it is stored', async () => {
    await start({ LATCHKEY_HEADER_TIMEOUT: '1', LATCHKEY_REQUEST_TIMEOUT: '2' });
    const [known, chunked] = [open(), open()];
    const body = event('slow');
    known.write(putHead('known', 100_000) + body);
    drip(known, 'X-A:b\r\n');
    chunked.write(
      `${head('PUT', `${calendar}chunked.ics`, 'Content-Type: text/calendar', 'Transfer-Encoding: chunked')}\r\n\r\n`,
    );
    chunked.write(`${body.length.toString(16)}\r\n${body}\r\n`);
    drip(chunked, '1\r\nx\r\n');
    await Promise.all([untilEnded(known), untilEnded(chunked)]);
    assert.deepEqual(await names(), ['']);
  });

  it('are ended when they fall silent: before, inside and after a request', async () => {
    await start({
      LATCHKEY_HEADER_TIMEOUT: '1',
      LATCHKEY_STALL_TIMEOUT: '1',
      LATCHKEY_KEEP_ALIVE_TIMEOUT: '1',
    });
    const [before, inHead, inBody, afterwards] = [open(), open(), open(), open()];
    inHead.write('GET /dav/ HTTP/1.1\r\nHost:');
    inBody.write(putHead('silent', 1_000) + event('silent').slice(0, 50));
    afterwards.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const texts = await Promise.all([before, inHead, inBody, afterwards].map(untilEnded));
    assert.match(texts[1] ?? '', /^(HTTP\/1\.1 408 |$)/);
    assert.match(texts[3] ?? '', /^HTTP\/1\.1 200 /);
    assert.deepEqual(await names(), ['']);
  });

  it('shut nobody out, 200 of each kind at a time', async () => {
    await start({});
    for (let number = 0; number < 200; number += 1) {
      open();
      open().write('GET /dav/ HTTP/1.1\r\nHost:');
      open().write(putHead(`slow-${number}`, 1_000_000) + event('slow'));
      open().write(`${head('PROPFIND', calendar, 'Depth: 1', 'Content-Length: 0')}\r\n\r\n`);
    }
    await Promise.all(
      sockets.filter(({ connecting }) => connecting).map((socket) => once(socket, 'connect')),
    );
    const stored = await send(running(), device, 'PUT', `${calendar}a.ics`, {
      headers: { 'Content-Type': 'text/calendar' },
      body: event('a'),
    });
    assert.equal(stored.status, 201);
    assert.deepEqual(await names(), ['', 'a.ics']);
    assert.equal((await fetch(`${running().url}/readyz`)).status, 200);
    assert.equal(sockets.filter((socket) => socket.closed).length, 0, 'and none of them was refused');
  });
});
