/** Dead properties (RFC 4918 §4): where those of a resource are kept, and how they are read and written. */
import {
  addressBookHomeResource,
  calendarHomeResource,
  collectionResource,
  listDeadProperties,
  listDeadPropertiesOfMembers,
  objectResource,
  octetsOf,
  principalResource,
} from '../../storage/index.js';
import type {
  AccountId,
  DeadProperty,
  ObjectId,
  PropertyResource,
  Reader,
  Writer,
} from '../../storage/index.js';
import { DavError } from '../http/errors.js';
import { needsDeadProperties } from '../http/propstat.js';
import type { DeadProperties, PropertyRequest } from '../http/propstat.js';
import { quotaExceeded, quotaLeft } from '../http/quota.js';
import type { Storing } from '../http/quota.js';
import type { CollectionResource, Resource } from '../resources/resource.js';
import type { Name } from '../xml/names.js';
import { withoutRoom } from './dead-property-room.js';

/** The storage key of a resource's dead properties; undefined for the roots and for groups, which have none. */
export function deadResourceOf(resource: Resource): PropertyResource | undefined {
  switch (resource.kind) {
    case 'root':
    case 'group':
      return undefined;
    case 'principal':
      return resource.own ? principalResource : undefined;
    case 'calendar-home':
      return calendarHomeResource;
    case 'addressbook-home':
      return addressBookHomeResource;
    case 'calendar':
    case 'addressbook':
      return collectionResource(resource.collection.id);
    case 'calendar-object':
    case 'address-object':
      return objectResource(resource.collection, resource.object.id);
  }
}

/** The dead properties of one resource; undefined where the request cannot need them. */
export async function deadPropertiesOf(
  reader: Reader,
  accountId: AccountId,
  resource: Resource,
  request: PropertyRequest,
): Promise<DeadProperties | undefined> {
  const key = deadResourceOf(resource);
  if (key === undefined || !needsDeadProperties(request, [resource.kind])) return undefined;
  const properties = await listDeadProperties(reader, accountId, key);
  return new Map(properties.map(({ name, xml }) => [name as Name, xml]));
}

/** The dead properties of members, by object; undefined where the request cannot need them. */
export async function deadPropertiesOfMembers(
  reader: Reader,
  parent: CollectionResource,
  request: PropertyRequest,
  objects: readonly { readonly id: ObjectId }[],
): Promise<ReadonlyMap<ObjectId, DeadProperties> | undefined> {
  const kind = parent.kind === 'calendar' ? 'calendar-object' : 'address-object';
  if (objects.length === 0 || !needsDeadProperties(request, [kind])) return undefined;
  const ids = objects.map(({ id }) => id);
  const before = (Math.min(...ids) - 1) as ObjectId;
  const byObject = new Map<ObjectId, Map<Name, string>>();
  const rows = await listDeadPropertiesOfMembers(
    reader,
    parent.collection,
    before,
    Math.max(...ids) as ObjectId,
  );
  for (const { objectId, name, xml } of rows) {
    const properties = byObject.get(objectId) ?? new Map<Name, string>();
    byObject.set(objectId, properties.set(name as Name, xml));
  }
  return byObject;
}

/** It is part of a key, which PostgreSQL bounds. */
const MAX_NAME_OCTETS = 1024;

/**
 * Why some of the properties that are to be set cannot be kept: 507, with DAV:quota-not-exceeded (RFC 4331 §6) where it is
 * the account that has no room for them. `resource`: undefined for one that is being made.
 */
export async function refusedForRoom(
  writer: Writer,
  storing: Storing,
  resource: PropertyResource | undefined,
  changes: ReadonlyMap<Name, string | undefined>,
): Promise<ReadonlyMap<Name, DavError>> {
  if (changes.size === 0) return new Map();
  const longNames = [...changes]
    .filter(([name, value]) => value !== undefined && Buffer.byteLength(name) > MAX_NAME_OCTETS)
    .map(([name]) => name);
  if (longNames.length > 0) {
    const sentence = `The name of a property, with its namespace, may have at most ${MAX_NAME_OCTETS} octets here.`;
    return new Map(longNames.map((name) => [name, new DavError(507, sentence)]));
  }
  const { accountId } = storing.actor;
  const { maxDeadPropertySize } = storing.services.limits;
  const kept = resource === undefined ? [] : await listDeadProperties(writer, accountId, resource);
  const tooMany = withoutRoom(kept, changes, maxDeadPropertySize, charactersOf);
  if (tooMany.length > 0) {
    const most = `at most ${maxDeadPropertySize} characters`;
    const refusal = new DavError(507, `One resource may keep ${most} of properties of its own.`);
    return new Map(tooMany.map((name) => [name, refusal]));
  }
  const before = kept.reduce((sum, property) => sum + octetsOf(property), 0);
  const most = before + Math.max(0, await quotaLeft(writer, storing));
  return new Map(withoutRoom(kept, changes, most, octetsOf).map((name) => [name, quotaExceeded()]));
}

const charactersOf = ({ name, xml }: DeadProperty): number => name.length + xml.length;
