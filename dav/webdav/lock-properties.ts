/** DAV:lockdiscovery and DAV:supportedlock (RFC 4918 §15.8, §15.10). */
import type { Lock } from '../../storage/index.js';
import type { LiveProperty } from '../live-property.js';
import type { ResourceKind } from '../resources/resource.js';
import { collectionKinds, homeKinds, objectKinds } from '../resources/resource.js';
import { dav } from '../xml/names.js';
import { element, href } from '../xml/write.js';
import { locksOn } from './locks.js';

/** What can be locked. */
export const lockableKinds: readonly ResourceKind[] = [
  'principal',
  ...homeKinds,
  ...collectionKinds,
  ...objectKinds,
];

const write = element(dav('locktype'), element(dav('write'), ''));
const scopeOf = (shared: boolean): string =>
  element(dav('lockscope'), element(dav(shared ? 'shared' : 'exclusive'), ''));

/** DAV:supportedlock's content. */
export const supportedLock = [false, true]
  .map((shared) => element(dav('lockentry'), scopeOf(shared) + write))
  .join('');

/** DAV:lockdiscovery's content; `now` in epoch milliseconds. */
export function lockDiscovery(locks: readonly Lock[], now: number): string {
  return locks
    .map(({ token, root, deep, shared, owner, expiresAt }) => {
      const seconds = Math.max(1, Math.round((expiresAt - now) / 1000));
      const parts = [
        write,
        scopeOf(shared),
        element(dav('depth'), deep ? 'infinity' : '0'),
        owner ?? '',
        element(dav('timeout'), `Second-${seconds}`),
        element(dav('locktoken'), href(token)),
        element(dav('lockroot'), href(root)),
      ];
      return element(dav('activelock'), parts.join(''));
    })
    .join('');
}

export const lockProperties: readonly LiveProperty[] = [
  {
    name: dav('lockdiscovery'),
    appliesTo: lockableKinds,
    inAllprop: true,
    get: async (resource, { locks, now }) => lockDiscovery(locksOn(await locks(), resource.path), now),
  },
  {
    name: dav('supportedlock'),
    appliesTo: lockableKinds,
    inAllprop: true,
    get: () => supportedLock,
  },
];
