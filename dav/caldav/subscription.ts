/**
 * Subscriptions as macOS makes them: a collection of the type CS:subscribed with the address of somebody's calendar in
 * CS:source. It holds no objects: clients fetch the calendar themselves, and keep here that they do.
 */
import { DavError } from '../http/errors.js';
import type { Instruction } from '../webdav/property-update.js';
import { child, text } from '../xml/element.js';
import { calendarServer, dav } from '../xml/names.js';
import type { Name } from '../xml/names.js';

export const subscribedType = calendarServer('subscribed');
const MAX_SOURCE_CHARACTERS = 8 * 1024;

/**
 * The address that a creation subscribes to; undefined for a calendar of the account's own.
 * @throws DavError 403 DAV:valid-resourcetype for a subscription without an address that clients can fetch
 */
export function subscriptionSource(
  types: readonly Name[],
  instructions: readonly Instruction[],
): string | undefined {
  if (!types.includes(subscribedType)) return undefined;
  const source = instructions.findLast(({ name }) => name === calendarServer('source'))?.value;
  const href = source && child(source, dav('href'));
  const address = href === undefined ? '' : text(href).trim();
  if (/^(?:webcals?|https?):\/\/\S+$/i.test(address) && address.length <= MAX_SOURCE_CHARACTERS)
    return address;
  throw new DavError(403, 'A subscription needs a CS:source with the address of a calendar on the web.', {
    precondition: dav('valid-resourcetype'),
  });
}
