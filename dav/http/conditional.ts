/**
 * Conditional requests (RFC 9110 §13): decided inside the transaction that writes.
 * Tags are compared without their quotes and `W/`: clients re-quote them, proxies that compress weaken them, and our
 * own have only letters, digits, `-` and `_`.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { DavError } from './errors.js';

export interface CurrentState {
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
}

/** `*`, or the bare tags of a list. */
export function parseEntityTags(header: string): '*' | readonly string[] {
  const trimmed = header.trim();
  if (trimmed === '*') return '*';
  return trimmed
    .split(',')
    .map(bareTag)
    .filter((tag) => tag !== '');
}

/** One entity tag without quotes, backslashes around them, and `W/`. No pattern: it would take a second for a long one. */
export function bareTag(written: string): string {
  const tag = written.trim().replace(/^W\//i, '');
  let start = 0;
  let end = tag.length;
  while (start < end && isQuote(tag[start])) start += 1;
  while (end > start && isQuote(tag[end - 1])) end -= 1;
  return tag.slice(start, end);
}

const isQuote = (character: string | undefined): boolean => character === '"' || character === '\\';

/** Also by the tag of another form (`taggedForm`): who changes what was converted has seen what is stored. */
function listed(header: string, current: CurrentState | undefined): boolean {
  if (current === undefined) return false;
  const tags = parseEntityTags(header);
  const { etag } = current;
  return tags === '*' || tags.some((tag) => tag === etag || tag.startsWith(`${etag}.`));
}

/** The entity tag of an object in a form that it is not stored in: a weak one, since converting may change. */
export const taggedForm = (etag: string, form: string): string => `W/"${etag}.${form}"`;

/**
 * If-Match, If-Unmodified-Since and If-None-Match of a request that changes something.
 * @throws DavError 412 when a condition does not hold
 */
export function checkWriteConditions(headers: IncomingHttpHeaders, current: CurrentState | undefined): void {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!listed(ifMatch, current)) {
      throw new DavError(412, 'The resource has changed since the version that If-Match names, or is gone.');
    }
  } else if (modifiedSince(headers['if-unmodified-since'], current) === true) {
    throw new DavError(412, 'The resource has changed since the time that If-Unmodified-Since names.');
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined && listed(ifNoneMatch, current)) {
    throw new DavError(412, 'There is already a resource at this address.');
  }
}

/**
 * Whether a GET or HEAD can be answered with 304: the client has what it would be sent, whose tag is `tag`.
 * @throws DavError 412 when If-Match or If-Unmodified-Since does not hold
 */
export function isNotModified(
  headers: IncomingHttpHeaders,
  current: CurrentState,
  tag = current.etag,
): boolean {
  checkWriteConditions({ ...headers, 'if-none-match': undefined }, current);
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    const tags = parseEntityTags(ifNoneMatch);
    return tags === '*' || tags.includes(bareTag(tag));
  }
  return modifiedSince(headers['if-modified-since'], current) === false;
}

/** undefined where the header is absent or no date (RFC 9110 §13.1.3: then it is ignored). */
function modifiedSince(header: string | undefined, current: CurrentState | undefined): boolean | undefined {
  if (header === undefined || current === undefined) return undefined;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.floor(current.modifiedAt / 1000) * 1000 > time;
}

export type Depth = '0' | '1' | 'infinity';

/** The Depth header (RFC 4918 §10.2); undefined where there is none. @throws DavError 400 for any other value */
export function depthOf(headers: IncomingHttpHeaders): Depth | undefined {
  const header = headers['depth'];
  if (header === undefined) return undefined;
  const depth = String(header).trim().toLowerCase();
  if (depth === '0' || depth === '1' || depth === 'infinity') return depth;
  throw new DavError(400, 'The Depth header must be 0, 1 or infinity.');
}
