/** Dead properties (RFC 4918 §4): kept for clients, without meaning to the server. */
import type { CollectionRef } from './collections.js';
import type { Reader, Writer } from './database.js';
import type { AccountId, CollectionId, ObjectId } from './ids.js';
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
  db.deleteFrom('dead_property').where('account_id', '=', $.accountId).where('resource', '=', $.resource),
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

/** The characters that the dead properties of a resource take, so that the caller can bound them. */
export async function deadPropertySize(
  reader: Reader,
  accountId: AccountId,
  resource: PropertyResource,
): Promise<number> {
  const properties = await listDeadProperties(reader, accountId, resource);
  return properties.reduce((size, { name, xml }) => size + name.length + xml.length, 0);
}

/** Sets one, replacing what it was. */
export async function setDeadProperty(
  writer: Writer,
  accountId: AccountId,
  resource: PropertyResource,
  { name, xml }: DeadProperty,
): Promise<void> {
  await writer.run(upsert, { accountId, resource, name, xml });
}

/** Removes one; it need not be there. */
export async function removeDeadProperty(
  writer: Writer,
  accountId: AccountId,
  resource: PropertyResource,
  name: string,
): Promise<void> {
  await writer.run(removeOne, { accountId, resource, name });
}

/** Removes all of a resource that goes away. */
export async function removeDeadProperties(
  writer: Writer,
  accountId: AccountId,
  resource: PropertyResource,
): Promise<void> {
  await writer.run(removeAll, { accountId, resource });
}
