/**
 * Deleting a collection. It is gone at once, but a big one has more rows than may be removed in one unit of work without
 * holding everybody up: the rest is out of reach, since all queries begin at a collection, and is removed in steps.
 */
import {
  CollectionGoneError,
  findCollectionById,
  takeHomeRevision,
  type CollectionRef,
} from './collections.js';
import type { Database, Reader, Writer } from './database.js';
import { buryCollection } from './home-changes.js';
import type { AccountId, ObjectId } from './ids.js';
import { inCollection, type InCollection } from './objects.js';
import { collectionResource, objectResource, removeDeadProperties } from './properties.js';
import { statement, type Statement } from './statement.js';

/** Rows that a step removes, about. */
const rowsOfStep = 100;
/** How long one unit of work goes on with steps, in milliseconds. A small collection is gone as a whole in that time. */
const unitMs = 5;

type Step = InCollection & { limit: number };
type UpTo = InCollection & { upTo: number };

interface Table {
  /** The first rows' place in the order in which `remove` removes. */
  readonly next: Statement<Step, { last: number }>;
  readonly remove: Statement<UpTo, unknown>;
}

const deleteRow = statement<InCollection>()((db, $) =>
  db.deleteFrom('collection').where('account_id', '=', $.accountId).where('id', '=', $.collectionId),
);
const absolve = statement<InCollection>()((db, $) =>
  db
    .deleteFrom('doomed_collection')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId),
);
const doom = statement<InCollection & { now: number }>()((db, $) =>
  db
    .insertInto('doomed_collection')
    .values({ account_id: $.accountId, collection_id: $.collectionId, deleted_at: $.now })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'collection_id']).doUpdateSet({ deleted_at: $.now }),
    ),
);
const nextDoomed = statement<{ now: number }>()((db, $) =>
  db
    .selectFrom('doomed_collection')
    .select(['account_id as accountId', 'collection_id as id'])
    .where('deleted_at', '<=', $.now)
    .orderBy('account_id')
    .orderBy('collection_id')
    .limit(1),
);

const inObjectTables = (['object_span', 'card_text', 'object_data'] as const).map((table) => ({
  next: statement<Step>()((db, $) =>
    db
      .selectFrom(table)
      .select((eb) => eb.ref('object_id').$castTo<number>().as('last'))
      .where('account_id', '=', $.accountId)
      .where('collection_id', '=', $.collectionId)
      .orderBy('object_id')
      .limit($.limit),
  ),
  remove: statement<UpTo>()((db, $) =>
    db
      .deleteFrom(table)
      .where('account_id', '=', $.accountId)
      .where('collection_id', '=', $.collectionId)
      .where('object_id', '<=', $.upTo as never),
  ),
}));
const tables: readonly Table[] = [
  ...inObjectTables,
  {
    next: statement<Step>()((db, $) =>
      db
        .selectFrom('object')
        .select((eb) => eb.ref('id').$castTo<number>().as('last'))
        .where('account_id', '=', $.accountId)
        .where('collection_id', '=', $.collectionId)
        .orderBy('id')
        .limit($.limit),
    ),
    remove: statement<UpTo>()((db, $) =>
      db
        .deleteFrom('object')
        .where('account_id', '=', $.accountId)
        .where('collection_id', '=', $.collectionId)
        .where('id', '<=', $.upTo as never),
    ),
  },
  {
    next: statement<Step>()((db, $) =>
      db
        .selectFrom('tombstone')
        .select((eb) => eb.ref('revision').$castTo<number>().as('last'))
        .where('account_id', '=', $.accountId)
        .where('collection_id', '=', $.collectionId)
        .orderBy('revision')
        .limit($.limit),
    ),
    remove: statement<UpTo>()((db, $) =>
      db
        .deleteFrom('tombstone')
        .where('account_id', '=', $.accountId)
        .where('collection_id', '=', $.collectionId)
        .where('revision', '<=', $.upTo as never),
    ),
  },
];

interface MemberProperties {
  readonly accountId: AccountId;
  readonly after: string;
  readonly upTo: string;
}
const nextMemberProperties = statement<MemberProperties & { limit: number }>()((db, $) =>
  db
    .selectFrom('dead_property')
    .select('resource')
    .where('account_id', '=', $.accountId)
    .where('resource', '>', $.after)
    .where('resource', '<=', $.upTo)
    .orderBy('resource')
    .limit($.limit),
);
const removeMemberProperties = statement<MemberProperties>()((db, $) =>
  db
    .deleteFrom('dead_property')
    .where('account_id', '=', $.accountId)
    .where('resource', '>', $.after)
    .where('resource', '<=', $.upTo),
);

/**
 * Deletes a collection and everything below it. What `purgeDeletedCollections` has left to do is invisible meanwhile.
 * @throws CollectionGoneError
 */
export async function deleteCollection(writer: Writer, ref: CollectionRef, now: number): Promise<void> {
  const collection = await findCollectionById(writer, ref);
  if (collection === undefined) throw new CollectionGoneError('The collection is gone');
  await writer.run(deleteRow, inCollection(ref));
  const { id, kind, name } = collection;
  const revision = await takeHomeRevision(writer, ref.accountId);
  await buryCollection(writer, { accountId: ref.accountId, kind }, { id, name, revision }, now);
  await removeDeadProperties(writer, ref.accountId, collectionResource(ref.id));
  await writer.run(doom, { ...inCollection(ref), now });
  writer.changed({ accountId: ref.accountId, id: ref.id, what: 'collection' });
  await purge(writer, ref);
}

/**
 * Keeps rows of a collection that nobody sees from being purged until an instant (epoch milliseconds), when they count
 * as deleted; undefined: the collection has come into sight, and they stay.
 */
export async function holdCollection(
  writer: Writer,
  ref: CollectionRef,
  until: number | undefined,
): Promise<void> {
  if (until === undefined) await writer.run(absolve, inCollection(ref));
  else await writer.run(doom, { ...inCollection(ref), now: until });
}

/**
 * Removes what is left of deleted collections, of every account, in small units of work between which others are
 * written. Ends early when `signal` is aborted; the next call goes on.
 */
export async function purgeDeletedCollections(database: Database, signal?: AbortSignal): Promise<void> {
  let left = true;
  while (left && signal?.aborted !== true)
    left = await database.write(purgeNext, { frees: true, scope: 'independent' });
}

async function purgeNext(writer: Writer): Promise<boolean> {
  const doomed = await writer.get(nextDoomed, { now: Date.now() });
  if (doomed !== undefined) await purge(writer, doomed);
  return doomed !== undefined;
}

async function purge(writer: Writer, ref: CollectionRef): Promise<void> {
  const end = performance.now() + unitMs;
  do {
    if (!(await removeSome(writer, ref))) {
      await writer.run(absolve, inCollection(ref));
      return;
    }
  } while (performance.now() < end);
}

/** One step. False: nothing was left. */
async function removeSome(writer: Writer, ref: CollectionRef): Promise<boolean> {
  const key = inCollection(ref);
  for (const { next, remove } of tables) {
    const end = (await writer.all(next, { ...key, limit: rowsOfStep })).at(-1);
    if (end === undefined) continue;
    await writer.run(remove, { ...key, upTo: end.last });
    return true;
  }
  return removeSomeMemberProperties(writer, ref);
}

async function removeSomeMemberProperties(writer: Writer, ref: CollectionRef): Promise<boolean> {
  const stretch = {
    accountId: ref.accountId,
    after: objectResource(ref, 0),
    upTo: objectResource(ref, Number.MAX_SAFE_INTEGER as ObjectId),
  };
  const last = (await writer.all(nextMemberProperties, { ...stretch, limit: rowsOfStep })).at(-1);
  if (last === undefined) return false;
  await writer.run(removeMemberProperties, { ...stretch, upTo: last.resource });
  return true;
}

/** Whether `purgeDeletedCollections` has something to do. */
export async function hasDeletedCollections(reader: Reader): Promise<boolean> {
  return (await reader.get(nextDoomed, { now: Date.now() })) !== undefined;
}
