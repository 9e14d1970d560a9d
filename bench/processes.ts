/** Processes of servers: started, waited for and ended. */
import type { ChildProcess } from 'node:child_process';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoopDelay } from './loop-delays.js';
import type { Target } from './requests.js';

export interface RunningServer {
  /** Whose memory counts, with that of those below it. */
  readonly pid: number;
  /** Whose CPU time counts, with that of those below them: the server's, and its database's. */
  readonly pids: readonly number[];
  readonly target: Target;
  /** How long the event loop kept timers waiting since this was asked last; undefined where it has none. */
  readonly loopDelay: () => Promise<LoopDelay | undefined>;
  readonly stop: () => Promise<void>;
}

const START_WITHIN_MS = 60_000;

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the server did not start');
  return pid;
}

/** Waits until the path is answered by a status below the one that is given. @throws Error when it is not, or the process ends */
export async function untilAnswering(
  child: ChildProcess,
  port: number,
  path: string,
  why: () => string,
  below = 300,
): Promise<void> {
  const deadline = performance.now() + START_WITHIN_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${why()}`);
    if (await answers(port, path, below)) return;
    await delay(30);
  }
  await end(child);
  throw new Error(`the server did not answer within ${START_WITHIN_MS / 1000} s: ${why()}`);
}

const answers = (port: number, path: string, below: number): Promise<boolean> =>
  new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode !== undefined && response.statusCode < below);
    }).on('error', () => resolve(false));
  });

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(killer);
}
