/** One request and everything its method needs to answer it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Database } from '../../storage/index.js';
import type { DavLimits } from '../limits.js';
import type { DavPath } from '../resources/path.js';
import type { Resource } from '../resources/resource.js';
import type { Viewer } from '../resources/viewer.js';
import type { Name } from '../xml/names.js';
import type { Submissions } from '../submissions.js';
import type { OnSync } from '../sync/lag.js';
import type { RequestBodies } from './body.js';
import type { SlowClients } from './slow-clients.js';

/** What outlives a request. Holds nothing of an account. */
export interface DavServices {
  readonly database: Database;
  readonly limits: DavLimits;
  readonly epoch: string;
  /** Host and port of the server's public address, for a Destination behind a proxy. */
  readonly publicHost: string | undefined;
  readonly bodies: RequestBodies;
  readonly slowClients: SlowClients;
  readonly submissions: Submissions;
  /** The reports that a resource supports. */
  readonly reportsOf: (resource: Resource) => readonly Name[];
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Told of each collection that a device synchronizes, where somebody measures. */
  readonly onSync: OnSync | undefined;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly actor: Viewer;
  readonly path: DavPath;
  /** The request's path as it was sent, without query. */
  readonly rawPath: string;
  readonly services: DavServices;
  /** Asks for a body that the client holds back until 100 Continue (RFC 9110 §10.1.1). */
  readonly proceed: () => void;
}

export type Method = (exchange: Exchange) => Promise<void>;

export type Headers = Readonly<Record<string, string | number>>;

/** Headers as a flat list of names and values: what node:http writes fastest. */
export function headOf(headers: Headers): string[] {
  const head: string[] = [];
  for (const [name, value] of Object.entries(headers)) head.push(name, String(value));
  return head;
}

/** Sends a whole answer: head and body in one write, so that no delayed ACK stands between them. */
export function answer(
  exchange: Pick<Exchange, 'request' | 'response'>,
  status: number,
  headers: Headers = {},
  body: string | Uint8Array = '',
): void {
  const { response } = exchange;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  const head = headOf(headers);
  // RFC 9110 §8.6: neither of these carries a length.
  if (status !== 204 && status !== 304) head.push('Content-Length', String(length));
  response.writeHead(status, head);
  if (length > 0 && exchange.request.method !== 'HEAD') response.end(body);
  else response.end();
}

/** What a browser gets from here is never to be taken for a page, nor shown inside one (OWASP ASVS 5.0, 3.2.1, 3.4). */
export const notAPage = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
} as const;

export const xmlHeaders = { 'Content-Type': 'application/xml; charset=utf-8', ...notAPage } as const;
