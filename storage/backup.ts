/**
 * A backup: everything that a database holds at one moment, in a SQLite file of its own, whatever the engine. It is a whole
 * database, but no server starts on it before it has been restored, since that begins a new epoch.
 */
import { sql } from 'kysely';
import { StorageDamagedError, type Database, type Reader, type Writer } from './database.js';
import { deleteMeta, readMeta, renewEpoch, writeMeta } from './meta.js';
import { statement } from './statement.js';
import type { TableName } from './tables.js';
import { hasRows, transfer, type TransferProgress } from './transfer.js';

/** What stands beside the rows. */
export interface BackupNote {
  /** ISO 8601 in UTC. */
  readonly madeAt: string;
  readonly version: string;
  /** The file of the server key, sealed with a passphrase; null where it is not inside. */
  readonly key: string | null;
  /** As `transfer` answers them, so that what is damaged or cut off is seen. */
  readonly sums: Readonly<Record<string, string>>;
}

/**
 * Copies everything as it is at this moment, while servers go on, and compares it afterwards. The target is empty. Answers
 * the rows of each table.
 * @throws NotEmptyError, TransferError as `transfer`
 */
export async function backUp(
  from: Database,
  to: Database,
  note: Omit<BackupNote, 'sums'>,
  onProgress?: (progress: TransferProgress) => void,
): Promise<ReadonlyMap<TableName, number>> {
  const { rows, sums } = await from.read((reader) => transfer(atOneMoment(reader), to, onProgress));
  const whole: BackupNote = { ...note, sums: Object.fromEntries(sums) };
  await to.write((writer) => writeMeta(writer, 'backup', JSON.stringify(whole)));
  return rows;
}

/** Every read on the same snapshot. */
const atOneMoment = (reader: Reader): Pick<Database, 'read'> => ({ read: (work) => work(reader) });

/** What is noted in a backup; undefined for a database that is none. @throws StorageDamagedError */
export async function backupNote(reader: Reader): Promise<BackupNote | undefined> {
  const text = await readMeta(reader, 'backup');
  if (text === undefined) return undefined;
  try {
    const note = JSON.parse(text) as BackupNote;
    // Every one has them: without them it would be believed whatever is in it.
    if (Object.keys(note.sums).length === 0) throw new Error('There are no sums.');
    return note;
  } catch (error) {
    throw new StorageDamagedError('The note of the backup cannot be read.', { cause: error });
  }
}

const integrity = statement()((db) => ({
  compile: () => sql<{ integrity_check: string }>`pragma integrity_check(1)`.compile(db),
}));

/**
 * The backup is as it was made: every page and index of the file, and every row.
 * @throws StorageDamagedError
 */
export async function requireWhole(
  backup: Database,
  { sums }: BackupNote,
  onProgress?: (progress: TransferProgress) => void,
): Promise<void> {
  const [first] = await backup.read((reader) => reader.all(integrity, {}));
  if (first?.integrity_check === 'ok' && (await hasRows(backup, sums, onProgress))) return;
  throw new StorageDamagedError('Rows are not as they were written.');
}

const endSessions = statement()((db) => db.deleteFrom('session'));
const endEnrolments = statement()((db) => db.deleteFrom('totp').where('confirmed_at', 'is', null));
const voidLinks = statement<{ now: number }>()((db, $) =>
  db.updateTable('link').set({ used_at: $.now }).where('used_at', 'is', null),
);
const dropMail = statement()((db) => db.deleteFrom('outbox'));

/**
 * Begins anew in a copy of the database from earlier. What was given out or ended since it was made is not known here: so
 * sync tokens begin anew (a new epoch), nobody stays signed in or goes on with an enrolment, links are void and mail that waited is not sent again.
 * `now` in epoch milliseconds.
 */
export async function beginAnew(writer: Writer, now: number): Promise<void> {
  await renewEpoch(writer);
  await writer.run(endSessions, {});
  await writer.run(endEnrolments, {});
  await writer.run(voidLinks, { now });
  await writer.run(dropMail, {});
}

/** Makes a backup a database that a server starts on, which begins anew. */
export async function makeRestored(writer: Writer, now: number): Promise<void> {
  await beginAnew(writer, now);
  await deleteMeta(writer, 'backup');
}
