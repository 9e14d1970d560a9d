/** Copying and moving single objects: their bytes and index go along inside the database, without being read. */
import type { CollectionRef } from './collections.js';
import type { Writer } from './database.js';
import { ObjectId, type AccountId, type CollectionId, type Revision } from './ids.js';
import { deleteObject, UidConflictError } from './object-changes.js';
import type { ObjectIndex } from './object-index.js';
import { findObjectByUid, inCollection, type InCollection, type StoredObject } from './objects.js';
import { deadPropertyBytes, objectResource } from './properties.js';
import { replaceIndex } from './reindexing.js';
import { advanceRevision, bury, unbury } from './revisions.js';
import { copyRows, indexTables, type Stretch } from './row-copies.js';
import { statement } from './statement.js';

/** Where an object is to be. */
export interface ObjectPlace {
  readonly collection: CollectionRef;
  readonly name: string;
  /** As the object is known there: its own UID, or what stands in for a missing one. */
  readonly uid: string;
  /** What stands there, found in the same unit of work; it goes away. */
  readonly existing: StoredObject | undefined;
  /** The index as it is there, where it would be another one than where the object is. */
  readonly index: ObjectIndex | undefined;
}

interface Target {
  readonly toCollection: CollectionId;
  readonly toId: ObjectId;
}
interface ObjectTarget extends Target {
  readonly name: string;
  readonly uid: string;
  readonly revision: Revision;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

const collectionNumber = { parameter: 'toCollection', type: 'bigint' } as const;
const objectNumber = { parameter: 'toId', type: 'bigint' } as const;
const belowObject = { collection_id: collectionNumber, object_id: objectNumber };
const copyRow = copyRows<ObjectTarget>('object', {
  collection_id: collectionNumber,
  id: objectNumber,
  name: { parameter: 'name', type: 'text' },
  uid: { parameter: 'uid', type: 'text' },
  revision: { parameter: 'revision', type: 'bigint' },
  created_at: { parameter: 'createdAt', type: 'bigint' },
  modified_at: { parameter: 'modifiedAt', type: 'bigint' },
});
const copyData = copyRows<Target>('object_data', belowObject);
const copyIndex = indexTables.map((table) => copyRows<Target>(table, belowObject));
const copyDeadProperties = statement<{ accountId: AccountId; from: string; to: string }>()((db, $) =>
  db
    .insertInto('dead_property')
    .columns(['account_id', 'resource', 'name', 'xml'])
    .expression(
      db
        .selectFrom('dead_property')
        .select((eb) => ['account_id', eb.cast($.to, 'text').as('resource'), 'name', 'xml'])
        .where('account_id', '=', $.accountId)
        .where('resource', '=', $.from),
    ),
);
const rename = statement<
  InCollection & { id: ObjectId; name: string; uid: string; revision: Revision; now: number }
>()((db, $) =>
  db
    .updateTable('object')
    .set({ name: $.name, uid: $.uid, revision: $.revision, modified_at: $.now })
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('id', '=', $.id),
);

/**
 * Puts a copy of an object at a place: a new object with the same bytes and dead properties. `now` in epoch milliseconds.
 * @throws UidConflictError when another object there has the UID
 * @throws CollectionGoneError
 */
export async function copyObject(
  writer: Writer,
  from: CollectionRef,
  source: StoredObject,
  place: ObjectPlace,
  now: number,
): Promise<void> {
  await clear(writer, place, undefined, now);
  await duplicate(writer, from, source, place, { createdAt: now, modifiedAt: now });
}

/**
 * Moves an object to a place: for clients of the source a deletion, for those of the destination an addition. The bytes,
 * the date of creation and the dead properties stay. `now` in epoch milliseconds.
 * @throws UidConflictError when another object there has the UID
 * @throws CollectionGoneError
 */
export async function moveObject(
  writer: Writer,
  from: CollectionRef,
  source: StoredObject,
  place: ObjectPlace,
  now: number,
): Promise<void> {
  if (from.id !== place.collection.id) {
    await clear(writer, place, undefined, now);
    await duplicate(writer, from, source, place, { createdAt: source.createdAt, modifiedAt: now });
    await deleteObject(writer, from, source, now);
    return;
  }
  await clear(writer, place, source, now);
  const unchanged = { countDelta: 0, bytesDelta: 0, now };
  const gone = await advanceRevision(writer, from, unchanged);
  await bury(writer, from, { name: source.name, revision: gone, now });
  const revision = await advanceRevision(writer, from, unchanged);
  await unbury(writer, from, place.name);
  const { name, uid } = place;
  await writer.run(rename, { ...inCollection(from), id: source.id, name, uid, revision, now });
}

/** Makes the place free. `mover` is what may have the UID there already. */
async function clear(
  writer: Writer,
  { collection, uid, existing }: ObjectPlace,
  mover: StoredObject | undefined,
  now: number,
): Promise<void> {
  const other = await findObjectByUid(writer, collection, uid);
  if (other !== undefined && other.id !== existing?.id && other.id !== mover?.id)
    throw new UidConflictError(other.name);
  if (existing !== undefined) await deleteObject(writer, collection, existing, now);
}

async function duplicate(
  writer: Writer,
  from: CollectionRef,
  source: StoredObject,
  { collection, name, uid, index }: ObjectPlace,
  times: { readonly createdAt: number; readonly modifiedAt: number },
): Promise<void> {
  const properties = await deadPropertyBytes(writer, from.accountId, objectResource(from, source.id));
  const added = { countDelta: 1, bytesDelta: source.size + properties, now: times.modifiedAt };
  const revision = await advanceRevision(writer, collection, added);
  await unbury(writer, collection, name);
  const id = ObjectId(revision);
  const copied = { ...stretchOf(from, source.id), toCollection: collection.id, toId: id };
  await writer.run(copyRow, { ...copied, name, uid, revision, ...times });
  await writer.run(copyData, copied);
  if (index === undefined) {
    for (const each of copyIndex) await writer.run(each, copied);
  } else {
    await replaceIndex(writer, collection, { id, etag: source.etag }, index);
  }
  await writer.run(copyDeadProperties, {
    accountId: from.accountId,
    from: objectResource(from, source.id),
    to: objectResource(collection, id),
  });
}

/** One object alone. */
const stretchOf = (ref: CollectionRef, id: ObjectId): Stretch => ({
  ...inCollection(ref),
  after: ObjectId(id - 1),
  upTo: id,
});
