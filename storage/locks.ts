/** Write locks (RFC 4918 §6). They expire by themselves; an expired one is as good as none. */
import type { Reader, Writer } from './database.js';
import type { AccountId } from './ids.js';
import type { Flag } from './schema.js';
import { statement } from './statement.js';

export interface Lock {
  /** A URI, unique for all time. */
  readonly token: string;
  /** The path of the resource that was locked, percent-encoded; collections end in `/`. */
  readonly root: string;
  /** Depth infinity: everything below the root is locked too. */
  readonly deep: boolean;
  readonly shared: boolean;
  /** The DAV:owner element that the client sent. */
  readonly owner: string | null;
  /** Seconds that it was granted for. */
  readonly timeout: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

type Row = Omit<Lock, 'deep' | 'shared'> & { readonly deep: Flag; readonly shared: Flag };
interface ByToken {
  readonly accountId: AccountId;
  readonly token: string;
}

const live = statement<{ accountId: AccountId; now: number }>()((db, $) =>
  db
    .selectFrom('resource_lock')
    .select(['token', 'root', 'deep', 'shared', 'owner', 'timeout', 'expires_at as expiresAt'])
    .where('account_id', '=', $.accountId)
    .where('expires_at', '>', $.now)
    .orderBy('token'),
);
const insert = statement<{ accountId: AccountId } & Row>()((db, $) =>
  db.insertInto('resource_lock').values({
    account_id: $.accountId,
    token: $.token,
    root: $.root,
    deep: $.deep,
    shared: $.shared,
    owner: $.owner,
    timeout: $.timeout,
    expires_at: $.expiresAt,
  }),
);
const prolong = statement<ByToken & { timeout: number; expiresAt: number }>()((db, $) =>
  db
    .updateTable('resource_lock')
    .set({ timeout: $.timeout, expires_at: $.expiresAt })
    .where('account_id', '=', $.accountId)
    .where('token', '=', $.token),
);
const remove = statement<ByToken>()((db, $) =>
  db.deleteFrom('resource_lock').where('account_id', '=', $.accountId).where('token', '=', $.token),
);
const removeExpired = statement<{ accountId: AccountId; now: number }>()((db, $) =>
  db.deleteFrom('resource_lock').where('account_id', '=', $.accountId).where('expires_at', '<=', $.now),
);
const removeAllExpired = statement<{ now: number }>()((db, $) =>
  db.deleteFrom('resource_lock').where('expires_at', '<=', $.now),
);

/** The locks on things of an account that have not expired. Their number is the caller's to bound. */
export async function listLocks(reader: Reader, accountId: AccountId, now: number): Promise<readonly Lock[]> {
  const rows = await reader.all(live, { accountId, now });
  return rows.map((row) => ({ ...row, deep: row.deep === 1, shared: row.shared === 1 }));
}

/** Makes a lock, and forgets those of the account that have expired. `now` in epoch milliseconds. */
export async function insertLock(
  writer: Writer,
  accountId: AccountId,
  lock: Lock,
  now: number,
): Promise<void> {
  await writer.run(removeExpired, { accountId, now });
  await writer.run(insert, {
    ...lock,
    accountId,
    deep: lock.deep ? 1 : 0,
    shared: lock.shared ? 1 : 0,
  });
}

/** Removes the locks of every account that have expired. `now` in epoch milliseconds. */
export async function purgeExpiredLocks(writer: Writer, now: number): Promise<void> {
  await writer.run(removeAllExpired, { now });
}

/** Lets a lock go on until another instant. */
export async function prolongLock(
  writer: Writer,
  accountId: AccountId,
  token: string,
  until: Pick<Lock, 'timeout' | 'expiresAt'>,
): Promise<void> {
  await writer.run(prolong, { accountId, token, ...until });
}

/** Removes locks; those that are not there count as removed. */
export async function removeLocks(
  writer: Writer,
  accountId: AccountId,
  tokens: readonly string[],
): Promise<void> {
  await writer.runEach(
    remove,
    tokens.map((token) => ({ accountId, token })),
  );
}
