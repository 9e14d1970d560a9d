/** The locks of an account, at the addresses that the actor uses: one made under an earlier name holds under all of them. */
import type { Actor } from '../../auth/index.js';
import { listLocks } from '../../storage/index.js';
import type { Lock, Reader } from '../../storage/index.js';
import { encodeSegment } from '../resources/path.js';

/** Those that have not expired; `now` in epoch milliseconds. */
export async function ownLocks(
  reader: Reader,
  actor: Pick<Actor, 'accountId' | 'accountName'>,
  now: number,
): Promise<readonly Lock[]> {
  const locks = await listLocks(reader, actor.accountId, now);
  return locks.map((lock) => ({ ...lock, root: underName(lock.root, actor.accountName) }));
}

/** Roots lie below homes and principals: `/dav/`, what it is, and the account's name. */
function underName(root: string, name: string): string {
  const segments = root.split('/');
  if (segments.length > 4) segments[3] = encodeSegment(name);
  return segments.join('/');
}
