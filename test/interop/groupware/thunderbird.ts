/** Thunderbird of Debian without a window, with a new profile, through Marionette and `thunderbird-driver.js`. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../server/config.js';
import type { Lab } from '../lab.js';
import { isProgram } from '../program.js';
import type { Driver } from './groupware.js';
import { Marionette } from './marionette.js';
import { endProcessesOf } from './processes.js';
import { until } from './until.js';

export const thunderbirdPackages = ['thunderbird'] as const;

const SCRIPT = join(projectRoot, 'test', 'interop', 'groupware', 'thunderbird-driver.js');
const START_LIMIT_MS = 60_000;
const END_LIMIT_MS = 15_000;
const SAID_LIMIT = 20_000;

// Nothing but this machine is asked: the proxy for everything else is a port at which nobody listens.
const PREFERENCES = {
  'marionette.port': 0,
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.proxy.no_proxies_on': 'localhost, 127.0.0.1',
  'app.update.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'mail.provider.suppress_dialog_on_startup': true,
  'mail.spotlight.firstRunDone': true,
};

export const hasThunderbird = (): Promise<boolean> => isProgram('thunderbird');

/** Starts it. Throws with what it said when it is not ready in a minute. */
export async function startThunderbird(lab: Lab, signal: AbortSignal): Promise<Driver> {
  const home = await lab.home();
  const profile = join(home, 'profile');
  await mkdir(profile);
  await mkdir(join(home, 'run'), { mode: 0o700 });
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  await writeFile(join(profile, 'user.js'), lines.join(''));
  const program = new Program(home, profile);
  lab.onStop(() => program.end());
  const source = await readFile(SCRIPT, 'utf8');
  const call = (name: string, parameters: object): Promise<unknown> =>
    program.run(`${source}\nreturn answer(...arguments);`, [name, parameters]);
  try {
    await program.connect(signal);
    await until(
      signal,
      async () => {
        if ((await call('ready', {})) !== true) throw new Error('its window does not open');
      },
      START_LIMIT_MS,
    );
  } catch (error) {
    throw new Error(`it did not start:\n${program.said}`, { cause: error });
  }
  return { call, end: () => program.end() };
}

/** The process, in a group of its own. */
class Program {
  said = '';
  private readonly child: ChildProcess;
  private marionette: Marionette | undefined;

  constructor(
    private readonly home: string,
    private readonly profile: string,
  ) {
    const args = ['--headless', '--marionette', '--remote-allow-system-access', '-profile', profile];
    const environment = {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_RUNTIME_DIR: join(home, 'run'),
      LANG: 'C.UTF-8',
      TZ: 'UTC',
    };
    const child = spawn('thunderbird', args, {
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (chunk: string): void => {
      if (this.said.length < SAID_LIMIT) this.said += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', ({ message }) => collect(message));
    this.child = child;
  }

  /** It writes the port at which it listens into its profile. */
  async connect(signal: AbortSignal): Promise<void> {
    const port = await until(
      signal,
      async () => {
        if (this.child.exitCode !== null) throw new Error('it has ended');
        const text = await readFile(join(this.profile, 'MarionetteActivePort'), 'utf8');
        if (!/^\d+$/.test(text.trim())) throw new Error('no port');
        return Number(text);
      },
      START_LIMIT_MS,
    );
    this.marionette = await Marionette.open(port);
  }

  async run(script: string, parameters: readonly unknown[]): Promise<unknown> {
    if (this.marionette === undefined) throw new Error('it is not connected');
    return this.marionette.run(script, parameters);
  }

  async end(): Promise<void> {
    const { child, marionette } = this;
    this.marionette = undefined;
    const ended = child.exitCode !== null || (await this.quit(marionette));
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing of the group is left.
    }
    const left = await endProcessesOf(this.home);
    if (!ended) throw new Error('it did not end when told to');
    if (left.length > 0) throw new Error(`left running: ${left.join(', ')}`);
  }

  /** Whether it ended by itself. */
  private async quit(marionette: Marionette | undefined): Promise<boolean> {
    const exit = once(this.child, 'exit', { signal: AbortSignal.timeout(END_LIMIT_MS) });
    const asked = marionette?.quit() ?? Promise.reject(new Error('it is not connected'));
    const [ended] = await Promise.allSettled([exit, asked]);
    return ended.status === 'fulfilled';
  }
}
