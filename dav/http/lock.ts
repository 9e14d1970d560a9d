/**
 * LOCK and UNLOCK (RFC 4918 §9.10, §9.11). A lock on an address where nothing is reserves it (§7.3): members of calendars
 * and address books are valid objects, so that nothing is there in listings until it is PUT.
 */
import { randomUUID } from 'node:crypto';
import { insertLock, prolongLock, removeLocks } from '../../storage/index.js';
import type { Lock, Writer } from '../../storage/index.js';
import { requirePrivilege } from '../acl/privileges.js';
import { exists, resolve } from '../resources/resolve.js';
import type { Resource, Vacancy } from '../resources/resource.js';
import { lockableKinds, lockDiscovery } from '../webdav/lock-properties.js';
import { readLockInfo, timeoutOf } from '../webdav/lock-request.js';
import type { LockInfo } from '../webdav/lock-request.js';
import { conflictingLocks, locksOn } from '../webdav/locks.js';
import { ownLocks } from '../webdav/own-locks.js';
import { dav } from '../xml/names.js';
import { document, element } from '../xml/write.js';
import { depthOf } from './conditional.js';
import { badRequest, DavError, noCollectionAround, nothingCanBeAt } from './errors.js';
import { answer, xmlHeaders } from './exchange.js';
import type { Exchange } from './exchange.js';
import { lockedRefusal, locksOf, membership, requireLockTokens, submittedTokens } from './lock-tokens.js';
import { methodNotAllowed } from './options.js';
import { requireConditions } from './preconditions.js';

/** Live locks of one account: each request that changes something looks at all of them. */
const MAX_LOCKS = 500;

export async function lock(exchange: Exchange): Promise<void> {
  const { services, request } = exchange;
  const body = await services.bodies.readXml(exchange);
  const timeout = timeoutOf(request.headers);
  // §9.10.2: then Depth is ignored.
  if (body === undefined) return refresh(exchange, timeout);
  const depth = depthOf(request.headers) ?? 'infinity';
  if (depth === '1') throw badRequest('A lock has Depth 0 or infinity.');
  const info = readLockInfo(body);
  const { created, granted, locks } = await services.database.write(
    (writer) => grant(writer, exchange, { ...info, deep: depth === 'infinity', timeout }),
    { scope: exchange.actor.accountId },
  );
  const headers = { ...xmlHeaders, 'Lock-Token': `<${granted.token}>` };
  answer(exchange, created ? 201 : 200, headers, discovery(locks, services.clock()));
}

const discovery = (locks: readonly Lock[], now: number): string =>
  document(dav('prop'), element(dav('lockdiscovery'), lockDiscovery(locks, now)));

type Wanted = LockInfo & Pick<Lock, 'deep' | 'timeout'>;

async function grant(
  writer: Writer,
  exchange: Exchange,
  wanted: Wanted,
): Promise<{ readonly created: boolean; readonly granted: Lock; readonly locks: readonly Lock[] }> {
  const { actor, services } = exchange;
  const found = await lockable(writer, exchange);
  const present = exists(found);
  requirePrivilege(actor, found, present ? writePrivilegeOn(found) : 'bind');
  await requireConditions(writer, exchange, found);
  const locks = await requireLockTokens(writer, exchange, present ? [] : [membership(found.path)]);
  const now = services.clock();
  const conflicting = conflictingLocks(locks, { root: found.path, ...wanted });
  if (conflicting.length > 0) throw lockedRefusal('no-conflicting-lock', conflicting);
  if (locks.length >= MAX_LOCKS) throw new DavError(507, `An account may have at most ${MAX_LOCKS} locks.`);
  const granted = {
    ...wanted,
    token: `urn:uuid:${randomUUID()}`,
    root: found.path,
    expiresAt: now + wanted.timeout * 1000,
  };
  await insertLock(writer, actor.accountId, granted, now);
  const created = !present && !locks.some(({ root }) => root === found.path);
  return { created, granted, locks: locksOn([...locks, granted], found.path) };
}

/** @throws DavError 404, 405, 409 for what cannot be locked */
async function lockable(writer: Writer, { actor, path }: Exchange): Promise<Resource | Vacancy> {
  const found = await resolve(writer, actor, path);
  if (found === undefined) throw nothingCanBeAt(path);
  if (found.kind === 'vacant-object') {
    if (found.collection === undefined) throw noCollectionAround();
    return found;
  }
  if (exists(found) && lockableKinds.includes(found.kind)) return found;
  throw methodNotAllowed(found, actor, 'This address cannot be locked.');
}

const writePrivilegeOn = ({ kind }: Resource): 'write-content' | 'write-properties' =>
  kind === 'principal' || kind === 'calendar-home' || kind === 'addressbook-home'
    ? 'write-properties'
    : 'write-content';

/** §9.10.2: a LOCK without body lets the lock go on whose token stands in the If header. */
async function refresh(exchange: Exchange, timeout: number): Promise<void> {
  const { services, actor } = exchange;
  const tokens = submittedTokens(exchange);
  if (tokens.size === 0)
    throw badRequest('A LOCK without body refreshes the lock whose token the If header has.');
  const { locks, now } = await services.database.write(
    async (writer) => {
      const found = await lockable(writer, exchange);
      requirePrivilege(actor, found, exists(found) ? 'unlock' : 'bind');
      const time = services.clock();
      const on = locksOn(await ownLocks(writer, actor, time), found.path);
      const refreshed = on.filter(({ token }) => tokens.has(token));
      if (refreshed.length === 0)
        throw noSuchLock(412, 'The If header has no token of a lock on this address.');
      if (refreshed.length > 1) throw badRequest('One LOCK refreshes one lock: the If header names more.');
      await requireConditions(writer, exchange, found);
      const until = { timeout, expiresAt: time + timeout * 1000 };
      for (const { token } of refreshed) await prolongLock(writer, actor.accountId, token, until);
      return { locks: on.map((each) => (tokens.has(each.token) ? { ...each, ...until } : each)), now: time };
    },
    { scope: actor.accountId },
  );
  answer(exchange, 200, xmlHeaders, discovery(locks, now));
}

const noSuchLock = (status: 409 | 412, sentence: string): DavError =>
  new DavError(status, sentence, { precondition: dav('lock-token-matches-request-uri') });

export async function unlock(exchange: Exchange): Promise<void> {
  const { services, actor, request } = exchange;
  const header = request.headers['lock-token'];
  if (header === undefined) throw badRequest('UNLOCK needs a Lock-Token header.');
  const token = /^\s*<([^<>\s]+)>\s*$/.exec(String(header))?.[1];
  if (token === undefined) throw badRequest('The Lock-Token header must be a URI in angle brackets.');
  await services.database.write(
    async (writer) => {
      const found = await lockable(writer, exchange);
      requirePrivilege(actor, found, exists(found) ? 'unlock' : 'bind');
      await requireConditions(writer, exchange, found);
      const locks = locksOn(await locksOf(writer, exchange), found.path);
      if (!locks.some((each) => each.token === token))
        throw noSuchLock(409, 'There is no lock with this token on this address.');
      await removeLocks(writer, actor.accountId, [token]);
    },
    { scope: actor.accountId },
  );
  answer(exchange, 204);
}
