/** The two servers that are compared, each a process of its own. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Target } from './requests.js';

export interface RunningServer {
  readonly pid: number;
  readonly target: Target;
  readonly stop: () => Promise<void>;
}

const built = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const START_WITHIN_MS = 20_000;

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A Node server that does nothing but answer 207 with so many bytes, each time the same. */
export async function startBareServer(
  bodyBytes: number,
  nodeOptions: readonly string[] = [],
): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [...nodeOptions, built('bench/bare-server.js'), String(port), String(bodyBytes)],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  await untilAnswering(child, port, '/', () => 'it says why above');
  return { pid: pidOf(child), target: { port, authorization: 'Basic bm9ib2R5Og==' }, stop: () => end(child) };
}

/**
 * Latchkey as it is shipped: a new data folder, default settings, log to a file, one account with one app password.
 * `nodeOptions` go to its Node, such as `--cpu-prof`.
 */
export async function startLatchkey(
  accountName: string,
  nodeOptions: readonly string[] = [],
): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const port = await freePort();
    const env = environment({
      LATCHKEY_DATA_DIR: folder,
      LATCHKEY_PORT: String(port),
      LATCHKEY_HOST: '127.0.0.1',
    });
    const authorization = await makeAccount(accountName, env);
    const logFile = join(folder, 'server.log');
    const log = openSync(logFile, 'w');
    const child = spawn(process.execPath, [...nodeOptions, built('server/main.js')], {
      env,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await untilAnswering(child, port, '/readyz', () => readFileSync(logFile, 'utf8').slice(-2000));
    const stop = async (): Promise<void> => {
      await end(child);
      await remove();
    };
    return { pid: pidOf(child), target: { port, authorization }, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The environment without what would configure the server otherwise than by default. */
function environment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('LATCHKEY_') && name !== 'DATABASE_URL',
  );
  return { ...Object.fromEntries(inherited), ...settings };
}

/** Makes the account by the `latchkey` command, and answers the Authorization header of its app password. */
async function makeAccount(name: string, env: NodeJS.ProcessEnv): Promise<string> {
  const latchkey = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [built('server/cli/main.js'), ...args, '--json'], { env }))
      .stdout;
  await latchkey('account', 'add', name, '--email', `${name}@bench.example`);
  const made: unknown = JSON.parse(
    await latchkey('app-password', 'add', name, '--label', 'bench', '--services', 'calendars,contacts'),
  );
  if (typeof made !== 'object' || made === null || !('secret' in made) || typeof made.secret !== 'string')
    throw new Error('the command made no app password');
  return `Basic ${Buffer.from(`${name}:${made.secret}`).toString('base64')}`;
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the server did not start');
  return pid;
}

async function untilAnswering(
  child: ChildProcess,
  port: number,
  path: string,
  why: () => string,
): Promise<void> {
  const deadline = performance.now() + START_WITHIN_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${why()}`);
    if (await answers(port, path)) return;
    await delay(30);
  }
  await end(child);
  throw new Error(`the server did not answer within ${START_WITHIN_MS / 1000} s: ${why()}`);
}

const answers = (port: number, path: string): Promise<boolean> =>
  new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode !== undefined && response.statusCode < 300);
    }).on('error', () => resolve(false));
  });

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(killer);
}
