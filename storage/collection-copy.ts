/**
 * Copying a collection with everything in it. A big one has more rows than may be written in one unit of work without
 * holding everybody up, so the copy is filled in steps while nothing leads to it, and comes into sight as a whole.
 */
import { holdCollection } from './collection-deletion.js';
import { insertCopyOf, takeCollectionId, type Collection, type CollectionRef } from './collections.js';
import type { Writer } from './database.js';
import type { CollectionId, ObjectId } from './ids.js';
import { inCollection, pageObjects, withinBytes } from './objects.js';
import {
  changeDeadProperties,
  collectionResource,
  copyDeadProperty,
  listDeadProperties,
  listDeadPropertiesOfMembers,
  objectResource,
} from './properties.js';
import { copyRows, indexTables } from './row-copies.js';

/** How long a copy may take before what is there of it is taken for abandoned, in milliseconds. */
const HOLD_MS = 60 * 60 * 1000;
/** How long one unit of work goes on with steps, in milliseconds. */
const UNIT_MS = 5;
const OBJECTS_OF_STEP = 100;
const BYTES_OF_STEP = 256 * 1024;

/** A copy that nobody sees yet. */
export interface CollectionCopy {
  readonly ref: CollectionRef;
  /** The source as it is copied: should it be another by the end, the copy is worth nothing. */
  readonly source: Pick<Collection, 'accountId' | 'id' | 'revision' | 'indexedAs' | 'propertyChanges'>;
  /** The last object that has been copied. */
  readonly after: ObjectId | 0;
  readonly complete: boolean;
}

interface Target {
  readonly toCollection: CollectionId;
  readonly now: number;
}
const collection_id = { parameter: 'toCollection', type: 'bigint' } as const;
const now = { parameter: 'now', type: 'bigint' } as const;
const tables = [
  copyRows<Target>('object', { collection_id, created_at: now, modified_at: now }),
  ...(['object_data', ...indexTables] as const).map((table) => copyRows<Target>(table, { collection_id })),
];

/** Begins a copy; `continueCollectionCopy` fills it. `time` in epoch milliseconds. */
export async function beginCollectionCopy(
  writer: Writer,
  source: Collection,
  time: number,
): Promise<CollectionCopy> {
  const { accountId, id, revision, indexedAs, propertyChanges } = source;
  const ref = { accountId, id: await takeCollectionId(writer, accountId) };
  await holdCollection(writer, ref, time + HOLD_MS);
  return { ref, source: { accountId, id, revision, indexedAs, propertyChanges }, after: 0, complete: false };
}

/** Whether the source is still what the copy was made from. */
export const isCopyOf = ({ source }: CollectionCopy, now: Collection): boolean =>
  source.id === now.id &&
  source.revision === now.revision &&
  source.indexedAs === now.indexedAs &&
  // Dead properties are no change of a member's, but are copied with it.
  source.propertyChanges === now.propertyChanges;

/** Copies more objects, for a few milliseconds. */
export async function continueCollectionCopy(
  writer: Writer,
  copy: CollectionCopy,
  time: number,
): Promise<CollectionCopy> {
  const end = performance.now() + UNIT_MS;
  let { after } = copy;
  do {
    const page = await pageObjects(writer, copy.source, after, OBJECTS_OF_STEP);
    const step = withinBytes(page, BYTES_OF_STEP);
    const last = step.at(-1);
    if (last === undefined) return { ...copy, after, complete: true };
    await copyStretch(writer, copy, after, last.id, time);
    after = last.id;
  } while (performance.now() < end);
  return { ...copy, after };
}

async function copyStretch(
  writer: Writer,
  { ref, source }: CollectionCopy,
  after: ObjectId | 0,
  upTo: ObjectId,
  time: number,
): Promise<void> {
  const target = { ...inCollection(source), toCollection: ref.id, now: time, after, upTo };
  for (const table of tables) await writer.run(table, target);
  for (const { objectId, name, xml } of await listDeadPropertiesOfMembers(writer, source, after, upTo)) {
    await copyDeadProperty(writer, ref.accountId, objectResource(ref, objectId), { name, xml });
  }
}

/**
 * Brings a complete copy into sight, with the properties that the source has. No token of another collection is ever one
 * of its, since its number is new. `time` in epoch milliseconds.
 */
export async function publishCollectionCopy(
  writer: Writer,
  { ref }: CollectionCopy,
  source: Collection,
  name: string,
  time: number,
): Promise<void> {
  await insertCopyOf(writer, source, { id: ref.id, name, members: true, now: time });
  const { accountId } = source;
  for (const property of await listDeadProperties(writer, accountId, collectionResource(source.id)))
    await copyDeadProperty(writer, accountId, collectionResource(ref.id), property);
  await holdCollection(writer, ref, undefined);
}

/**
 * Makes a collection with the properties of another and no members. Answers the octets of its dead properties. `time` in
 * epoch milliseconds.
 */
export async function copyEmptyCollection(
  writer: Writer,
  source: Collection,
  name: string,
  time: number,
): Promise<number> {
  const { accountId } = source;
  const id = await takeCollectionId(writer, accountId);
  await insertCopyOf(writer, source, { id, name, members: false, now: time });
  const properties = await listDeadProperties(writer, accountId, collectionResource(source.id));
  const copied = new Map(properties.map((property) => [property.name, property.xml]));
  return changeDeadProperties(writer, accountId, collectionResource(id), copied);
}

/** Leaves a copy that will not be published to `purgeDeletedCollections`. */
export async function abandonCollectionCopy(writer: Writer, { ref }: CollectionCopy): Promise<void> {
  await holdCollection(writer, ref, 0);
}
