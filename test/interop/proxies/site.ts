/** A server with a proxy in front, as docs/deploy/ has it: the server believes the proxy, and is reached by https alone. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../server/listen.js';
import { Lab } from '../lab.js';
import { output } from '../program.js';
import { makeCertificate } from './certificate.js';
import type { Prepared, ProxyKind } from './kinds.js';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** A client that stops reading is cut by the server after this long; checks wait for it. */
export const STALL_SECONDS = 10;

/** Where such programs are, also for those whose PATH is without the folders of administrators. */
export const path = [process.env['PATH'], '/usr/sbin'].join(delimiter);

export class Site {
  private constructor(
    /** The server, with accounts of its own; its `baseUrl` is the proxy's. */
    readonly lab: Lab,
    /** Plain http to the server, past the proxy. Ends in `/`. */
    readonly directUrl: string,
    readonly httpPort: number,
    /** PEM of the authority of the proxy's certificate, and its file. */
    readonly authority: string,
    readonly authorityFile: string,
    private readonly proxy: ChildProcess,
    private readonly errorLog: string,
  ) {}

  /** Starts the server, and the proxy when it is content with its files. What they say is in a folder of the lab. */
  static async open(kind: ProxyKind, owner: Lab, signal: AbortSignal): Promise<Site> {
    const folder = join(await owner.home(), kind.name);
    await mkdir(folder);
    const [httpPort, httpsPort, upstreamPort] = await threePorts();
    const files = await makeCertificate(folder, signal);
    const prepared = await kind.prepare({ folder, httpPort, httpsPort, upstreamPort, ...files });
    const environment = { PATH: path, HOME: folder, LANG: 'C.UTF-8', ...prepared.environment };
    await output(kind.name, prepared.checkArgs, { environment, signal });
    const lab = await Lab.open({
      LATCHKEY_PORT: String(upstreamPort),
      LATCHKEY_BASE_URL: `https://localhost:${httpsPort}`,
      LATCHKEY_TRUST_PROXY: 'loopback',
      LATCHKEY_STALL_TIMEOUT: String(STALL_SECONDS),
    });
    owner.onStop(async () => {
      await lab.stop();
      await lab.remove();
    });
    const outputLog = join(folder, 'output.log');
    const proxy = start(kind, prepared, environment, outputLog);
    owner.onStop(() => stop(proxy));
    await listening(proxy, httpsPort, outputLog);
    const authority = await readWhenThere(prepared.authority);
    const directUrl = `http://127.0.0.1:${upstreamPort}/`;
    const { authority: file, errorLog = outputLog } = prepared;
    return new Site(lab, directUrl, httpPort, authority, file, proxy, errorLog);
  }

  /** What the proxy has last said of errors. */
  async complaints(): Promise<string> {
    return (await readFile(this.errorLog, 'utf8')).split('\n').slice(-6).join('\n');
  }

  /** Ends both as an operator does, the proxy first; answers the server's exit code. */
  async stop(): Promise<number | null> {
    await stop(this.proxy);
    return this.lab.stop();
  }
}

async function threePorts(): Promise<[number, number, number]> {
  const port = (): Promise<number> => freePort(['127.0.0.1']);
  const ports: [number, number, number] = [await port(), await port(), await port()];
  return new Set(ports).size === ports.length ? ports : threePorts();
}

function start(
  { name }: ProxyKind,
  { args }: Prepared,
  environment: NodeJS.ProcessEnv,
  logFile: string,
): ChildProcess {
  const proxy = spawn(name, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(logFile);
  proxy.stdout.pipe(log, { end: false });
  proxy.stderr.pipe(log, { end: false });
  return proxy;
}

async function stop(proxy: ChildProcess): Promise<void> {
  if (proxy.exitCode !== null || proxy.signalCode !== null) return;
  const ended = once(proxy, 'exit', { signal: AbortSignal.timeout(STOP_LIMIT_MS) });
  proxy.kill('SIGTERM');
  try {
    await ended;
  } catch {
    proxy.kill('SIGKILL');
  }
}

async function listening(proxy: ChildProcess, port: number, logFile: string): Promise<void> {
  const end = Date.now() + START_LIMIT_MS;
  while (!(await shakesHands(port))) {
    if (proxy.exitCode !== null || Date.now() > end)
      throw new Error(`The proxy did not start:\n${await readFile(logFile, 'utf8')}`);
    await delay(LOOK_EVERY_MS);
  }
}

/** Some listen before they can do anything. */
function shakesHands(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('secureConnect', end(true)).once('error', end(false));
  });
}

async function readWhenThere(file: string): Promise<string> {
  const end = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if (Date.now() > end) throw error;
      await delay(LOOK_EVERY_MS);
    }
  }
}
