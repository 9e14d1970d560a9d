/** Facts about the database itself. */
import { createHash, randomBytes } from 'node:crypto';
import type { Database, Reader, Writer } from './database.js';
import { statement } from './statement.js';

/** What is kept. */
export type MetaKey = 'registration' | 'backup' | 'epoch' | 'key_fingerprint' | 'index_version' | 'transfer';

const read = statement<{ key: string }>()((db, $) =>
  db.selectFrom('server_meta').select('value').where('key', '=', $.key),
);
const write = statement<{ key: string; value: string }>()((db, $) =>
  db
    .insertInto('server_meta')
    .values({ key: $.key, value: $.value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: $.value })),
);

const remove = statement<{ key: string }>()((db, $) => db.deleteFrom('server_meta').where('key', '=', $.key));

/** The database is a backup that was not restored. */
export class UnrestoredBackupError extends Error {
  override readonly name = 'UnrestoredBackupError';
}

/** The database is the target of a transfer that did not come to its end. */
export class UnfinishedTransferError extends Error {
  override readonly name = 'UnfinishedTransferError';
}

export async function readMeta(reader: Reader, key: MetaKey): Promise<string | undefined> {
  return (await reader.get(read, { key }))?.value;
}

export async function writeMeta(writer: Writer, key: MetaKey, value: string): Promise<void> {
  await writer.run(write, { key, value });
}

export async function deleteMeta(writer: Writer, key: MetaKey): Promise<void> {
  await writer.run(remove, { key });
}

export interface Meta {
  /**
   * Part of every sync token and ctag. Made once with the database; a restore from backup makes a new one, since
   * revisions that were given out after the backup will be given out again for other changes.
   */
  readonly epoch: string;
}

/**
 * Makes what a new database needs to know about itself; otherwise reads it.
 * @throws UnfinishedTransferError when not everything is there
 * @throws UnrestoredBackupError for a backup as it is
 */
export async function ensureMeta(database: Database): Promise<Meta> {
  return database.write(async (writer) => {
    if ((await readMeta(writer, 'transfer')) !== undefined)
      throw new UnfinishedTransferError(
        'A transfer into this database did not come to its end: empty it and transfer again, or use the database from before.',
      );
    if ((await readMeta(writer, 'backup')) !== undefined)
      throw new UnrestoredBackupError(
        'This database is a backup. Restore it first (latchkey restore): tokens that devices hold must not become valid again.',
      );
    const epoch = (await readMeta(writer, 'epoch')) ?? randomBytes(8).toString('hex');
    await writeMeta(writer, 'epoch', epoch);
    return { epoch };
  });
}

/** A restored copy begins a new epoch: every token and ctag from before is refused. */
export async function renewEpoch(writer: Writer): Promise<string> {
  const epoch = randomBytes(8).toString('hex');
  await writeMeta(writer, 'epoch', epoch);
  return epoch;
}

/** Tells keys apart without telling anything about them. */
export function keyFingerprint(key: Uint8Array): string {
  return createHash('sha256').update('latchkey key fingerprint\0').update(key).digest('hex').slice(0, 16);
}
