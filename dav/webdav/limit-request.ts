/** Limits on the number of results, as sync-collection (RFC 5323 §5.17) and addressbook-query (RFC 6352 §10.6) spell them. */
import { badRequest } from '../http/errors.js';
import type { XmlElement } from '../xml/element.js';
import { child, text } from '../xml/element.js';
import type { Name } from '../xml/names.js';

/**
 * The number in a limit element; undefined where there is none.
 * @throws DavError 400 for anything but a positive whole number
 */
export function readLimit(body: XmlElement, limitName: Name, countName: Name): number | undefined {
  const limit = child(body, limitName);
  const count = limit === undefined ? undefined : child(limit, countName);
  if (count === undefined) return undefined;
  const results = Number(text(count).trim());
  if (!Number.isSafeInteger(results) || results < 1) {
    throw badRequest('The number of results must be a positive whole number.');
  }
  return results;
}
