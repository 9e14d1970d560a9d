/** What changed in a collection between two of its revisions (RFC 6578), deletions included. */
import type { CollectionRef } from './collections.js';
import type { Reader, Writer } from './database.js';
import type { Revision } from './ids.js';
import {
  entryColumns,
  inCollection,
  objectColumns,
  type InCollection,
  type ObjectEntry,
  type StoredObject,
} from './objects.js';
import { statement, type Statement } from './statement.js';

/** The last change of one name. */
export type Change<Changed extends ObjectEntry = StoredObject> =
  | {
      readonly deleted: false;
      readonly name: string;
      readonly revision: Revision;
      readonly object: Changed;
    }
  | {
      readonly deleted: true;
      readonly name: string;
      readonly revision: Revision;
      readonly object: null;
    };

export interface ChangesQuery {
  /** The revision that the client has. */
  readonly after: Revision;
  /** Deletions up to here do not concern the client; `after` unless told, and all of them for who has nothing yet (0). */
  readonly deletionsAfter?: Revision;
  /** The revision to stop at: the collection's own in this snapshot, or an earlier one. */
  readonly upTo: Revision;
  readonly limit: number;
}

type Range = InCollection & { after: Revision; upTo: Revision; limit: number };

const changedObjects = statement<Range>()((db, $) =>
  db
    .selectFrom('object')
    .select(objectColumns)
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('revision', '>', $.after)
    .where('revision', '<=', $.upTo)
    .orderBy('revision')
    .limit($.limit),
);
const changedEntries = statement<Range>()((db, $) =>
  db
    .selectFrom('object')
    .select(entryColumns)
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('revision', '>', $.after)
    .where('revision', '<=', $.upTo)
    .orderBy('revision')
    .limit($.limit),
);
const deletions = statement<Range>()((db, $) =>
  db
    .selectFrom('tombstone')
    .select(['name', 'revision'])
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('revision', '>', $.after)
    .where('revision', '<=', $.upTo)
    .orderBy('revision')
    .limit($.limit),
);
const firstChanged = statement<InCollection & { after: Revision }>()((db, $) =>
  db
    .selectFrom('object')
    .select('modified_at as at')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('revision', '>', $.after)
    .orderBy('revision')
    .limit((eb) => eb.lit(1)),
);
const firstDeleted = statement<InCollection & { after: Revision }>()((db, $) =>
  db
    .selectFrom('tombstone')
    .select('deleted_at as at')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('revision', '>', $.after)
    .orderBy('revision')
    .limit((eb) => eb.lit(1)),
);
const oldestDeletions = statement<InCollection & { limit: number }>()((db, $) =>
  db
    .selectFrom('tombstone')
    .select(['revision', 'deleted_at as deletedAt'])
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .orderBy('revision')
    .limit($.limit),
);
const forget = statement<InCollection & { upTo: Revision }>()((db, $) =>
  db
    .deleteFrom('tombstone')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('revision', '<=', $.upTo),
);
const moveSince = statement<InCollection & { upTo: Revision }>()((db, $) =>
  db
    .updateTable('collection')
    .set({ tombstones_since: $.upTo })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.collectionId)
    .where('tombstones_since', '<', $.upTo),
);

/**
 * The first `limit` changes after a revision, in the order of revisions, each name once with its last change. When
 * there are `limit` of them the client goes on after the last one's revision, and ends equal to the collection.
 * Whether `after` is a revision that can still be answered is the caller's to check (`tombstonesSince`).
 */
export async function changesSince(
  reader: Reader,
  ref: CollectionRef,
  query: ChangesQuery,
): Promise<readonly Change[]> {
  return changes(reader, ref, query, changedObjects);
}

/** `changesSince` with less of each object, several times faster. */
export async function entryChangesSince(
  reader: Reader,
  ref: CollectionRef,
  query: ChangesQuery,
): Promise<readonly Change<ObjectEntry>[]> {
  return changes(reader, ref, query, changedEntries);
}

async function changes<Changed extends ObjectEntry>(
  reader: Reader,
  ref: CollectionRef,
  { after, upTo, limit, deletionsAfter = after === 0 ? upTo : after }: ChangesQuery,
  changed: Statement<Range, Changed>,
): Promise<readonly Change<Changed>[]> {
  const range = { ...inCollection(ref), after, upTo, limit };
  const from = deletionsAfter > after ? deletionsAfter : after;
  const [objects, deleted] = await Promise.all([
    reader.all(changed, range),
    from >= upTo ? [] : reader.all(deletions, { ...range, after: from }),
  ]);
  return merge(objects, deleted, limit);
}

/**
 * When the earliest of the changes was made that there is to be told after a revision, in epoch milliseconds. Of what was
 * changed several times the last one counts, as in `changesSince`. Undefined where there is nothing to tell.
 */
export async function earliestChangeSince(
  reader: Reader,
  ref: CollectionRef,
  after: Revision,
): Promise<number | undefined> {
  const range = { ...inCollection(ref), after };
  const [changed, deleted] = await Promise.all([
    reader.get(firstChanged, range),
    reader.get(firstDeleted, range),
  ]);
  if (changed === undefined || deleted === undefined) return (changed ?? deleted)?.at;
  return Math.min(changed.at, deleted.at);
}

/**
 * Forgets the oldest deletions from before an instant (epoch milliseconds), `limit` at most, and answers how many. Who
 * last synced before the newest of them must begin anew.
 */
export async function pruneTombstones(
  writer: Writer,
  ref: CollectionRef,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<number> {
  const oldest = await writer.all(oldestDeletions, { ...inCollection(ref), limit });
  const upTo = oldest.findLast(({ deletedAt }) => deletedAt < before)?.revision;
  if (upTo === undefined) return 0;
  await writer.run(moveSince, { ...inCollection(ref), upTo });
  return writer.run(forget, { ...inCollection(ref), upTo });
}

/** Both lists are in the order of revisions, and no revision is in both. */
function merge<Changed extends ObjectEntry>(
  objects: readonly Changed[],
  deletions: readonly { name: string; revision: Revision }[],
  limit: number,
): readonly Change<Changed>[] {
  const changes: Change<Changed>[] = [];
  let next = 0;
  for (const object of objects) {
    for (
      let gone = deletions[next];
      gone !== undefined && gone.revision < object.revision;
      gone = deletions[next]
    ) {
      changes.push({ deleted: true, ...gone, object: null });
      next += 1;
    }
    changes.push({ deleted: false, name: object.name, revision: object.revision, object });
  }
  for (const gone of deletions.slice(next)) changes.push({ deleted: true, ...gone, object: null });
  return changes.slice(0, limit);
}
