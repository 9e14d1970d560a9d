/** OPTIONS (RFC 4918 §9.1, §10.1): what each resource can do, truly. */
import type { Actor } from '../../auth/index.js';
import { isReadOnly } from '../acl/privileges.js';
import { exists, resolve } from '../resources/resolve.js';
import type { Resource, ResourceKind, Vacancy } from '../resources/resource.js';
import { isLimited } from '../resources/visibility.js';
import type { Name } from '../xml/names.js';
import { DavError, notFound } from './errors.js';
import { answer } from './exchange.js';
import type { Exchange } from './exchange.js';
import { lockedEmpty } from './locked-empty.js';

const common = ['OPTIONS', 'PROPFIND', 'REPORT'] as const;
const locking = ['LOCK', 'UNLOCK'] as const;
const home = [...common, 'PROPPATCH', ...locking] as const;
const collection = [...common, 'PROPPATCH', 'POST', 'DELETE', 'COPY', 'MOVE', ...locking] as const;
const object = [...common, 'PROPPATCH', 'GET', 'HEAD', 'PUT', 'DELETE', 'COPY', 'MOVE', ...locking] as const;
const methodsOf: Readonly<Record<ResourceKind | Vacancy['kind'], readonly string[]>> = {
  root: common,
  group: common,
  principal: home,
  'calendar-home': home,
  'addressbook-home': home,
  calendar: collection,
  addressbook: collection,
  'calendar-object': object,
  'address-object': object,
  'vacant-collection': ['OPTIONS', 'MKCOL', 'MKCALENDAR'],
  'vacant-object': ['OPTIONS', 'PUT', ...locking],
};
/** Of an address that a lock reserves (RFC 4918 §7.3). */
const reservedMethods = ['OPTIONS', 'PROPFIND', 'GET', 'HEAD', 'PUT', ...locking] as const;

const writing: ReadonlySet<string> = new Set([
  ...['PROPPATCH', 'PUT', 'POST', 'DELETE', 'MKCOL', 'MKCALENDAR', 'COPY', 'MOVE', 'LOCK', 'UNLOCK'],
]);

/** What needs a privilege on the home, which an app password that is limited to some of its collections does not have. */
const changesOfHomes: ReadonlySet<string> = new Set(['MKCOL', 'MKCALENDAR', 'DELETE', 'COPY', 'MOVE']);
const ofWholeHomes: Readonly<Partial<Record<ResourceKind | Vacancy['kind'], ReadonlySet<string>>>> = {
  'calendar-home': writing,
  'addressbook-home': writing,
  calendar: changesOfHomes,
  addressbook: changesOfHomes,
  'vacant-collection': changesOfHomes,
};

/** The methods that a resource answers to that actor, for Allow: Evolution takes it for what may be changed. */
function allowOf(
  found: Resource | Vacancy,
  actor: Pick<Actor, 'access' | 'birthdayCalendar' | 'collections'>,
  reserved = false,
): string {
  const elsewhere =
    found.kind === 'vacant-collection' && found.home !== 'calendars' ? 'MKCALENDAR' : undefined;
  const readOnly = 'collection' in found && isReadOnly(found, actor);
  const mayWrite = actor.access === 'write' && !readOnly && !(found.kind === 'principal' && !found.own);
  return (reserved ? reservedMethods : methodsOf[found.kind])
    .filter((method) => method !== elsewhere && (mayWrite || !writing.has(method)))
    .filter((method) => !isLimited(actor) || !(ofWholeHomes[found.kind]?.has(method) ?? false))
    .join(', ');
}

/** RFC 9110 §15.5.6: 405 with the methods that there are. */
export function methodNotAllowed(
  found: Resource | Vacancy,
  actor: Pick<Actor, 'access' | 'birthdayCalendar' | 'collections'>,
  sentence: string,
  precondition?: Name,
): DavError {
  return new DavError(405, sentence, {
    headers: { Allow: allowOf(found, actor) },
    ...(precondition === undefined ? {} : { precondition }),
  });
}

const isLockable = ({ kind }: Resource | Vacancy): boolean => methodsOf[kind].includes('LOCK');

/** The DAV header: compliance classes, and the services that the app password may see. */
export function davHeader(exchange: Exchange, found: Resource | Vacancy): string {
  const { services } = exchange.actor;
  return [
    '1',
    ...(isLockable(found) ? ['2'] : []),
    '3',
    'access-control',
    'extended-mkcol',
    ...(services.has('calendars') ? ['calendar-access', 'calendar-no-timezone'] : []),
    ...(services.has('contacts') ? ['addressbook'] : []),
  ].join(', ');
}

export async function options(exchange: Exchange): Promise<void> {
  const { found, reserved } = await target(exchange);
  const allow = allowOf(found, exchange.actor, reserved);
  answer(exchange, 200, { DAV: davHeader(exchange, found), Allow: allow });
}

/** Any method that is not served here. */
export async function unsupported(exchange: Exchange): Promise<void> {
  const { actor, request } = exchange;
  const { found } = await target(exchange);
  throw methodNotAllowed(found, actor, `The method ${request.method ?? ''} is not supported.`);
}

/** What is there, or could be made there. @throws DavError 404 */
async function target(
  exchange: Exchange,
): Promise<{ readonly found: Resource | Vacancy; readonly reserved: boolean }> {
  const { services, actor, path } = exchange;
  return services.database.read(async (reader) => {
    const found = await resolve(reader, actor, path);
    if (found === undefined) throw notFound();
    if (!exists(found) && found.kind === 'vacant-object' && found.collection === undefined) throw notFound();
    return { found, reserved: (await lockedEmpty(reader, exchange, found)) !== undefined };
  });
}
