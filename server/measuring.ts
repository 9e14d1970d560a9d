/** What is measured, put together with what it is measured of. Only here is it known what metrics know of the server. */
import cluster from 'node:cluster';
import { sizesOfStored } from '../dav/index.js';
import { sizeOfPostgres } from '../storage/index.js';
import type { OpenedDatabase } from '../storage/index.js';
import type { Config, MetricsListener } from './config.js';
import type { Connections } from './connections.js';
import type { Instruments } from './core.js';
import { listenOn } from './listen.js';
import type { Log } from './observability/log.js';
import type { Metric, Metrics } from './observability/metrics/index.js';
import type { Traces } from './observability/traces/index.js';
import { settings } from './settings.js';
import { readVersion } from './version.js';
import type { Role } from './workers.js';

/** Undefined where nothing is to be measured; then nothing of it is loaded either. */
export async function openMetrics({ metrics, database }: Config): Promise<Metrics | undefined> {
  if (metrics === undefined) return undefined;
  const { Metrics: Opened } = await import('./observability/metrics/index.js');
  return new Opened({ version: readVersion(), engine: database.kind });
}

/** Measures and traces the database that is opened; one of several processes counts what is stored in it. */
export function instrumentsOf(
  metrics: Metrics | undefined,
  traces: Traces | undefined,
  config: Config,
  log: Log,
  role: Pick<Role, 'works'>,
): Instruments | undefined {
  const measuring = metrics && measuringOf(metrics, config, log, role);
  if (traces === undefined) return measuring;
  return {
    observer: measuring?.observer,
    measured: (opened) => traces.traced(measuring?.measured(opened) ?? opened),
  };
}

function measuringOf(
  metrics: Metrics,
  config: Config,
  log: Log,
  { works }: Pick<Role, 'works'>,
): Instruments {
  const measured: Instruments['measured'] = (opened) => {
    metrics.followDatabase(() => opened.load());
    if (works)
      metrics.countSizes({
        count: (signal) => sizesOfStored(opened, Date.now(), signal),
        onDisk: () => bytesOnDisk(config, opened),
        onError: (error) => log.error({ err: error }, 'counting what is stored failed'),
      });
    return metrics.database.measured(opened);
  };
  return { observer: metrics.database, measured };
}

async function bytesOnDisk(
  { database }: Pick<Config, 'database'>,
  opened: OpenedDatabase,
): Promise<Readonly<Record<string, number>>> {
  if (database.kind === 'postgres') return { database: await sizeOfPostgres(opened) };
  const { filesOf } = await import('./observability/metrics/index.js');
  return filesOf(database.path);
}

/** Gives out what this process has measured, by itself or through the one that started it. Answers how to end that. */
export async function giveOut(
  metrics: Metrics | undefined,
  config: Config,
  connections: Connections,
  log: Log,
): Promise<() => void> {
  if (metrics === undefined || config.metrics === undefined) return () => undefined;
  metrics.followConnections(() => ({ connections: connections.size, requests: connections.requests }));
  if (cluster.isWorker) {
    const { answerPrimary } = await import('./observability/metrics/workers.js');
    answerPrimary(() => metrics.read());
    return () => undefined;
  }
  return listenForScrapes(config.metrics, async () => [await metrics.read()], log);
}

/** The same in the process that has started others. */
export async function giveOutOfWorkers({ metrics }: Config, log: Log): Promise<() => void> {
  if (metrics === undefined) return () => undefined;
  const { WorkersMetrics } = await import('./observability/metrics/workers.js');
  const workers = new WorkersMetrics();
  return listenForScrapes(metrics, () => workers.read(), log);
}

async function listenForScrapes(
  { port, hosts, token }: MetricsListener,
  read: () => Promise<readonly (readonly Metric[])[]>,
  log: Log,
): Promise<() => void> {
  const { createScrapeServer } = await import('./observability/metrics/listener.js');
  const { asText } = await import('./observability/metrics/index.js');
  const server = createScrapeServer({
    token,
    read: async () => asText(await read()),
    onError: (error) => log.error({ err: error }, 'metrics could not be read'),
  });
  const listening = await listenOn(server, hosts, port, settings.metricsPort.name);
  log.info({ hosts, port: listening.port }, 'metrics are given out');
  return () => {
    for (const listener of listening.listeners) listener.close();
    server.closeAllConnections();
  };
}
