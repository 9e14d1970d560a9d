/** Clients that ask for much and take it slowly, or not at all: everybody else goes on being answered. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { multistatus } from './answers.js';
import { startDav } from './dav-server.js';
import type { DavServer, Device } from './dav-server.js';
import { event, firstCollection, put, send } from './requests.js';

/** More than the network takes for a client that does not read, so that the server has to wait for it. */
const OBJECTS = 24;
const query = `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns="DAV:"><prop><C:calendar-data/></prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`;

describe('Long answers to slow clients', function () {
  this.timeout(30_000);
  let server: DavServer;
  let device: Device;
  let calendar: string;
  const sockets: Socket[] = [];
  const large = (name: string): string => event(name, { lines: [`DESCRIPTION:${'x'.repeat(1_000_000)}`] });

  before(async () => {
    server = await startDav({ storage: { readers: 2 }, limits: { stallTimeout: 2_000 } });
    ({ device } = await server.addUser('alice'));
    calendar = await firstCollection(server, device);
    for (let number = 0; number < OBJECTS; number += 1)
      await put(server, device, `${calendar}${number}.ics`, large(`uid-${number}`));
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await server.stop();
    assert.deepEqual(server.faults, []);
  });

  const request = (): string =>
    [
      `REPORT ${calendar} HTTP/1.1`,
      'Host: localhost',
      `Authorization: ${device.authorization}`,
      'Depth: 1',
      `Content-Length: ${query.length}`,
      '',
      query,
    ].join('\r\n');

  /** Sends requests one right behind the other, and reads the beginning of the first answer. */
  async function asksAndStopsReading(times: number): Promise<Socket> {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(request().repeat(times));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    await delay(200);
    return socket;
  }

  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      server.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });

  it('carry large objects to the letter, by query and by multiget', async () => {
    const names = Array.from({ length: OBJECTS }, (_, number) => `${calendar}${number}.ics`);
    const hrefs = names.map((name) => `<href>${name}</href>`).join('');
    const multiget = `<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns="DAV:"><prop><C:calendar-data/></prop>${hrefs}</C:calendar-multiget>`;
    for (const body of [query, multiget]) {
      const answer = await send(server, device, 'REPORT', calendar, { headers: { Depth: '1' }, body });
      assert.deepEqual(
        multistatus(answer.body)
          .map(({ href }) => href)
          .sort(),
        [...names].sort(),
      );
      for (let number = 0; number < OBJECTS; number += 1)
        assert.ok(answer.body.includes(large(`uid-${number}`).replaceAll('\r', '&#13;')));
    }
  });

  it('hold nothing any more when the client goes, also those that stood behind another answer', async () => {
    // Three answers for two connections that read: what was left held would keep the next request waiting for ever.
    (await asksAndStopsReading(3)).destroy();
    assert.equal((await send(server, device, 'PROPFIND', calendar, { headers: { Depth: '0' } })).status, 207);
  });

  it('are cut when the client has taken nothing for too long, and are not made ready for it meanwhile', async () => {
    const count = await connections();
    const served: Socket[] = [];
    const onConnection = (socket: Socket): void => void served.push(socket);
    server.server.on('connection', onConnection);
    await asksAndStopsReading(1);
    server.server.off('connection', onConnection);
    let most = 0;
    while ((await connections()) > count) {
      for (const { writableLength } of served) most = Math.max(most, writableLength);
      await delay(10);
    }
    assert.ok(most > 0, 'something waited for the client');
    // An object or two, of the two dozen that the answer has.
    assert.ok(most < 4_000_000, `${most} bytes waited`);
  });
});
