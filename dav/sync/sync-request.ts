/** The body of DAV:sync-collection (RFC 6578 §6.1), and its older form without sync-level (appendix A). */
import { badRequest } from '../http/errors.js';
import type { Depth } from '../http/conditional.js';
import type { PropertyRequest } from '../http/propstat.js';
import { readLimit } from '../webdav/limit-request.js';
import { readPropertyRequest } from '../webdav/propfind-request.js';
import type { XmlElement } from '../xml/element.js';
import { child, text } from '../xml/element.js';
import { dav } from '../xml/names.js';

export interface SyncRequest {
  /** With what is below members too; for collections that hold no others it is all the same. */
  readonly infinite: boolean;
  /** Empty for the first synchronization. */
  readonly token: string;
  readonly properties: PropertyRequest;
  /** DAV:limit; undefined for no limit. */
  readonly limit: number | undefined;
}

/** @throws DavError 400 where an element is missing or not what the RFC says */
export function readSyncRequest(body: XmlElement, depth: Depth | undefined): SyncRequest {
  const token = child(body, dav('sync-token'));
  if (token === undefined)
    throw badRequest('DAV:sync-collection needs a DAV:sync-token element, empty at first.');
  const level = child(body, dav('sync-level'));
  const wanted = level === undefined ? (depth ?? '1') : text(level).trim();
  if (!['1', 'infinite', 'infinity'].includes(wanted) && level !== undefined) {
    throw badRequest('DAV:sync-level must be 1 or infinite.');
  }
  return {
    infinite: wanted.startsWith('infinit'),
    token: text(token),
    properties: readPropertyRequest(body) ?? { kind: 'prop', names: [] },
    limit: readLimit(body, dav('limit'), dav('nresults')),
  };
}
