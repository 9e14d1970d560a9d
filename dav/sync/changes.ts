/** The changes of one collection as responses, in the order of revisions (RFC 6578 §3.5). */
import { changesSince, entryChangesSince } from '../../storage/index.js';
import type { ChangesQuery, Revision } from '../../storage/index.js';
import { addEntries, entryWriter } from '../http/entries.js';
import type { WriteEntry } from '../http/entries.js';
import { missingMember } from '../http/multistatus.js';
import type { Multistatus } from '../http/multistatus.js';
import type { Preferences } from '../http/prefer.js';
import { renderResponse } from '../http/propstat.js';
import type { PropertyRequest } from '../http/propstat.js';
import type { PropertyContext } from '../live-property.js';
import { encodeSegment } from '../resources/path.js';
import { objectResource } from '../resources/resolve.js';
import type { CollectionResource } from '../resources/resource.js';
import { deadPropertiesOfMembers } from '../webdav/dead-properties.js';
import type { Written } from '../xml/long-text.js';
import { synchronizationOf } from './lag.js';
import type { OnSync } from './lag.js';
import type { SyncPosition } from './token.js';

const PAGE = 500;

/** What a synchronization tells of each member, and to whom. */
export interface Telling {
  readonly out: Multistatus;
  readonly context: PropertyContext;
  readonly properties: PropertyRequest;
  readonly preferences: Preferences;
  readonly onSync: OnSync | undefined;
}

/** Where telling has come: how many responses there is room for yet, and up to where changes were told if it ran out. */
export interface Progress {
  readonly room: number;
  readonly cutAt: Revision | undefined;
}

/** Tells the changes of a collection since a position, as far as there is room. */
export async function tellChanges(
  telling: Telling,
  parent: CollectionResource,
  start: SyncPosition,
  limit: number,
): Promise<Progress> {
  const { out, context, properties, onSync } = telling;
  const { collection } = parent;
  if (onSync !== undefined) onSync(await synchronizationOf(context, collection, start));
  const writeEntry = entryWriter(parent, properties);
  if (writeEntry !== undefined && start.at === 0 && limit === Number.POSITIVE_INFINITY) {
    // All of it, to the end: in the order of revisions each would be looked up by itself.
    await addEntries(out, context.reader, collection, writeEntry);
    return { room: limit, cutAt: undefined };
  }
  const tell =
    writeEntry === undefined ? objectTeller(telling, parent) : entryTeller(parent, context, writeEntry);
  const end = collection.revision;
  let after = start.at;
  let room = limit;
  while (after < end) {
    const page = await tell({
      after,
      upTo: end,
      deletionsAfter: start.deletionsSince,
      limit: Math.min(PAGE, room + 1),
    });
    for (const { revision, response } of page) {
      if (room === 0) return { room, cutAt: after };
      room -= 1;
      after = revision;
      const flushed = out.add(response);
      if (flushed !== undefined) await flushed;
    }
    if (page.length === 0) break;
  }
  return { room, cutAt: undefined };
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
  { properties: request, context, preferences }: Telling,
  parent: CollectionResource,
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
