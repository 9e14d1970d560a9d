/**
 * RFC 3744 §3, §5.4: what the request's app password may do to a resource. A read-only password has no write privileges;
 * clients derive from these whether they offer editing. Every method that writes is decided here.
 */
import type { Actor } from '../../auth/index.js';
import type { Collection } from '../../storage/index.js';
import { isBirthdayCalendar } from '../birthdays/visibility.js';
import { needPrivileges, notFound } from '../http/errors.js';
import { parentPath } from '../resources/path.js';
import { allKinds } from '../resources/resource.js';
import type { Resource, ResourceKind, Vacancy } from '../resources/resource.js';
import { isLimited } from '../resources/visibility.js';
import { caldav, dav } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import { element } from '../xml/write.js';

const read = dav('read');
const reading: readonly Name[] = [read, dav('read-acl'), dav('read-current-user-privilege-set')];
const home = [dav('write'), dav('write-properties'), dav('bind'), dav('unbind'), dav('unlock')];
const collection = [...['write', 'write-properties', 'write-content', 'bind', 'unbind', 'unlock'].map(dav)];
const object = [dav('write'), dav('write-properties'), dav('write-content'), dav('unlock')];
const writing: Readonly<Record<ResourceKind, readonly Name[]>> = {
  root: [],
  principal: [dav('write-properties'), dav('unlock')],
  group: [],
  'calendar-home': home,
  'addressbook-home': home,
  calendar: collection,
  addressbook: collection,
  'calendar-object': object,
  'address-object': object,
};
// RFC 4791 §6.1.1: read-free-busy goes with read on calendars.
const freeBusyKinds: ReadonlySet<ResourceKind> = new Set(['calendar-home', 'calendar', 'calendar-object']);

interface OwnersPrivileges {
  readonly reading: readonly Name[];
  readonly writing: readonly Name[];
  readonly all: readonly Name[];
}

const byKind = new Map(
  allKinds.map((kind): [ResourceKind, OwnersPrivileges] => {
    const mayRead = freeBusyKinds.has(kind) ? [...reading, caldav('read-free-busy')] : reading;
    return [kind, { reading: mayRead, writing: writing[kind], all: [...mayRead, ...writing[kind]] }];
  }),
);
const none: OwnersPrivileges = { reading: [], writing: [], all: [] };

/** The privileges to read and to write that an owner has on a kind of resource, aggregates and what they contain. */
export const ownersPrivileges = (kind: ResourceKind): OwnersPrivileges => byKind.get(kind) ?? none;

type Protected = Pick<Resource, 'kind' | 'path'> & {
  readonly own?: boolean;
  readonly collection?: Pick<Collection, 'kind' | 'id'>;
};

type ProtectedVacancy = Pick<Vacancy, 'kind' | 'path' | 'home'> & Pick<Protected, 'collection'>;

/**
 * Whether only the server writes it, whatever the app password says: its name and colour too, for Thunderbird takes a calendar
 * with any privilege to write for one in which events can be made.
 */
export const isReadOnly = (
  { collection }: { readonly collection?: Protected['collection'] | undefined },
  actor: Pick<Actor, 'birthdayCalendar'>,
): boolean => collection !== undefined && isBirthdayCalendar(collection, actor);

/** An app password that is limited to some collections shares their home with others that it must not know of. */
const isHomeOfMore = (kind: ResourceKind, actor: Pick<Actor, 'collections'>): boolean =>
  isLimited(actor) && (kind === 'calendar-home' || kind === 'addressbook-home');

/** The privileges that the actor has on a resource. Grants to others will be added here. */
export function privilegesOn(
  { kind, own = true, collection }: Protected,
  actor: Pick<Actor, 'access' | 'birthdayCalendar' | 'collections'>,
): readonly Name[] {
  const { reading: mayRead, all } = ownersPrivileges(kind);
  if (!own || actor.access !== 'write' || isReadOnly({ collection }, actor)) return mayRead;
  return isHomeOfMore(kind, actor) ? mayRead : all;
}

/** Written DAV:privilege elements. */
export const privilegeElements = (privileges: readonly Name[]): string =>
  privileges.map((privilege) => element(dav('privilege'), element(privilege, ''))).join('');

export type WritePrivilege = 'write-content' | 'write-properties' | 'bind' | 'unbind' | 'unlock';

/**
 * Lets a request go on that needs a privilege on what it found. To bind and to unbind are privileges on the collection
 * around it (RFC 3744 §3.9, §3.10).
 * @throws DavError 403 DAV:need-privileges, with the resource and the privilege
 */
export function requirePrivilege(
  actor: Actor,
  found: Protected | ProtectedVacancy,
  privilege: WritePrivilege,
): void {
  const resource = privilege === 'bind' || privilege === 'unbind' ? holderOf(found, actor) : found;
  if (isVacant(resource) || privilegesOn(resource, actor).includes(dav(privilege))) return;
  throw needPrivileges(resource.path, dav(privilege), whyNot(actor, resource));
}

function whyNot(actor: Actor, resource: Protected): string {
  if (actor.access !== 'write') return 'This app password may only read.';
  if (isHomeOfMore(resource.kind, actor))
    return 'This app password is limited to some calendars and address books: it makes and removes none.';
  return isReadOnly(resource, actor)
    ? 'This calendar is made from the contacts: change those, or switch it off in the console.'
    : 'This account may not change that here.';
}

/** What a method that shows something needs: all but free-busy-query need DAV:read (RFC 3744 appendix B). */
export type ReadPrivilege = 'read' | 'read-free-busy';

/**
 * Lets a request go on that shows something of what it found.
 * @throws DavError as `checkReading`
 */
export const requireReading = (actor: Actor, found: Protected, privilege: ReadPrivilege = 'read'): void => {
  checkReading(privilegesOn(found, actor), found.path, privilege);
};

/**
 * Whether those privileges are enough. Who may know of a calendar only when it is busy does not learn where it is (RFC 4791
 * §7.10).
 * @throws DavError 404 where nothing may be read, 403 DAV:need-privileges where only busy time may
 */
export function checkReading(granted: readonly Name[], path: string, privilege: ReadPrivilege): void {
  if (granted.includes(read)) return;
  const mayAskWhenBusy = granted.includes(caldav('read-free-busy'));
  if (!mayAskWhenBusy) throw notFound();
  if (privilege === 'read-free-busy') return;
  throw needPrivileges(path, read, 'You may ask when this calendar is busy, and nothing else of it.');
}

/** RFC 3744 needs no privilege on what is not there; the collection around it is asked. */
const isVacant = (resource: Protected | ProtectedVacancy): resource is ProtectedVacancy =>
  resource.kind === 'vacant-object' || resource.kind === 'vacant-collection';

/** What must grant it: the collection around; but what only the server writes does not leave its place either. */
function holderOf(found: Protected | ProtectedVacancy, actor: Actor): Protected {
  const { kind, path, collection } = found;
  const parent = parentPath(path);
  const calendars = path.startsWith('/dav/calendars/');
  const isMember = kind === 'vacant-object' || kind === 'calendar-object' || kind === 'address-object';
  if (isMember) {
    const around = { kind: calendars ? 'calendar' : 'addressbook', path: parent } as const;
    return collection === undefined ? around : { ...around, collection };
  }
  if (!isVacant(found) && isReadOnly(found, actor)) return found;
  return { kind: calendars ? 'calendar-home' : 'addressbook-home', path: parent };
}
