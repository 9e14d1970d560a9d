/**
 * Synchronizing a home (RFC 6578 §3.3): its collections, and with sync-level infinite their members too. First comes what
 * happened to collections, then the changes inside each, so that an answer that is cut goes on where it ended.
 */
import {
  homeRevision,
  listCollectionTombstones,
  maxCollectionTombstones,
  Revision,
} from '../../storage/index.js';
import type { Collection, CollectionId, CollectionTombstone } from '../../storage/index.js';
import { missingMember } from '../http/multistatus.js';
import type { Multistatus } from '../http/multistatus.js';
import { renderResponse } from '../http/propstat.js';
import type { PropertyContext } from '../live-property.js';
import { homeMembers } from '../resources/members.js';
import { collectionPath } from '../resources/path.js';
import { collectionKindOf } from '../resources/resolve.js';
import type { CollectionResource, HomeResource } from '../resources/resource.js';
import type { Viewer } from '../resources/viewer.js';
import { deadPropertiesOf } from '../webdav/dead-properties.js';
import type { Written } from '../xml/long-text.js';
import { tellChanges } from './changes.js';
import type { Telling } from './changes.js';
import { homePositionOf, homeToken, placeOf, presentPosition } from './home-token.js';
import type { HomePosition } from './home-token.js';
import type { SyncRequest } from './sync-request.js';
import { invalidToken } from './token.js';
import type { SyncPosition } from './token.js';

type Finish = (out: Multistatus, found: HomeResource, token: string, truncated: boolean) => void;

/** The home in this snapshot. */
interface Present {
  readonly at: Revision;
  readonly members: readonly CollectionResource[];
  readonly tombstones: readonly CollectionTombstone[];
}

/** @throws DavError 403 DAV:valid-sync-token */
export async function syncHome(
  telling: Omit<Telling, 'out'>,
  begin: () => Multistatus,
  { token, infinite }: SyncRequest,
  found: HomeResource,
  limit: number,
  finish: Finish,
): Promise<void> {
  const { actor, reader } = telling.context;
  const { accountId } = actor;
  const place = placeOf(telling.context, found.home);
  const present: Present = {
    at: await homeRevision(reader, accountId),
    members: await homeMembers(reader, actor, found),
    tombstones: await tombstonesFor(telling.context, found),
  };
  const asked = homePositionOf(token, place, present.at);
  requireValid(asked, present, infinite);
  requireTellable(asked, present, actor);
  const start = { ...asked, collections: knownContents(asked, present) };
  const whole: Telling = { ...telling, out: begin() };
  const reached = await tellHome(whole, found, start, present, limit);
  let position = reached.position;
  if (infinite && position === undefined) {
    position = await tellContents(whole, reached.known, present, reached.room);
  }
  finish(
    whole.out,
    found,
    homeToken(place, position ?? presentPosition(present.at, present.members)),
    position !== undefined,
  );
}

/** The names that have lost a collection of those that there are for the actor. */
async function tombstonesFor(
  { actor, reader }: PropertyContext,
  { home }: HomeResource,
): Promise<readonly CollectionTombstone[]> {
  const { accountId, collections } = actor;
  const all = await listCollectionTombstones(reader, accountId, collectionKindOf(home));
  return collections === null ? all : all.filter(({ id }) => id !== null && collections.has(id));
}

/**
 * A collection that was known to the client and is not there for it any more: a tombstone tells what became of it, unless
 * the name was lost by another one after it, or it was taken out of sight. @throws DavError 403 DAV:valid-sync-token
 */
function requireTellable(start: HomePosition, { members, tombstones }: Present, actor: Viewer): void {
  const there = new Set(members.map(({ collection }) => collection.id));
  for (const id of start.collections.keys()) {
    if (there.has(id)) continue;
    const isTold = tombstones.some((each) => each.id === id && each.revision > start.deletionsSince);
    const isOutOfSight = id === actor.birthdayCalendar || actor.collections !== null;
    if (isOutOfSight && !isTold) throw invalidToken();
  }
}

function requireValid(start: HomePosition, { at, members, tombstones }: Present, infinite: boolean): void {
  if (start.deletionsSince > at) throw invalidToken();
  if (start.at === 0) return;
  const [oldest] = tombstones;
  const forgotten =
    tombstones.length >= maxCollectionTombstones &&
    oldest !== undefined &&
    start.deletionsSince < oldest.revision;
  // What was in a collection whose name another one has by now cannot be told any more.
  const replaced = tombstones.some(
    ({ name, revision }) =>
      revision > start.deletionsSince && members.some(({ collection }) => collection.name === name),
  );
  if (forgotten || (infinite && replaced)) throw invalidToken();
  for (const { collection } of members) {
    const known = start.collections.get(collection.id);
    if (known === undefined || collection.homeRevision > start.at) continue;
    const { revision, tombstonesSince } = collection;
    if (known.at > revision || known.deletionsSince > revision || known.deletionsSince < tombstonesSince)
      throw invalidToken();
  }
}

/** Under another name all members are new to the client, and those of collections that are gone need no position. */
function knownContents({ at, collections }: HomePosition, { members }: Present): HomePosition['collections'] {
  const known = new Map<CollectionId, SyncPosition>();
  for (const { collection } of members) {
    const position = collections.get(collection.id);
    if (position !== undefined && collection.homeRevision <= at) known.set(collection.id, position);
  }
  return known;
}

interface Told {
  readonly room: number;
  /** Where the limit cut. */
  readonly position: HomePosition | undefined;
  /** What the client knows of the contents of each collection that it knows of. */
  readonly known: HomePosition['collections'];
}

/** What happened to the collections themselves; where the limit cuts, the position that was reached. */
async function tellHome(
  { out, context, properties, preferences }: Telling,
  found: HomeResource,
  start: HomePosition,
  present: Present,
  limit: number,
): Promise<Told> {
  const names = new Set(present.members.map(({ collection }) => collection.name));
  const gone = present.tombstones
    .filter(({ name, revision }) => revision > start.deletionsSince && !names.has(name))
    .map(({ name, revision }) => ({ revision, name, member: undefined }));
  const come = present.members
    .filter(({ collection }) => !start.collections.has(collection.id))
    .map((member) => ({ revision: member.collection.homeRevision, name: '', member }));
  const known = new Map(start.collections);
  let room = limit;
  let { at } = start;
  for (const { revision, name, member } of [...gone, ...come].sort((a, b) => a.revision - b.revision)) {
    if (room === 0) return { room, position: { ...start, at, collections: known }, known };
    room -= 1;
    at = Revision(Math.max(at, revision));
    let response: Written = missingMember(collectionPath(found.home, context.actor.accountName, name));
    if (member !== undefined) {
      const dead = await deadPropertiesOf(context.reader, context.actor.accountId, member, properties);
      response = await renderResponse(member, properties, context, preferences, dead);
      known.set(member.collection.id, nothingOf(member.collection));
    }
    await out.add(response);
  }
  return { room, position: undefined, known };
}

/** Nothing of what is in a collection is known. */
const nothingOf = ({ revision }: Collection): SyncPosition => ({ at: Revision(0), deletionsSince: revision });

/** The changes inside each collection; where the limit cuts, the position that was reached. */
async function tellContents(
  telling: Telling,
  start: HomePosition['collections'],
  { at, members }: Present,
  limit: number,
): Promise<HomePosition | undefined> {
  const known = new Map(start);
  let room = limit;
  for (const member of members) {
    const { id, revision } = member.collection;
    const from = known.get(id) ?? nothingOf(member.collection);
    const progress = await tellChanges(telling, member, from, room);
    room = progress.room;
    if (progress.cutAt !== undefined) {
      known.set(id, { at: progress.cutAt, deletionsSince: from.deletionsSince });
      return { at, deletionsSince: at, collections: known };
    }
    known.set(id, { at: revision, deletionsSince: revision });
  }
  return undefined;
}
