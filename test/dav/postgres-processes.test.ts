/** Three processes on one PostgreSQL, behind a proxy that gives each request to the next of them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Agent, createServer, request as ask } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'mocha';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { text } from '../../dav/xml/element.js';
import { dav } from '../../dav/xml/names.js';
import { dataFolder } from '../server/process.js';
import { ServerProcess } from '../server/server-process.js';
import { multistatus, property } from './answers.js';
import { propfindBody } from './bodies.js';
import type { Device } from './dav-server.js';
import { Replica } from './replica.js';
import { calendarType, event, send } from './requests.js';

const calendar = '/dav/calendars/alice/shared/';
const CLIENTS = 16;
const WRITERS = 4;
const WRITES = 30;

describe('Three processes before one PostgreSQL', function () {
  this.timeout(240_000);
  let servers: ServerProcess[];
  let proxy: RoundRobin;
  let device: Device;

  before(async () => {
    const data = await dataFolder();
    const first = await ServerProcess.start(data);
    const others = await Promise.all([ServerProcess.start(data), ServerProcess.start(data)]);
    servers = [first, ...others];
    proxy = await RoundRobin.start(servers.map(({ port }) => port));
    device = { name: 'alice', authorization: await first.addDevice('alice') };
    assert.equal((await send(proxy, device, 'MKCALENDAR', calendar)).status, 201);
  });
  after(async () => {
    await proxy.stop();
    await Promise.all(servers.map((server) => server.end('SIGKILL')));
    await servers[0]?.dispose();
  });

  /** Writes events of its own, changes and deletes some; answers what it was told is there: hrefs and tags. */
  async function write(writer: number): Promise<ReadonlyMap<string, string>> {
    const kept = new Map<string, string>();
    for (let count = 0; count < WRITES; count += 1) {
      const name = `writer-${writer}-${count % 10}`;
      const path = `${calendar}${name}.ics`;
      if (count % 7 === 6) {
        const gone = await send(proxy, device, 'DELETE', path);
        if (gone.status !== 404) kept.delete(path);
        continue;
      }
      const body = event(name, { summary: `${count}` });
      const answer = await send(proxy, device, 'PUT', path, { headers: calendarType, body });
      if (answer.status === 201 || answer.status === 204) kept.set(path, answer.headers.get('etag') ?? '');
      else {
        // Nobody knows what became of it.
        assert.equal(answer.status, 502, answer.body);
        kept.delete(path);
      }
    }
    return kept;
  }

  async function listing(): Promise<Map<string, string>> {
    const options = { headers: { Depth: '1' }, body: propfindBody(dav('getetag')) };
    const answer = await send(proxy, device, 'PROPFIND', calendar, options);
    return new Map(
      multistatus(answer.body)
        .filter(({ href }) => href !== calendar)
        .map((member) => [member.href, text(property(member, dav('getetag')))]),
    );
  }

  it('miss no change and see none that was not, while 16 clients sync and others write', async () => {
    const replicas = Array.from({ length: CLIENTS }, () => new Replica(proxy, device, calendar));
    let writing = true;
    const syncing = replicas.map(async (replica, index) => {
      while (writing) {
        await replica.syncToEnd(index % 2 === 0 ? undefined : 5);
        await delay(20);
      }
    });
    const kept = await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    writing = false;
    await Promise.all(syncing);
    const stored = await listing();
    assert.deepEqual([...stored].sort(), kept.flatMap((each) => [...each]).sort());
    for (const replica of replicas) {
      await replica.syncToEnd();
      assert.deepEqual(replica.sorted(), [...stored].sort());
    }
  });

  it('lose no update of clients that change what they have seen (If-Match)', async () => {
    const path = `${calendar}counter.ics`;
    const counter = (count: number): string => event('counter', { summary: `count ${count}` });
    await send(proxy, device, 'PUT', path, { headers: calendarType, body: counter(0) });
    let done = 0;
    const add = async (): Promise<void> => {
      for (;;) {
        const seen = await send(proxy, device, 'GET', path);
        const count = Number(/SUMMARY:count (\d+)/.exec(seen.body)?.[1]);
        const headers = { ...calendarType, 'If-Match': seen.headers.get('etag') ?? '' };
        const answer = await send(proxy, device, 'PUT', path, { headers, body: counter(count + 1) });
        if (answer.status === 204) break;
        assert.equal(answer.status, 412, answer.body);
      }
      done += 1;
    };
    const addThree = async (): Promise<void> => {
      for (let count = 0; count < 3; count += 1) await add();
    };
    await Promise.all([addThree(), addThree(), addThree(), addThree()]);
    const last = await send(proxy, device, 'GET', path);
    assert.match(last.body, new RegExp(`SUMMARY:count ${done}\r\n`));
  });

  it('go on when one is killed; nothing that was acknowledged is lost', async () => {
    const writing = Array.from({ length: WRITERS }, (_, writer) => write(writer + WRITERS));
    await delay(100);
    await servers[2]?.end('SIGKILL');
    const kept = await Promise.all(writing);
    const stored = await listing();
    for (const [path, etag] of kept.flatMap((each) => [...each])) assert.equal(stored.get(path), etag, path);
    const replica = new Replica(proxy, device, calendar);
    await replica.syncToEnd();
    assert.deepEqual(replica.sorted(), [...stored].sort());
  });

  it('let an app password do what was chosen anew in all of them, from the next request on', async () => {
    const authorization = await servers[0]?.addDevice('clara');
    assert.ok(authorization);
    const clara = { name: 'clara', authorization };
    const make = async (): Promise<ReadonlySet<number>> => {
      const answers = ['a', 'b', 'c', 'd'].map((name) =>
        send(proxy, clara, 'MKCALENDAR', `/dav/calendars/clara/${name}-${randomUUID()}/`),
      );
      return new Set((await Promise.all(answers)).map(({ status }) => status));
    };
    const change = async (...choices: readonly string[]): Promise<void> => {
      const [made] = z
        .array(z.object({ id: z.string() }))
        .parse(await servers[1]?.command('app-password', 'list', 'clara'));
      await servers[1]?.command('app-password', 'change', 'clara', made?.id ?? '', ...choices);
    };
    assert.deepEqual(await make(), new Set([201]));
    await change('--access', 'read');
    assert.deepEqual(await make(), new Set([403]));
    await change('--access', 'write', '--services', 'contacts');
    assert.deepEqual(await make(), new Set([404]));
    await change('--services', 'calendars,contacts', '--addresses', '192.0.2.1');
    assert.deepEqual(await make(), new Set([401]));
    await change('--addresses', '');
    assert.deepEqual(await make(), new Set([201]));
  });

  it('refuse a revoked app password in all of them, from the next request on', async () => {
    const authorization = await servers[0]?.addDevice('bob');
    assert.ok(authorization);
    const bob = { name: 'bob', authorization };
    const statuses = async (): Promise<readonly number[]> => {
      const answers = [0, 1, 2, 3].map(() =>
        send(proxy, bob, 'PROPFIND', '/dav/calendars/bob/', { headers: { Depth: '0' } }),
      );
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    assert.deepEqual(new Set(await statuses()), new Set([207]));
    await servers[1]?.command('app-password', 'revoke', 'bob', '--all');
    assert.deepEqual(new Set(await statuses()), new Set([401]));
  });
});

/** A proxy of a few lines. A process that does not take a connection is passed over; one that breaks gives 502. */
class RoundRobin {
  private next = 0;
  private readonly agent = new Agent({ keepAlive: false });

  private constructor(
    private readonly server: Server,
    private readonly ports: readonly number[],
  ) {}

  static async start(ports: readonly number[]): Promise<RoundRobin> {
    const server = createServer();
    const proxy = new RoundRobin(server, ports);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void proxy.pass(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    let asked = 0;
    while (asked < this.ports.length) {
      if (await this.attempt(request, response, body)) return;
      asked += 1;
    }
    response.writeHead(502).end();
  }

  /** False: nothing was sent, so that another process may be asked. */
  private attempt(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<boolean> {
    const port = this.ports[this.next++ % this.ports.length];
    const { method, url, headers } = request;
    return new Promise((resolve) => {
      const onward = ask(
        { host: '127.0.0.1', port, method, path: url, headers, agent: this.agent },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
          answer.on('error', () => response.destroy());
          resolve(true);
        },
      );
      onward.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') {
          resolve(false);
          return;
        }
        if (!response.headersSent) response.writeHead(502).end();
        resolve(true);
      });
      onward.end(body);
    });
  }
}
