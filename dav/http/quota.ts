/** The quota of an account (RFC 4331 §6). */
import { usedBytes } from '../../storage/index.js';
import type { Writer } from '../../storage/index.js';
import { dav } from '../xml/names.js';
import { DavError } from './errors.js';
import type { Exchange } from './exchange.js';

/**
 * Lets a request go on that stores more bytes than there were.
 * @throws DavError 507 DAV:quota-not-exceeded when the account has no room for them
 */
export async function requireQuota(
  writer: Writer,
  { actor, services }: Exchange,
  added: number,
): Promise<void> {
  if (added <= 0) return;
  const { quotaBytes } = services.limits;
  if (quotaBytes === null || (await usedBytes(writer, actor.accountId)) + added <= quotaBytes) return;
  throw new DavError(507, 'The account has no room left for this object.', {
    precondition: dav('quota-not-exceeded'),
  });
}
