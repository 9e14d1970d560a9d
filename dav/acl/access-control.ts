/** The access control properties of RFC 3744 §5: who may do what, as an owner is told. No entry can be changed yet. */
import type { Resource, ResourceKind } from '../resources/resource.js';
import { caldav, dav } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import { element, escapeText } from '../xml/write.js';
import { ownersPrivileges, privilegeElements } from './privileges.js';

const descriptions: ReadonlyMap<Name, string> = new Map([
  [dav('all'), 'Any operation'],
  [dav('read'), 'Read'],
  [dav('read-acl'), 'Read who may do what'],
  [dav('read-current-user-privilege-set'), 'Read what one may do oneself'],
  [caldav('read-free-busy'), 'Read when one is busy'],
  [dav('write'), 'Write'],
  [dav('write-acl'), 'Change who may do what'],
  [dav('write-properties'), 'Change properties'],
  [dav('write-content'), 'Change contents'],
  [dav('bind'), 'Add members'],
  [dav('unbind'), 'Remove members'],
  [dav('unlock'), 'Remove locks'],
]);

function supported(privilege: Name, parts: string, isAbstract = false): string {
  const description = element(
    dav('description'),
    escapeText(descriptions.get(privilege) ?? ''),
    ' xml:lang="en"',
  );
  const content = `${privilegeElements([privilege])}${isAbstract ? element(dav('abstract'), '') : ''}${description}${parts}`;
  return element(dav('supported-privilege'), content);
}

const without = (privileges: readonly Name[], aggregate: Name): string =>
  privileges
    .filter((privilege) => privilege !== aggregate && privilege !== dav('unlock'))
    .map((privilege) => supported(privilege, ''))
    .join('');

/** DAV:supported-privilege-set's content (§5.3): the tree of privileges on a kind of resource (§3.12). */
export function supportedPrivilegeSet(kind: ResourceKind): string {
  const { reading, writing } = ownersPrivileges(kind);
  const write = supported(dav('write'), without(writing, dav('write')), !writing.includes(dav('write')));
  const parts = [
    supported(dav('read'), without(reading, dav('read'))),
    ...(writing.length === 0 ? [] : [write, supported(dav('unlock'), '')]),
    supported(dav('write-acl'), '', true),
  ];
  return supported(dav('all'), parts.join(''), true);
}

const owner = element(dav('property'), element(dav('owner'), ''));
const everybody = element(dav('authenticated'), '');

function entry(principal: string, privileges: readonly Name[]): string {
  const grant = element(dav('grant'), privilegeElements(privileges));
  return element(
    dav('ace'),
    `${element(dav('principal'), principal)}${grant}${element(dav('protected'), '')}`,
  );
}

/** DAV:acl's content (§5.5): everything to the owner; to everybody with an account, to read what belongs to nobody. */
export function accessControlList(resource: Resource): string {
  const { reading, writing } = ownersPrivileges(resource.kind);
  if (resource.kind === 'root' || resource.kind === 'group') return entry(everybody, reading);
  if (resource.kind !== 'principal') return entry(owner, [...reading, ...writing]);
  const self = entry(element(dav('self'), ''), [...reading, ...writing]);
  return resource.own ? self : self + entry(everybody, reading);
}
