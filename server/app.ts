/**
 * The HTTP server: what stands before the DAV handler and the console, and which of them answers. DAV comes first and
 * goes through nothing, since devices ask it all day long (docs/architecture.md).
 */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from './config.js';
import { wellKnownLocation } from '../dav/index.js';
import type { RequestFollower } from '../dav/index.js';
import { Answer } from './answer.js';
import { undeclaredProxyOf } from './client.js';
import { Connections } from './connections.js';
import { beginExchange } from './exchange.js';
import type { Exchange, Handler } from './exchange.js';
import { answerHealth, isHealthPath } from './health.js';
import type { Readiness } from './health.js';
import type { Log } from './observability/log.js';
import { logRequest } from './observability/request-log.js';
import { davRoute } from './observability/route.js';
import { answerMalformed, answerPlain } from './plain-answers.js';
import { consoleRoute, localhostLocation } from './console-requests.js';

/** What the app is made of; `context.ts` puts it together. */
export interface AppParts {
  readonly config: Config;
  readonly log: Log;
  readonly dav: Handler;
  /** The express app of the console. */
  readonly console: RequestListener;
  readonly readiness: Readiness;
  /** Who measures; nothing is measured where it is left out. */
  readonly meter?: AppMeter | undefined;
  /** Who traces requests; nothing is traced where it is left out. */
  readonly tracer?: AppTracer | undefined;
}

export interface AppMeter {
  /** A request is over: its method, route template, status, how long it took, and whether the client was cut off. */
  answered(method: string, route: string, status: number, ms: number, aborted: boolean): void;
  connectionRefused(reason: Exclude<ReturnType<Connections['accept']>, 'accepted'>): void;
}

export interface AppTracer {
  /** A request has come; undefined where it is left out. */
  begin(request: IncomingMessage, exchange: Exchange): AppTrace | undefined;
}

/** The trace of one request. */
export interface AppTrace extends RequestFollower {
  readonly traceId: string;
  /** Does work to which the trace cannot be handed on. */
  inside(work: () => void): void;
  end(answered: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly aborted: boolean;
  }): void;
}

export interface App {
  /** Not listening yet. */
  readonly server: Server;
  readonly connections: Connections;
  /** From now on every answer ends its connection, and the server says that it is not ready. */
  readonly startDraining: () => void;
}

/** The node:http server, for tests and for whoever listens. */
export function buildApp(parts: AppParts): Server {
  return createApp(parts).server;
}

/** Puts the server together. It holds no state beside its connections. */
export function createApp(parts: AppParts): App {
  const { config, log } = parts;
  const connections = new Connections(config);
  const state = { draining: false, warned: false };
  const server = createServer({
    ServerResponse: Answer,
    maxHeaderSize: config.maxHeaderSize,
    headersTimeout: config.headerTimeout,
    requestTimeout: config.requestTimeout,
    keepAliveTimeout: config.keepAliveTimeout,
    connectionsCheckingInterval: Math.min(5000, config.headerTimeout),
    noDelay: true,
  });
  // Counts only while nothing moves: a long upload or download that goes on is not cut.
  server.setTimeout(config.stallTimeout);

  const answer = (request: IncomingMessage, response: Answer, awaitsContinue: boolean): void => {
    const exchange = beginExchange(request, response, config.trustProxy, awaitsContinue);
    if (!state.warned) state.warned = warnOfProxy(request, config, log);
    const trace = parts.tracer?.begin(request, exchange);
    if (trace !== undefined) exchange.trace = trace;
    follow(parts, request, response, exchange, connections, trace);
    if (state.draining) response.shouldKeepAlive = false;
    dispatch(parts, state.draining, request, response, exchange, trace);
  };
  server.on('request', (request, response) => answer(request, response, false));
  server.on('checkContinue', (request, response) => answer(request, response, true));
  server.on('connection', (socket: Socket) => {
    const outcome = connections.accept(socket);
    if (outcome === 'accepted') return;
    parts.meter?.connectionRefused(outcome);
    log.debug({ address: socket.remoteAddress, outcome }, 'connection refused');
    socket.destroy();
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    answerMalformed(error, socket, connections.isBusy(socket));
  });
  const startDraining = (): void => {
    state.draining = true;
    connections.endAfterAnswers();
  };
  return { server, connections, startDraining };
}

/** Says once that a proxy is not declared: the operator sees requests refused, or all of them from one address. */
function warnOfProxy(request: IncomingMessage, { trustProxy }: Config, log: Log): boolean {
  const proxy = undeclaredProxyOf(request, trustProxy);
  if (proxy === undefined) return false;
  log.warn(
    { proxy },
    'A request came through a proxy that LATCHKEY_TRUST_PROXY does not name: what it says of the client is not believed, and passwords are refused as sent in the clear.',
  );
  return true;
}

/** Counts the request on its connection, and writes its line when it is over. */
function follow(
  { log, meter }: AppParts,
  request: IncomingMessage,
  response: ServerResponse,
  exchange: Exchange,
  connections: Connections,
  trace: AppTrace | undefined,
): void {
  const { socket } = request;
  const startedAt = performance.now();
  connections.requestBegins(socket, response);
  response.once('close', () => {
    connections.requestEnds(socket, response);
    const { method = '' } = request;
    const { statusCode: status } = response;
    const route = exchange.route ?? consoleRoute(request);
    const durationMs = Math.round((performance.now() - startedAt) * 1000) / 1000;
    const aborted = !response.writableFinished;
    logRequest(log, {
      requestId: exchange.id,
      method,
      route,
      status,
      durationMs,
      address: exchange.address,
      accountId: exchange.accountId,
      appPasswordId: exchange.appPasswordId,
      aborted: aborted ? true : undefined,
      traceId: trace?.traceId,
    });
    meter?.answered(method, route, status, durationMs, aborted);
    trace?.end({ method, route, status, aborted });
  });
}

function dispatch(
  parts: AppParts,
  draining: boolean,
  request: IncomingMessage,
  response: ServerResponse,
  exchange: Exchange,
  trace: AppTrace | undefined,
): void {
  const { url = '/', method = 'GET' } = request;
  const path = pathOf(url);
  if (isDav(method, path)) {
    exchange.route = davRoute(path);
    guard(parts.log, response, exchange, () => parts.dav(request, response, exchange));
  } else if (isHealthPath(path)) {
    exchange.route = path;
    guard(parts.log, response, exchange, () => answerHealth(path, draining, parts.readiness, response));
  } else {
    const location = localhostLocation(request, parts.config.baseUrl);
    if (location !== undefined) {
      exchange.route = '*';
      answerPlain(response, 307, `This page is at ${location}\n`, { Location: location });
      return;
    }
    exchange.proceed();
    // Express gives the answer other methods than its own.
    response.setHeader('X-Request-Id', exchange.id);
    const answer = (): void => guard(parts.log, response, exchange, () => parts.console(request, response));
    if (trace === undefined) answer();
    else trace.inside(answer);
  }
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  const path = end === -1 ? url : url.slice(0, end);
  // An absolute-form target (RFC 9112 §3.2.2) names the same path.
  return path.startsWith('/') ? path : path.replace(/^https?:\/\/[^/]*/i, '') || '/';
}

/** The console knows three methods; whoever uses another speaks WebDAV, wherever it is looking for us. */
export function isDav(method: string, path: string): boolean {
  return (
    path.startsWith('/dav/') ||
    path === '/dav' ||
    wellKnownLocation(path) !== undefined ||
    (method !== 'GET' && method !== 'HEAD' && method !== 'POST')
  );
}

/** Whatever goes wrong inside one request ends that request alone. */
function guard(log: Log, response: ServerResponse, exchange: Exchange, work: () => unknown): void {
  const fail = (error: unknown): void => {
    log.error({ requestId: exchange.id, route: exchange.route, err: error }, 'request failed');
    if (response.headersSent) response.destroy();
    else
      answerPlain(response, 500, `Something went wrong on the server. It is in its log as ${exchange.id}.\n`);
  };
  try {
    const result = work();
    if (result instanceof Promise) result.catch(fail);
  } catch (error) {
    fail(error);
  }
}
