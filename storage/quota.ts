/** What an account stores, and how much it may. */
import { bytesOfCollections } from './collections.js';
import type { Reader, Writer } from './database.js';
import type { AccountId } from './ids.js';
import { deadPropertyBytesOutsideCollections } from './properties.js';
import { statement } from './statement.js';

const ownQuota = statement<{ accountId: AccountId }>()((db, $) =>
  db.selectFrom('account').select('quota_bytes as bytes').where('id', '=', $.accountId),
);

const setOwnQuota = statement<{ accountId: AccountId; bytes: number | null }>()((db, $) =>
  db.updateTable('account').set({ quota_bytes: $.bytes }).where('id', '=', $.accountId),
);

/** The bytes of every object and dead property of an account. */
export async function usedBytes(reader: Reader, accountId: AccountId): Promise<number> {
  const [inCollections, outside] = await Promise.all([
    bytesOfCollections(reader, accountId),
    deadPropertyBytesOutsideCollections(reader, accountId),
  ]);
  return inCollections + outside;
}

/** The bytes that an account may store by a figure of its own; null where it has none. */
export async function quotaOfAccount(reader: Reader, accountId: AccountId): Promise<number | null> {
  return (await reader.get(ownQuota, { accountId }))?.bytes ?? null;
}

/** Gives an account a figure of its own, or with null the server's. What is stored already stays. */
export async function setQuotaOfAccount(
  writer: Writer,
  accountId: AccountId,
  bytes: number | null,
): Promise<void> {
  await writer.run(setOwnQuota, { accountId, bytes });
}
