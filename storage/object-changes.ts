/** Writing and deleting objects: the object, its index, its collection's revision and tombstones move together. */
import { CollectionGoneError, type CollectionRef } from './collections.js';
import type { Reader, Writer } from './database.js';
import { ObjectId, type Revision } from './ids.js';
import {
  deleteIndexRows,
  indexColumns,
  insertIndexRows,
  type IndexColumns,
  type ObjectIndex,
} from './object-index.js';
import {
  findObject,
  findObjectByUid,
  inCollection,
  type InCollection,
  type StoredObject,
} from './objects.js';
import { objectResource, removeDeadProperties } from './properties.js';
import { advanceRevision, bury, unbury } from './revisions.js';
import { statement } from './statement.js';

export interface NewContent {
  readonly name: string;
  readonly uid: string;
  readonly component: string;
  readonly version: string;
  readonly etag: string;
  readonly data: Uint8Array;
  readonly index: ObjectIndex;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface PutResult {
  readonly object: StoredObject;
  readonly created: boolean;
  /** What the collection's revision has become. */
  readonly revision: Revision;
}

/** Another object of the collection has the UID (RFC 4791 §5.3.2.1 and RFC 6352 §6.3.2.1, `no-uid-conflict`). */
export class UidConflictError extends Error {
  override readonly name = 'UidConflictError';
  constructor(readonly existingName: string) {
    super('Another object of the collection has this UID');
  }
}

type ObjectColumns = InCollection & IndexColumns & StoredObject;
const insert = statement<ObjectColumns>()((db, $) =>
  db.insertInto('object').values({
    account_id: $.accountId,
    collection_id: $.collectionId,
    id: $.id,
    name: $.name,
    uid: $.uid,
    component: $.component,
    version: $.version,
    etag: $.etag,
    size: $.size,
    revision: $.revision,
    first_start: $.firstStart,
    last_end: $.lastEnd,
    window_start: $.windowStart,
    window_end: $.windowEnd,
    unbounded: $.unbounded,
    floating: $.floating,
    index_version: $.indexVersion,
    created_at: $.createdAt,
    modified_at: $.modifiedAt,
  }),
);
const update = statement<ObjectColumns>()((db, $) =>
  db
    .updateTable('object')
    .set({
      uid: $.uid,
      component: $.component,
      version: $.version,
      etag: $.etag,
      size: $.size,
      revision: $.revision,
      first_start: $.firstStart,
      last_end: $.lastEnd,
      window_start: $.windowStart,
      window_end: $.windowEnd,
      unbounded: $.unbounded,
      floating: $.floating,
      index_version: $.indexVersion,
      modified_at: $.modifiedAt,
    })
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('id', '=', $.id),
);
const insertData = statement<InCollection & { id: ObjectId; data: Uint8Array }>()((db, $) =>
  db.insertInto('object_data').values({
    account_id: $.accountId,
    collection_id: $.collectionId,
    object_id: $.id,
    data: $.data,
  }),
);
const updateData = statement<InCollection & { id: ObjectId; data: Uint8Array }>()((db, $) =>
  db
    .updateTable('object_data')
    .set({ data: $.data })
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('object_id', '=', $.id),
);
const deleteRow = statement<InCollection & { id: ObjectId }>()((db, $) =>
  db
    .deleteFrom('object')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('id', '=', $.id),
);
const deleteData = statement<InCollection & { id: ObjectId }>()((db, $) =>
  db
    .deleteFrom('object_data')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('object_id', '=', $.id),
);
/**
 * Makes an object, or replaces what stands under its name. Conditions (If-Match, quota, ...) are the caller's to check
 * in the same unit of work. `found` is what the caller found there in this unit, null for nothing; left out, it is looked up.
 * @throws UidConflictError when the UID belongs to an object of another name
 * @throws CollectionGoneError
 */
export async function putObject(
  writer: Writer,
  ref: CollectionRef,
  content: NewContent,
  found?: StoredObject | null,
): Promise<PutResult> {
  const existing = found === undefined ? await findObject(writer, ref, content.name) : (found ?? undefined);
  // Asked for together: a unit that ends with the conflict leaves no revision.
  const [, revision] = await Promise.all([
    refuseUidConflict(writer, ref, content, existing),
    advanceRevision(writer, ref, {
      countDelta: existing === undefined ? 1 : 0,
      bytesDelta: content.data.byteLength - (existing?.size ?? 0),
      now: content.now,
    }),
  ]);
  const object: StoredObject = {
    id: existing?.id ?? ObjectId(revision),
    name: content.name,
    uid: content.uid,
    component: content.component,
    version: content.version,
    etag: content.etag,
    size: content.data.byteLength,
    revision,
    createdAt: existing?.createdAt ?? content.now,
    modifiedAt: content.now,
  };
  const columns = { ...inCollection(ref), ...indexColumns(content.index), ...object };
  const data = { ...inCollection(ref), id: object.id, data: content.data };
  if (existing === undefined) {
    await unbury(writer, ref, content.name);
    await writer.runEach(insert, [columns]);
    await writer.runEach(insertData, [data]);
  } else {
    await writer.runEach(update, [columns]);
    await writer.runEach(updateData, [data]);
    await deleteIndexRows(writer, ref, object.id);
  }
  await insertIndexRows(writer, ref, object.id, content.index);
  return { object, created: existing === undefined, revision };
}

/**
 * Deletes an object that was found in the same unit of work; its tombstone tells clients. Answers the collection's new
 * revision.
 * @throws CollectionGoneError
 */
export async function deleteObject(
  writer: Writer,
  ref: CollectionRef,
  object: Pick<StoredObject, 'id' | 'name' | 'size'>,
  now: number,
): Promise<Revision> {
  const key = { ...inCollection(ref), id: object.id };
  const [deleted, properties] = await Promise.all([
    writer.run(deleteRow, key),
    removeDeadProperties(writer, ref.accountId, objectResource(ref, object.id)),
  ]);
  if (deleted === 0) throw new CollectionGoneError('The object is gone');
  const bytesDelta = -object.size - properties;
  const revision = await advanceRevision(writer, ref, { countDelta: -1, bytesDelta, now });
  await writer.runEach(deleteData, [key]);
  await deleteIndexRows(writer, ref, object.id);
  await bury(writer, ref, { name: object.name, revision, now });
  return revision;
}

async function refuseUidConflict(
  reader: Reader,
  ref: CollectionRef,
  { uid }: NewContent,
  existing: StoredObject | undefined,
): Promise<void> {
  if (existing?.uid === uid) return;
  const other = await findObjectByUid(reader, ref, uid);
  if (other !== undefined && other.id !== existing?.id) throw new UidConflictError(other.name);
}
