/**
 * What is sent to PostgreSQL at a time: operations one behind another in one message to the server, with one answer to all
 * of them (the extended query protocol with one Sync). An operation that fails takes those behind it along.
 *
 * pg runs any object that it can submit; this one takes the place of its `Query`, which holds one statement.
 */
import pg from 'pg';
import { ConnectionLostError } from './errors.js';
import type { Operation, Prepared } from './operation.js';
import type { Field } from './rows.js';
import { toWire } from './rows.js';

/** The part of pg's connection that is used here; its types leave half of it out. */
export interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(message: { readonly name: string; readonly text: string }): void;
  bind(message: { readonly statement: string; readonly values: readonly (string | Buffer | null)[] }): void;
  describe(message: { readonly type: 'P' }): void;
  execute(message?: undefined): void;
  close(message: { readonly type: 'S'; readonly name: string }): void;
  sync(): void;
}

/** An operation stood behind one that failed, and was not run. */
export class NotRunError extends Error {
  override readonly name = 'NotRunError';
}

/** The statements of a connection by name: prepared, or perhaps, when something went wrong in that moment. */
export type Names = Map<string, 'prepared' | 'perhaps'>;

export class Flight {
  private current = 0;
  private heard = false;

  constructor(
    private readonly operations: readonly Operation[],
    private readonly names: Names,
    private readonly ended: () => void,
  ) {}

  /** Whether something has come since this was asked before. */
  wasHeardOf(): boolean {
    const { heard } = this;
    this.heard = false;
    return heard;
  }

  submit(wire: Wire): void {
    const { stream } = wire;
    stream.cork();
    try {
      for (const { prepared, sets } of this.operations) {
        this.prepare(wire, prepared);
        for (const [index, set] of sets.entries()) {
          wire.bind({ statement: prepared.name, values: set.map(toWire) });
          if (index === 0 && prepared.shape === undefined) wire.describe({ type: 'P' });
          wire.execute();
        }
      }
      wire.sync();
    } finally {
      stream.uncork();
    }
  }

  private prepare(wire: Wire, { name, text }: Prepared): void {
    const known = this.names.get(name);
    if (known === 'prepared') return;
    if (known === 'perhaps') wire.close({ type: 'S', name });
    wire.parse({ name, text });
    this.names.set(name, 'prepared');
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.operations[this.current]?.describe(fields);
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.heard = true;
    this.operations[this.current]?.row(fields);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.heard = true;
    const operation = this.operations[this.current];
    operation?.complete(countOf(text));
    if (operation?.isComplete === true) this.current += 1;
  }

  handleReadyForQuery(): void {
    for (const operation of this.operations) operation.end();
    this.ended();
  }

  /** Whatever does not come from the server itself is the end of the connection. */
  handleError(reason: Error): void {
    const error =
      reason instanceof pg.DatabaseError
        ? reason
        : new ConnectionLostError('The connection to the database is lost.', { cause: reason });
    for (const [index, operation] of this.operations.entries())
      if (index < this.current) operation.end();
      else {
        this.names.set(operation.prepared.name, 'perhaps');
        operation.fail(
          index === this.current
            ? error
            : new NotRunError('A statement before this one failed', { cause: error }),
        );
      }
    this.ended();
  }
}

/** `UPDATE 3`, `INSERT 0 3`, `SELECT 3`; a command such as BEGIN has no number. */
function countOf(tag: string): number {
  return Number(/ (\d+)$/.exec(tag)?.[1] ?? 0);
}
