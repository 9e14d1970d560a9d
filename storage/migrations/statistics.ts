/**
 * What SQLite's planner is told about the tables. Without statistics it takes a collection for a dozen objects and reads
 * all of it; with those of the day it changes its plans from one day to the next. PostgreSQL keeps its own.
 */
import { sql } from 'kysely';
import { statement, type Statement } from '../statement.js';
import type { TableName } from './table.js';

export interface ExpectedRows {
  readonly table: TableName;
  /** An index; the table's own name for the key of a clustered one. */
  readonly index: string;
  /** All rows, then how many there are to each value of the first column, of the first two, and so on. */
  readonly rows: readonly number[];
}

/** Replaces whatever the planner knew. */
export function describeToPlanner(expected: readonly ExpectedRows[]): readonly Statement<object, unknown>[] {
  return [
    // Makes the table of statistics.
    onSqlite('analyze'),
    onSqlite('delete from sqlite_stat1'),
    ...describeMoreToPlanner(expected),
  ];
}

/** Of tables that it knew nothing of. */
export function describeMoreToPlanner(
  expected: readonly ExpectedRows[],
): readonly Statement<object, unknown>[] {
  return [
    ...expected.map(({ table, index, rows }) =>
      onSqlite(
        `insert into sqlite_stat1 (tbl, idx, stat) values ('${table}', '${index}', '${rows.join(' ')}')`,
      ),
    ),
    // Makes it read them.
    onSqlite('analyze sqlite_schema'),
  ];
}

function onSqlite(source: string): Statement<object, unknown> {
  return statement()((db, _, dialect) => ({
    compile: () => sql.raw(dialect === 'sqlite' ? source : 'select 1').compile(db),
  }));
}
