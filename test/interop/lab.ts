/**
 * A server of its own for the clients: in a temporary data folder, on a free loopback port, as a child process that is
 * started and stopped as its operator would, with accounts made by the command.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { catchUp, setBirthdayCalendar } from '../../dav/index.js';
import { findAccount, withCore } from '../../server/cli/shell.js';
import { projectRoot } from '../../server/config.js';
import { output } from './program.js';

export interface Login {
  readonly user: string;
  readonly appPasswordId: string;
  readonly secret: string;
}

export interface AppPasswordOptions {
  readonly services?: 'calendars' | 'contacts' | 'calendars,contacts';
  readonly access?: 'write' | 'read';
}

/** Environment variables of the server, beside or instead of the lab's own. */
export type Settings = Readonly<Record<string, string>>;

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
const QUIET_MS = 100;

const accountAnswer = z.object({ name: z.string() });
const appPasswordAnswer = z.object({ id: z.coerce.string(), secret: z.string().min(1) });
const requestLine = z.object({ method: z.string(), status: z.number() });

export class Lab {
  private accounts = 0;
  private homes = 0;
  private shared: Login | undefined;
  private readonly endings: (() => Promise<void>)[] = [];

  private constructor(
    /** Ends in `/`. */
    readonly baseUrl: string,
    private readonly folder: string,
    private readonly server: ChildProcess,
    private readonly logFile: string,
    private readonly settings: Settings,
  ) {}

  /** Starts the server. Throws with what it said when it does not say in a minute where it listens. */
  static async open(settings: Settings = {}): Promise<Lab> {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-interop-'));
    const logFile = join(folder, 'server.log');
    const server = spawn(process.execPath, [join(projectRoot, 'scripts', 'start.mjs')], {
      env: serverEnvironment(folder, '0', settings),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    server.stderr.pipe(createWriteStream(logFile));
    try {
      const baseUrl = await addressOf(server);
      return new Lab(baseUrl, folder, server, logFile, settings);
    } catch (error) {
      server.kill('SIGKILL');
      throw new Error(`The server did not start:\n${await readFile(logFile, 'utf8')}`, { cause: error });
    }
  }

  /** A new account, with what a new account starts with, and an app password for it. */
  async account(signal: AbortSignal, options: AppPasswordOptions = {}): Promise<Login> {
    const name = `lab${++this.accounts}`;
    const args = ['account', 'add', name, '--email', `${name}@example.org`, '--json'];
    const { name: user } = accountAnswer.parse(await this.command(args, signal));
    return this.appPassword(user, signal, options);
  }

  /** Sets the login password, as an administrator with a shell does. */
  async setPassword(user: string, password: string, signal: AbortSignal): Promise<void> {
    const args = ['account', 'set-password', user, '--password-file', '-', '--json'];
    await this.command(args, signal, password);
  }

  /** The account of the checks that need no more than a collection of their own. */
  async sharedAccount(signal: AbortSignal): Promise<Login> {
    return (this.shared ??= await this.account(signal));
  }

  /** Another app password for an account. */
  async appPassword(user: string, signal: AbortSignal, options: AppPasswordOptions = {}): Promise<Login> {
    const { services = 'calendars,contacts', access = 'write' } = options;
    const scope = ['--label', 'lab', '--services', services, '--access', access];
    const { id, secret } = appPasswordAnswer.parse(
      await this.command(['app-password', 'add', user, ...scope, '--json'], signal),
    );
    return { user, appPasswordId: id, secret };
  }

  async revoke({ user, appPasswordId }: Login, signal: AbortSignal): Promise<void> {
    await this.command(['app-password', 'revoke', user, appPasswordId, '--json'], signal);
  }

  /** A new, empty home folder, so that no client reads or writes the settings of whoever runs this. */
  async home(): Promise<string> {
    const home = join(this.folder, `home${++this.homes}`);
    await mkdir(home, { mode: 0o700 });
    return home;
  }

  /** What ends a program that a client's checks have started, should its last check not come to that. */
  onStop(end: () => Promise<void>): void {
    this.endings.push(end);
  }

  /** The log's lines of all requests so far, and of those that were answered with 5xx. */
  async requests(): Promise<{ readonly all: readonly string[]; readonly failed: readonly string[] }> {
    const lines = (await readFile(this.logFile, 'utf8')).split('\n');
    const all = lines.filter((line) => requestIn(line) !== undefined);
    return { all, failed: all.filter((line) => (requestIn(line)?.status ?? 0) >= 500) };
  }

  /** How many requests of a method have been answered with a status, once the log is quiet. */
  async count(method: string, status: number): Promise<number> {
    let { all } = await this.requests();
    for (let before = -1; before !== all.length; all = (await this.requests()).all) {
      before = all.length;
      await delay(QUIET_MS);
    }
    return all.map(requestIn).filter((request) => request?.method === method && request.status === status)
      .length;
  }

  /** Switches an account's calendar of birthdays on, as its profile in the console does. */
  async switchOnBirthdays({ user }: Login): Promise<void> {
    const environment = this.environment();
    const terminal = { out: () => undefined, err: () => undefined };
    await withCore({ terminal, environment, exitCode: 0 }, async (core) => {
      const { id } = await findAccount(core, user);
      await setBirthdayCalendar(core.database, id, true, Date.now());
      await catchUp(core.database, id, Date.now);
    });
  }

  /** Ends the server as an operator does, and answers its exit code; null when it had to be killed. */
  async stop(): Promise<number | null> {
    await Promise.allSettled(this.endings.splice(0).map((end) => end()));
    if (this.server.exitCode !== null) return this.server.exitCode;
    const ended = once(this.server, 'exit', { signal: AbortSignal.timeout(STOP_LIMIT_MS) });
    this.server.kill('SIGTERM');
    try {
      await ended;
    } catch {
      this.server.kill('SIGKILL');
      await once(this.server, 'exit');
    }
    return this.server.exitCode;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async command(args: readonly string[], signal: AbortSignal, input = ''): Promise<unknown> {
    const script = join(projectRoot, 'scripts', 'latchkey.mjs');
    const answer = await output(process.execPath, [script, ...args], {
      environment: this.environment(),
      signal,
      input,
    });
    return JSON.parse(answer);
  }

  private environment(): NodeJS.ProcessEnv {
    return serverEnvironment(this.folder, new URL(this.baseUrl).port, this.settings);
  }
}

/** Nothing of the caller's own settings: only where programs are, and what the lab wants. */
function serverEnvironment(folder: string, port: string, settings: Settings): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    LATCHKEY_DATA_DIR: join(folder, 'data'),
    LATCHKEY_PORT: port,
    LATCHKEY_HOST: '127.0.0.1',
    LATCHKEY_BASE_URL: port === '0' ? undefined : `http://localhost:${port}`,
    LATCHKEY_LOG_LEVEL: 'info',
    ...settings,
  };
}

async function addressOf(server: ChildProcess): Promise<string> {
  const signal = AbortSignal.timeout(START_LIMIT_MS);
  let said = '';
  server.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    if (/running at \S+\n/.test(said)) server.emit('running');
  });
  const exited = once(server, 'exit', { signal }).then(() => {
    throw new Error('it ended');
  });
  await Promise.race([once(server, 'running', { signal }), exited]);
  exited.catch(() => undefined);
  const [, address = ''] = /running at (\S+)\n/.exec(said) ?? [];
  return new URL('/', address).href;
}

function requestIn(line: string): z.infer<typeof requestLine> | undefined {
  if (!line.startsWith('{')) return undefined;
  return requestLine.safeParse(JSON.parse(line)).data;
}
