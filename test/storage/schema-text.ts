/** What a database's tables are, as text that can be compared. */
import { sql } from 'kysely';
import type { Database } from '../../storage/index.js';
import { statement } from '../../storage/statement.js';

const lines = statement()((db, _, dialect) => ({
  compile: () =>
    (dialect === 'sqlite'
      ? sql<{
          line: string;
        }>`select type || ' ' || name || ': ' || coalesce(sql, '') as line from sqlite_schema
          where name not like 'sqlite_%' order by line`
      : sql<{ line: string }>`select 'column ' || table_name || '.' || column_name || ': ' || data_type || ' '
            || is_nullable || ' ' || coalesce(column_default, '') as line
          from information_schema.columns where table_schema = current_schema()
          union all select 'index ' || tablename || ': ' || regexp_replace(indexdef, 'ON \\w+\\.', 'ON ')
          from pg_indexes where schemaname = current_schema()
          union all select 'rule ' || conrelid::regclass::text || ': ' || pg_get_constraintdef(oid)
          from pg_constraint where connamespace = current_schema()::regnamespace and contype in ('c', 'f')`
    ).compile(db),
}));

/** Columns, indexes and rules, a line each, sorted. */
export async function schemaText(database: Pick<Database, 'read'>): Promise<string> {
  const rows = await database.read((reader) => reader.all(lines, {}));
  return `${rows
    .map(({ line }) => line)
    .sort()
    .join('\n')}\n`;
}
