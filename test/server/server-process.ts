/** The real server as a process of its own, over a data folder of its own, for tests that kill or restart it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { exitCodes } from '../../server/exit-codes.js';
import { runCommand } from './command.js';
import { dataFolder } from './process.js';
import type { DataFolder, Variables } from './process.js';

const built = fileURLToPath(new URL('../../', import.meta.url));
const START_TIMEOUT_MS = 20_000;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

export class ServerProcess {
  #process: ChildProcess | undefined;

  private constructor(
    private readonly data: DataFolder,
    readonly port: number,
    private readonly more: Variables,
  ) {}

  /** Starts a server over a data folder, one of its own unless told. */
  static async start(data?: DataFolder, more: Variables = {}): Promise<ServerProcess> {
    const server = new ServerProcess(data ?? (await dataFolder()), await freePort(), more);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...this.data.variables,
      LATCHKEY_LOG_LEVEL: 'warn',
      ...this.more,
      LATCHKEY_PORT: String(this.port),
    };
  }

  /** Starts the server again over the same folder; resolves when it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(built, 'server', 'main.js')], {
      env: this.#environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#process = child;
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await this.#isReady())) {
      assert.equal(child.exitCode, null, 'the server ended at its start');
      assert.ok(Date.now() < deadline, 'the server did not get ready');
      await delay(50);
    }
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).ok;
    } catch {
      return false;
    }
  }

  /** Ends the process; resolves with its exit code, null for one that was killed. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return null;
    if (child.exitCode !== null) return child.exitCode;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  }

  /** The `latchkey` command over the same folder; what it prints with --json. In this process, which is not the server's. */
  async command(...words: string[]): Promise<unknown> {
    const { code, out, err } = await runCommand(this.#environment, ...words, '--json');
    assert.equal(code, exitCodes.ok, err);
    return JSON.parse(out) as unknown;
  }

  /** Makes an account and an app password for everything; answers the Authorization header of a device. */
  async addDevice(name: string): Promise<string> {
    await this.command('account', 'add', name);
    const made = await this.command(
      'app-password',
      'add',
      name,
      '--label',
      'test',
      '--services',
      'calendars,contacts',
      '--access',
      'write',
    );
    const { secret } = z.object({ secret: z.string() }).parse(made);
    return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
  }

  /** Ends the server and removes its folder. */
  async dispose(): Promise<void> {
    await this.end('SIGKILL');
    await this.data.remove();
  }
}
