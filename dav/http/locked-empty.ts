/**
 * Addresses that a lock reserves while nothing is there yet (RFC 4918 §7.3, §9.10.4): who asks for one itself finds it
 * empty and locked. In listings, queries and counts it is not there.
 */
import type { Lock, Reader } from '../../storage/index.js';
import { propertyContext } from '../property-context.js';
import type { Resource, Vacancy } from '../resources/resource.js';
import { lockDiscovery, supportedLock } from '../webdav/lock-properties.js';
import { locksOn } from '../webdav/locks.js';
import { dav } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import { element } from '../xml/write.js';
import type { Exchange } from './exchange.js';
import { propstat, responseElement } from './propstat.js';
import type { PropertyRequest } from './propstat.js';

export interface LockedEmpty {
  readonly path: string;
  readonly locks: readonly Lock[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The reserved address that was found; undefined for anything else. */
export async function lockedEmpty(
  reader: Reader,
  exchange: Exchange,
  found: Resource | Vacancy | undefined,
): Promise<LockedEmpty | undefined> {
  if (found?.kind !== 'vacant-object' || found.collection === undefined) return undefined;
  const { locks, now } = propertyContext(exchange, reader);
  const on = locksOn(await locks(), found.path);
  return on.some(({ root }) => root === found.path) ? { path: found.path, locks: on, now } : undefined;
}

/** The DAV:response of a reserved address: its locks are all that there is to say. */
export function lockedEmptyResponse({ path, locks, now }: LockedEmpty, request: PropertyRequest): string {
  const values = new Map<Name, string>([
    [dav('resourcetype'), ''],
    [dav('lockdiscovery'), lockDiscovery(locks, now)],
    [dav('supportedlock'), supportedLock],
  ]);
  const names = request.kind === 'prop' ? request.names : [...values.keys()];
  let present = '';
  let missing = '';
  for (const name of names) {
    const value = values.get(name);
    if (value === undefined) missing += element(name, '');
    else present += element(name, request.kind === 'propname' ? '' : value);
  }
  const found = present === '' && missing !== '' ? '' : propstat(present, 200);
  return responseElement(path, `${found}${missing === '' ? '' : propstat(missing, 404)}`);
}
