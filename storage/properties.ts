/** Dead properties (RFC 4918 §4): kept for clients, without meaning to the server. */
import type { CollectionRef } from './collections.js';
import type { Reader, Writer } from './database.js';
import type { AccountId, CollectionId, ObjectId } from './ids.js';
import type { InCollection } from './objects.js';
import { statement } from './statement.js';

declare const resourceBrand: unique symbol;
/** Names the resource inside its account that a property is on. */
export type PropertyResource = string & { readonly [resourceBrand]: true };

export interface DeadProperty {
  /** Clark notation: `{namespace}name`. */
  readonly name: string;
  /** The whole element as it is given out. */
  readonly xml: string;
}

/** A dead property of a member, in a listing. */
export interface MemberDeadProperty extends DeadProperty {
  readonly objectId: ObjectId;
}

export const principalResource = 'principal' as PropertyResource;
export const calendarHomeResource = 'home:calendars' as PropertyResource;
export const addressBookHomeResource = 'home:addressbooks' as PropertyResource;

export const collectionResource = (id: CollectionId): PropertyResource =>
  `collection:${id}` as PropertyResource;

/** Padded, so that the resources of a stretch of objects are a stretch of text. */
export const objectResource = (ref: CollectionRef, id: ObjectId | 0): PropertyResource =>
  `object:${ref.id}:${String(id).padStart(16, '0')}` as PropertyResource;

interface OfResource {
  readonly accountId: AccountId;
  readonly resource: string;
}

const ofResource = statement<OfResource>()((db, $) =>
  db
    .selectFrom('dead_property')
    .select(['name', 'xml'])
    .where('account_id', '=', $.accountId)
    .where('resource', '=', $.resource)
    .orderBy('name'),
);
const ofStretch = statement<{ accountId: AccountId; after: string; upTo: string }>()((db, $) =>
  db
    .selectFrom('dead_property')
    .select(['resource', 'name', 'xml'])
    .where('account_id', '=', $.accountId)
    .where('resource', '>', $.after)
    .where('resource', '<=', $.upTo)
    .orderBy('resource')
    .orderBy('name'),
);
const upsert = statement<OfResource & DeadProperty>()((db, $) =>
  db
    .insertInto('dead_property')
    .values({ account_id: $.accountId, resource: $.resource, name: $.name, xml: $.xml })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'resource', 'name']).doUpdateSet({ xml: $.xml }),
    ),
);
const removeOne = statement<OfResource & { name: string }>()((db, $) =>
  db
    .deleteFrom('dead_property')
    .where('account_id', '=', $.accountId)
    .where('resource', '=', $.resource)
    .where('name', '=', $.name),
);
const removeAll = statement<OfResource>()((db, $) =>
  db
    .deleteFrom('dead_property')
    .where('account_id', '=', $.accountId)
    .where('resource', '=', $.resource)
    .returning(['name', 'xml']),
);
const countChange = statement<InCollection & { bytes: number }>()((db, $) =>
  db
    .updateTable('collection')
    .set((eb) => ({
      bytes_used: eb('bytes_used', '+', $.bytes),
      property_changes: eb('property_changes', '+', eb.lit(1)),
    }))
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.collectionId),
);

/** Every dead property of one resource, by name. */
export async function listDeadProperties(
  reader: Reader,
  accountId: AccountId,
  resource: PropertyResource,
): Promise<readonly DeadProperty[]> {
  return reader.all(ofResource, { accountId, resource });
}

/** The dead properties of the objects of one page of a listing: those after one and up to another, by object. */
export async function listDeadPropertiesOfMembers(
  reader: Reader,
  ref: CollectionRef,
  after: ObjectId | 0,
  upTo: ObjectId,
): Promise<readonly MemberDeadProperty[]> {
  const rows = await reader.all(ofStretch, {
    accountId: ref.accountId,
    after: objectResource(ref, after),
    upTo: objectResource(ref, upTo),
  });
  return rows.map(({ resource, name, xml }) => ({
    objectId: Number(resource.slice(resource.lastIndexOf(':') + 1)) as ObjectId,
    name,
    xml,
  }));
}

/**
 * Sets dead properties (whole elements, by name), or removes those without one, which need not be there. What they take
 * counts as bytes of the collection that they are in or on. Answers the octets by which they have grown, negative where
 * they have shrunk.
 */
export async function changeDeadProperties(
  writer: Writer,
  accountId: AccountId,
  resource: PropertyResource,
  changes: ReadonlyMap<string, string | undefined>,
): Promise<number> {
  const before = await listDeadProperties(writer, accountId, resource);
  for (const [name, xml] of changes) {
    if (xml === undefined) await writer.runEach(removeOne, [{ accountId, resource, name }]);
    else await writer.runEach(upsert, [{ accountId, resource, name, xml }]);
  }
  const set = [...changes].flatMap(([name, xml]) => (xml === undefined ? [] : [{ name, xml }]));
  const grownBy = octetsOfAll(set) - octetsOfAll(before.filter(({ name }) => changes.has(name)));
  const collectionId = collectionOf(resource);
  if (collectionId !== undefined)
    await writer.runEach(countChange, [{ accountId, collectionId, bytes: grownBy }]);
  return grownBy;
}

/** The octets that the dead properties of a resource take. */
export async function deadPropertyBytes(
  reader: Reader,
  accountId: AccountId,
  resource: PropertyResource,
): Promise<number> {
  return octetsOfAll(await listDeadProperties(reader, accountId, resource));
}

/** Sets one of a collection, or of a member, whose bytes have been counted with all of it. */
export async function copyDeadProperty(
  writer: Writer,
  accountId: AccountId,
  resource: PropertyResource,
  { name, xml }: DeadProperty,
): Promise<void> {
  await writer.runEach(upsert, [{ accountId, resource, name, xml }]);
}

/** Removes all of a resource that goes away; answers how many octets they took, for the caller to take them off. */
export async function removeDeadProperties(
  writer: Writer,
  accountId: AccountId,
  resource: PropertyResource,
): Promise<number> {
  return octetsOfAll(await writer.all(removeAll, { accountId, resource }));
}

/** The octets of those on the principal and the homes, which are in no collection. */
export async function deadPropertyBytesOutsideCollections(
  reader: Reader,
  accountId: AccountId,
): Promise<number> {
  const outside = [principalResource, calendarHomeResource, addressBookHomeResource];
  const bytes = await Promise.all(outside.map((resource) => deadPropertyBytes(reader, accountId, resource)));
  return bytes.reduce((sum, each) => sum + each, 0);
}

/** The octets that a dead property counts for. */
export const octetsOf = ({ name, xml }: DeadProperty): number =>
  Buffer.byteLength(name) + Buffer.byteLength(xml);
const octetsOfAll = (properties: readonly DeadProperty[]): number =>
  properties.reduce((sum, property) => sum + octetsOf(property), 0);

function collectionOf(resource: PropertyResource): CollectionId | undefined {
  const [kind, id] = resource.split(':');
  return kind === 'collection' || kind === 'object' ? (Number(id) as CollectionId) : undefined;
}
