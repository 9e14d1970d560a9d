/**
 * Sync tokens of homes (RFC 6578 §3.3): how far the home itself is known, and of each collection how far it is. The same
 * tokens serve both sync-levels.
 */
import { createHash } from 'node:crypto';
import { homeRevision, Revision } from '../../storage/index.js';
import type { AccountId, CollectionId } from '../../storage/index.js';
import type { PropertyContext } from '../live-property.js';
import { homeMembers } from '../resources/members.js';
import type { Home } from '../resources/path.js';
import type { CollectionResource, HomeResource } from '../resources/resource.js';
import { invalidToken, scheme } from './token.js';
import type { SyncPosition } from './token.js';

export interface HomePosition {
  /** Collections that came and went up to here are known to the client. */
  readonly at: Revision;
  /**
   * Collections that went up to here do not concern the client: it began from nothing when they were gone already. More
   * than `at` only inside a first synchronization that goes on in parts.
   */
  readonly deletionsSince: Revision;
  /** What is known of the contents of each; nothing of those that are not named. */
  readonly collections: ReadonlyMap<CollectionId, SyncPosition>;
}

interface Place {
  readonly epoch: string;
  readonly accountId: AccountId;
  readonly home: Home;
  /** To which collections the app password is limited: a token is good for no other choice. */
  readonly limit: string;
}
const prefixOf = ({ epoch, accountId, home, limit }: Place): string =>
  `${scheme}:${epoch}:${accountId}-${home}${limit}:`;

/** The home as the actor sees it: with a token of another choice of collections it could not be told what came and went. */
export function placeOf({ epoch, actor }: Pick<PropertyContext, 'epoch' | 'actor'>, home: Home): Place {
  const { accountId, collections } = actor;
  return { epoch, accountId, home, limit: collections === null ? '' : `~${digestOf(collections)}` };
}

const digestOf = (collections: ReadonlySet<CollectionId>): string =>
  createHash('sha256')
    .update([...collections].join(','))
    .digest('base64url')
    .slice(0, 12);

/** The token of a position. */
export function homeToken(place: Place, { at, deletionsSince, collections }: HomePosition): string {
  const written = [...collections].map(([id, position]) => {
    const known = position.at.toString(36);
    const deletions = position.deletionsSince > position.at ? `-${position.deletionsSince.toString(36)}` : '';
    return `${id.toString(36)}.${known}${deletions}`;
  });
  const deletions = deletionsSince > at ? `-${deletionsSince}` : '';
  return `${prefixOf(place)}${at}${deletions}:${written.join(',')}`;
}

const form = /^(\d{1,15})(?:-(\d{1,15}))?:((?:[\da-z]{1,10}\.[\da-z]{1,10}(?:-[\da-z]{1,10})?(?:,|$))*)$/;

/**
 * The position of a token; an empty one is the beginning, which `present` deletions do not concern.
 * @throws DavError 403 DAV:valid-sync-token
 */
export function homePositionOf(token: string, place: Place, present: Revision): HomePosition {
  const trimmed = token.trim();
  if (trimmed === '') return { at: Revision(0), deletionsSince: present, collections: new Map() };
  const prefix = prefixOf(place);
  const match = trimmed.startsWith(prefix) ? form.exec(trimmed.slice(prefix.length)) : null;
  if (match === null) throw invalidToken();
  const [, at = '', since = at, written = ''] = match;
  const collections = written
    .split(',')
    .filter(Boolean)
    .map((part): [CollectionId, SyncPosition] => {
      const [id = '', known = ''] = part.split('.');
      const [told = '', deletions = told] = known.split('-');
      const position = {
        at: Revision(parseInt(told, 36)),
        deletionsSince: Revision(parseInt(deletions, 36)),
      };
      return [parseInt(id, 36) as CollectionId, position];
    });
  return {
    at: Revision(Number(at)),
    deletionsSince: Revision(Math.max(Number(at), Number(since))),
    collections: new Map(collections),
  };
}

/** Everything that there is is known. */
export const presentPosition = (at: Revision, members: readonly CollectionResource[]): HomePosition => ({
  at,
  deletionsSince: at,
  collections: new Map(
    members.map(({ collection: { id, revision } }) => [id, { at: revision, deletionsSince: revision }]),
  ),
});

/** The token of a home as it is. */
export async function presentHomeToken(context: PropertyContext, found: HomeResource): Promise<string> {
  const { actor, reader } = context;
  const members = await homeMembers(reader, actor, found);
  const at = await homeRevision(reader, actor.accountId);
  return homeToken(placeOf(context, found.home), presentPosition(at, members));
}
