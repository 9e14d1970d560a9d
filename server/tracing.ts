/** What is traced, put together with the requests that it is traced of. */
import type { IncomingMessage } from 'node:http';
import type { AppTracer } from './app.js';
import { isFromOurSide } from './client.js';
import type { Config } from './config.js';
import type { Exchange } from './exchange.js';
import { isHealthPath } from './health.js';
import type { Log } from './observability/log.js';
import type { Traces } from './observability/traces/index.js';
import { readVersion } from './version.js';

/** Undefined where nothing is to be traced; then nothing of it is loaded either. */
export async function openTraces(
  { tracing, database }: Pick<Config, 'tracing' | 'database'>,
  log: Log,
): Promise<Traces | undefined> {
  if (tracing === undefined) return undefined;
  const { Traces: Opened } = await import('./observability/traces/index.js');
  return new Opened({ ...tracing, version: readVersion(), engine: database.kind, log });
}

/** The traces of requests; the questions of a supervisor, which come every few seconds, have none. */
export function tracerOf(traces: Traces, { trustProxy }: Pick<Config, 'trustProxy'>): AppTracer {
  return {
    begin: (request: IncomingMessage, { id: requestId, https }: Exchange) =>
      isHealthPath(request.url ?? '')
        ? undefined
        : // Whoever asks from afar shall not choose what is recorded, nor join the traces of others.
          traces.begin(request, { requestId, https, isBelieved: isFromOurSide(request, trustProxy) }),
  };
}
