/**
 * One request and its answer as the process sees them: who asks, by what id it is found in the log, and what those who
 * answer add for its line there.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestFollower } from '../dav/index.js';
import type { AccountId, AppPasswordId } from '../storage/ids.js';
import type { Answer } from './answer.js';
import { clientOf } from './client.js';
import type { Client } from './client.js';
import type { BlockList } from 'node:net';

export interface Exchange extends Client {
  /** In the log and in the `X-Request-Id` header of the answer. */
  readonly id: string;
  /** The request asked for `100 Continue` and has not been answered so: its body is still to come. */
  readonly awaitsContinue: boolean;
  /**
   * Asks for the body of a request that awaits 100 (RFC 9110 §10.1.1), once it is known that it is wanted. A final answer
   * without this ends the connection, since nobody knows whether the client sends the body all the same.
   */
  proceed(): void;
  /** The template of the path, such as `/sign-in`: never a path, which may hold a token. */
  route?: string;
  accountId?: AccountId;
  appPasswordId?: AppPasswordId;
  /** Where the request is traced. */
  trace?: RequestFollower | undefined;
}

/** Answers a request. Nothing is awaited; a promise that rejects is answered 500. */
export type Handler = (request: IncomingMessage, response: ServerResponse, exchange: Exchange) => unknown;

// Ids are unique over restarts too: the start of the process, then a count.
const processId = Date.now().toString(36);
let requestCount = 0;

/** A class, since an object literal with a getter would have a shape of its own each time, which costs 30 µs a request. */
class OpenExchange implements Exchange {
  readonly id: string;
  readonly address: string;
  readonly https: boolean;
  readonly loopback: boolean;
  route?: string;
  accountId?: AccountId;
  appPasswordId?: AppPasswordId;
  trace?: RequestFollower | undefined;
  readonly #response: ServerResponse;
  readonly #keepAlive: boolean;
  #awaitsContinue: boolean;

  constructor(client: Client, response: ServerResponse, awaitsContinue: boolean) {
    requestCount += 1;
    this.id = `${processId}-${requestCount.toString(36)}`;
    this.address = client.address;
    this.https = client.https;
    this.loopback = client.loopback;
    this.#response = response;
    this.#keepAlive = response.shouldKeepAlive;
    this.#awaitsContinue = awaitsContinue;
    if (awaitsContinue) response.shouldKeepAlive = false;
  }

  get awaitsContinue(): boolean {
    return this.#awaitsContinue;
  }

  proceed(): void {
    if (!this.#awaitsContinue) return;
    this.#awaitsContinue = false;
    this.#response.shouldKeepAlive = this.#keepAlive;
    this.#response.writeContinue();
  }
}

// A property of the request and no WeakMap, through which collecting garbage is slow.
const key = Symbol('exchange');
interface WithExchange {
  [key]?: Exchange;
}

/** Begins the exchange of a request that has come; `exchangeOf` finds it again. */
export function beginExchange(
  request: IncomingMessage & WithExchange,
  response: Answer,
  trusted: BlockList,
  awaitsContinue: boolean,
): Exchange {
  const exchange = new OpenExchange(clientOf(request, trusted), response, awaitsContinue);
  response.requestId = exchange.id;
  request[key] = exchange;
  return exchange;
}

/** The exchange of a request that came through `buildApp`. */
export function exchangeOf(request: IncomingMessage & WithExchange): Exchange {
  const exchange = request[key];
  if (exchange === undefined) throw new Error('The request did not come through buildApp.');
  return exchange;
}
