/** WebDAV access control, the reading side (RFC 3744, RFC 5397). */
import type { LiveProperty } from '../live-property.js';
import { principalPath } from '../resources/path.js';
import { allKinds, homeKinds, collectionKinds, objectKinds } from '../resources/resource.js';
import { calendarServer, dav } from '../xml/names.js';
import { element, escapeText, href } from '../xml/write.js';
import { accessControlList, supportedPrivilegeSet } from './access-control.js';
import { groupMemberSet, groupMembership } from './groups.js';
import { privilegeElements, privilegesOn } from './privileges.js';

export const aclProperties: readonly LiveProperty[] = [
  {
    // RFC 5397 §3
    name: dav('current-user-principal'),
    appliesTo: allKinds,
    get: (_resource, { actor }) => href(principalPath(actor.accountName)),
  },
  {
    // RFC 3744 §5.4
    name: dav('current-user-privilege-set'),
    appliesTo: allKinds,
    get: (resource, { actor }) => privilegeElements(privilegesOn(resource, actor)),
  },
  {
    // RFC 3744 §5.1
    name: dav('owner'),
    appliesTo: [...homeKinds, ...collectionKinds, ...objectKinds],
    get: (_resource, { actor }) => href(principalPath(actor.accountName)),
  },
  {
    // RFC 3744 §4.2
    name: dav('principal-URL'),
    appliesTo: ['principal', 'group'],
    get: (resource) => href(resource.path),
  },
  {
    // RFC 3744 §5.8
    name: dav('principal-collection-set'),
    appliesTo: allKinds,
    get: () => href('/dav/principals/'),
  },
  {
    // Apple's clients ask for it beside the calendar user addresses.
    name: calendarServer('email-address-set'),
    appliesTo: ['principal'],
    get: (resource) => {
      const mail = resource.kind === 'principal' ? resource.principal.email : null;
      return mail === null ? '' : element(calendarServer('email-address'), escapeText(mail));
    },
  },
  {
    // RFC 3744 §5.2: what belongs to an account belongs to no group beside it.
    name: dav('group'),
    appliesTo: [...homeKinds, ...collectionKinds, ...objectKinds],
    get: () => '',
  },
  {
    // RFC 3744 §5.3
    name: dav('supported-privilege-set'),
    appliesTo: allKinds,
    get: (resource) => supportedPrivilegeSet(resource.kind),
  },
  {
    // RFC 3744 §5.5
    name: dav('acl'),
    appliesTo: allKinds,
    get: (resource) => accessControlList(resource),
  },
  {
    // RFC 3744 §5.6
    name: dav('acl-restrictions'),
    appliesTo: allKinds,
    get: () => element(dav('grant-only'), '') + element(dav('no-invert'), ''),
  },
  {
    // RFC 3744 §5.7: no resource limits what another one's list grants.
    name: dav('inherited-acl-set'),
    appliesTo: allKinds,
    get: () => '',
  },
  {
    // RFC 3744 §4.1: principals have no other addresses.
    name: dav('alternate-URI-set'),
    appliesTo: ['principal', 'group'],
    get: () => '',
  },
  {
    // RFC 3744 §4.3
    name: dav('group-member-set'),
    appliesTo: ['principal', 'group'],
    get: (resource, context) => (resource.kind === 'group' ? groupMemberSet(resource, context) : ''),
  },
  {
    // RFC 3744 §4.4: groups are in no groups.
    name: dav('group-membership'),
    appliesTo: ['principal', 'group'],
    get: (resource, context) => (resource.kind === 'principal' ? groupMembership(resource, context) : ''),
  },
];
