/** Which locks concern which resource (RFC 4918 §6.1, §7), over the locks of an account. */
import type { Lock } from '../../storage/index.js';

/** The locks that a resource is locked by, directly or from above. */
export const locksOn = (locks: readonly Lock[], path: string): readonly Lock[] =>
  locks.filter(({ root, deep }) => root === path || (deep && isBelow(path, root)));

/** The locks whose roots are below a collection. */
export const locksBelow = (locks: readonly Lock[], path: string): readonly Lock[] =>
  locks.filter(({ root }) => isBelow(root, path));

const isBelow = (path: string, collection: string): boolean =>
  collection.endsWith('/') && path.length > collection.length && path.startsWith(collection);

/** What a request changes: a resource, with all that is below it or not. */
export interface Change {
  readonly path: string;
  readonly whole: boolean;
}

/**
 * The locks that stand in the way of changes because none of their tokens was submitted (§7.5). Of several locks on one
 * resource, which only shared ones can be, one is enough.
 */
export function blockingLocks(
  locks: readonly Lock[],
  changes: readonly Change[],
  submitted: ReadonlySet<string>,
): readonly Lock[] {
  const paths = new Set<string>();
  for (const { path, whole } of changes) {
    paths.add(path);
    if (whole) for (const { root } of locksBelow(locks, path)) paths.add(root);
  }
  const blocking = new Set<Lock>();
  for (const path of paths) {
    const on = locksOn(locks, path);
    if (on.some(({ token }) => submitted.has(token))) continue;
    for (const lock of on) blocking.add(lock);
  }
  return [...blocking];
}

/** The locks that a new one cannot stand beside (§9.10.5). */
export function conflictingLocks(
  locks: readonly Lock[],
  wanted: Pick<Lock, 'root' | 'deep' | 'shared'>,
): readonly Lock[] {
  const concerned = new Set([
    ...locksOn(locks, wanted.root),
    ...(wanted.deep ? locksBelow(locks, wanted.root) : []),
  ]);
  return [...concerned].filter(({ shared }) => !(shared && wanted.shared));
}
