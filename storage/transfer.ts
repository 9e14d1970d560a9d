/**
 * Moving everything from one database to another, whatever the engines: every row of every table as it is, so that sync
 * tokens, app passwords and links go on working.
 */
import { createHash } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';
import type { Database, Reader, Writer } from './database.js';
import { deleteMeta, readMeta, writeMeta } from './meta.js';
import { statement, type SqlValue, type Statement } from './statement.js';
import { keys, tableNames, type TableName } from './tables.js';

type Row = Readonly<Record<string, SqlValue>>;

/** The target holds something already. */
export class NotEmptyError extends Error {
  override readonly name = 'NotEmptyError';
}

/** There is nothing to send, or what arrived is not what was sent. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
}

export interface TransferProgress {
  readonly table: string;
  /** Rows of all tables: moved and compared so far, and to do. */
  readonly done: number;
  readonly all: number;
}

/** What is known of the steps of its tables is each database's own. */
const tables = tableNames.filter((name) => name !== 'migration');

/** Rows at a time; those with the bytes of objects are wide. */
const rowsOfPage = (table: TableName): number => (table === 'object_data' ? 8 : 500);

/**
 * Copies all rows, then reads both databases and compares them. Both have the same tables (`migrate`). Answers the rows of
 * each table. Nothing may write to either meanwhile. No server starts on the target before all of it is there.
 * @throws NotEmptyError
 * @throws TransferError when there is nothing to transfer, or when counts or contents differ afterwards
 */
export async function transfer(
  from: Pick<Database, 'read'>,
  to: Database,
  onProgress: (progress: TransferProgress) => void = () => undefined,
): Promise<ReadonlyMap<TableName, number>> {
  await refuseIncomplete(from);
  await refuseUsed(to);
  const counts = await from.read(countAll);
  await to.write((writer) => writeMeta(writer, 'transfer', 'unfinished'));
  const all = 2 * [...counts.values()].reduce((sum, count) => sum + count, 0);
  let done = 0;
  const progressOf = (table: TableName) => (rows: number) => onProgress({ table, done: (done += rows), all });
  for (const table of tables) await copy(from, to, table, progressOf(table));
  await to.write((writer) => writer.get(raiseAccountIds, {}));
  for (const table of tables) await compare(from, to, table, progressOf(table));
  await to.write((writer) => deleteMeta(writer, 'transfer'));
  return counts;
}

async function refuseIncomplete(from: Pick<Database, 'read'>): Promise<void> {
  const { epoch, unfinished } = await from.read(async (reader) => ({
    epoch: await readMeta(reader, 'epoch'),
    unfinished: await readMeta(reader, 'transfer'),
  }));
  if (unfinished !== undefined)
    throw new TransferError('A transfer into the database to transfer from did not come to its end.');
  if (epoch === undefined) throw new TransferError('No server has ever used the database to transfer from.');
}

async function refuseUsed(to: Database): Promise<void> {
  const used = [...(await to.read(countAll))].filter(([, count]) => count > 0);
  if (used.length === 0) return;
  const names = used.map(([name]) => name).join(', ');
  throw new NotEmptyError(`The database to transfer to is not empty: it has rows in ${names}.`);
}

async function countAll(reader: Reader): Promise<ReadonlyMap<TableName, number>> {
  const counts = new Map<TableName, number>();
  for (const table of tables) counts.set(table, (await reader.get(countOf(table), {}))?.count ?? 0);
  return counts;
}

const countOf = (table: TableName): Statement<object, { count: number }> =>
  statement()((db) => db.selectFrom(table).select(sql<number>`count(*)`.as('count')));

/** So that an account made later does not take the number of another; SQLite does it by itself. */
const raiseAccountIds = statement()((db, _, dialect) => ({
  compile: () =>
    (dialect === 'sqlite'
      ? sql<{ last: number }>`select 0 as last`
      : sql<{ last: number }>`select setval(pg_get_serial_sequence('account', 'id'),
          (select coalesce(max(id), 0) + 1 from account), false) as last`
    ).compile(db),
}));

async function copy(
  from: Pick<Database, 'read'>,
  to: Database,
  table: TableName,
  moved: (rows: number) => void,
): Promise<void> {
  let insert: Statement<Row, unknown> | undefined;
  for await (const rows of pages(from, table)) {
    const [first] = rows;
    if (first === undefined) return;
    const into = (insert ??= insertInto(table, Object.keys(first)));
    await to.write((writer: Writer) => writer.runEach(into, rows));
    moved(rows.length);
  }
}

async function compare(
  from: Pick<Database, 'read'>,
  to: Database,
  table: TableName,
  compared: (rows: number) => void,
): Promise<void> {
  const sent = await sumOf(from, table, compared);
  const arrived = await sumOf(to, table, () => undefined);
  if (sent !== arrived) throw new TransferError(`The rows of ${table} are not the same in both databases.`);
}

/** Count and contents of all rows, in whatever order an engine sorts them. */
async function sumOf(
  database: Pick<Database, 'read'>,
  table: TableName,
  read: (rows: number) => void,
): Promise<string> {
  let sum = 0n;
  let count = 0;
  for await (const rows of pages(database, table)) {
    const sent = rows.filter((row) => !isMark(table, row));
    for (const row of sent) sum = BigInt.asUintN(256, sum + digestOf(row));
    count += sent.length;
    read(rows.length);
  }
  return `${count} ${sum}`;
}

/** What stands in the target alone until everything is there. */
const isMark = (table: TableName, row: Row): boolean => table === 'server_meta' && row['key'] === 'transfer';

function digestOf(row: Row): bigint {
  const hash = createHash('sha256');
  for (const [column, value] of Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value));
    hash.update(`${column} ${value === null ? 'null' : typeof value} ${bytes.byteLength}\n`).update(bytes);
  }
  return BigInt(`0x${hash.digest('hex')}`);
}

/** All rows of a table by its key, a page at a time. */
async function* pages(database: Pick<Database, 'read'>, table: TableName): AsyncGenerator<readonly Row[]> {
  const columns: readonly string[] = keys[table];
  const limit = rowsOfPage(table);
  const first = pageOf(table, columns, false);
  const next = pageOf(table, columns, true);
  let last: Row | undefined;
  for (;;) {
    const after: Row | undefined = last;
    const rows: readonly Row[] = await database.read((reader) =>
      after === undefined ? reader.all(first, { limit }) : reader.all(next, { ...after, limit }),
    );
    if (rows.length > 0) yield rows;
    if (rows.length < limit) return;
    last = rows.at(-1);
  }
}

function pageOf(table: TableName, columns: readonly string[], goesOn: boolean): Statement<Row, Row> {
  return statement<Row>()((db, $) => {
    const key = sql.join(columns.map((column) => sql.ref(column)));
    const after = sql.join(columns.map((column): RawBuilder<unknown> => $[column] ?? sql`null`));
    const where = goesOn ? sql`where (${key}) > (${after})` : sql``;
    const query = sql<Row>`select * from ${sql.table(table)} ${where} order by ${key} limit ${$['limit']}`;
    return { compile: () => query.compile(db) };
  });
}

function insertInto(table: TableName, columns: readonly string[]): Statement<Row, unknown> {
  return statement<Row>()((db, $) => {
    const names = sql.join(columns.map((column) => sql.ref(column)));
    const values = sql.join(columns.map((column): RawBuilder<unknown> => $[column] ?? sql`null`));
    const query = sql`insert into ${sql.table(table)} (${names}) values (${values})`;
    return { compile: () => query.compile(db) };
  });
}
