/** Copying the rows of a stretch of objects into another collection, inside the database. */
import { sql } from 'kysely';
import { cardColumns } from './card-index.js';
import type { ObjectId } from './ids.js';
import type { InCollection } from './objects.js';
import { statement, type Statement } from './statement.js';

const columnsOf = {
  object: [
    ...[
      'account_id',
      'collection_id',
      'id',
      'name',
      'uid',
      'component',
      'version',
      'etag',
      'size',
      'revision',
    ],
    ...['first_start', 'last_end', 'window_start', 'window_end', 'unbounded', 'floating', 'index_version'],
    ...['created_at', 'modified_at'],
  ],
  object_data: ['account_id', 'collection_id', 'object_id', 'data'],
  object_span: ['account_id', 'collection_id', 'length_class', 'start_at', 'end_at', 'object_id'],
  card_text: ['account_id', 'collection_id', 'object_id', ...Object.values(cardColumns)],
} as const;
type ObjectTable = keyof typeof columnsOf;
export const indexTables = ['object_span', 'card_text'] as const satisfies readonly ObjectTable[];

/** The objects with numbers after one and up to another. */
export type Stretch = InCollection & { readonly after: ObjectId | 0; readonly upTo: ObjectId };

/** A value that the copy has in place of its own: the parameter that it comes from, and its type. */
interface Replaced<Parameters> {
  readonly parameter: keyof Parameters;
  readonly type: 'bigint' | 'text';
}

/** Copies the rows of a table that belong to a stretch, with other values in some columns. */
export function copyRows<Parameters>(
  table: ObjectTable,
  replaced: Readonly<Record<string, Replaced<Parameters>>>,
): Statement<Stretch & Parameters, unknown> {
  const columns: readonly string[] = columnsOf[table];
  const id = sql.ref(table === 'object' ? 'id' : 'object_id');
  return statement<Stretch & Parameters>()((db, $) => {
    const values = columns.map((column) => {
      const instead = replaced[column];
      if (instead === undefined) return sql.ref(column);
      return sql`cast(${$[instead.parameter]} as ${sql.raw(instead.type)})`;
    });
    const names = sql.join(columns.map((column) => sql.ref(column)));
    const query = sql`insert into ${sql.table(table)} (${names}) select ${sql.join(values)} from ${sql.table(table)}
      where account_id = ${$.accountId} and collection_id = ${$.collectionId} and ${id} > ${$.after} and ${id} <= ${$.upTo}`;
    return { compile: () => query.compile(db) };
  });
}
