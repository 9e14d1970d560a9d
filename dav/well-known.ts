import { servicePath } from './timezones/index.js';

/** RFC 6764 §5, RFC 7808 §4.2.1.3: where the well-known addresses lead, with every method. 301: other codes break clients (docs/clients.md). */
const locations: ReadonlyMap<string, string> = new Map([
  ['/.well-known/caldav', '/dav/calendars/'],
  ['/.well-known/carddav', '/dav/addressbooks/'],
  ['/.well-known/timezone', servicePath],
]);

/** Where clients look that take every server for a Nextcloud, as DAVx5 does after its login flow: the same tree. */
const nextcloud = /^\/remote\.php\/dav(?:\/|$)/;

/** The context path that a well-known address stands for; undefined for any other path. */
export function wellKnownLocation(path: string): string | undefined {
  const known = locations.get(path.endsWith('/') ? path.slice(0, -1) : path);
  if (known !== undefined || !nextcloud.test(path)) return known;
  return path.replace(nextcloud, '/dav/');
}
