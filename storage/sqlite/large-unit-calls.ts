/** What a large unit of work asks of the thread that writes it, and what comes back: plain data. */
import type { SqlValue } from '../statement.js';

/** How the thread opens the file. */
export interface LargeUnitSettings {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly maxPages: number | undefined;
}

/** A statement with one or more sets of values. */
interface Execution {
  readonly sql: string;
  readonly each: readonly (readonly SqlValue[])[];
}

export type Call =
  | { readonly do: 'begin' | 'commit' | 'rollback' | 'close' }
  /** Every row for the one set of values. */
  | ({ readonly do: 'all' } & Execution)
  /** The first row for each set. */
  | ({ readonly do: 'get' } & Execution)
  /** The number of rows changed for each set. */
  | ({ readonly do: 'run' } & Execution);

export type CallAnswer =
  | { readonly value: readonly unknown[] }
  /** With SQLite's result code where it is one of SQLite's. */
  | { readonly error: { readonly message: string; readonly code?: string } };
