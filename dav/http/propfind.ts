/** PROPFIND (RFC 4918 §9.1): Depth 0 and 1; infinity is refused as §9.1 allows. */
import { pageObjects } from '../../storage/index.js';
import type { ObjectId } from '../../storage/index.js';
import { requireReading } from '../acl/privileges.js';
import type { PropertyContext } from '../live-property.js';
import { propertyContext } from '../property-context.js';
import { homeMembers, rootMembers } from '../resources/members.js';
import { exists, objectResource, resolve } from '../resources/resolve.js';
import type { CollectionResource, Resource } from '../resources/resource.js';
import { isObject } from '../resources/resource.js';
import { deadPropertiesOf, deadPropertiesOfMembers } from '../webdav/dead-properties.js';
import { readPropfind } from '../webdav/propfind-request.js';
import { dav } from '../xml/names.js';
import { depthOf } from './conditional.js';
import { addEntries, entryWriter } from './entries.js';
import { DavError, notFound } from './errors.js';
import type { Exchange } from './exchange.js';
import { lockedEmpty, lockedEmptyResponse } from './locked-empty.js';
import { Multistatus } from './multistatus.js';
import { requireIf } from './preconditions.js';
import { appliedHeaders, MINIMAL, NO_ROOT, preferencesOf } from './prefer.js';
import type { Preferences } from './prefer.js';
import { renderResponse } from './propstat.js';
import type { DeadProperties, PropertyRequest } from './propstat.js';

const PAGE = 500;

interface Listing {
  readonly context: PropertyContext;
  readonly request: PropertyRequest;
  readonly preferences: Preferences;
  readonly out: Multistatus;
}

export async function propfind(exchange: Exchange): Promise<void> {
  const { services, request, actor, path } = exchange;
  const depth = depthOf(request.headers) ?? 'infinity';
  const wanted = readPropfind(await services.bodies.readXml(exchange));
  const preferences = preferencesOf(request.headers);
  await services.database.read(async (reader) => {
    const found = await resolve(reader, actor, path);
    await requireIf(reader, exchange, found);
    const reserved = await lockedEmpty(reader, exchange, found);
    if (reserved !== undefined) {
      const out = new Multistatus(exchange, preferences.headers);
      await out.add(lockedEmptyResponse(reserved, wanted));
      out.end();
      return;
    }
    if (!exists(found)) throw notFound();
    requireReading(actor, found);
    if (depth === 'infinity' && !isObject(found)) throw infiniteDepth();
    const noRoot = preferences.noRoot && depth === '1';
    const applied = [...(preferences.minimal ? [MINIMAL] : []), ...(noRoot ? [NO_ROOT] : [])];
    const context = propertyContext(exchange, reader);
    const listing: Listing = {
      context,
      request: wanted,
      preferences,
      out: new Multistatus(exchange, { ...contentLocation(exchange, found), ...appliedHeaders(...applied) }),
    };
    if (!noRoot) await add(listing, found);
    if (depth !== '0') await addMembers(listing, found);
    listing.out.end();
  });
}

/** RFC 4918 §5.2: a collection that was asked for without its slash is told with it. */
const contentLocation = ({ rawPath }: Exchange, { path }: Resource): Readonly<Record<string, string>> =>
  path.endsWith('/') && !rawPath.endsWith('/') ? { 'Content-Location': path } : {};

function infiniteDepth(): DavError {
  return new DavError(
    403,
    'PROPFIND with Depth infinity is not answered; ask with Depth 1, collection by collection.',
    {
      precondition: dav('propfind-finite-depth'),
    },
  );
}

async function add(listing: Listing, resource: Resource): Promise<void> {
  const { request, context } = listing;
  await write(
    listing,
    resource,
    await deadPropertiesOf(context.reader, context.actor.accountId, resource, request),
  );
}

async function write(listing: Listing, resource: Resource, dead: DeadProperties | undefined): Promise<void> {
  const { request, context, preferences, out } = listing;
  await out.add(await renderResponse(resource, request, context, preferences, dead));
}

async function addMembers(listing: Listing, resource: Resource): Promise<void> {
  switch (resource.kind) {
    case 'root':
      return addAll(listing, rootMembers(listing.context.actor, resource));
    case 'calendar-home':
    case 'addressbook-home':
      return addAll(listing, await homeMembers(listing.context.reader, listing.context.actor, resource));
    case 'calendar':
    case 'addressbook':
      return addObjects(listing, resource);
    case 'principal':
    case 'group':
    case 'calendar-object':
    case 'address-object':
      return;
  }
}

async function addAll(listing: Listing, members: readonly Resource[]): Promise<void> {
  for (const resource of members) await add(listing, resource);
}

async function addObjects(listing: Listing, parent: CollectionResource): Promise<void> {
  const { reader } = listing.context;
  const writeEntry = entryWriter(parent, listing.request);
  if (writeEntry !== undefined) return addEntries(listing.out, reader, parent.collection, writeEntry);
  let after: ObjectId | 0 = 0;
  for (;;) {
    const page = await pageObjects(reader, parent.collection, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    const dead = await deadPropertiesOfMembers(reader, parent, listing.request, page);
    for (const object of page) await write(listing, objectResource(parent, object), dead?.get(object.id));
    after = last.id;
    if (page.length < PAGE) return;
  }
}
