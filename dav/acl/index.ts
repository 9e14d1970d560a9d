/** WebDAV access control, the reading side (RFC 3744, RFC 5397). */
import type { LiveProperty } from '../live-property.js';
import { principalPath } from '../resources/path.js';
import { allKinds, homeKinds, collectionKinds, objectKinds } from '../resources/resource.js';
import { calendarServer, dav } from '../xml/names.js';
import { element, escapeText, href } from '../xml/write.js';
import { accessControlList, supportedPrivilegeSet } from './access-control.js';
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
    appliesTo: ['principal'],
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
    // RFC 3744 §5.2: there are no groups.
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
  ...(['alternate-URI-set', 'group-member-set', 'group-membership'] as const).map((local) => ({
    // RFC 3744 §4.1, §4.3, §4.4: principals have no other addresses and are in no groups.
    name: dav(local),
    appliesTo: ['principal'] as const,
    get: () => '',
  })),
];
