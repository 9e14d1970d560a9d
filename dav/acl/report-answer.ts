/** What the reports about principals have in common: Depth 0, one snapshot, and a response for each resource found. */
import type { Depth } from '../http/conditional.js';
import { badRequest, notFound, statusElement } from '../http/errors.js';
import type { Exchange } from '../http/exchange.js';
import { Multistatus, tooManyMatches } from '../http/multistatus.js';
import { preferencesOf } from '../http/prefer.js';
import { renderResponse } from '../http/propstat.js';
import type { PropertyContext } from '../live-property.js';
import { propertyContext } from '../property-context.js';
import { exists, resolve } from '../resources/resolve.js';
import type { Resource } from '../resources/resource.js';
import { deadPropertiesOf } from '../webdav/dead-properties.js';
import { readPropertyRequest } from '../webdav/propfind-request.js';
import type { XmlElement } from '../xml/element.js';
import { dav } from '../xml/names.js';
import { element, href } from '../xml/write.js';

/** RFC 3744 §9: "only defined when the Depth header has value 0". @throws DavError 400 */
export function requireDepthZero(depth: Depth | undefined): void {
  if (depth !== undefined && depth !== '0') throw badRequest('This report is asked for with Depth 0.');
}

/** What a report looks through, from the resource that the request names. */
export type Search = (resource: Resource, context: PropertyContext) => AsyncIterable<Resource>;

/** Streams a response for each resource that the search finds; too many are told by 507 on the request-URI. */
export async function answerSearch(exchange: Exchange, body: XmlElement, search: Search): Promise<void> {
  const { services, actor, path } = exchange;
  const request = readPropertyRequest(body);
  const preferences = preferencesOf(exchange.request.headers);
  await services.database.read(async (reader) => {
    const resource = await resolve(reader, actor, path);
    if (!exists(resource)) throw notFound();
    const context = propertyContext(exchange, reader);
    const out = new Multistatus(exchange, preferences.headers);
    let room = services.limits.maxResults;
    for await (const found of search(resource, context)) {
      if (room === 0) {
        await out.add(tooManyMatches(resource.path));
        break;
      }
      room -= 1;
      if (request === undefined) {
        await out.add(element(dav('response'), href(found.path) + statusElement(200)));
        continue;
      }
      const dead = await deadPropertiesOf(reader, actor.accountId, found, request);
      await out.add(await renderResponse(found, request, context, preferences, dead));
    }
    out.end();
  });
}
