/** What a collection says of all that is in it. */
import { sql } from 'kysely';
import { findCollectionById, type CollectionRef } from './collections.js';
import type { Reader } from './database.js';
import type { Fault, FaultKind } from './fault.js';
import { ObjectId, type AccountId } from './ids.js';
import { inCollection, type InCollection } from './objects.js';
import { collectionResource, objectResource } from './properties.js';
import { statement } from './statement.js';

const totals = statement<InCollection>()((db, $) =>
  db
    .selectFrom('object')
    .select([sql<number>`count(*)`.as('objects'), sql<number>`coalesce(max(revision), 0)`.as('revision')])
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId),
);
const lastTombstone = statement<InCollection>()((db, $) =>
  db
    .selectFrom('tombstone')
    .select(sql<number>`coalesce(max(revision), 0)`.as('revision'))
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId),
);
const bytesOfObjects = statement<InCollection>()((db, $) =>
  db
    .selectFrom('object')
    .select(sql<number>`cast(coalesce(sum(size), 0) as bigint)`.as('bytes'))
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId),
);
const bytesOfProperties = statement<{ accountId: AccountId; own: string; after: string; upTo: string }>()(
  (db, $) =>
    db
      .selectFrom('dead_property')
      .select(
        sql<number>`cast(coalesce(sum(octet_length(name) + octet_length(xml)), 0) as bigint)`.as('bytes'),
      )
      .where('account_id', '=', $.accountId)
      .where((eb) =>
        eb.or([
          eb('resource', '=', $.own),
          eb.and([eb('resource', '>', $.after), eb('resource', '<=', $.upTo)]),
        ]),
      ),
);
/** Both there and told to be deleted. */
const undead = statement<InCollection>()((db, $) =>
  db
    .selectFrom('tombstone')
    .innerJoin('object', (join) =>
      join
        .onRef('object.account_id', '=', 'tombstone.account_id')
        .onRef('object.collection_id', '=', 'tombstone.collection_id')
        .onRef('object.name', '=', 'tombstone.name'),
    )
    .select(sql<number>`count(*)`.as('objects'))
    .where('tombstone.account_id', '=', $.accountId)
    .where('tombstone.collection_id', '=', $.collectionId),
);
/** Two changes under one number: of them a device may see one only. */
const sharedRevisions = statement<InCollection>()((db, $) =>
  db
    .selectFrom('object')
    .select(sql<number>`count(*) - count(distinct revision)`.as('objects'))
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId),
);
/** On one snapshot with the collection's row. */
export async function verifyTotals(reader: Reader, ref: CollectionRef): Promise<readonly Fault[]> {
  const collection = await findCollectionById(reader, ref);
  if (collection === undefined) return [];
  const key = inCollection(ref);
  const { objects, revision } = (await reader.get(totals, key)) ?? { objects: 0, revision: 0 };
  const buried = (await reader.get(lastTombstone, key))?.revision ?? 0;
  const bytes = await bytesIn(reader, ref);
  const both = (await reader.get(undead, key))?.objects ?? 0;
  const shared = (await reader.get(sharedRevisions, key))?.objects ?? 0;
  const found: (readonly [FaultKind, boolean, string])[] = [
    [
      'count',
      objects !== collection.objectCount,
      `It has ${objects} objects and says ${collection.objectCount}.`,
    ],
    ['count', bytes !== collection.bytesUsed, `It has ${bytes} bytes and says ${collection.bytesUsed}.`],
    [
      'revision',
      Math.max(revision, buried) > collection.revision,
      'Something in it has a later revision than itself.',
    ],
    ['revision', both > 0, `${both} objects in it are there and told to be deleted.`],
    ['revision', shared > 0, `${shared} objects in it have the revision of another.`],
  ];
  return found
    .filter(([, isWrong]) => isWrong)
    .map(([kind, , sentence]) => ({
      kind,
      sentence,
      accountId: ref.accountId,
      collection: collection.name,
      object: null,
    }));
}

/** Of objects and dead properties. */
async function bytesIn(reader: Reader, ref: CollectionRef): Promise<number> {
  const objects = (await reader.get(bytesOfObjects, inCollection(ref)))?.bytes ?? 0;
  const properties = await reader.get(bytesOfProperties, {
    accountId: ref.accountId,
    own: collectionResource(ref.id),
    after: objectResource(ref, 0),
    upTo: objectResource(ref, ObjectId(Number.MAX_SAFE_INTEGER)),
  });
  return objects + (properties?.bytes ?? 0);
}
