/**
 * A backup: everything that a database holds at one moment, in a SQLite file of its own, whatever the engine. It is a whole
 * database, but no server starts on it before it has been restored, since that begins a new epoch.
 */
import type { Database, Reader, Writer } from './database.js';
import { deleteMeta, readMeta, renewEpoch, writeMeta } from './meta.js';
import { statement } from './statement.js';
import type { TableName } from './tables.js';
import { transfer, type TransferProgress } from './transfer.js';

/** What stands beside the rows. */
export interface BackupNote {
  /** ISO 8601 in UTC. */
  readonly madeAt: string;
  readonly version: string;
  /** The file of the server key, sealed with a passphrase; null where it is not inside. */
  readonly key: string | null;
}

/**
 * Copies everything as it is at this moment, while servers go on, and compares it afterwards. The target is empty. Answers
 * the rows of each table.
 * @throws NotEmptyError, TransferError as `transfer`
 */
export async function backUp(
  from: Database,
  to: Database,
  note: BackupNote,
  onProgress?: (progress: TransferProgress) => void,
): Promise<ReadonlyMap<TableName, number>> {
  const counts = await from.read((reader) => transfer(atOneMoment(reader), to, onProgress));
  await to.write((writer) => writeMeta(writer, 'backup', JSON.stringify(note)));
  return counts;
}

/** Every read on the same snapshot. */
const atOneMoment = (reader: Reader): Pick<Database, 'read'> => ({ read: (work) => work(reader) });

/** What is noted in a backup; undefined for a database that is none. */
export async function backupNote(reader: Reader): Promise<BackupNote | undefined> {
  const text = await readMeta(reader, 'backup');
  return text === undefined ? undefined : (JSON.parse(text) as BackupNote);
}

const endSessions = statement()((db) => db.deleteFrom('session'));
const endEnrolments = statement()((db) => db.deleteFrom('totp').where('confirmed_at', 'is', null));
const voidLinks = statement<{ now: number }>()((db, $) =>
  db.updateTable('link').set({ used_at: $.now }).where('used_at', 'is', null),
);
const dropMail = statement()((db) => db.deleteFrom('outbox'));

/**
 * Makes a backup a database that a server starts on. What was given out or ended since it was made is not known here: so
 * sync tokens begin anew (a new epoch), nobody stays signed in or goes on with an enrolment, links are void and mail that waited is not sent again.
 * `now` in epoch milliseconds.
 */
export async function makeRestored(writer: Writer, now: number): Promise<void> {
  await renewEpoch(writer);
  await writer.run(endSessions, {});
  await writer.run(endEnrolments, {});
  await writer.run(voidLinks, { now });
  await writer.run(dropMail, {});
  await deleteMeta(writer, 'backup');
}
