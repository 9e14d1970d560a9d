/** What the query and multiget reports of both standards share: one collection, one snapshot, one multistatus. */
import { propertyContext } from '../property-context.js';
import { collectionResource, resolve } from '../resources/resolve.js';
import { isCollection, isObject } from '../resources/resource.js';
import type { CollectionResource, Resource, Vacancy } from '../resources/resource.js';
import { readPropertyRequest } from '../webdav/propfind-request.js';
import type { XmlElement } from '../xml/element.js';
import { notFound } from './errors.js';
import type { Exchange } from './exchange.js';
import { Multistatus } from './multistatus.js';
import type { ObjectReport } from './object-responses.js';
import { preferencesOf } from './prefer.js';

/** What is particular to a standard: the kind of collection, and the property that carries objects. */
export type DataRequest = Pick<ObjectReport, 'dataProperty' | 'project' | 'dataAttributes'> & {
  readonly kind: CollectionResource['kind'];
};

/** Runs a report over one snapshot of the collection that the request names, or of that around the object that it names. @throws DavError 404 */
export async function reportOnCollection(
  exchange: Exchange,
  body: XmlElement,
  { kind, dataProperty, project, dataAttributes }: DataRequest,
  run: (report: ObjectReport) => Promise<void>,
): Promise<void> {
  const preferences = preferencesOf(exchange.request.headers);
  const properties = readPropertyRequest(body) ?? { kind: 'prop', names: [] };
  await exchange.services.database.read(async (reader) => {
    const found = await resolve(reader, exchange.actor, exchange.path);
    const parent = parentOf(exchange, found);
    if (parent?.kind !== kind) throw notFound();
    const out = new Multistatus(exchange, preferences.headers);
    await run({
      parent,
      member: isObject(found) ? found.object : undefined,
      properties,
      dataProperty,
      project,
      dataAttributes,
      context: propertyContext(exchange, reader),
      preferences,
      out,
    });
  });
}

/** The collection that the request names, or the one around the object that it names (RFC 6352 §8). */
function parentOf(
  { actor }: Exchange,
  found: Resource | Vacancy | undefined,
): CollectionResource | undefined {
  if (isCollection(found)) return found;
  return isObject(found) ? collectionResource(actor, found.home, found.collection) : undefined;
}
