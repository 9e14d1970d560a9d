/** Calendar objects and cards: finding them, reading them, walking through a collection. */
import type { JoinBuilder } from 'kysely';
import type { CollectionRef } from './collections.js';
import type { Reader } from './database.js';
import type { AccountId, CollectionId, ObjectId, Revision } from './ids.js';
import type { CollectionKind, Schema } from './schema.js';
import { statement } from './statement.js';

export interface StoredObject {
  readonly id: ObjectId;
  /** The last segment of its URL, decoded. */
  readonly name: string;
  readonly uid: string;
  /** VEVENT, VTODO, VJOURNAL, VFREEBUSY, VCARD, ... */
  readonly component: string;
  /** The format's version, as the Content-Type says it. */
  readonly version: string;
  /** Strong, with its quotes as it was given to `putObject`. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** The collection's revision that last changed it. */
  readonly revision: Revision;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** What a listing tells of an object: little to read, since listings are long. */
export type ObjectEntry = Pick<StoredObject, 'id' | 'name' | 'component' | 'etag' | 'revision'>;

export interface StoredObjectWithContent extends StoredObject {
  /** The bytes as the client sent them. */
  readonly data: Uint8Array;
}

/** An object of a list. Its bytes are null where they are many: ask for those one by one, with `readContent`. */
export interface ListedObject extends StoredObject {
  readonly data: Uint8Array | null;
}

/** Bytes above which an object is large: a list may be of hundreds, each of which has megabytes. */
export const largeObjectBytes = 64 * 1024;

/** The parameters that every statement below a collection has. */
export interface InCollection {
  readonly accountId: AccountId;
  readonly collectionId: CollectionId;
}

export const inCollection = (ref: CollectionRef): InCollection => ({
  accountId: ref.accountId,
  collectionId: ref.id,
});

/** `StoredObject`, selected from `object`. */
export const objectColumns = [
  'object.id',
  'object.name',
  'object.uid',
  'object.component',
  'object.version',
  'object.etag',
  'object.size',
  'object.revision',
  'object.created_at as createdAt',
  'object.modified_at as modifiedAt',
] as const;

/** The join from `object` to its bytes. */
export const withContent = (join: JoinBuilder<Schema, 'object' | 'object_data'>) =>
  join
    .onRef('object_data.account_id', '=', 'object.account_id')
    .onRef('object_data.collection_id', '=', 'object.collection_id')
    .onRef('object_data.object_id', '=', 'object.id');

/** `ObjectEntry`, selected from `object`. */
export const entryColumns = [
  'object.id',
  'object.name',
  'object.component',
  'object.etag',
  'object.revision',
] as const;

const byName = statement<InCollection & { name: string }>()((db, $) =>
  db
    .selectFrom('object')
    .select(objectColumns)
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('name', '=', $.name),
);
const byPath = statement<ObjectAt & { accountId: AccountId }>()((db, $) =>
  db
    .selectFrom('object')
    .select(objectColumns)
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', (eb) =>
      eb
        .selectFrom('collection')
        .select('collection.id')
        .where('collection.account_id', '=', $.accountId)
        .where('collection.kind', '=', $.kind)
        .where('collection.name', '=', $.collection),
    )
    .where('name', '=', $.name),
);
const byUid = statement<InCollection & { uid: string }>()((db, $) =>
  db
    .selectFrom('object')
    .select(objectColumns)
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('uid', '=', $.uid),
);
const contentById = statement<InCollection & { id: ObjectId }>()((db, $) =>
  db
    .selectFrom('object_data')
    .select('data')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('object_id', '=', $.id),
);
const page = statement<InCollection & { after: number; limit: number }>()((db, $) =>
  db
    .selectFrom('object')
    .select(objectColumns)
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('id', '>', $.after as never)
    .orderBy('id')
    .limit($.limit),
);
const pageOfEntries = statement<InCollection & { after: number; limit: number }>()((db, $) =>
  db
    .selectFrom('object')
    .select(entryColumns)
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('id', '>', $.after as never)
    .orderBy('id')
    .limit($.limit),
);
const pageWithContent = statement<InCollection & { after: number; limit: number }>()((db, $) =>
  db
    .selectFrom('object')
    .innerJoin('object_data', withContent)
    .select([...objectColumns, 'object_data.data'])
    .where('object.account_id', '=', $.accountId)
    .where('object.collection_id', '=', $.collectionId)
    .where('object.id', '>', $.after as never)
    .orderBy('object.id')
    .limit($.limit),
);

const byNameListed = statement<InCollection & { name: string }>()((db, $) =>
  db
    .selectFrom('object')
    .leftJoin('object_data', (join) => withContent(join).on('object.size', '<=', largeObjectBytes))
    .select([...objectColumns, 'object_data.data'])
    .where('object.account_id', '=', $.accountId)
    .where('object.collection_id', '=', $.collectionId)
    .where('object.name', '=', $.name),
);

/** As many of the first objects of a page as have these bytes together; always one, where there is one. */
export function withinBytes<Sized extends Pick<StoredObject, 'size'>>(
  page: readonly Sized[],
  most: number,
): readonly Sized[] {
  let bytes = 0;
  const end = page.findIndex(({ size }) => (bytes += size) > most);
  return end === -1 ? page : page.slice(0, Math.max(1, end));
}

/** Where an object is, by names alone. */
export interface ObjectAt {
  readonly kind: CollectionKind;
  readonly collection: string;
  readonly name: string;
}

/** The object of a URL, without waiting for its collection. */
export async function findObjectAt(
  reader: Reader,
  accountId: AccountId,
  at: ObjectAt,
): Promise<StoredObject | undefined> {
  return reader.get(byPath, { accountId, ...at });
}

/** The object of a name in a collection. */
export async function findObject(
  reader: Reader,
  ref: CollectionRef,
  name: string,
): Promise<StoredObject | undefined> {
  return reader.get(byName, { accountId: ref.accountId, collectionId: ref.id, name });
}

/** The one object of a collection that has this UID. */
export async function findObjectByUid(
  reader: Reader,
  ref: CollectionRef,
  uid: string,
): Promise<StoredObject | undefined> {
  return reader.get(byUid, { accountId: ref.accountId, collectionId: ref.id, uid });
}

/** The bytes of an object that was found in the same snapshot; undefined if it is not there. */
export async function readContent(
  reader: Reader,
  ref: CollectionRef,
  id: ObjectId,
): Promise<Uint8Array | undefined> {
  return (await reader.get(contentById, { accountId: ref.accountId, collectionId: ref.id, id }))?.data;
}

/** The bytes of objects that were found in the same snapshot, by object (ask for a few hundred at a time, none large). */
export async function readContents(
  reader: Reader,
  ref: CollectionRef,
  ids: readonly ObjectId[],
): Promise<Map<ObjectId, Uint8Array>> {
  const key = inCollection(ref);
  const rows = await reader.getEach(
    contentById,
    ids.map((id) => ({ ...key, id })),
  );
  const contents = new Map<ObjectId, Uint8Array>();
  for (const [index, id] of ids.entries()) {
    const row = rows[index];
    if (row !== undefined) contents.set(id, row.data);
  }
  return contents;
}

/**
 * Those of the named objects that there are, each once, in any order (multiget: ask for a few hundred at a time). Name
 * by name: for a list of values SQLite makes a temporary tree, which takes as long as reading dozens of objects. The
 * bytes of large ones are left out.
 */
export async function findObjectsWithContent(
  reader: Reader,
  ref: CollectionRef,
  names: readonly string[],
): Promise<readonly ListedObject[]> {
  const key = inCollection(ref);
  const distinct = [...new Set(names)].map((name) => ({ ...key, name }));
  const rows = await reader.getEach(byNameListed, distinct);
  return rows.filter((row) => row !== undefined);
}

/** The next objects in the order in which they were made. `after` is the last one of the page before, at first 0. */
export async function pageObjects(
  reader: Reader,
  ref: CollectionRef,
  after: ObjectId | 0,
  limit: number,
): Promise<readonly StoredObject[]> {
  return reader.all(page, { accountId: ref.accountId, collectionId: ref.id, after, limit });
}

/** `pageObjects` with less of each, several times faster. */
export async function pageEntries(
  reader: Reader,
  ref: CollectionRef,
  after: ObjectId | 0,
  limit: number,
): Promise<readonly ObjectEntry[]> {
  return reader.all(pageOfEntries, { accountId: ref.accountId, collectionId: ref.id, after, limit });
}

/** `pageObjects` with the bytes: keep pages small. */
export async function pageObjectsWithContent(
  reader: Reader,
  ref: CollectionRef,
  after: ObjectId | 0,
  limit: number,
): Promise<readonly StoredObjectWithContent[]> {
  return reader.all(pageWithContent, { accountId: ref.accountId, collectionId: ref.id, after, limit });
}
