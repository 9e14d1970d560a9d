import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { setTimeout as delay } from 'node:timers/promises';
import { text } from '../../dav/xml/element.js';
import { dav } from '../../dav/xml/names.js';
import { ServerProcess } from '../server/server-process.js';
import { multistatus, property } from './answers.js';
import type { Device } from './dav-server.js';
import { Replica } from './replica.js';
import { calendarType, event, send } from './requests.js';

const WRITES = 200;
const calendar = '/dav/calendars/alice/work/';

describe('What was acknowledged survives kill -9', () => {
  let server: ServerProcess;
  let device: Device;
  before(async function () {
    this.timeout(60_000);
    server = await ServerProcess.start();
    device = { name: 'alice', authorization: await server.addDevice('alice') };
    assert.equal((await send(server, device, 'MKCALENDAR', calendar)).status, 201);
  });
  after(() => server.dispose());

  it(`${WRITES} concurrent PUTs, killed in the middle: every acknowledged one is there, and a sync client ends equal`, async function () {
    this.timeout(120_000);
    for (const name of ['before', 'changed']) {
      await send(server, device, 'PUT', `${calendar}${name}.ics`, {
        headers: calendarType,
        body: event(name),
      });
    }
    const replica = new Replica(server, device, calendar);
    await replica.syncToEnd();

    const acknowledged = new Map<string, string>();
    const write = async (name: string): Promise<void> => {
      try {
        const answer = await send(server, device, 'PUT', `${calendar}${name}.ics`, {
          headers: calendarType,
          body: event(name, { summary: `written ${name}` }),
        });
        if (answer.status === 201 || answer.status === 204)
          acknowledged.set(name, answer.headers.get('etag') ?? '');
      } catch {
        // The connection broke: nothing was promised.
      }
    };
    const writes = Array.from({ length: WRITES }, (_, index) =>
      write(index === 0 ? 'changed' : `event-${index}`),
    );
    while (acknowledged.size < WRITES / 10) await delay(1);
    await server.end('SIGKILL');
    await Promise.all(writes);
    assert.ok(
      acknowledged.size >= WRITES / 10 && acknowledged.size < WRITES,
      `${acknowledged.size} acknowledged: killed in the middle`,
    );

    await server.start();
    const listing = await send(server, device, 'PROPFIND', calendar, {
      headers: { Depth: '1' },
      body: '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>',
    });
    const stored = new Map(
      multistatus(listing.body)
        .filter(({ href }) => href !== calendar)
        .map((member) => [member.href, text(property(member, dav('getetag')))]),
    );
    for (const [name, etag] of acknowledged) assert.equal(stored.get(`${calendar}${name}.ics`), etag, name);
    const [first] = acknowledged.keys();
    assert.ok(first);
    assert.equal(
      (await send(server, device, 'GET', `${calendar}${first}.ics`)).body,
      event(first, { summary: `written ${first}` }),
    );
    await replica.syncToEnd();
    assert.deepEqual(replica.sorted(), [...stored].sort());
  });

  it('SIGTERM lets a request under way end, and exits 0', async function () {
    this.timeout(60_000);
    const body = event('slow');
    const half = Math.floor(body.length / 2);
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const slow = fetch(`${server.url}${calendar}slow.ics`, {
      method: 'PUT',
      headers: { Authorization: device.authorization, ...calendarType },
      duplex: 'half',
      body: new ReadableStream({
        async start(controller) {
          controller.enqueue(Buffer.from(body.slice(0, half)));
          await released;
          controller.enqueue(Buffer.from(body.slice(half)));
          controller.close();
        },
      }),
    });
    await delay(500);
    const ended = server.end('SIGTERM');
    await delay(200);
    release();
    assert.equal((await slow).status, 201);
    assert.equal(await ended, 0);
    await server.start();
    assert.equal((await send(server, device, 'GET', `${calendar}slow.ics`)).body, body);
  });
});
