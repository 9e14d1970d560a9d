/** WebDAV access control, the reading side (RFC 3744, RFC 5397). */
import type { LiveProperty } from '../live-property.js';
import { principalPath } from '../resources/path.js';
import { allKinds, homeKinds, collectionKinds, objectKinds } from '../resources/resource.js';
import { dav } from '../xml/names.js';
import { href } from '../xml/write.js';
import { privilegeSet } from './privileges.js';

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
    get: (resource, { actor }) => privilegeSet(resource.kind, actor),
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
];
