/** The quota of an account (RFC 4331), over its objects and dead properties. */
import { usedBytes } from '../../storage/index.js';
import type { Actor } from '../../auth/index.js';
import type { Reader, Writer } from '../../storage/index.js';
import type { DavLimits } from '../limits.js';
import { dav } from '../xml/names.js';
import { DavError } from './errors.js';

/** Who stores something, and within which limits: a request, or an import. */
export interface Storing {
  readonly actor: Pick<Actor, 'accountId' | 'quotaBytes'>;
  readonly services: { readonly limits: DavLimits };
}

/** The bytes that an account may store: its own figure, else the configured one; null for no limit. */
export const quotaOf = (
  actor: Pick<Actor, 'quotaBytes'>,
  limits: Pick<DavLimits, 'quotaBytes'>,
): number | null => actor.quotaBytes ?? limits.quotaBytes;

/**
 * Lets a request go on that will store more bytes than there were.
 * @throws DavError 507 DAV:quota-not-exceeded (§6) when the account has no room for them
 */
export async function requireQuota(writer: Writer, storing: Storing, added: number): Promise<void> {
  if (added > 0) await requireWithinQuota(writer, storing, added);
}

/**
 * What was stored in this unit of work is within the quota. Where none is set nothing is asked; else it asks in the turn
 * in which it is called.
 * @throws DavError 507 DAV:quota-not-exceeded (§6)
 */
export async function requireWithinQuota(writer: Writer, storing: Storing, toCome = 0): Promise<void> {
  if ((await quotaLeft(writer, storing)) < toCome) throw quotaExceeded();
}

/** The bytes that the account may still store; negative where it has more than it may, infinite without a quota. */
export async function quotaLeft(reader: Reader, { actor, services }: Storing): Promise<number> {
  const quota = quotaOf(actor, services.limits);
  return quota === null ? Number.POSITIVE_INFINITY : quota - (await usedBytes(reader, actor.accountId));
}

export const quotaExceeded = (): DavError =>
  new DavError(507, 'The account has no room left for this.', { precondition: dav('quota-not-exceeded') });
