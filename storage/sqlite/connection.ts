/** One connection to the file: prepared statements, and rows as plain objects. Everything here is synchronous. */
import Driver from 'better-sqlite3';
import { bind, type CompiledStatement, type SqlValue, type Statement } from '../statement.js';
import { rowsOf, type ToRow } from './rows.js';

interface Prepared {
  readonly compiled: CompiledStatement;
  readonly statement: Driver.Statement<SqlValue[], SqlValue[]>;
  readonly returnsRows: boolean;
  readonly toRow: ToRow;
}

/** A statement, whatever its parameters. */
type Preparable = Pick<Statement<unknown, unknown>, 'compiled'>;

export interface ConnectionOptions {
  readonly file: string;
  readonly readonly: boolean;
  /** How much of the file this connection may keep in memory. */
  readonly cacheKilobytes: number;
}

/**
 * A statement's prepared form is kept for the life of the connection, or of the statement: most are constants, but those
 * for what clients search are made as they come, and go again.
 */
export class Connection {
  private readonly driver: Driver.Database;
  private prepared = new WeakMap<Preparable, Prepared>();
  private readonly commands = new Map<string, Driver.Statement<[]>>();

  constructor({ file, readonly, cacheKilobytes }: ConnectionOptions) {
    // No busy handler: it would sleep on the event loop. Who waits for a lock does so in timers.
    this.driver = new Driver(file, { readonly, fileMustExist: readonly, timeout: 0 });
    try {
      this.driver.pragma(`cache_size = -${cacheKilobytes}`);
      // Not mapped: each commit makes every other connection give up its mapping and fault the pages in anew, which took a
      // quarter of a PUT (docs/performance.md).
      this.driver.pragma('mmap_size = 0');
      this.driver.pragma('foreign_keys = OFF');
      this.driver.pragma('trusted_schema = OFF');
    } catch (error) {
      this.driver.close();
      throw error;
    }
  }

  get inTransaction(): boolean {
    return this.driver.inTransaction;
  }

  pragma(source: string): unknown {
    return this.driver.pragma(source, { simple: true });
  }

  /** A command without parameters and rows: BEGIN, SAVEPOINT and their like. */
  command(source: string): void {
    let statement = this.commands.get(source);
    if (statement === undefined) {
      statement = this.driver.prepare<[]>(source);
      this.commands.set(source, statement);
    }
    statement.run();
  }

  all<Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Row[] {
    const prepared = this.prepare(statement);
    const rows = prepared.statement.all(...bind(prepared.compiled, parameters as Record<string, unknown>));
    return rows.map(prepared.toRow) as Row[];
  }

  get<Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Row | undefined {
    const prepared = this.prepare(statement);
    const values = prepared.statement.get(...bind(prepared.compiled, parameters as Record<string, unknown>));
    return values === undefined ? undefined : (prepared.toRow(values) as Row);
  }

  run<Parameters>(statement: Statement<Parameters, unknown>, parameters: Parameters): number {
    const prepared = this.prepare(statement);
    const values = bind(prepared.compiled, parameters as Record<string, unknown>);
    if (prepared.returnsRows) return prepared.statement.all(...values).length;
    return prepared.statement.run(...values).changes;
  }

  close(): void {
    this.prepared = new WeakMap();
    this.commands.clear();
    this.driver.close();
  }

  private prepare(statement: Preparable): Prepared {
    const known = this.prepared.get(statement);
    if (known !== undefined) return known;
    const compiled = statement.compiled.sqlite;
    const handle = this.driver.prepare<SqlValue[], SqlValue[]>(compiled.sql);
    // Arrays, made into objects here: the driver's own objects take longer.
    const columns = handle.reader ? handle.raw().columns() : [];
    const toRow = rowsOf(columns.map(({ name }) => name));
    const prepared: Prepared = { compiled, statement: handle, returnsRows: handle.reader, toRow };
    this.prepared.set(statement, prepared);
    return prepared;
  }
}
