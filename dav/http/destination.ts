/** The Destination and Overwrite headers (RFC 4918 §10.3, §10.6). */
import type { IncomingHttpHeaders } from 'node:http';
import { parsePath, pathOfHref } from '../resources/path.js';
import type { DavPath } from '../resources/path.js';
import { badRequest, DavError } from './errors.js';

/**
 * What the Destination header names: an absolute URL of this server, or a path. A proxy may have changed the scheme, so
 * that it does not count; the host must be the one that the request was sent to, or the server's public one.
 * @throws DavError 400 where it is missing or malformed, 502 where it is on another server
 */
export function destinationOf(headers: IncomingHttpHeaders, publicHost: string | undefined): DavPath {
  const header = headers['destination'];
  if (header === undefined) throw badRequest('COPY and MOVE need a Destination header.');
  const destination = String(header).trim();
  const path = pathOfHref(destination);
  if (path === undefined) throw badRequest('The Destination header must be a path or an http URL.');
  const ours = [
    publicHost,
    ...['http', 'https'].map((scheme) => hostOf(`${scheme}://${headers.host ?? ''}`)),
  ];
  if (!destination.startsWith('/') && !ours.includes(hostOf(destination))) {
    throw new DavError(
      502,
      'The destination is on another server; this one copies and moves only within itself.',
    );
  }
  const parsed = parsePath(path);
  if (parsed === undefined) throw badRequest('The address in the Destination header is malformed.');
  return parsed;
}

/** Host and port of a URL, without the port where it is the scheme's own; empty for what is no URL. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '');

/** Whether what stands at the destination may go away. @throws DavError 400 for anything but T and F */
export function mayOverwrite(headers: IncomingHttpHeaders): boolean {
  const overwrite = String(headers['overwrite'] ?? 'T')
    .trim()
    .toUpperCase();
  if (overwrite === 'T' || overwrite === 'F') return overwrite === 'T';
  throw badRequest('The Overwrite header must be T or F.');
}
