/**
 * Answers of reports about the objects of one collection: their bytes are fetched a page at a time, and only where the
 * request asked for them.
 */
import { largeObjectBytes, readContent, readContents } from '../../storage/index.js';
import type { Collection, ListedObject, ObjectId, StoredObject } from '../../storage/index.js';
import type { PropertyContext } from '../live-property.js';
import { Pace } from '../pace.js';
import { objectResource } from '../resources/resolve.js';
import type { CollectionResource } from '../resources/resource.js';
import { deadPropertiesOfMembers } from '../webdav/dead-properties.js';
import type { Name } from '../xml/names.js';
import { DavError } from './errors.js';
import { failedMember } from './multistatus.js';
import type { Multistatus } from './multistatus.js';
import type { Preferences } from './prefer.js';
import { renderResponse } from './propstat.js';
import type { PropertyRequest } from './propstat.js';

/** What a report says of each object it finds. */
export interface ObjectReport {
  readonly parent: CollectionResource;
  /** Where the request names one object, only that one is meant. */
  readonly member?: StoredObject | undefined;
  readonly properties: PropertyRequest;
  /** calendar-data or address-data: where it is asked for, bytes are fetched. */
  readonly dataProperty: Name;
  /**
   * What the request wants to see of the bytes; undefined: all of it, as stored. A DavError that it throws is told of the
   * one object.
   */
  readonly project:
    ((data: Uint8Array, collection: Collection) => Uint8Array | Promise<Uint8Array>) | undefined;
  /** Attributes on the element that carries them, where `project` writes another notation. */
  readonly dataAttributes?: string | undefined;
  readonly context: PropertyContext;
  readonly preferences: Preferences;
  readonly out: Multistatus;
}

/** An object of a page, under the href that the request used where it named one. */
export interface Listed {
  readonly object: StoredObject;
  readonly href?: string;
}

export function wantsData({
  properties,
  dataProperty,
}: Pick<ObjectReport, 'properties' | 'dataProperty'>): boolean {
  if (properties.kind === 'propname') return false;
  return (properties.kind === 'prop' ? properties.names : properties.include).includes(dataProperty);
}

/** The bytes that came with a list; large ones do not, and are read when their turn has come. */
export function contentsOf(objects: readonly ListedObject[]): Map<ObjectId, Uint8Array> {
  const contents = new Map<ObjectId, Uint8Array>();
  for (const { id, data } of objects) if (data !== null) contents.set(id, data);
  return contents;
}

/** The bytes of those that are not large. */
export function contentsOfSmall(
  { parent, context }: Pick<ObjectReport, 'parent' | 'context'>,
  objects: readonly StoredObject[],
): Promise<Map<ObjectId, Uint8Array>> {
  const ids = objects.flatMap(({ id, size }) => (size > largeObjectBytes ? [] : [id]));
  return readContents(context.reader, parent.collection, ids);
}

/** Writes the responses of one page; `known` are bytes that were read already, by object. */
export async function addObjects(
  report: ObjectReport,
  page: readonly Listed[],
  known: ReadonlyMap<ObjectId, Uint8Array> = new Map(),
): Promise<void> {
  const { parent, properties, context, preferences, out } = report;
  const objects = page.map(({ object }) => object);
  const contents = new Map(known);
  const wanted = wantsData(report);
  if (wanted) {
    const missing = objects.filter(({ id }) => !known.has(id));
    for (const [id, data] of await contentsOfSmall(report, missing)) contents.set(id, data);
  }
  const pace = new Pace();
  const dead = await deadPropertiesOfMembers(context.reader, parent, properties, objects);
  for (const { object, href } of page) {
    let stored = contents.get(object.id);
    if (stored === undefined && wanted)
      stored = await readContent(context.reader, parent.collection, object.id);
    const data = report.project === undefined ? stored : await projected(report, stored);
    const resource = objectResource(parent, object, data, report.dataAttributes);
    await out.add(
      isUnconvertible(data)
        ? failedMember(href ?? resource.path, data)
        : await renderResponse(resource, properties, context, preferences, dead?.get(object.id), href),
    );
    if (report.project !== undefined) await pace.rest();
  }
}

/** RFC 6352 §8.7.2 tells of a card that cannot be converted in its response, not beside its other properties. */
const isUnconvertible = (data: Uint8Array | DavError | undefined): data is DavError =>
  data instanceof DavError && data.status === 415;

async function projected(
  { project, parent }: ObjectReport,
  stored: Uint8Array | undefined,
): Promise<Uint8Array | DavError | undefined> {
  if (stored === undefined || project === undefined) return stored;
  try {
    return await project(stored, parent.collection);
  } catch (error) {
    if (error instanceof DavError) return error;
    throw error;
  }
}
