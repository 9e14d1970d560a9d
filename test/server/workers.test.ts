import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { runCli } from '../../server/cli/program.js';
import { dataFolder, latchkey, startServer } from './process.js';
import type { DataFolder, RunningServer } from './process.js';

describe('LATCHKEY_WORKERS', function () {
  this.timeout(180_000);
  let folder: DataFolder;

  beforeEach(async () => (folder = await dataFolder()));
  afterEach(() => folder.remove());

  const pidsOf = (log: string): number[] =>
    log
      .split('\n')
      .filter((line) => line.includes('"worker started"'))
      .map((line) => (JSON.parse(line) as { pid: number }).pid);

  /** In this process, which is one more that uses the database. */
  async function command(...args: readonly string[]): Promise<string> {
    let out = '';
    const terminal = { out: (text: string) => void (out += text), err: () => undefined };
    assert.equal(await runCli(args, folder.variables, terminal), 0);
    return out;
  }

  async function ready(server: RunningServer, within = 20_000): Promise<void> {
    const deadline = Date.now() + within;
    for (;;) {
      const answer = await fetch(`${server.baseUrl}/readyz`).catch(() => undefined);
      if (answer?.status === 200) return;
      assert.ok(Date.now() < deadline, 'the server answers');
      await delay(50);
    }
  }

  it('serve together: what one is told holds in all; one that is killed is replaced, and they drain', async () => {
    const server = await startServer({ ...folder.variables, LATCHKEY_WORKERS: '3' });
    await command('account', 'add', 'alice');
    const made = await command('app-password', 'add', 'alice', '--label', 'x', '--json');
    const { id, secret } = JSON.parse(made) as { id: string; secret: string };
    const authorization = `Basic ${Buffer.from(`alice:${secret}`).toString('base64')}`;
    const statuses = (): Promise<readonly number[]> =>
      Promise.all(
        Array.from({ length: 24 }, async () => {
          const headers = { Authorization: authorization, Depth: '0', Connection: 'close' };
          return (await fetch(`${server.baseUrl}/dav/`, { method: 'PROPFIND', headers })).status;
        }),
      );
    assert.deepEqual(new Set(await statuses()), new Set([207]));
    const pids = await eventually(
      () => pidsOf(server.log()),
      (found) => found.length === 3,
    );
    process.kill(pids[1] ?? 0, 'SIGKILL');
    await ready(server);
    assert.equal(
      (
        await eventually(
          () => pidsOf(server.log()),
          (found) => found.length === 4,
        )
      ).length,
      4,
    );
    assert.deepEqual(new Set(await statuses()), new Set([207]));
    await command('app-password', 'revoke', 'alice', id);
    assert.deepEqual(new Set(await statuses()), new Set([401]));
    server.kill('SIGTERM');
    assert.equal((await server.ended).code, 0);
  });

  it('end with the sentence and the code of the first one that cannot start', async () => {
    const wrong = { LATCHKEY_DATA_DIR: '/dev/null/data', LATCHKEY_WORKERS: '3' };
    const { code, stderr } = await latchkey(['serve'], { ...wrong, LATCHKEY_LOG_LEVEL: 'silent' });
    assert.equal(code, 78);
    assert.match(stderr, /^The folder .* cannot be made \(ENOTDIR\)\.\n$/);
  });
});

async function eventually<Value>(look: () => Value, enough: (value: Value) => boolean): Promise<Value> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = look();
    if (enough(value) || Date.now() > deadline) return value;
    await delay(50);
  }
}
