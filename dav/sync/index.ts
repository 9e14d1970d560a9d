/**
 * Collection synchronization (RFC 6578): one indexed range read in the order of revisions. Deletions are responses with
 * status 404; where the limit cuts, the request-URI itself answers 507 and the token continues from there.
 */
import { changesSince, entryChangesSince } from '../../storage/index.js';
import type { ChangesQuery, Revision } from '../../storage/index.js';
import { addEntries, entryWriter } from '../http/entries.js';
import type { WriteEntry } from '../http/entries.js';
import type { Exchange } from '../http/exchange.js';
import { notFound } from '../http/errors.js';
import { missingMember, Multistatus, tooManyMatches } from '../http/multistatus.js';
import { preferencesOf } from '../http/prefer.js';
import type { Preferences } from '../http/prefer.js';
import { renderResponse } from '../http/propstat.js';
import type { PropertyRequest } from '../http/propstat.js';
import type { PropertyContext } from '../live-property.js';
import { propertyContext } from '../property-context.js';
import type { Report } from '../report.js';
import { encodeSegment } from '../resources/path.js';
import { objectResource, resolve } from '../resources/resolve.js';
import type { CollectionResource } from '../resources/resource.js';
import { collectionKinds, homeKinds, isCollection } from '../resources/resource.js';
import { deadPropertiesOfMembers } from '../webdav/dead-properties.js';
import type { Written } from '../xml/long-text.js';
import { dav } from '../xml/names.js';
import { element, escapeText } from '../xml/write.js';
import { readSyncRequest } from './sync-request.js';
import type { SyncRequest } from './sync-request.js';
import { positionOfToken, syncToken } from './token.js';
import type { SyncPosition } from './token.js';

const PAGE = 500;

export const syncCollection: Report = {
  name: dav('sync-collection'),
  appliesTo: collectionKinds,
  alsoListedOn: homeKinds,
  run: async (exchange, body, depth) => {
    const request = readSyncRequest(body, depth);
    await exchange.services.database.read(async (reader) => {
      const found = await resolve(reader, exchange.actor, exchange.path);
      if (!isCollection(found)) throw notFound();
      await answerSync(exchange, request, found, propertyContext(exchange, reader));
    });
  },
};

async function answerSync(
  exchange: Exchange,
  request: SyncRequest,
  parent: CollectionResource,
  context: PropertyContext,
): Promise<void> {
  const { collection } = parent;
  const preferences = preferencesOf(exchange.request.headers);
  const start = positionOfToken(request.token, context.epoch, collection);
  const out = new Multistatus(exchange, preferences.headers);
  const writeEntry = entryWriter(parent, request.properties);
  if (writeEntry !== undefined && start.at === 0 && request.limit === undefined) {
    // All of it, to the end: in the order of revisions each would be looked up by itself.
    await addEntries(out, context.reader, collection, writeEntry);
    finish(out, parent, syncToken(context.epoch, collection), false);
    return;
  }
  const tell =
    writeEntry === undefined
      ? objectTeller(parent, request.properties, context, preferences)
      : entryTeller(parent, context, writeEntry);
  await answerChanges(out, parent, context, { start, limit: request.limit, tell });
}

interface ChangesRequest {
  readonly start: SyncPosition;
  readonly limit: number | undefined;
  readonly tell: Teller;
}

async function answerChanges(
  out: Multistatus,
  parent: CollectionResource,
  { epoch }: PropertyContext,
  { start, limit, tell }: ChangesRequest,
): Promise<void> {
  const { collection } = parent;
  const end = collection.revision;
  let after = start.at;
  let room = limit ?? Number.POSITIVE_INFINITY;
  while (after < end) {
    const page = await tell({
      after,
      upTo: end,
      deletionsAfter: start.deletionsSince,
      limit: Math.min(PAGE, room + 1),
    });
    for (const { revision, response } of page) {
      if (room === 0) {
        finish(out, parent, syncToken(epoch, collection, { ...start, at: after }), true);
        return;
      }
      room -= 1;
      after = revision;
      const flushed = out.add(response);
      if (flushed !== undefined) await flushed;
    }
    if (page.length === 0) break;
  }
  finish(out, parent, syncToken(epoch, collection), false);
}

/** A change, and the DAV:response that tells of it. */
interface Told {
  readonly revision: Revision;
  readonly response: Written;
}
type Teller = (query: ChangesQuery) => Promise<readonly Told[]>;

function entryTeller(parent: CollectionResource, { reader }: PropertyContext, write: WriteEntry): Teller {
  return async (query) => {
    const page = await entryChangesSince(reader, parent.collection, query);
    return page.map((change) => ({
      revision: change.revision,
      response: change.deleted ? deletion(parent, change.name) : write(change.object),
    }));
  };
}

function objectTeller(
  parent: CollectionResource,
  request: PropertyRequest,
  context: PropertyContext,
  preferences: Preferences,
): Teller {
  return async (query) => {
    const page = await changesSince(context.reader, parent.collection, query);
    const objects = page.flatMap((change) => (change.deleted ? [] : [change.object]));
    const dead = await deadPropertiesOfMembers(context.reader, parent, request, objects);
    const told: Told[] = [];
    for (const { revision, deleted, name, object } of page) {
      const response = deleted
        ? deletion(parent, name)
        : await renderResponse(
            objectResource(parent, object),
            request,
            context,
            preferences,
            dead?.get(object.id),
          );
      told.push({ revision, response });
    }
    return told;
  };
}

const deletion = (parent: CollectionResource, name: string): string =>
  missingMember(parent.path + encodeSegment(name));

/** RFC 6578 §3.6: a truncated answer says so with 507 on the request-URI, after what it could tell. */
function finish(out: Multistatus, parent: CollectionResource, token: string, truncated: boolean): void {
  out.end(`${truncated ? tooManyMatches(parent.path) : ''}${element(dav('sync-token'), escapeText(token))}`);
}
