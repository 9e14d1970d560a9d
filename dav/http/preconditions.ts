/** The conditions that a request carries, on resources as they are in its unit of work (RFC 9110 §13; RFC 4918 §10.4). */
import type { Actor } from '../../auth/index.js';
import type { Reader } from '../../storage/index.js';
import { propertyContext } from '../property-context.js';
import type { PropertyContext } from '../live-property.js';
import { parsePath, pathOfHref } from '../resources/path.js';
import { exists, resolve } from '../resources/resolve.js';
import { isCollection, isHome, isObject } from '../resources/resource.js';
import type { Resource, Vacancy } from '../resources/resource.js';
import { isLimited } from '../resources/visibility.js';
import { presentHomeToken } from '../sync/home-token.js';
import { syncToken } from '../sync/token.js';
import { locksOn } from '../webdav/locks.js';
import { checkWriteConditions } from './conditional.js';
import type { CurrentState } from './conditional.js';
import { DavError } from './errors.js';
import type { Exchange } from './exchange.js';
import { parseIfHeader, someListHolds } from './if-header.js';
import type { ResourceState } from './if-header.js';

type Found = Resource | Vacancy | undefined;

/**
 * Every condition that a request which changes something can carry.
 * @throws DavError 412 when one does not hold, 400 for a malformed If header
 */
export async function requireConditions(reader: Reader, exchange: Exchange, found: Found): Promise<void> {
  checkWriteConditions(exchange.request.headers, stateOf(found));
  await requireIf(reader, exchange, found);
}

/** The If header, which any request can carry. @throws DavError 412, 400 */
export async function requireIf(reader: Reader, exchange: Exchange, found: Found): Promise<void> {
  const header = exchange.request.headers['if'];
  if (header === undefined) return;
  const context = propertyContext(exchange, reader);
  const holds = await someListHolds(parseIfHeader(String(header)), async (resource) => {
    if (resource === undefined) return resourceState(found, context, exchange.actor);
    const parsed = parsePath(pathOfHref(resource) ?? '');
    const named = parsed && (await resolve(reader, exchange.actor, parsed));
    return resourceState(named, context, exchange.actor);
  });
  if (!holds) throw new DavError(412, 'None of the conditions of the If header holds.');
}

async function resourceState(found: Found, context: PropertyContext, actor: Actor): Promise<ResourceState> {
  const { locks, epoch } = context;
  if (found === undefined || isOutOfSight(found, actor)) return { etag: undefined, tokens: new Set() };
  const tokens = new Set(locksOn(await locks(), found.path).map(({ token }) => token));
  if (isCollection(found)) tokens.add(syncToken(epoch, found.collection));
  if (isHome(found)) tokens.add(await presentHomeToken(context, found));
  return { etag: isObject(found) ? found.object.etag : undefined, tokens };
}

/** To an app password that is limited, what is not in its collections may be there: not even who knows a lock's token learns it. */
const isOutOfSight = (found: Resource | Vacancy, actor: Pick<Actor, 'collections'>): boolean =>
  isLimited(actor) &&
  (found.kind === 'vacant-collection' || (found.kind === 'vacant-object' && found.collection === undefined));

/** What conditions are compared with. Only objects have a tag; the rest is there, which is what `*` asks. */
function stateOf(found: Found): CurrentState | undefined {
  if (isObject(found)) return found.object;
  return exists(found) ? { etag: '', modifiedAt: 0 } : undefined;
}
