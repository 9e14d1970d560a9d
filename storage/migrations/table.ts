/** Tables and indexes as plain descriptions, and what an engine must be told differently about them. */
import { sql, type ColumnDataType, type CreateTableBuilder, type Expression, type SqlBool } from 'kysely';
import type { Schema } from '../schema.js';
import { statement, type Dialect, type Statement } from '../statement.js';

type Type = 'text' | 'number' | 'flag' | 'bytes' | 'ordered-text';
type Columns = Readonly<Record<string, Type | `${Type}?`>>;
/** Of today, and of earlier steps. */
export type TableName = keyof Schema | 'card_property';

export interface Table {
  readonly name: TableName;
  /** `?` marks a column that may be null. */
  readonly columns: Columns;
  readonly key: readonly string[];
  /** SQLite: rows lie in the tree of the key, for tables that are read by it; not for wide rows. */
  readonly clustered: boolean;
}

export interface Index {
  readonly table: TableName;
  /** What it is called, after the table's name. */
  readonly by: string;
  readonly columns: readonly string[];
  readonly unique?: boolean;
  readonly where?: Expression<SqlBool>;
}

function columnType(type: string, dialect: Dialect): ColumnDataType | ReturnType<typeof sql> {
  switch (type) {
    case 'number':
      return 'bigint';
    case 'flag':
      return dialect === 'sqlite' ? 'integer' : 'smallint';
    case 'bytes':
      return dialect === 'sqlite' ? 'blob' : 'bytea';
    // Compared byte by byte, as SQLite does, and not by the rules of a language.
    case 'ordered-text':
      return dialect === 'sqlite' ? 'text' : sql`text collate "C"`;
    default:
      return 'text';
  }
}

/** A table with its key, as a statement. */
export function createTable({ name, columns, key, clustered }: Table): Statement<object, unknown> {
  return statement()((db, _, dialect) => {
    let table: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const [column, type] of Object.entries(columns)) {
      const nullable = type.endsWith('?');
      const dataType = columnType(type.replace('?', ''), dialect);
      table = table.addColumn(column, dataType as ColumnDataType, (it) => (nullable ? it : it.notNull()));
    }
    table = table.addPrimaryKeyConstraint(`${name}_key`, [...key]);
    return clustered && dialect === 'sqlite' ? table.modifyEnd(sql`without rowid`) : table;
  });
}

/** An index, as a statement. */
export function createIndex({ table, by, columns, unique, where }: Index): Statement<object, unknown> {
  return statement()((db) => {
    const plain = db.schema
      .createIndex(`${table}_by_${by}`)
      .on(table)
      .columns([...columns]);
    const filtered = where === undefined ? plain : plain.where(where);
    return unique === true ? filtered.unique() : filtered;
  });
}
