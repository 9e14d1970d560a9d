/** Runs the built command and the built server as processes of their own, on a data folder of their own. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { projectRoot } from '../../server/config.js';
import { engine, temporaryPostgres } from '../engine.js';
import { quickFolder } from '../quick-folder.js';

export type Variables = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<Child>();

export interface DataFolder {
  readonly path: string;
  /** For a server over the folder, and over an empty database of the engine that the tests run on. */
  readonly variables: Variables;
  readonly remove: () => Promise<void>;
}

/** A folder of its own. `remove` also ends what a failed test has left running. */
export async function dataFolder(): Promise<DataFolder> {
  const path = await mkdtemp(join(quickFolder, 'latchkey-'));
  const postgres = engine === 'postgres' ? await temporaryPostgres({ empty: true }) : undefined;
  const remove = async (): Promise<void> => {
    for (const child of running) child.kill('SIGKILL');
    await postgres?.drop();
    await rm(path, { recursive: true, force: true });
  };
  const database = postgres === undefined ? {} : { DATABASE_URL: postgres.url };
  return { path, variables: { LATCHKEY_DATA_DIR: join(path, 'data'), ...database }, remove };
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Started {
  readonly child: Child;
  readonly ended: Promise<Ended>;
}

const startScript = (script: string, args: readonly string[], variables: Variables): Started =>
  start(process.execPath, [join(projectRoot, 'dist', 'server', script), ...args], tmpdir(), variables);

function start(command: string, args: readonly string[], cwd: string, variables: Variables): Started {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(LATCHKEY_|OTEL_|DATABASE_URL)/.test(name),
  );
  const child = spawn(command, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...variables },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  const ended = Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr]) => ({ code: child.exitCode, stdout, stderr }),
  );
  return { child, ended };
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** `latchkey ARGS`, with `input` on its standard input. */
export async function latchkey(args: readonly string[], variables: Variables, input = ''): Promise<Ended> {
  const { child, ended } = startScript('cli/main.js', args, variables);
  child.stdin.end(input);
  return ended;
}

/** The same, for a test that ends it before it has come to its end. */
export function beginLatchkey(
  args: readonly string[],
  variables: Variables,
): { readonly said: () => string; readonly kill: () => void; readonly ended: Promise<Ended> } {
  const { child, ended } = startScript('cli/main.js', args, variables);
  child.stdin.end();
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  return { said: () => said, kill: () => void child.kill('SIGKILL'), ended };
}

export interface RunningServer {
  readonly baseUrl: string;
  readonly port: number;
  /** What it has said so far on standard output, up to its greeting. */
  readonly greeting: string;
  /** What it has said so far on standard error. */
  readonly log: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
}

/** Starts the server on a free port and waits for its greeting. */
export function startServer(variables: Variables): Promise<RunningServer> {
  return greeted(startScript('main.js', [], { LATCHKEY_PORT: '0', ...variables }));
}

/** The same by `npm start`; signals go to npm. */
export function npmStart(variables: Variables): Promise<RunningServer> {
  return greeted(start('npm', ['start'], projectRoot, { LATCHKEY_PORT: '0', ...variables }));
}

async function greeted({ child, ended }: Started): Promise<RunningServer> {
  let log = '';
  child.stderr.on('data', (chunk) => (log += String(chunk)));
  const greeting = await Promise.race([greetingOf(child), ended.then(failed)]);
  const port = Number(/http:\/\/localhost:(\d+)/.exec(greeting)?.[1]);
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    port,
    greeting,
    log: () => log,
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

function greetingOf(child: Child): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      if (/sign-in\n|\/setup\/\S+\n/.test(text)) resolve(text);
    });
  });
}

function failed({ code, stderr }: Ended): never {
  throw new Error(`The server ended with ${String(code)}: ${stderr}`);
}
