/**
 * MKCALENDAR (RFC 4791 §5.3.1) and extended MKCOL (RFC 5689 §3; RFC 6352 §5.2): one creation, two spellings.
 * Clients choose the name. Nothing is left behind by a creation that fails.
 */
import { changeDeadProperties, createCollection, listCollections } from '../../storage/index.js';
import type { Writer } from '../../storage/index.js';
import { requirePrivilege } from '../acl/privileges.js';
import { subscribedType, subscriptionSource } from '../caldav/subscription.js';
import { indexedAs } from '../indexing.js';
import type { Home } from '../resources/path.js';
import { collectionKindOf, exists, resolve } from '../resources/resolve.js';
import type { Vacancy } from '../resources/resource.js';
import { deadResourceOf, refusedForRoom } from '../webdav/dead-properties.js';
import {
  planUpdate,
  readInstructions,
  requestedTypes,
  updatePropstats,
  withRefusals,
} from '../webdav/property-update.js';
import type { Instruction, PropertyUpdate } from '../webdav/property-update.js';
import type { XmlElement } from '../xml/element.js';
import { caldav, carddav, dav } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import { document, href } from '../xml/write.js';
import { methodNotAllowed } from './options.js';
import { badRequest, DavError, noCollectionAround, nothingCanBeAt } from './errors.js';
import { answer, xmlHeaders } from './exchange.js';
import type { Exchange } from './exchange.js';
import { itself, membership, requireLockTokens } from './lock-tokens.js';
import { mediaTypeOf } from './media-type.js';
import { Multistatus } from './multistatus.js';
import { requireConditions } from './preconditions.js';
import type { Storing } from './quota.js';

const noCache = { 'Cache-Control': 'no-cache' } as const;

export async function mkcalendar(exchange: Exchange): Promise<void> {
  const body = await readCreation(exchange);
  if (body !== undefined && body.name !== caldav('mkcalendar')) {
    throw badRequest('The body of MKCALENDAR must be a CALDAV:mkcalendar element.');
  }
  const instructions = body === undefined ? [] : readInstructions(body);
  const refused = await create(exchange, instructions, 'calendars', [dav('collection'), caldav('calendar')]);
  if (refused === undefined) {
    answer(exchange, 201, noCache);
    return;
  }
  const out = new Multistatus(exchange, noCache);
  await out.add(`<D:response>${href(exchange.rawPath)}${updatePropstats(refused)}</D:response>`);
  out.end();
}

export async function mkcol(exchange: Exchange): Promise<void> {
  const instructions = readMkcol(await readCreation(exchange));
  const home = 'home' in exchange.path ? exchange.path.home : 'calendars';
  // A body-less MKCOL asks for a plain collection, which is not served anywhere here.
  const refused = await create(exchange, instructions, home, [dav('collection')]);
  if (refused === undefined) {
    answer(exchange, 201, noCache);
    return;
  }
  answer(
    exchange,
    424,
    { ...xmlHeaders, ...noCache },
    document(dav('mkcol-response'), updatePropstats(refused)),
  );
}

/** @throws DavError 415 for a body that says itself that it is no XML (RFC 4918 §9.3.1) */
async function readCreation(exchange: Exchange): Promise<XmlElement | undefined> {
  try {
    return await exchange.services.bodies.readXml(exchange);
  } catch (error) {
    const type = mediaTypeOf(exchange.request.headers['content-type'])?.type ?? 'xml';
    if (!(error instanceof DavError) || error.status !== 400 || type.endsWith('xml')) throw error;
    throw new DavError(415, `A collection is made by a body of XML, not of ${type}.`);
  }
}

function readMkcol(body: XmlElement | undefined): Instruction[] {
  if (body === undefined) return [];
  if (body.name !== dav('mkcol')) {
    throw new DavError(415, 'The body of MKCOL must be a DAV:mkcol element.');
  }
  return readInstructions(body);
}

/** @throws DavError 403 DAV:valid-resourcetype unless exactly the one kind is asked for that the home holds */
function requireTypes(types: readonly Name[], home: Home): void {
  const wanted = home === 'calendars' ? caldav('calendar') : carddav('addressbook');
  const rest = types.filter((type) => type !== dav('collection'));
  const isSubscription = home === 'calendars' && rest[0] === subscribedType;
  if (types.includes(dav('collection')) && rest.length === 1 && (rest[0] === wanted || isSubscription))
    return;
  const kind = home === 'calendars' ? 'calendars' : 'address books';
  throw new DavError(403, `Only ${kind} can be made at this address.`, {
    precondition: dav('valid-resourcetype'),
  });
}

/** Creates the collection; answers with the update where a property refuses, and then has done nothing. */
async function create(
  exchange: Exchange,
  instructions: readonly Instruction[],
  home: Home,
  impliedTypes: readonly Name[],
): Promise<PropertyUpdate | undefined> {
  const { services, actor, path } = exchange;
  const kind = collectionKindOf(home);
  const settable = instructions.filter(({ name }) => name !== dav('resourcetype'));
  const wanted = planUpdate(settable, kind, false);
  const types = requestedTypes(instructions) ?? impliedTypes;
  return services.database.write(
    async (writer) => {
      const vacancy = requireVacancy(exchange, await resolve(writer, actor, path), home);
      requirePrivilege(actor, vacancy, 'bind');
      await requireConditions(writer, exchange, vacancy);
      await requireLockTokens(writer, exchange, [itself(vacancy.path), membership(vacancy.path)]);
      requireTypes(types, home);
      const source = subscriptionSource(types, instructions);
      const update = withRefusals(wanted, await refusedForRoom(writer, exchange, undefined, wanted.dead));
      if (update.refused) return update;
      await requireRoom(writer, exchange, kind);
      const now = services.clock();
      const collection = await createCollection(writer, actor.accountId, {
        kind,
        name: vacancy.name,
        indexedAs: indexedAs({ kind, zone: update.changes.zone ?? null }),
        now,
        ...update.changes,
        ...(source === undefined ? {} : { source }),
      });
      if (update.dead.size > 0) {
        const key = deadResourceOf({ kind, home, path: vacancy.path, collection });
        if (key !== undefined) await changeDeadProperties(writer, actor.accountId, key, update.dead);
      }
      return undefined;
    },
    { scope: actor.accountId },
  );
}

function requireVacancy(
  { actor, path }: Exchange,
  found: Awaited<ReturnType<typeof resolve>>,
  home: Home,
): Vacancy {
  if (found === undefined) throw nothingCanBeAt(path);
  if (exists(found)) {
    throw methodNotAllowed(
      found,
      actor,
      'There is already a resource at this address.',
      dav('resource-must-be-null'),
    );
  }
  if (found.kind === 'vacant-object' && found.collection === undefined) throw noCollectionAround();
  if (found.kind !== 'vacant-collection' || found.home !== home) {
    throw new DavError(
      403,
      'Calendars and address books stand directly in their home, not inside each other.',
      {
        precondition:
          home === 'calendars'
            ? caldav('calendar-collection-location-ok')
            : carddav('addressbook-collection-location-ok'),
      },
    );
  }
  return found;
}

/** @throws DavError 507 where the home has as many collections as it may */
export async function requireRoom(
  writer: Writer,
  { actor, services }: Storing,
  kind: 'calendar' | 'addressbook',
): Promise<void> {
  const { maxCollections } = services.limits;
  if ((await listCollections(writer, actor.accountId, kind)).length >= maxCollections) {
    throw new DavError(507, `An account may have at most ${maxCollections} collections of a kind.`);
  }
}
