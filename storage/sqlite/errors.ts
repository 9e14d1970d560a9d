/** What SQLite's result codes mean to the rest of Latchkey. */
import { SqliteError } from 'better-sqlite3';
import { StorageBusyError, StorageDamagedError, StorageFullError } from '../database.js';

/** Another connection, of this or of another process, has the lock that is needed. */
export function isBusy(error: unknown): boolean {
  return error instanceof SqliteError && /^SQLITE_(?:BUSY|LOCKED)/.test(error.code);
}

/** No room on the disk, in the file system's quota, or under the largest size allowed for a file. */
export function isFull(error: unknown): boolean {
  // A write or an extension of the shared memory fails with an I/O error where the file system reports ENOSPC late.
  return (
    error instanceof SqliteError &&
    /^SQLITE_(?:FULL|IOERR_(?:WRITE|SHMSIZE|SHMOPEN|SHMMAP|FSYNC|TRUNCATE))$/.test(error.code)
  );
}

/** The file is no database of SQLite's, or pages of it are not what they have to be. */
export function isDamaged(error: unknown): boolean {
  return error instanceof SqliteError && /^SQLITE_(?:CORRUPT|NOTADB|IOERR_SHORT_READ)/.test(error.code);
}

/** The error to reject with: storage's own where the code has a meaning for callers, else the one that came. */
export function translate(error: unknown): unknown {
  if (isFull(error)) return new StorageFullError('The disk is full', { cause: error });
  if (isBusy(error)) return new StorageBusyError('The database is in use', { cause: error });
  if (isDamaged(error))
    return new StorageDamagedError('The database is damaged: restore a backup.', { cause: error });
  return error;
}
