/**
 * Rows as objects, made by one function for each list of columns that is written out as a literal. An object that is filled
 * name by name changes its shape with each name, and with many of them becomes a hash table, slow to make and to read.
 */
import type { SqlValue } from '../statement.js';

/** Makes the object of a row from its values, which are in the order of the columns. */
export type ToRow = (values: readonly SqlValue[]) => Readonly<Record<string, SqlValue>>;

/** There are as many lists of columns as our statements have: some hundreds. */
const known = new Map<string, ToRow>();
const plainName = /^[a-z]\w*$/i;

/** @throws Error for a column whose name is none that our statements give: code is made of it */
export function rowsOf(columns: readonly string[]): ToRow {
  const other = columns.find((column) => !plainName.test(column));
  if (other !== undefined) throw new Error(`A column is named ${JSON.stringify(other)}`);
  const list = columns.join(' ');
  const found = known.get(list);
  if (found !== undefined) return found;
  const fields = columns.map((column, index) => `${column}: values[${index}]`);
  // Of names alone that our own statements select, and that have just been looked at.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const made = new Function('values', `return { ${fields.join(', ')} };`) as ToRow;
  known.set(list, made);
  return made;
}
