/**
 * Where Prometheus asks: a listener of its own, so that no proxy in front of the server can publish it by mistake, and it
 * answers when all connections of the server are taken. On other addresses than loopback it wants a token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { answerPlain } from '../../plain-answers.js';

export interface ScrapeOptions {
  readonly token: string | null;
  readonly read: () => Promise<{ readonly text: string; readonly type: string }>;
  readonly onError: (error: unknown) => void;
}

const MOST_CONNECTIONS = 20;
const TIMEOUT_MS = 10_000;

/** Not listening yet. */
export function createScrapeServer(options: ScrapeOptions): Server {
  const server = createServer(
    { requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, keepAliveTimeout: 2 * 60 * 1000 },
    (request, response) => void answer(options, request, response),
  );
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

async function answer(
  { token, read, onError }: ScrapeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, url = '', headers } = request;
  if (token !== null && !hasToken(headers.authorization, token)) {
    answerPlain(response, 401, 'These figures need the token.\n', { 'WWW-Authenticate': 'Bearer' });
  } else if (token === null && !isOwnName(headers.host)) {
    // A page whose name was made to lead to this machine would be the same origin to its visitor's browser.
    answerPlain(response, 421, 'Ask by address, or by the name localhost.\n');
  } else if (url.split('?', 1)[0] !== '/metrics') {
    answerPlain(response, 404, 'The figures are at /metrics\n');
  } else if (method !== 'GET' && method !== 'HEAD') {
    answerPlain(response, 405, 'This address is only read.\n', { Allow: 'GET, HEAD' });
  } else {
    await answerFigures({ read, onError }, response);
  }
}

async function answerFigures(
  { read, onError }: Pick<ScrapeOptions, 'read' | 'onError'>,
  response: ServerResponse,
): Promise<void> {
  try {
    const { text, type } = await read();
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' });
    response.end(text);
  } catch (error) {
    onError(error);
    answerPlain(response, 500, 'The figures could not be read. The log says why.\n');
  }
}

function hasToken(header: string | undefined, token: string): boolean {
  const given = /^bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? '';
  // Hashes have one length, so that comparing takes the same time whatever was given.
  return timingSafeEqual(hash(given), hash(token));
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

function isOwnName(host = ''): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return name.toLowerCase() === 'localhost' || isIP(name) !== 0;
}
