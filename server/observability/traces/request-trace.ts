/** The span of one request, with those of its steps and of its work in the database below it. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Span, Tracer } from '@opentelemetry/api';
import { StorageBusyError, StorageFullError } from '../../../storage/index.js';
import type { Database } from '../../../storage/index.js';
import { isKnownMethod } from '../methods.js';
import { watchedDatabase } from './watched-database.js';
import type { Operation } from './watched-database.js';

/** How a request ended. */
export interface Answered {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  /** The client went away, or was cut, before the answer was complete. */
  readonly aborted: boolean;
}

/** What the traces of all requests have in common. */
export interface Tracing {
  readonly tracer: Tracer;
  /** The database, as `db.system.name` has it. */
  readonly system: string;
  /** Does work for a request to which the request cannot be handed on. */
  inside(trace: RequestTrace, work: () => void): void;
  /** A request is over for which such work was done. */
  outside(): void;
}

/** One request may be a whole import: beyond these its units of work are only counted. */
const MOST_UNITS = 100;

export class RequestTrace {
  private units = 0;
  private ended = false;
  private isInside = false;

  constructor(
    private readonly tracing: Tracing,
    private readonly span: Span,
  ) {}

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  /** Does work for the request; what it asks of the database, now or later, belongs to the request. */
  inside(work: () => void): void {
    this.isInside = true;
    this.tracing.inside(this, work);
  }

  /** The same work, with a span. */
  async step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const span = this.child(name, SpanKind.INTERNAL);
    try {
      return await work();
    } finally {
      span.end();
    }
  }

  /** The same database, whose reads and units of work have spans. */
  database(database: Database): Database {
    return watchedDatabase(database, (operation, call) => this.unit(operation, call));
  }

  /** One read or unit of work. What a request has left behind, such as a timer, is not part of it. */
  async unit<Result>(operation: Operation, call: (begins: () => void) => Promise<Result>): Promise<Result> {
    if (!this.takesUnit()) return call(() => undefined);
    const span = this.child(`database ${operation}`, SpanKind.CLIENT);
    span.setAttributes({ 'db.system.name': this.tracing.system, 'db.operation.name': operation });
    const asked = performance.now();
    let attempts = 0;
    try {
      return await call(() => {
        attempts += 1;
        if (attempts === 1) span.setAttribute('latchkey.database.wait_ms', performance.now() - asked);
      });
    } catch (error) {
      // What the work itself throws, such as a condition that does not hold, is no failure of the database.
      if (error instanceof StorageBusyError || error instanceof StorageFullError)
        span.setAttribute('error.type', error.name).setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      if (attempts > 1) span.setAttribute('latchkey.database.attempts', attempts);
      span.end();
    }
  }

  end({ method, route, status, aborted }: Answered): void {
    this.ended = true;
    const known = isKnownMethod(method);
    const hasRoute = route !== '*';
    this.span.updateName([known ? method : 'HTTP', ...(hasRoute ? [route] : [])].join(' '));
    this.span.setAttributes({
      'http.request.method': known ? method : '_OTHER',
      'http.response.status_code': status,
      // Never the path itself, which holds names and may hold a token.
      ...(hasRoute ? { 'http.route': route, 'url.path': route } : {}),
      ...(status >= 500 ? { 'error.type': String(status) } : {}),
      ...(aborted ? { 'latchkey.aborted': true } : {}),
      ...(this.units > MOST_UNITS ? { 'latchkey.database.units': this.units } : {}),
    });
    if (status >= 500) this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.end();
    if (this.isInside) this.tracing.outside();
  }

  private takesUnit(): boolean {
    if (this.ended) return false;
    this.units += 1;
    return this.units <= MOST_UNITS;
  }

  private child(name: string, kind: SpanKind): Span {
    return this.tracing.tracer.startSpan(name, { kind }, trace.setSpan(ROOT_CONTEXT, this.span));
  }
}
