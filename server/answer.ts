/**
 * The answer to one request as node:http makes it, with the request's id in its head. A head that is given as a flat list
 * (name, value, name, value, ...) is written as it stands; where headers were set one by one before, node:http goes through
 * all of them twice.
 */
import { ServerResponse } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';

type Head = OutgoingHttpHeaders | OutgoingHttpHeader[];

export class Answer<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  /** What `X-Request-Id` says. */
  requestId = '';

  override writeHead(status: number, message?: string, head?: Head): this;
  override writeHead(status: number, head?: Head): this;
  override writeHead(status: number, message?: string | Head, head?: Head): this {
    if (Array.isArray(message)) return super.writeHead(status, [...message, 'X-Request-Id', this.requestId]);
    this.setHeader('X-Request-Id', this.requestId);
    return typeof message === 'string'
      ? super.writeHead(status, message, head)
      : super.writeHead(status, message);
  }
}
