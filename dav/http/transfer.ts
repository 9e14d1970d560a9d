/** What a COPY or a MOVE is about (RFC 4918 §9.8, §9.9): from where, to where, and whether that can be. */
import type { Lock, Writer } from '../../storage/index.js';
import { requirePrivilege, requireReading } from '../acl/privileges.js';
import type { DavPath, Home } from '../resources/path.js';
import { exists, resolve } from '../resources/resolve.js';
import { isCollection, isObject } from '../resources/resource.js';
import type { CollectionResource, ObjectResource, Resource, Vacancy } from '../resources/resource.js';
import { depthOf } from './conditional.js';
import type { Depth } from './conditional.js';
import { destinationOf, mayOverwrite } from './destination.js';
import { badRequest, DavError, notFound } from './errors.js';
import type { Exchange } from './exchange.js';
import { requireConditions } from './preconditions.js';
import { membership, requireLockTokens, whole } from './lock-tokens.js';
import { namespaceOf } from './object-rules.js';
import { methodNotAllowed } from './options.js';

export interface TransferRequest {
  readonly kind: 'copy' | 'move';
  readonly destination: DavPath;
  readonly overwrite: boolean;
  readonly depth: Depth | undefined;
}

/** Source and destination of one kind, as they are in this unit of work. */
type Ends =
  | {
      readonly kind: 'object';
      readonly source: ObjectResource;
      readonly target: ObjectResource | ObjectVacancy;
    }
  | {
      readonly kind: 'collection';
      readonly source: CollectionResource;
      readonly target: CollectionResource | Vacancy;
    };
/** Both ends, and the locks of the account. */
export type Transfer = Ends & { readonly locks: readonly Lock[] };
export type ObjectVacancy = Vacancy & Required<Pick<Vacancy, 'collection'>>;

/** @throws DavError 400, 502 for headers that are not what the RFC says */
export function readTransfer(exchange: Exchange, kind: TransferRequest['kind']): TransferRequest {
  const { headers } = exchange.request;
  return {
    kind,
    destination: destinationOf(headers, exchange.services.publicHost),
    overwrite: mayOverwrite(headers),
    depth: depthOf(headers),
  };
}

/** Looks at both ends, and refuses what cannot be. @throws DavError with the precondition that does not hold */
export async function requireTransfer(
  writer: Writer,
  exchange: Exchange,
  request: TransferRequest,
): Promise<Transfer> {
  const { actor, path } = exchange;
  const source = await resolve(writer, actor, path);
  if (!exists(source)) throw notFound();
  if (!isObject(source) && !isCollection(source)) {
    throw methodNotAllowed(source, actor, 'This address can neither be copied nor moved.');
  }
  requireReading(actor, source);
  if (request.kind === 'move') requirePrivilege(actor, source, 'unbind');
  const target = await resolve(writer, actor, request.destination);
  requirePrivilege(actor, target === undefined || target.kind === 'root' ? source : target, 'bind');
  await requireConditions(writer, exchange, source);
  requireDepth(source, request);
  requireTarget(source, target, request);
  const ends: Ends = isObject(source)
    ? { kind: 'object', source, target: requireObjectPlace(source, target) }
    : { kind: 'collection', source, target: requireCollectionPlace(source, target) };
  const changes = [whole(target.path), membership(target.path)];
  if (request.kind === 'move') changes.push(whole(source.path), membership(source.path));
  return { ...ends, locks: await requireLockTokens(writer, exchange, changes) };
}

function requireDepth(source: Resource, { kind, depth }: TransferRequest): void {
  if (isObject(source) || depth === undefined || depth === 'infinity') return;
  if (kind === 'copy' && depth === '0') return;
  const allowed = kind === 'copy' ? '0 or infinity' : 'infinity';
  throw badRequest(`The Depth header of this request on a collection must be ${allowed}.`);
}

/** What holds for every destination. Another account's answers as one that is not there. */
function requireTarget(
  source: Resource,
  target: Resource | Vacancy | undefined,
  { overwrite }: TransferRequest,
): asserts target {
  if (target === undefined || (target.kind === 'vacant-object' && target.collection === undefined)) {
    throw new DavError(409, 'The collection around the destination does not exist.');
  }
  if (target.path === source.path) throw new DavError(403, 'Source and destination are the same.');
  if (exists(target) && !overwrite) {
    throw new DavError(412, 'There is something at the destination, and the Overwrite header is F.');
  }
}

function requireObjectPlace(
  source: ObjectResource,
  target: Resource | Vacancy,
): ObjectResource | ObjectVacancy {
  if (!isObject(target) && !isObjectVacancy(target)) {
    throw new DavError(403, 'An object can only stand in a calendar or an address book.');
  }
  if (target.home === source.home) return target;
  const precondition = target.home === 'calendars' ? 'supported-calendar-data' : 'supported-address-data';
  throw new DavError(403, 'Calendars do not receive cards, and address books no calendar objects.', {
    precondition: namespaceOf(target.home)(precondition),
  });
}

const isObjectVacancy = (target: Resource | Vacancy): target is ObjectVacancy =>
  target.kind === 'vacant-object' && target.collection !== undefined;

function requireCollectionPlace(
  source: CollectionResource,
  target: Resource | Vacancy,
): CollectionResource | Vacancy {
  if ((isCollection(target) || target.kind === 'vacant-collection') && target.home === source.home)
    return target;
  throw locationRefusal(source.home);
}

/** RFC 4791 §5.3.1.1, RFC 6352 §6.3.1.1 */
function locationRefusal(home: Home): DavError {
  const [what, precondition] =
    home === 'calendars'
      ? ['Calendars stand directly in the calendar home.', 'calendar-collection-location-ok']
      : ['Address books stand directly in the address book home.', 'addressbook-collection-location-ok'];
  return new DavError(403, what, { precondition: namespaceOf(home)(precondition) });
}
