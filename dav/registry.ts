/**
 * Which live properties and reports there are: one line a standard. What is listed here is what
 * DAV:supported-report-set and PROPFIND advertise.
 */
import { aclProperties } from './acl/index.js';
import { caldavKeptProperties } from './caldav/kept-properties.js';
import { caldavProperties } from './caldav/properties.js';
import { carddavProperties } from './carddav/properties.js';
import type { KeptProperty, LiveProperty } from './live-property.js';
import type { ResourceKind } from './resources/resource.js';
import { allKinds } from './resources/resource.js';
import { lockProperties } from './webdav/lock-properties.js';
import { webdavProperties } from './webdav/properties.js';
import type { Name } from './xml/names.js';

const properties: readonly LiveProperty[] = [
  ...webdavProperties,
  ...lockProperties,
  ...aclProperties,
  ...caldavProperties,
  ...carddavProperties,
];

const byKind: ReadonlyMap<ResourceKind, ReadonlyMap<Name, LiveProperty>> = new Map(
  allKinds.map((kind) => [
    kind,
    new Map(
      properties
        .filter((property) => property.appliesTo.includes(kind))
        .map((property) => [property.name, property]),
    ),
  ]),
);
const nothing: ReadonlyMap<Name, LiveProperty> = new Map();

/** The live properties of a kind of resource, by name, in the order of declaration. */
export function propertiesOf(kind: ResourceKind): ReadonlyMap<Name, LiveProperty> {
  return byKind.get(kind) ?? nothing;
}

const kept: ReadonlyMap<Name, KeptProperty> = new Map(
  caldavKeptProperties.map((property) => [property.name, property]),
);

/** What is known of a property that is kept as it is set; undefined for one that nothing is known of. */
export const keptProperty = (name: Name): KeptProperty | undefined => kept.get(name);

const allNames: ReadonlySet<Name> = new Set(properties.map(({ name }) => name));
const settableSomewhere: ReadonlySet<Name> = new Set(
  properties.filter(({ set }) => set !== undefined).map(({ name }) => name),
);

/** Whether the name is a live property that nobody may set: on kinds without it, it may not become a dead one. */
export function isProtected(name: Name): boolean {
  return allNames.has(name) && !settableSomewhere.has(name);
}
