/**
 * The life of the server's process: configuration, storage, listening, and the way down on SIGTERM.
 */
import cluster from 'node:cluster';
import { createApp } from './app.js';
import { loadConfig } from './config.js';
import type { Config, Environment } from './config.js';
import { createContext } from './context.js';
import { exitCodes } from './exit-codes.js';
import { greeting } from './greeting.js';
import { failureOf } from './failures.js';
import { freePort, listen } from './listen.js';
import type { Listener } from './listen.js';
import { giveOut, giveOutOfWorkers } from './measuring.js';
import { openLog } from './observability/log.js';
import type { Log } from './observability/log.js';
import { roleOf, supervise } from './workers.js';
import type { Role } from './workers.js';

/** Runs the server until a signal ends it, and answers the exit code. What is wrong is said on standard error. */
export async function serve(environment: Environment): Promise<number> {
  try {
    const config = await withKnownPort(loadConfig(environment));
    return await logged(config, (log) =>
      config.workers > 1 && cluster.isPrimary
        ? superviseMeasured(config, log)
        : run(config, log, roleOf(environment)),
    );
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    process.stderr.write(`${failure.sentence}\n`);
    return failure.exitCode;
  }
}

async function superviseMeasured(config: Config, log: Log): Promise<number> {
  const signal = terminationSignal();
  const stopGivingOut = await giveOutOfWorkers(config, log);
  try {
    return await supervise(config, log, signal);
  } finally {
    stopGivingOut();
  }
}

/** Links and passkeys need the port before anything listens. */
async function withKnownPort(config: Config): Promise<Config> {
  if (config.port !== 0) return config;
  const port = await freePort(config.hosts);
  const { baseUrl } = config;
  return { ...config, port, baseUrl: baseUrl.port === '0' ? new URL(`http://localhost:${port}`) : baseUrl };
}

async function logged(config: Config, work: (log: Log) => Promise<number>): Promise<number> {
  const { log, flush } = openLog(config.logLevel);
  const stopWatching = watchForFaults(log, flush);
  try {
    if (cluster.isPrimary)
      for (const name of config.unknown)
        log.warn({ variable: name }, 'this environment variable is not known');
    return await work(log);
  } finally {
    flush();
    stopWatching();
  }
}

async function run(config: Config, log: Log, { greets, works }: Role): Promise<number> {
  const context = await createContext(config, log, { works });
  let stopGivingOut: (() => void) | undefined;
  try {
    const app = createApp(context);
    stopGivingOut = await giveOut(context.metrics, config, app.connections, log);
    const listener = await listen(app, config.hosts, config.port);
    const signal = terminationSignal();
    log.info({ hosts: config.hosts, port: listener.port }, 'listening');
    if (greets) process.stdout.write(await greeting(context.auth, config.baseUrl));
    await drainOn(signal, listener, config, log);
  } finally {
    stopGivingOut?.();
    await context.dispose();
  }
  log.info('stopped');
  return exitCodes.ok;
}

/** Resolves at the first SIGTERM or SIGINT. Later ones change nothing: npm passes Ctrl-C on a second time. */
function terminationSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGTERM', resolve);
    process.on('SIGINT', resolve);
  });
}

async function drainOn(
  signal: Promise<NodeJS.Signals>,
  listener: Listener,
  config: Config,
  log: Log,
): Promise<void> {
  log.info({ signal: await signal }, 'draining');
  const inTime = await listener.drain(config.drainTimeout);
  if (!inTime) log.warn('requests under way were cut, since they did not end in time');
}

/** A promise nobody waited for is logged; an exception that nobody caught ends the process, its state being unknown. */
function watchForFaults(log: Log, flush: () => void): () => void {
  const onRejection = (reason: unknown): void => log.error({ err: reason }, 'a promise was rejected unseen');
  const onException = (error: Error): void => {
    log.fatal({ err: error }, 'an exception was not caught');
    flush();
    process.exit(exitCodes.failure);
  };
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
  return () => {
    process.off('unhandledRejection', onRejection);
    process.off('uncaughtException', onException);
  };
}
