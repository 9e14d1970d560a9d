/** From what PostgreSQL sends to `SqlValue`s, and back. */
import type { SqlValue } from '../statement.js';

export interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

export type Row = Record<string, SqlValue>;

interface Column {
  readonly name: string;
  readonly read: (text: string) => SqlValue;
}

/** The columns of a statement's rows; none for one that returns no rows. */
export type Shape = readonly Column[];

const asText = (text: string): string => text;
// Without its \x; the driver hands out text only.
const asBytes = (text: string): Uint8Array => Buffer.from(text.slice(2), 'hex');

/** By the type's OID: bytea; int8, int2, int4, float8, numeric. Counters and instants stay below 2^53. */
const readers = new Map<number, (text: string) => SqlValue>([
  [17, asBytes],
  ...[20, 21, 23, 701, 1700].map((oid) => [oid, Number] as const),
]);

export const shapeOf = (fields: readonly Field[]): Shape =>
  fields.map(({ name, dataTypeID }) => ({ name, read: readers.get(dataTypeID) ?? asText }));

export function toRow(shape: Shape, values: readonly (string | null)[]): Row {
  const row: Row = {};
  let index = 0;
  for (const { name, read } of shape) {
    const value = values[index++] ?? null;
    row[name] = value === null ? null : read(value);
  }
  return row;
}

/**
 * A value as it is sent. PostgreSQL keeps no NUL in text: objects and paths with one are refused before they come here, and
 * in what is left, such as a name that somebody types, it becomes what stands for a character that cannot be shown.
 */
export function toWire(value: SqlValue): string | Buffer | null {
  if (typeof value === 'string') return value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
  if (typeof value === 'number') return String(value);
  if (value === null) return null;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
