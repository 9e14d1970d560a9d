/**
 * Collection synchronization (RFC 6578): one indexed range read in the order of revisions. Deletions are responses with
 * status 404; where the limit cuts, the request-URI itself answers 507 and the token continues from there.
 */
import { notFound } from '../http/errors.js';
import { Multistatus, tooManyMatches } from '../http/multistatus.js';
import { preferencesOf } from '../http/prefer.js';
import { propertyContext } from '../property-context.js';
import type { Report } from '../report.js';
import { resolve } from '../resources/resolve.js';
import type { CollectionResource, HomeResource } from '../resources/resource.js';
import { collectionKinds, homeKinds, isCollection, isHome } from '../resources/resource.js';
import { dav } from '../xml/names.js';
import { element, escapeText } from '../xml/write.js';
import { tellChanges } from './changes.js';
import type { Telling } from './changes.js';
import { syncHome } from './home.js';
import { readSyncRequest } from './sync-request.js';
import type { SyncRequest } from './sync-request.js';
import { positionOfToken, syncToken } from './token.js';

export const syncCollection: Report = {
  name: dav('sync-collection'),
  appliesTo: [...collectionKinds, ...homeKinds],
  run: async (exchange, body, depth) => {
    const request = readSyncRequest(body, depth);
    await exchange.services.database.read(async (reader) => {
      const found = await resolve(reader, exchange.actor, exchange.path);
      if (!isCollection(found) && !isHome(found)) throw notFound();
      const preferences = preferencesOf(exchange.request.headers);
      const context = propertyContext(exchange, reader);
      const out = (): Multistatus => new Multistatus(exchange, preferences.headers);
      const { onSync } = exchange.services;
      await answerSync({ context, preferences, properties: request.properties, onSync }, out, request, found);
    });
  },
};

async function answerSync(
  telling: Omit<Telling, 'out'>,
  begin: () => Multistatus,
  request: SyncRequest,
  found: CollectionResource | HomeResource,
): Promise<void> {
  const { context } = telling;
  const limit = request.limit ?? Number.POSITIVE_INFINITY;
  if (isHome(found)) {
    await syncHome(telling, begin, request, found, limit, finish);
    return;
  }
  const { collection } = found;
  const start = positionOfToken(request.token, context.epoch, collection);
  const out = begin();
  const { cutAt } = await tellChanges({ ...telling, out }, found, start, limit);
  const position = cutAt === undefined ? undefined : { ...start, at: cutAt };
  finish(out, found, syncToken(context.epoch, collection, position), cutAt !== undefined);
}

/** RFC 6578 §3.6: a truncated answer says so with 507 on the request-URI, after what it could tell. */
function finish(
  out: Multistatus,
  { path }: Pick<CollectionResource, 'path'>,
  token: string,
  truncated: boolean,
): void {
  out.end(`${truncated ? tooManyMatches(path) : ''}${element(dav('sync-token'), escapeText(token))}`);
}
