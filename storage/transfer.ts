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

export interface Transferred {
  /** Of each table. */
  readonly rows: ReadonlyMap<TableName, number>;
  /** Of each table: how many rows there are and a sum of their digests, the same on either engine. */
  readonly sums: ReadonlyMap<TableName, string>;
}

/**
 * Copies all rows, then reads both databases and compares them. Both have the same tables (`migrate`). Nothing may write
 * to either meanwhile. No server starts on the target before all of it is there; what an earlier one has left there that did
 * not come to its end is removed first.
 * @throws NotEmptyError
 * @throws TransferError when there is nothing to transfer, or when counts or contents differ afterwards
 */
export async function transfer(
  from: Pick<Database, 'read'>,
  to: Database,
  onProgress: (progress: TransferProgress) => void = () => undefined,
): Promise<Transferred> {
  await refuseIncomplete(from);
  await emptyUnfinished(to);
  await refuseUsed(to);
  const counts = await from.read(countAll);
  await to.write((writer) => writeMeta(writer, 'transfer', 'unfinished'));
  const all = 2 * [...counts.values()].reduce((sum, count) => sum + count, 0);
  let done = 0;
  const progressOf = (table: TableName) => (rows: number) => onProgress({ table, done: (done += rows), all });
  for (const table of tables) await copy(from, to, table, progressOf(table));
  await to.write((writer) => writer.get(raiseAccountIds, {}));
  const sums = new Map<TableName, string>();
  for (const table of tables) sums.set(table, await compare(from, to, table, progressOf(table)));
  await to.write((writer) => deleteMeta(writer, 'transfer'));
  return { rows: counts, sums };
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

/** No server has ever started on it: there is nothing of anybody's but copies. */
async function emptyUnfinished(to: Database): Promise<void> {
  if ((await to.read((reader) => readMeta(reader, 'transfer'))) === undefined) return;
  for (const table of tables)
    if (table !== 'server_meta') await to.write((writer) => writer.run(deleteAll(table), {}));
  await to.write((writer) => writer.run(deleteAll('server_meta'), {}));
}

const deleteAll = (table: TableName): Statement<object, unknown> => statement()((db) => db.deleteFrom(table));

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

/** What one unit of work writes: a commit for every few rows would take longer than all the rest. */
const ROWS_OF_UNIT = 500;
const BYTES_OF_UNIT = 4 * 1024 * 1024;

async function copy(
  from: Pick<Database, 'read'>,
  to: Database,
  table: TableName,
  moved: (rows: number) => void,
): Promise<void> {
  let waiting: Row[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const [first] = waiting;
    if (first === undefined) return;
    const [rows, into] = [waiting, insertInto(table, Object.keys(first))];
    [waiting, bytes] = [[], 0];
    await to.write((writer: Writer) => writer.runEach(into, rows));
    moved(rows.length);
  };
  for await (const rows of pages(from, table)) {
    for (const row of rows) {
      waiting.push(row);
      bytes += bytesOf(row);
    }
    if (waiting.length >= ROWS_OF_UNIT || bytes >= BYTES_OF_UNIT) await flush();
  }
  await flush();
}

const bytesOf = (row: Row): number =>
  Object.values(row).reduce<number>(
    (sum, value) => sum + (value instanceof Uint8Array ? value.byteLength : 0),
    0,
  );

async function compare(
  from: Pick<Database, 'read'>,
  to: Database,
  table: TableName,
  compared: (rows: number) => void,
): Promise<string> {
  const sent = await sumOf(from, table, compared);
  const arrived = await sumOf(to, table, () => undefined);
  if (sent !== arrived) throw new TransferError(`The rows of ${table} are not the same in both databases.`);
  return sent;
}

/** Whether the rows are those of `sums`, in the tables that it names and that are known here. */
export async function hasRows(
  database: Pick<Database, 'read'>,
  sums: Readonly<Record<string, string>>,
  onProgress: (progress: TransferProgress) => void = () => undefined,
): Promise<boolean> {
  const all = Object.values(sums).reduce((total, sum) => total + Number.parseInt(sum, 10), 0);
  let done = 0;
  for (const table of tables) {
    const expected = sums[table];
    if (expected === undefined) continue;
    const found = await sumOf(database, table, (rows) => onProgress({ table, done: (done += rows), all }));
    if (found !== expected) return false;
  }
  return true;
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
    read(sent.length);
  }
  return `${count} ${sum}`;
}

/** What stands in the target alone: until everything is there, or for as long as it is a backup. */
const isMark = (table: TableName, row: Row): boolean =>
  table === 'server_meta' && (row['key'] === 'transfer' || row['key'] === 'backup');

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
