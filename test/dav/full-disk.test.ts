import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { dav } from '../../dav/xml/names.js';
import { refusal } from './answers.js';
import { startDav } from './dav-server.js';
import type { DavServer, Device } from './dav-server.js';
import { calendarType, event, firstCollection, put, send } from './requests.js';

describe('RFC 4918 §11.5: a full disk', () => {
  let server: DavServer;
  let device: Device;
  let calendar: string;
  before(async () => {
    server = await startDav({ storage: { maxPages: 500, reserveMegabytes: 0 } });
    ({ device } = await server.addUser('alice'));
    calendar = await firstCollection(server, device);
  });
  after(() => server.stop());

  const large = (name: string): string => event(name, { lines: [`DESCRIPTION:${'x'.repeat(100_000)}`] });
  const store = (name: string): ReturnType<typeof send> =>
    send(server, device, 'PUT', `${calendar}${name}.ics`, { headers: calendarType, body: large(name) });

  it('answers 507 and writes nothing, while reading and deleting go on; then recovers without a restart', async () => {
    await put(server, device, `${calendar}small.ics`, event('small'));
    let stored = 0;
    let answer = await store('large-0');
    while (answer.status === 201 && stored < 100) {
      stored += 1;
      answer = await store(`large-${stored}`);
    }
    assert.equal(answer.status, 507);
    assert.match(refusal(answer.body).sentence, /room/);
    assert.deepEqual(refusal(answer.body).preconditions, [dav('sufficient-disk-space')], 'RFC 4331 §6');
    assert.equal((await send(server, device, 'GET', `${calendar}large-${stored}.ics`)).status, 404);
    assert.equal((await send(server, device, 'GET', `${calendar}small.ics`)).body, event('small'));
    for (const name of ['large-0', 'large-1']) {
      assert.equal((await send(server, device, 'DELETE', `${calendar}${name}.ics`)).status, 204);
    }
    assert.equal((await store('again')).status, 201);
    assert.deepEqual(server.faults, []);
  });
});
