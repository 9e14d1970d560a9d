/** The thread in which large units of work are written; `large-units.ts` starts it. It has a connection of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteError } from 'better-sqlite3';
import type { SqlValue, Statement } from '../statement.js';
import type { Call, CallAnswer, LargeUnitSettings } from './large-unit-calls.js';
import { openWriting } from './writing.js';

type Positional = Statement<readonly SqlValue[], unknown>;

const { file, busyTimeoutMs, maxPages } = workerData as LargeUnitSettings;
/** Less than what a large unit writes: the rest goes to the log before the commit. */
const cacheKilobytes = 2 * 1024;
const mostStatements = 200;

const connection = openWriting({ file, cacheKilobytes, maxPages });
// Here it may sleep while others write.
connection.pragma(`busy_timeout = ${busyTimeoutMs}`);
const statements = new Map<string, Positional>();

function statementOf(sql: string, values: readonly SqlValue[]): Positional {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  if (statements.size >= mostStatements) statements.clear();
  const compiled = { sql, slots: values.map((_, index) => ({ name: String(index) })) };
  const made: Positional = { compiled: { sqlite: compiled, postgres: compiled } };
  statements.set(sql, made);
  return made;
}

function valueOf(call: Call): readonly unknown[] {
  switch (call.do) {
    case 'begin':
      connection.command('BEGIN IMMEDIATE');
      return [];
    case 'commit':
      connection.command('COMMIT');
      return [];
    case 'rollback':
      if (connection.inTransaction) connection.command('ROLLBACK');
      return [];
    case 'close':
      connection.close();
      parentPort?.close();
      return [];
    default:
      // SQLite has rolled back where the disk is full, say: what follows must not stand alone.
      if (!connection.inTransaction) throw new Error('The unit was rolled back.');
      return call.each.flatMap((values) => executed(call.do, statementOf(call.sql, values), values));
  }
}

function executed(how: 'all' | 'get' | 'run', statement: Positional, values: readonly SqlValue[]): unknown[] {
  if (how === 'all') return connection.all(statement, values);
  return [how === 'get' ? connection.get(statement, values) : connection.run(statement, values)];
}

function answerTo(call: Call): CallAnswer {
  try {
    return { value: valueOf(call) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { error: error instanceof SqliteError ? { message, code: error.code } : { message } };
  }
}

parentPort?.on('message', (call: Call) => {
  const answer = answerTo(call);
  parentPort?.postMessage(answer);
});
