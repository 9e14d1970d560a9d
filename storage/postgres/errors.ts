/** What PostgreSQL's codes, and those of the way to it, mean to the rest of Latchkey. */
import pg from 'pg';
import { StorageBusyError, StorageDamagedError, StorageFullError } from '../database.js';

/** The connection is gone, or could not be made. What was under way on it has not been committed, unless a COMMIT was sent. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/** Appendix A of PostgreSQL's documentation: class 08, the shutdowns of class 57, no connection left, a standby. */
const unavailable = /^(?:08...|57P0[1-5]|53300|25006|25P03)$/;
/** A lock that another holds too long, a statement that took too long, no memory left. */
const overloaded = /^(?:55P03|57014|53200|53400)$/;
/** Data or an index that cannot be read. */
const damaged = /^XX00[12]$/;
/** Nobody's fault: the same unit may succeed when it is run again. */
const conflict = /^(?:40001|40P01)$/;

/** The five characters that PostgreSQL gives an error, or Node's code of an error of the system. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Two transactions stood in each other's way. */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && conflict.test(error.code ?? '');
}

/** The way to the database is broken. */
export function isLost(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return unavailable.test(error.code ?? '');
  return error instanceof ConnectionLostError;
}

/** The error to reject with: storage's own where it has a meaning for callers, else the one that came. */
export function translate(error: unknown): unknown {
  if (isLost(error)) {
    const sentence = error instanceof ConnectionLostError ? error.message : 'The database cannot be reached.';
    return new StorageBusyError(sentence, { cause: error });
  }
  if (!(error instanceof pg.DatabaseError)) return error;
  const code = error.code ?? '';
  if (code === '53100') return new StorageFullError('The disk of the database is full', { cause: error });
  if (damaged.test(code))
    return new StorageDamagedError('The database is damaged: restore a backup.', { cause: error });
  if (conflict.test(code) || overloaded.test(code))
    return new StorageBusyError('The database is in use', { cause: error });
  return error;
}
