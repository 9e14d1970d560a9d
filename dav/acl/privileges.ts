/**
 * RFC 3744 §3, §5.4: what the request's app password may do to a resource of its own account. A read-only password has
 * no write privileges; clients derive from these whether they offer editing.
 */
import type { Actor } from '../../auth/index.js';
import { needPrivileges } from '../http/errors.js';
import type { ResourceKind } from '../resources/resource.js';
import { caldav, dav } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import { element } from '../xml/write.js';

const reading: readonly Name[] = [dav('read'), dav('read-current-user-privilege-set')];
const writing: Readonly<Record<ResourceKind, readonly Name[]>> = {
  root: [],
  principal: [dav('write-properties')],
  'calendar-home': [dav('write'), dav('write-properties'), dav('bind'), dav('unbind')],
  'addressbook-home': [dav('write'), dav('write-properties'), dav('bind'), dav('unbind')],
  calendar: [dav('write'), dav('write-properties'), dav('write-content'), dav('bind'), dav('unbind')],
  addressbook: [dav('write'), dav('write-properties'), dav('write-content'), dav('bind'), dav('unbind')],
  'calendar-object': [dav('write'), dav('write-properties'), dav('write-content')],
  'address-object': [dav('write'), dav('write-properties'), dav('write-content')],
};
// RFC 4791 §6.1.1: read-free-busy goes with read on calendars.
const freeBusyKinds: ReadonlySet<ResourceKind> = new Set(['calendar-home', 'calendar', 'calendar-object']);

/** The privileges that the actor has on a resource, aggregates and what they contain. */
export function privilegesOn(kind: ResourceKind, actor: Pick<Actor, 'access'>): readonly Name[] {
  return [
    ...reading,
    ...(freeBusyKinds.has(kind) ? [caldav('read-free-busy')] : []),
    ...(actor.access === 'write' ? writing[kind] : []),
  ];
}

/** DAV:current-user-privilege-set's content. */
export function privilegeSet(kind: ResourceKind, actor: Pick<Actor, 'access'>): string {
  return privilegesOn(kind, actor)
    .map((privilege) => element(dav('privilege'), element(privilege, '')))
    .join('');
}

/**
 * Lets a request go on that needs a privilege to write. To bind and to unbind are privileges on the collection around
 * the resource (RFC 3744 §3.9, §3.10).
 * @throws DavError 403 DAV:need-privileges when the app password is read-only
 */
export function requireWrite(
  actor: Actor,
  path: string,
  privilege: 'write-content' | 'write-properties' | 'bind' | 'unbind',
): void {
  if (actor.access === 'write') return;
  const resource = privilege === 'bind' || privilege === 'unbind' ? parentOf(path) : path;
  throw needPrivileges(resource, dav(privilege), 'This app password may only read.');
}

const parentOf = (path: string): string => path.replace(/[^/]+\/?$/, '');
