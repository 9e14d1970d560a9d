/** What a LOCK asks for: DAV:lockinfo and the Timeout header (RFC 4918 §14.11, §10.7). */
import type { IncomingHttpHeaders } from 'node:http';
import { badRequest, DavError } from '../http/errors.js';
import type { XmlElement } from '../xml/element.js';
import { child, children } from '../xml/element.js';
import { dav } from '../xml/names.js';
import { serialize } from '../xml/write.js';

export interface LockInfo {
  readonly shared: boolean;
  /** The DAV:owner element as it came. */
  readonly owner: string | null;
}

const MAX_OWNER_CHARACTERS = 4096;

/** @throws DavError 400 for what is no write lock, 507 for an owner that is too long to be kept */
export function readLockInfo(body: XmlElement): LockInfo {
  if (body.name !== dav('lockinfo')) throw badRequest('The body of LOCK must be a DAV:lockinfo element.');
  const [scope] = children(child(body, dav('lockscope')) ?? body);
  const type = child(body, dav('locktype'));
  const isScope = scope?.name === dav('exclusive') || scope?.name === dav('shared');
  if (!isScope || type === undefined || child(type, dav('write')) === undefined) {
    throw badRequest('Locks here are exclusive or shared write locks.');
  }
  const given = child(body, dav('owner'));
  const owner = given === undefined ? null : serialize(given);
  if (owner !== null && owner.length > MAX_OWNER_CHARACTERS) {
    throw new DavError(507, `DAV:owner may have at most ${MAX_OWNER_CHARACTERS} characters.`);
  }
  return { shared: scope.name === dav('shared'), owner };
}

const DEFAULT_SECONDS = 60 * 60;
const MAX_SECONDS = 24 * 60 * 60;

/** Seconds: the first wish of the header that can be read, within a day; an hour where there is none. */
export function timeoutOf(headers: IncomingHttpHeaders): number {
  for (const wish of String(headers['timeout'] ?? '').split(',')) {
    if (/^\s*infinite\s*$/i.test(wish)) return MAX_SECONDS;
    const seconds = /^\s*second-(\d{1,10})\s*$/i.exec(wish)?.[1];
    if (seconds !== undefined) return Math.min(MAX_SECONDS, Math.max(1, Number(seconds)));
  }
  return DEFAULT_SECONDS;
}
