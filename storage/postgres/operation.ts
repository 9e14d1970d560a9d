/** One prepared statement with one or more sets of values, and what came of it. */
import type { SqlValue } from '../statement.js';
import { shapeOf, toRow, type Field, type Row, type Shape } from './rows.js';

export interface Outcome {
  readonly rows: readonly Row[];
  /** Rows that were changed or returned. */
  readonly count: number;
}

/** A statement as it is prepared on a connection. Its rows look the same wherever and whenever it runs. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
  /** Unknown until it was run once. */
  shape?: Shape;
}

export class Operation {
  private readonly outcomes: Outcome[] = [];
  private rows: Row[] = [];
  private described = false;

  constructor(
    readonly prepared: Prepared,
    readonly sets: readonly (readonly SqlValue[])[],
    private readonly settle: {
      readonly resolve: (outcomes: readonly Outcome[]) => void;
      readonly reject: (reason: unknown) => void;
    },
  ) {}

  get isComplete(): boolean {
    return this.outcomes.length === this.sets.length;
  }

  describe(fields: readonly Field[]): void {
    this.described = true;
    this.prepared.shape ??= shapeOf(fields);
  }

  row(values: readonly (string | null)[]): void {
    this.rows.push(toRow(this.prepared.shape ?? [], values));
  }

  /** One set of values was run. */
  complete(count: number): void {
    if (!this.described) this.prepared.shape ??= [];
    this.outcomes.push({ rows: this.rows, count });
    this.rows = [];
  }

  end(): void {
    this.settle.resolve(this.outcomes);
  }

  fail(reason: unknown): void {
    this.settle.reject(reason);
  }
}
