/**
 * A refusal as a value: status, the precondition or postcondition element that the RFC names, and a sentence for the
 * human who reads the client's log. Thrown anywhere, written once (RFC 4918 §16).
 */
import type { OutgoingHttpHeaders } from 'node:http';
import type { DavPath } from '../resources/path.js';
import { dav } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import { document, element, escapeText, href } from '../xml/write.js';
import { LATCHKEY_NAMESPACE, name } from '../xml/names.js';

export interface DavErrorDetails {
  /** The precondition or postcondition element. */
  readonly precondition?: Name;
  /** Written XML inside that element, such as the href of what stands in the way. */
  readonly content?: string;
  readonly headers?: OutgoingHttpHeaders;
}

export class DavError extends Error {
  override readonly name = 'DavError';

  constructor(
    readonly status: number,
    /** A sentence that says what was wrong and, where there is one, the way out. */
    sentence: string,
    readonly details: DavErrorDetails = {},
  ) {
    super(sentence);
  }
}

/** The body of a refusal: DAV:error with the element that the RFC names and the sentence. */
export function errorDocument(error: DavError): string {
  return document(dav('error'), errorContent(error));
}

/** What stands inside DAV:error, also within a response of a multistatus. */
export function errorContent(error: DavError): string {
  const { precondition, content = '' } = error.details;
  const condition = precondition === undefined ? '' : element(precondition, content);
  return `${condition}${element(name(LATCHKEY_NAMESPACE, 'message'), escapeText(error.message))}`;
}

export const badRequest = (sentence: string): DavError => new DavError(400, sentence);

/** RFC 9110 §15.6.4: the server has too much to do for this just now. */
export const tryLater = (sentence: string): DavError =>
  new DavError(503, sentence, { headers: { 'Retry-After': '5' } });

/** The same answer for what is not there and for what belongs to somebody else (docs/security.md). */
export const notFound = (): DavError => new DavError(404, 'There is nothing at this address.');

/** RFC 4918 §9.3.1, §9.7.1, §9.10.6: nothing can be made where there is no collection around it. */
export const noCollectionAround = (): DavError =>
  new DavError(409, 'The collection around this address does not exist.');

/** Why nothing can be made at an address that resolved to nothing. */
export const nothingCanBeAt = ({ kind }: DavPath): DavError =>
  kind === 'beyond' ? noCollectionAround() : notFound();

/** RFC 3744 §7.1.1: names the resource and the privilege that is missing. */
export function needPrivileges(path: string, privilege: Name, sentence: string): DavError {
  return new DavError(403, sentence, {
    precondition: dav('need-privileges'),
    content: `<D:resource>${href(path)}<D:privilege>${element(privilege, '')}</D:privilege></D:resource>`,
  });
}

/** The reason phrases that a multistatus carries; clients match `HTTP/1.1 200 OK` to the letter. */
const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  423: 'Locked',
  424: 'Failed Dependency',
  500: 'Internal Server Error',
  507: 'Insufficient Storage',
};

/** `HTTP/1.1 404 Not Found`, inside DAV:status. */
export function statusElement(status: number): string {
  return `<D:status>HTTP/1.1 ${status} ${reasons[status] ?? 'Unknown'}</D:status>`;
}
