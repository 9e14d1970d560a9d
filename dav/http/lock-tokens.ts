/** Write locks and the requests that change what they protect (RFC 4918 §7). */
import { removeLocks } from '../../storage/index.js';
import type { Lock, Reader, Writer } from '../../storage/index.js';
import { parentPath } from '../resources/path.js';
import { blockingLocks, locksBelow } from '../webdav/locks.js';
import { ownLocks } from '../webdav/own-locks.js';
import type { Change } from '../webdav/locks.js';
import { dav } from '../xml/names.js';
import { href } from '../xml/write.js';
import { DavError } from './errors.js';
import type { Exchange } from './exchange.js';
import { parseIfHeader } from './if-header.js';

/** The resource itself. */
export const itself = (path: string): Change => ({ path, whole: false });
/** The resource with everything below it. */
export const whole = (path: string): Change => ({ path, whole: true });
/** The members of the collection around it. */
export const membership = (path: string): Change => ({ path: parentPath(path), whole: false });

/** The tokens that a request submits: those in its If header, wherever they stand there (§7.5). */
export function submittedTokens({ request }: Pick<Exchange, 'request'>): ReadonlySet<string> {
  const header = request.headers['if'];
  if (header === undefined) return new Set();
  const conditions = parseIfHeader(String(header)).flatMap((list) => list.conditions);
  return new Set(conditions.flatMap(({ token }) => token ?? []));
}

/**
 * Lets a request go on that changes what may be locked.
 * @throws DavError 423 DAV:lock-token-submitted with the roots of the locks whose tokens are missing
 */
export async function requireLockTokens(
  reader: Reader,
  exchange: Exchange,
  changes: readonly Change[],
  known?: readonly Lock[],
): Promise<readonly Lock[]> {
  const locks = known ?? (await locksOf(reader, exchange));
  if (locks.length === 0) return locks;
  const blocking = blockingLocks(locks, changes, submittedTokens(exchange));
  if (blocking.length === 0) return locks;
  throw lockedRefusal('lock-token-submitted', blocking);
}

/** The locks of the actor's account, for `requireLockTokens`, where they can be asked for together with something else. */
export const locksOf = (
  reader: Reader,
  { actor, services }: Pick<Exchange, 'actor' | 'services'>,
): Promise<readonly Lock[]> => ownLocks(reader, actor, services.clock());

/** 423 with the roots of the locks that stand in the way. */
export const lockedRefusal = (
  precondition: 'lock-token-submitted' | 'no-conflicting-lock',
  locks: readonly Lock[],
): DavError =>
  new DavError(423, 'This is locked, and the request does not have the token of the lock.', {
    precondition: dav(precondition),
    content: [...new Set(locks.map(({ root }) => root))].map(href).join(''),
  });

/** Removes the locks whose roots are no more (§6.1, 8.): of a resource that went away, and of all below it. */
export async function removeLocksOf(
  writer: Writer,
  { actor }: Exchange,
  locks: readonly Lock[],
  path: string,
  { keepRoot = false }: { readonly keepRoot?: boolean } = {},
): Promise<void> {
  const gone = [...locksBelow(locks, path), ...(keepRoot ? [] : locks.filter(({ root }) => root === path))];
  if (gone.length === 0) return;
  await removeLocks(
    writer,
    actor.accountId,
    gone.map(({ token }) => token),
  );
}
