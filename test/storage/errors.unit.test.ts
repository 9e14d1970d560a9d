/** What the engines' codes mean: full, busy or damaged, whatever the engine. */
import assert from 'node:assert/strict';
import pg from 'pg';
import { SqliteError } from 'better-sqlite3';
import { StorageBusyError, StorageDamagedError, StorageFullError } from '../../storage/index.js';
import { translate as ofPostgres } from '../../storage/postgres/errors.js';
import { translate as ofSqlite } from '../../storage/sqlite/errors.js';

function postgresError(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('it failed', 0, 'error'), { code });
}
const sqliteError = (code: string): Error => new SqliteError('it failed', code);

describe('Errors of the engines', () => {
  for (const [meaning, kind, postgres, sqlite] of [
    ['a full disk', StorageFullError, ['53100'], ['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_FSYNC']],
    [
      'try again later',
      StorageBusyError,
      ['53200', '53300', '53400', '55P03', '57014', '57P01', '40001', '40P01', '08006'],
      ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED'],
    ],
    [
      'damage',
      StorageDamagedError,
      ['XX001', 'XX002'],
      ['SQLITE_CORRUPT', 'SQLITE_CORRUPT_INDEX', 'SQLITE_NOTADB'],
    ],
  ] as const)
    it(`say ${meaning}`, () => {
      for (const code of postgres) assert.ok(ofPostgres(postgresError(code)) instanceof kind, code);
      for (const code of sqlite) assert.ok(ofSqlite(sqliteError(code)) instanceof kind, code);
    });

  it('keep their cause, and are otherwise faults of ours as they are', () => {
    const full = postgresError('53100');
    assert.equal((ofPostgres(full) as Error).cause, full);
    for (const error of [postgresError('42P01'), postgresError('23505'), new Error('of something else')])
      assert.equal(ofPostgres(error), error);
    for (const error of [sqliteError('SQLITE_ERROR'), sqliteError('SQLITE_CONSTRAINT_UNIQUE')])
      assert.equal(ofSqlite(error), error);
  });
});
