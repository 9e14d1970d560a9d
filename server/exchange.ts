/**
 * One request and its answer as the process sees them: who asks, by what id it is found in the log, and what those who
 * answer add for its line there.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccountId, AppPasswordId } from '../storage/ids.js';
import type { Client } from './client.js';

export interface Exchange extends Client {
  /** In the log and in the `X-Request-Id` header of the answer. */
  readonly id: string;
  /** The request asked for `100 Continue` and has not been answered so: its body is still to come. */
  readonly awaitsContinue: boolean;
  /**
   * Asks for the body of a request that awaits 100 (RFC 9110 §10.1.1), once it is known that it is wanted. A final answer
   * without this ends the connection, since nobody knows whether the client sends the body all the same.
   */
  readonly proceed: () => void;
  /** The template of the path, such as `/sign-in`: never a path, which may hold a token. */
  route?: string;
  accountId?: AccountId;
  appPasswordId?: AppPasswordId;
}

/** Answers a request. Nothing is awaited; a promise that rejects is answered 500. */
export type Handler = (request: IncomingMessage, response: ServerResponse, exchange: Exchange) => unknown;

const exchanges = new WeakMap<IncomingMessage, Exchange>();

export function attachExchange(request: IncomingMessage, exchange: Exchange): void {
  exchanges.set(request, exchange);
}

/** The exchange of a request that came through `buildApp`. */
export function exchangeOf(request: IncomingMessage): Exchange {
  const exchange = exchanges.get(request);
  if (exchange === undefined) throw new Error('The request did not come through buildApp.');
  return exchange;
}
