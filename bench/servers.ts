/** Latchkey as it is shipped and a bare Node server, each a process of its own. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PostgresServer } from '../test/postgres-server.js';
import { makeOtherAccounts } from './accounts.js';
import { LoopDelays } from './loop-delays.js';
import type { Engine } from './options.js';
import { end, freePort, pidOf, untilAnswering } from './processes.js';
import type { RunningServer } from './processes.js';
import type { Home } from './requests.js';
import type { Restartable } from './scenarios/index.js';

const built = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** A Node server that does nothing but answer 207 with so many bytes, each time the same. */
export async function startBareServer(bodyBytes: number): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(process.execPath, [built('bench/bare-server.js'), String(port), String(bodyBytes)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await untilAnswering(child, port, '/', () => 'it says why above');
  const pid = pidOf(child);
  return {
    pid,
    pids: [pid],
    target: { port, authorization: 'Basic bm9ib2R5Og==', pathOf: () => '/' },
    loopDelay: async () => undefined,
    stop: () => end(child),
  };
}

export interface LatchkeySetup {
  readonly accountName: string;
  /** In the database, the one that is asked among them. */
  readonly accounts: number;
  readonly engine: Engine;
  readonly workers: number;
  /** For its Node, such as `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
}

/** Latchkey as it is shipped: a new data folder, default settings, log to a file, one account with one app password. */
export async function startLatchkey(setup: LatchkeySetup): Promise<Restartable> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const postgres = setup.engine === 'postgres' ? await PostgresServer.start({ durable: true }) : undefined;
  const remove = async (): Promise<void> => {
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return await startIn(folder, setup, postgres, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function startIn(
  folder: string,
  { accountName, accounts, workers, nodeOptions, settings }: LatchkeySetup,
  postgres: PostgresServer | undefined,
  remove: () => Promise<void>,
): Promise<Restartable> {
  const port = await freePort();
  const loopDelays = new LoopDelays(folder);
  const env = environment({
    ...loopDelays.env,
    LATCHKEY_DATA_DIR: folder,
    LATCHKEY_PORT: String(port),
    LATCHKEY_HOST: '127.0.0.1',
    LATCHKEY_WORKERS: String(workers),
    ...settings,
    ...(postgres === undefined ? {} : { DATABASE_URL: postgres.urlOf(await postgres.createDatabase()) }),
  });
  const authorization = await makeAccount(accountName, env);
  if (accounts > 1) await makeOtherAccounts(env, accounts - 1);
  const options = [...shippedOptions(), ...loopDelays.nodeOptions, ...nodeOptions];
  let child = await launch(join(folder, 'server.log'), options, env, port);
  return {
    get pid() {
      return pidOf(child);
    },
    get pids() {
      return [pidOf(child), ...(postgres === undefined ? [] : [postgres.pid])];
    },
    target: {
      port,
      authorization,
      pathOf: (home: Home, name: string) => `/dav/${home}/${accountName}/${name}/`,
    },
    loopDelay: () => loopDelays.seen(pidOf(child)),
    restart: async () => {
      await end(child);
      child = await launch(join(folder, 'server.log'), options, env, port);
    },
    stop: async () => {
      await end(child);
      await remove();
    },
  };
}

/** What `npm start` gives its Node. */
function shippedOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync(built('../package.json'), 'utf8')) as {
    readonly scripts: { readonly start: string };
  };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

async function launch(
  logFile: string,
  options: readonly string[],
  env: NodeJS.ProcessEnv,
  port: number,
): Promise<ChildProcess> {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...options, built('server/main.js')], {
    env,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await untilAnswering(child, port, '/readyz', () => readFileSync(logFile, 'utf8').slice(-2000));
  return child;
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
