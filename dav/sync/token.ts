/**
 * Sync tokens and ctags (RFC 6578 §3.2, §4; CalendarServer ctag): the database's epoch, the collection and its
 * revision. Opaque to clients. A restore from backup changes the epoch, so that a token from the lost future never
 * becomes valid again; restart, upgrade and a move to another engine keep it.
 */
import { Revision } from '../../storage/index.js';
import type { Collection } from '../../storage/index.js';
import { DavError } from '../http/errors.js';
import { dav } from '../xml/names.js';

/** What a token stands for. */
export interface SyncPosition {
  /** Changes up to this revision are known to the client. */
  readonly at: Revision;
  /**
   * Deletions up to this revision do not concern the client: it began from nothing when the collection was there. More
   * than `at` only inside a first synchronization that goes on in parts, which must not need old deletions.
   */
  readonly deletionsSince: Revision;
}

export const scheme = 'urn:latchkey:sync';
const prefixOf = (epoch: string, { accountId, id }: Collection): string =>
  `${scheme}:${epoch}:${accountId}-${id}:`;

/** The token of a collection's present state, or of a position in a synchronization that goes on in parts. */
export function syncToken(epoch: string, collection: Collection, position?: SyncPosition): string {
  const { at, deletionsSince } = position ?? { at: collection.revision, deletionsSince: collection.revision };
  return `${prefixOf(epoch, collection)}${at}${deletionsSince > at ? `-${deletionsSince}` : ''}`;
}

/**
 * The position that a token stands for; an empty token is the beginning.
 * @throws DavError 403 DAV:valid-sync-token for one that this collection did not give out, that lies in the future, or
 *   that is older than the deletions it would need
 */
export function positionOfToken(token: string, epoch: string, collection: Collection): SyncPosition {
  const trimmed = token.trim();
  if (trimmed === '') return { at: Revision(0), deletionsSince: collection.revision };
  const prefix = prefixOf(epoch, collection);
  const match = trimmed.startsWith(prefix)
    ? /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(trimmed.slice(prefix.length))
    : null;
  const at = Number(match?.[1] ?? Number.NaN);
  const deletionsSince = Math.max(at, Number(match?.[2] ?? at));
  if (
    at <= collection.revision &&
    deletionsSince <= collection.revision &&
    deletionsSince >= collection.tombstonesSince
  ) {
    return { at: Revision(at), deletionsSince: Revision(deletionsSince) };
  }
  throw invalidToken();
}

/** RFC 6578 §3.2: clients fall back to a full synchronization. */
export const invalidToken = (): DavError =>
  new DavError(403, 'This sync token is not valid here any more; start over with an empty one.', {
    precondition: dav('valid-sync-token'),
  });
