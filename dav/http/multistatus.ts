/**
 * The streaming writer of a 207 Multi-Status (RFC 4918 §13): a small answer leaves as one write with its length, a long
 * one in pieces as the client takes them, so that memory does not grow with the collection.
 */
import { setImmediate } from 'node:timers/promises';
import type { LongText, Written } from '../xml/long-text.js';
import { dav } from '../xml/names.js';
import { element, escapeText, href, rootDeclarations, xmlDeclaration } from '../xml/write.js';
import { errorContent, statusElement } from './errors.js';
import type { DavError } from './errors.js';
import { headOf, xmlHeaders } from './exchange.js';
import type { Exchange, Headers } from './exchange.js';
import { ClientGoneError } from './slow-clients.js';

const FLUSH_CHARACTERS = 64 * 1024;
const xmlHead = headOf(xmlHeaders);

export class Multistatus {
  readonly #exchange: Exchange;
  readonly #head: string[];
  #pending = `${xmlDeclaration}<D:multistatus${rootDeclarations}>`;

  constructor(exchange: Exchange, headers: Headers = {}) {
    this.#exchange = exchange;
    this.#head = [...xmlHead, ...headOf(headers)];
  }

  /** Adds written XML. Await the promise, where there is one, before adding more: the client has to catch up. */
  add(xml: Written): Promise<void> | undefined {
    if (typeof xml !== 'string') return this.#addInPieces(xml);
    this.#pending += xml;
    return this.#pending.length < FLUSH_CHARACTERS ? undefined : this.#flush();
  }

  async #addInPieces(parts: readonly (string | LongText)[]): Promise<void> {
    for (const part of parts) {
      for (const piece of typeof part === 'string' ? [part] : part.pieces()) {
        this.#pending += piece;
        if (this.#pending.length >= FLUSH_CHARACTERS) await this.#flush();
      }
    }
  }

  async #flush(): Promise<void> {
    const { request, response, services } = this.#exchange;
    if (!response.headersSent) response.writeHead(207, this.#head);
    // As bytes: a string would be measured, and then encoded into three times its room.
    const piece = Buffer.from(this.#pending);
    this.#pending = '';
    if (response.destroyed || request.socket.destroyed) throw new ClientGoneError();
    if (!response.write(piece)) await services.slowClients.drained(this.#exchange);
    // Other requests get their turn: a socket that takes the piece at once drains before the event loop turns.
    await setImmediate();
  }

  /** Ends the document, with what comes after the responses (a sync token). */
  end(tail = ''): void {
    const { response } = this.#exchange;
    const text = `${this.#pending}${tail}</D:multistatus>`;
    this.#pending = '';
    const length = Buffer.byteLength(text);
    if (!response.headersSent) {
      response.writeHead(207, [...this.#head, 'Content-Length', String(length)]);
    }
    // As many bytes as characters: ASCII, which is written without being encoded.
    response.end(text, length === text.length ? 'latin1' : 'utf8');
  }
}

/** RFC 5323 §5.17, RFC 6578 §3.6: the answer stops here although there is more. */
export function tooManyMatches(path: string): string {
  const reason = element(dav('error'), element(dav('number-of-matches-within-limits'), ''));
  return element(dav('response'), `${href(path)}${statusElement(507)}${reason}`);
}

/** A member that is not there, under the href that the request used (RFC 4918 §14.24). */
export function missingMember(path: string): string {
  return element(dav('response'), `${href(path)}${statusElement(404)}`);
}

/** A member of which nothing can be told (RFC 4918 §9.2.1: status, error and description of the response itself). */
export function failedMember(path: string, error: DavError): string {
  const reason = element(dav('error'), errorContent(error));
  const description = element(dav('responsedescription'), escapeText(error.message));
  return element(dav('response'), `${href(path)}${statusElement(error.status)}${reason}${description}`);
}
