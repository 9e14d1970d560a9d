/** Computing indexes anew: after an upgrade, when time moves on towards a horizon, when a calendar's zone has changed. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { cardColumns, cutMark, type CardPropertyName } from './card-index.js';
import type { Collection, CollectionRef } from './collections.js';
import { findCollectionById } from './collections.js';
import type { Database, Reader, Writer } from './database.js';
import { AccountId, CollectionId, type ObjectId } from './ids.js';
import {
  deleteIndexRows,
  indexColumns,
  insertIndexRows,
  type IndexColumns,
  type ObjectIndex,
} from './object-index.js';
import {
  inCollection,
  objectColumns,
  readContent,
  withinBytes,
  type InCollection,
  type StoredObjectWithContent,
} from './objects.js';
import type { CollectionKind } from './schema.js';
import { statement } from './statement.js';

export interface Reindexing {
  /**
   * What the index of a collection's objects depends on, as text: the version of the code and the zone of floating
   * times. As long as the collection's `indexedAs` differs, its index must not be asked.
   */
  readonly wanted: (collection: Collection) => string;
  /**
   * The index of an object as `wanted` says. May throw: the object is then marked as one that the index knows nothing of,
   * so that queries ask the object itself, and is tried again in each run.
   */
  readonly index: (
    object: StoredObjectWithContent,
    collection: Collection,
  ) => ObjectIndex | Promise<ObjectIndex>;
  /** Unbounded objects are done anew too when their window ends before this instant, in epoch seconds. */
  readonly horizonBefore: number;
  readonly onFailure: (error: unknown, ref: CollectionRef, object: StoredObjectWithContent) => void;
  readonly signal?: AbortSignal;
}

/** Objects read at a time, and their bytes together; each one is parsed, and the event loop turns between two. */
const objectsOfStep = 20;
const bytesOfStep = 1024 * 1024;
const collectionsOfPage = 200;

const nextCollections = statement<CollectionRef & { limit: number }>()((db, $) =>
  db
    .selectFrom('collection')
    .select(['account_id as accountId', 'id'])
    .where((eb) => eb(eb.refTuple('account_id', 'id'), '>', eb.tuple($.accountId, $.id)))
    .orderBy('account_id')
    .orderBy('id')
    .limit($.limit),
);
const allOf = statement<InCollection & { after: ObjectId | 0; limit: number }>()((db, $) =>
  db
    .selectFrom('object')
    .select(objectColumns)
    .where('object.account_id', '=', $.accountId)
    .where('object.collection_id', '=', $.collectionId)
    .where('object.id', '>', $.after as never)
    .orderBy('object.id')
    .limit($.limit),
);
const nearHorizon = statement<InCollection & { before: number; after: ObjectId | 0; limit: number }>()(
  (db, $) =>
    db
      .selectFrom('object')
      .select(objectColumns)
      .where('object.account_id', '=', $.accountId)
      .where('object.collection_id', '=', $.collectionId)
      .where('object.unbounded', '=', (eb) => eb.lit(1))
      .where('object.window_end', '<', $.before)
      .where('object.id', '>', $.after as never)
      .orderBy('object.id')
      .limit($.limit),
);
const updateIndex = statement<InCollection & IndexColumns & { id: ObjectId; etag: string }>()((db, $) =>
  db
    .updateTable('object')
    .set({
      first_start: $.firstStart,
      last_end: $.lastEnd,
      window_start: $.windowStart,
      window_end: $.windowEnd,
      unbounded: $.unbounded,
      floating: $.floating,
      index_version: $.indexVersion,
    })
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('id', '=', $.id)
    .where('etag', '=', $.etag),
);
const updateIndexedAs = statement<InCollection & { indexedAs: string }>()((db, $) =>
  db
    .updateTable('collection')
    .set({ indexed_as: $.indexedAs })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.collectionId),
);

const forget = statement<{ accountId: AccountId; name: string }>()((db, $) =>
  db
    .updateTable('collection')
    .set({ indexed_as: '' })
    .where('account_id', '=', $.accountId)
    .where('name', '=', $.name),
);

/** Has the indexes of an account's collections of that name made anew; until then no query asks them. */
export const forgetIndexes = (writer: Writer, accountId: AccountId, name: string): Promise<number> =>
  writer.run(forget, { accountId, name });

/**
 * A job over every account: brings all indexes to what is wanted, a few objects at a time, others working in between.
 * Answers how many objects were done. Safe to end at any time, and to run again.
 */
export async function reindexAllAccounts(database: Database, reindexing: Reindexing): Promise<number> {
  let count = 0;
  let after: CollectionRef = { accountId: AccountId(0), id: CollectionId(0) };
  for (;;) {
    const { accountId, id } = after;
    const refs = await database.read((reader) =>
      reader.all(nextCollections, { accountId, id, limit: collectionsOfPage }),
    );
    for (const ref of refs) count += await reindexCollection(database, ref, reindexing);
    const last = refs.at(-1);
    if (last === undefined || reindexing.signal?.aborted === true) return count;
    after = last;
  }
}

/** One collection: all of it when it is not indexed as wanted, else what comes near its horizon. */
export async function reindexCollection(
  database: Database,
  ref: CollectionRef,
  reindexing: Reindexing,
): Promise<number> {
  const collection = await database.read((reader) => findCollectionById(reader, ref));
  if (collection === undefined) return 0;
  const wanted = reindexing.wanted(collection);
  const everything = collection.indexedAs !== wanted;
  let count = 0;
  let after: ObjectId | 0 = 0;
  while (reindexing.signal?.aborted !== true) {
    const from: ObjectId | 0 = after;
    const page: readonly StoredObjectWithContent[] = await database.read((reader) =>
      nextStale(reader, ref, from, everything, reindexing.horizonBefore),
    );
    const indexed = await indexPage(page, collection, reindexing);
    const last: StoredObjectWithContent | undefined = page.at(-1);
    // A unit each, since one object may have a thousand spans; they share commits all the same.
    await Promise.all(
      indexed.map(({ object, index = unknownIndex(collection.kind) }) =>
        database.write((writer) => replaceIndex(writer, ref, object, index), { scope: ref.accountId }),
      ),
    );
    count += indexed.filter(({ index }) => index !== undefined).length;
    if (last === undefined) {
      if (everything)
        await database.write((writer) => settle(writer, ref, wanted, reindexing), { scope: ref.accountId });
      break;
    }
    after = last.id;
  }
  return count;
}

/**
 * Gives an object another index. It has not changed for clients: no revision, no ETag. An object whose ETag is another
 * by now has got its index with its new bytes; it is left alone, and the answer is false.
 */
export async function replaceIndex(
  writer: Writer,
  ref: CollectionRef,
  { id, etag }: { readonly id: ObjectId; readonly etag: string },
  index: ObjectIndex,
): Promise<boolean> {
  const columns = { ...inCollection(ref), ...indexColumns(index), id, etag };
  if ((await writer.run(updateIndex, columns)) === 0) return false;
  await deleteIndexRows(writer, ref, id);
  await insertIndexRows(writer, ref, id, index);
  return true;
}

/**
 * The index of an object that cannot be read. It is unbounded with a window that has ended long ago, so that every time
 * range asks the object itself, and each run comes back to it; of every searchable property it has more than is stored.
 */
function unknownIndex(kind: CollectionKind): ObjectIndex {
  const names = kind === 'addressbook' ? (Object.keys(cardColumns) as CardPropertyName[]) : [];
  return {
    firstStart: null,
    lastEnd: null,
    windowStart: null,
    windowEnd: Number.NEGATIVE_INFINITY,
    unbounded: true,
    floating: false,
    version: 0,
    spans: [],
    // A value that no column can hold: only the mark is left.
    properties: names.map((name) => ({ name, folded: cutMark, cut: true })),
  };
}

/** The next objects that want another index, with their bytes. */
async function nextStale(
  reader: Reader,
  ref: CollectionRef,
  after: ObjectId | 0,
  everything: boolean,
  before: number,
): Promise<readonly StoredObjectWithContent[]> {
  const key = { ...inCollection(ref), after, limit: objectsOfStep };
  const page = await (everything ? reader.all(allOf, key) : reader.all(nearHorizon, { ...key, before }));
  const objects: StoredObjectWithContent[] = [];
  for (const object of withinBytes(page, bytesOfStep)) {
    const data = await readContent(reader, ref, object.id);
    objects.push({ ...object, data: data ?? new Uint8Array() });
  }
  return objects;
}

interface Indexed {
  readonly object: StoredObjectWithContent;
  /** Undefined where the object cannot be read. */
  readonly index: ObjectIndex | undefined;
}

async function indexPage(
  page: readonly StoredObjectWithContent[],
  collection: Collection,
  { index, onFailure }: Reindexing,
): Promise<Indexed[]> {
  const indexed: Indexed[] = [];
  for (const object of page) {
    await nextTurn();
    try {
      indexed.push({ object, index: await index(object, collection) });
    } catch (error) {
      onFailure(error, collection, object);
      indexed.push({ object, index: undefined });
    }
  }
  return indexed;
}

/** Unless the collection wants something else by now: then the next run begins anew. */
async function settle(
  writer: Writer,
  ref: CollectionRef,
  indexedAs: string,
  { wanted }: Reindexing,
): Promise<void> {
  const collection = await findCollectionById(writer, ref);
  if (collection !== undefined && wanted(collection) === indexedAs)
    await writer.run(updateIndexedAs, { ...inCollection(ref), indexedAs });
}
