/** A disk that is full, a small one of its own: database, log and reserve are on it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dav } from '../../dav/xml/names.js';
import { runCli } from '../../server/cli/program.js';
import { multistatus, syncTokenOf } from '../dav/answers.js';
import { propertyUpdate } from '../dav/bodies.js';
import type { Answer } from '../dav/requests.js';
import type { Device } from '../dav/dav-server.js';
import { assertRefused } from '../dav/dav-suite.js';
import { calendarType, event, send, syncBody } from '../dav/requests.js';
import { until } from '../until.js';
import { ServerProcess } from './server-process.js';

const MEGABYTES = 32;
const calendar = '/dav/calendars/alice/work/';

describe('RFC 4918 §11.5: a disk that is full', function () {
  this.timeout(120_000);
  let disk = '';
  let isMounted = false;
  let server: ServerProcess;
  let device: Device;
  let variables: Readonly<Record<string, string>>;
  before(async function () {
    disk = await mkdtemp(join(tmpdir(), 'latchkey-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', disk], { stdio: 'pipe' });
      isMounted = true;
    } catch (error) {
      console.log(`    not tried: no file system can be mounted here (${String(error).split('\n')[0]})`);
      this.skip();
    }
    variables = { LATCHKEY_DATA_DIR: join(disk, 'data') };
    const remove = (): Promise<void> => Promise.resolve();
    server = await ServerProcess.start({ path: disk, variables, remove });
    device = { name: 'alice', authorization: await server.addDevice('alice') };
    assert.equal((await send(server, device, 'MKCALENDAR', calendar)).status, 201);
    assert.equal((await put('small')).status, 201);
  });
  after(async () => {
    if (isMounted) {
      await server.end('SIGKILL');
      execFileSync('umount', [disk]);
    }
    await rm(disk, { recursive: true, force: true });
  });

  const put = (name: string, bytes = 0): Promise<Answer> =>
    send(server, device, 'PUT', `${calendar}${name}.ics`, {
      headers: calendarType,
      body: event(name, { lines: [`DESCRIPTION:${'x'.repeat(bytes)}`] }),
    });
  const members = async (): Promise<string[]> => {
    const answer = await send(server, device, 'PROPFIND', calendar, { headers: { Depth: '1' } });
    assert.equal(answer.status, 207);
    return multistatus(answer.body).map(({ href }) => href.slice(calendar.length));
  };
  const sync = (token: string): Promise<Answer> =>
    send(server, device, 'REPORT', calendar, { body: syncBody(token) });

  /** Stores until nothing more fits; answers what was taken. */
  async function fill(prefix: string): Promise<string[]> {
    const taken: string[] = [];
    for (const bytes of [400_000, 20_000])
      for (let number = 0; ; number += 1) {
        const name = `${prefix}-${bytes}-${number}`;
        const answer = await put(name, bytes);
        if (answer.status !== 201) {
          assertRefused(answer, 507, dav('sufficient-disk-space'), answer.body);
          break;
        }
        taken.push(name);
        assert.ok(taken.length < 1_000, 'the disk gets full');
      }
    return taken;
  }

  const isWhole = async (): Promise<void> => {
    let out = '';
    const terminal = { out: (text: string) => void (out += text), err: () => undefined };
    assert.equal(await runCli(['verify'], variables, terminal), 0, out);
  };

  it('answers 507 to what would store something, goes on reading and deleting, and takes writes again', async () => {
    const taken = await fill('full');
    const token = syncTokenOf((await sync('')).body);
    // What was acknowledged is there, and nothing of what was not.
    assert.deepEqual(
      (await members()).sort(),
      ['', 'small.ics', ...taken.map((name) => `${name}.ics`)].sort(),
    );
    assert.equal((await send(server, device, 'GET', `${calendar}${taken[0]}.ics`)).status, 200);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
    for (const [method, path, body] of [
      ['MKCALENDAR', '/dav/calendars/alice/more/', undefined],
      ['PROPPATCH', calendar, propertyUpdate({ set: `<a xmlns="urn:x">${'x'.repeat(20_000)}</a>` })],
    ] as const) {
      const answer = await send(server, device, method, path, body === undefined ? {} : { body });
      assertRefused(answer, 507, dav('sufficient-disk-space'), method);
    }
    const [first = '', ...others] = taken;
    assert.equal((await send(server, device, 'DELETE', `${calendar}${first}.ics`)).status, 204);
    assert.deepEqual(
      multistatus((await sync(token)).body).map(({ href, status }) => [href, status]),
      [[`${calendar}${first}.ics`, 404]],
    );
    for (const name of others)
      assert.equal((await send(server, device, 'DELETE', `${calendar}${name}.ics`)).status, 204, name);
    await until(async () => (await put('again', 20_000)).status !== 507, 'there is room again', 30_000);
    assert.deepEqual((await members()).sort(), ['', 'again.ics', 'small.ics']);
    await isWhole();
  });

  it('recovers by itself when another program gives the room back that it took', async () => {
    const { bavail, bsize } = await statfs(disk);
    const other = join(disk, 'other');
    // Also what the reserve would need again.
    await writeFile(other, Buffer.alloc(Math.max(0, bavail * bsize)));
    await fill('crowded');
    await rm(other);
    await until(async () => (await put('after', 300_000)).status !== 507, 'there is room again', 30_000);
    await isWhole();
  });

  it('starts on it after kill -9, with everything that was acknowledged', async () => {
    const other = join(disk, 'other');
    const { bavail, bsize } = await statfs(disk);
    await writeFile(other, Buffer.alloc(Math.max(0, bavail * bsize)));
    await fill('killed');
    const before = (await members()).sort();
    await server.end('SIGKILL');
    await server.start();
    assert.deepEqual((await members()).sort(), before);
    assert.equal((await send(server, device, 'GET', `${calendar}small.ics`)).status, 200);
    await rm(other);
    await until(async () => (await put('started', 1_000)).status !== 507, 'there is room again', 30_000);
    await isWhole();
  });

  it('leaves no half of a backup there', async () => {
    const folder = join(disk, 'backups');
    await mkdir(folder);
    for (let number = 0; number < 12; number += 1) await put(`bulk-${number}`, 400_000);
    const other = join(disk, 'other');
    const { bavail, bsize } = await statfs(disk);
    await writeFile(other, Buffer.alloc(Math.max(0, bavail * bsize - 2_000_000)));
    let err = '';
    const terminal = { out: () => undefined, err: (text: string) => void (err += text) };
    assert.equal(await runCli(['backup', join(folder, 'backup.sqlite')], variables, terminal), 1);
    assert.match(err, /disk is full/);
    assert.deepEqual(await readdir(folder), []);
    await rm(other);
  });
});
