/**
 * Traces for OpenTelemetry (docs/operating.md, "Traces"): a span for each request and one for each of its reads and units
 * of work in the database. Requests of devices are handed their trace; those of the console find it by AsyncLocalStorage, which
 * costs more and need not be handed through its pages. Loaded only where they are wanted.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Database } from '../../../storage/index.js';
import type { Log } from '../log.js';
import { Delivery } from './delivery.js';
import { RequestTrace } from './request-trace.js';
import type { Tracing } from './request-trace.js';
import { traceContextOf } from './trace-context.js';
import { watchedDatabase } from './watched-database.js';

export interface TracesOptions {
  readonly version: string;
  readonly engine: 'sqlite' | 'postgres';
  /** Milliseconds in which the collector must have taken a batch; what OTEL_EXPORTER_OTLP_TIMEOUT says where it is left out. */
  readonly timeoutMs: number | undefined;
  readonly log: Log;
}

/** What is known of a request when it comes. */
export interface Asked {
  readonly requestId: string;
  readonly https: boolean;
  /** What it says of a trace that it belongs to is believed. */
  readonly isBelieved: boolean;
}

/** Reads the standard variables (OTEL_…) of the process itself, as the packages do. */
export class Traces {
  /** For work to which a request cannot be handed on. */
  private readonly current = new AsyncLocalStorage<RequestTrace>();
  /** Requests whose work is done in that way at this moment. */
  private insiders = 0;
  private readonly provider: BasicTracerProvider;
  private readonly tracing: Tracing;

  constructor({ version, engine, timeoutMs, log }: TracesOptions) {
    followDiagnostics(log);
    const exporter = new OTLPTraceExporter(timeoutMs === undefined ? {} : { timeoutMillis: timeoutMs });
    const own = resourceFromAttributes({
      'service.name': 'latchkey',
      'service.version': version,
      'service.instance.id': randomUUID(),
    });
    this.provider = new BasicTracerProvider({
      resource: defaultResource()
        .merge(own)
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(new Delivery(exporter, log))],
    });
    this.tracing = {
      tracer: this.provider.getTracer('latchkey', version),
      system: engine === 'postgres' ? 'postgresql' : engine,
      inside: (each, work) => {
        this.insiders += 1;
        this.current.run(each, work);
      },
      outside: () => {
        this.insiders -= 1;
        // While it is there, every promise of the process costs more, whoever made it.
        if (this.insiders === 0) this.current.disable();
      },
    };
  }

  /** Begins the span of a request; undefined where the sampler leaves it out. */
  begin(request: IncomingMessage, { requestId, https, isBelieved }: Asked): RequestTrace | undefined {
    const remote = isBelieved ? traceContextOf(request.headers) : undefined;
    const context = remote === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote);
    const attributes = {
      'url.scheme': https ? 'https' : 'http',
      'network.protocol.version': request.httpVersion,
      'latchkey.request_id': requestId,
    };
    const span = this.tracing.tracer.startSpan('HTTP', { kind: SpanKind.SERVER, attributes }, context);
    return span.isRecording() ? new RequestTrace(this.tracing, span) : undefined;
  }

  /** The same database, where what is asked for a request has a span, though the request was not handed on. */
  traced(database: Database): Database {
    return watchedDatabase(database, (operation, call) => {
      const request = this.current.getStore();
      return request === undefined ? call(() => undefined) : request.unit(operation, call);
    });
  }

  /** Hands over what is left. Never fails, and takes no longer than the collector is waited for. */
  async stop(): Promise<void> {
    await this.provider.shutdown().catch(() => undefined);
  }
}

/** What the packages have to say, such as of a variable that they do not understand. Errors `Delivery` tells of, once. */
function followDiagnostics(log: Log): void {
  const quiet = (message: string): void => log.debug(`traces: ${message}`);
  const loud = (message: string): void => log.warn(`traces: ${message}`);
  const logger = { error: quiet, warn: loud, info: quiet, debug: quiet, verbose: quiet };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
