/**
 * Reading request bodies within their limits: counted while they arrive, inflated where they are compressed, and for
 * XML parsed once per distinct text. Idle clients send the same few bodies for ever, so small ones are remembered.
 */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { Gunzip, Inflate } from 'node:zlib';
import type { XmlElement } from '../xml/element.js';
import { dav } from '../xml/names.js';
import { ExternalEntityError, parseXml, XmlSyntaxError } from '../xml/parse.js';
import type { DavLimits } from '../limits.js';
import { BodyRoom } from './body-room.js';
import { DavError, badRequest } from './errors.js';
import type { Exchange } from './exchange.js';

/**
 * The bytes of a request's body.
 * @throws DavError `tooLarge` past the limit; 503 where too much is on its way already; 415 for an unknown Content-Encoding; 400 for a broken one
 */
export async function readBody(
  exchange: Exchange,
  maxBytes: number,
  tooLarge: () => DavError,
): Promise<Buffer> {
  const { request } = exchange;
  if (
    Number(request.headers['content-length'] ?? 0) > maxBytes &&
    request.headers['content-encoding'] === undefined
  ) {
    throw tooLarge();
  }
  exchange.proceed();
  let stream: Readable = request;
  try {
    stream = inflated(request);
    return await readAll(stream, maxBytes, tooLarge, exchange.services.bodies.room.follow(exchange));
  } catch (error) {
    if (stream !== request) stream.destroy();
    discardRest(request);
    if (error instanceof DavError) throw error;
    throw badRequest('The request body broke off or could not be decompressed.');
  }
}

/** By its events: the iterator of a stream costs a small request more than everything else about its body. */
async function readAll(
  stream: Readable,
  maxBytes: number,
  tooLarge: () => DavError,
  follow: (size: number) => void,
): Promise<Buffer> {
  // One that is over before it is read says nothing any more.
  if (stream.destroyed) throw new Error('The body broke off');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isOver = false;
    // The listener for errors stays: what was not looked at yet may be broken too, and is of no interest any more.
    const fail = (error: Error): void => {
      if (isOver) return;
      isOver = true;
      chunks.length = 0;
      stream.off('data', onData);
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) return fail(tooLarge());
      try {
        follow(size);
        chunks.push(chunk);
      } catch (error) {
        fail(error as DavError);
      }
    };
    // Nothing is taken off from a stream that has ended: it says no more than that it closes.
    const onEnd = (): void => {
      if (isOver) return;
      isOver = true;
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size));
    };
    const onClose = (): void => {
      if (!isOver) fail(new Error('The body broke off'));
    };
    stream.on('data', onData).on('end', onEnd).on('error', fail).on('close', onClose);
  });
}

const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

/**
 * Reads on and throws away, within bounds: a client that is still sending would meet a reset connection instead of the
 * refusal, and the next request on the connection would wait behind what nobody reads.
 */
function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = MAX_DISCARDED_BYTES;
  request.unpipe();
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

// The request itself is never destroyed here: that would close the connection before the refusal is sent.
function inflated(request: IncomingMessage): Readable {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity' || coding === '') return request;
  if (coding === 'gzip' || coding === 'x-gzip') return through(request, createGunzip());
  if (coding === 'deflate') return through(request, createInflate());
  throw new DavError(
    415,
    `The Content-Encoding ${JSON.stringify(coding)} is not supported; gzip and deflate are.`,
    {
      headers: { 'Accept-Encoding': 'gzip, deflate, identity' },
    },
  );
}

function through(request: IncomingMessage, inflate: Gunzip | Inflate): Readable {
  request.once('error', (error) => inflate.destroy(error));
  return request.pipe(inflate);
}

const REMEMBERED_BODY_BYTES = 4 * 1024;
const REMEMBERED_BODIES = 256;

/** Parsed XML bodies by their exact bytes. Bounded; holds only what requests share, nothing of an account. */
export class RequestBodies {
  readonly #remembered = new Map<string, XmlElement>();

  readonly room: BodyRoom;

  constructor(readonly limits: DavLimits) {
    this.room = new BodyRoom(Math.max(limits.maxResourceSize, limits.maxRequestBody));
  }

  /**
   * Reads the body as XML; undefined where there is none.
   * @throws DavError 400 for what is not well-formed or breaks a limit, 413 for too many bytes
   */
  async readXml(exchange: Exchange): Promise<XmlElement | undefined> {
    const { maxRequestBody } = this.limits;
    const body = await readBody(
      exchange,
      maxRequestBody,
      () => new DavError(413, `A request body may have at most ${maxRequestBody} bytes.`),
    );
    return body.length === 0 ? undefined : this.parse(body);
  }

  /** Parses a body, or finds it among those remembered. */
  parse(body: Buffer): XmlElement {
    if (body.length > REMEMBERED_BODY_BYTES) return this.#parse(body);
    const key = body.toString('latin1');
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const parsed = this.#parse(body);
    if (this.#remembered.size >= REMEMBERED_BODIES) {
      const oldest = this.#remembered.keys().next();
      if (oldest.done !== true) this.#remembered.delete(oldest.value);
    }
    this.#remembered.set(key, parsed);
    return parsed;
  }

  #parse(body: Buffer): XmlElement {
    const { maxRequestBody, maxXmlDepth, maxXmlElements } = this.limits;
    try {
      return parseXml(body, { maxBytes: maxRequestBody, maxDepth: maxXmlDepth, maxElements: maxXmlElements });
    } catch (error) {
      if (error instanceof ExternalEntityError) {
        // RFC 4918 §16
        throw new DavError(403, error.message, { precondition: dav('no-external-entities') });
      }
      if (error instanceof XmlSyntaxError) throw badRequest(error.message);
      throw error;
    }
  }
}
