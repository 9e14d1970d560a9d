/** Reads on one snapshot, which begins with the first of them, in the same message. */
import type { Reader, ReadOptions } from '../database.js';
import type { Statement } from '../statement.js';
import type { Connection } from './connection.js';
import { NotRunError } from './flight.js';
import type { Outcome } from './operation.js';

const begin = 'begin isolation level repeatable read read only';

export class Snapshot implements Reader {
  private state: 'new' | 'alone' | 'begun' | 'ended' = 'new';

  /** Statements that it may still run. */
  private left: number;

  constructor(
    private readonly connection: Connection,
    { single = false }: ReadOptions = {},
  ) {
    this.left = single ? 1 : Number.POSITIVE_INFINITY;
    // One statement sees one snapshot by itself: neither a beginning nor an end is sent.
    if (single) this.state = 'alone';
  }

  async all<Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<Row[]> {
    const [outcome] = await this.run(statement, [parameters]);
    return (outcome?.rows ?? []) as Row[];
  }

  async get<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row | undefined> {
    const [outcome] = await this.run(statement, [parameters]);
    return outcome?.rows[0] as Row | undefined;
  }

  async getEach<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    each: readonly Parameters[],
  ): Promise<(Row | undefined)[]> {
    const outcomes = await this.run(statement, each);
    return outcomes.map((outcome) => outcome.rows[0] as Row | undefined);
  }

  end(): void {
    if (this.state === 'begun') this.connection.commandLater('commit');
    this.state = 'ended';
  }

  /** When the message fails at its BEGIN, as on a connection that is gone, that is the error which says what happened. */
  private async run<Parameters>(
    statement: Statement<Parameters, unknown>,
    each: readonly Parameters[],
  ): Promise<readonly Outcome[]> {
    this.left -= each.length;
    if (this.left < 0) throw new Error('A read of a single statement ran another');
    try {
      return await this.open().run(statement, each as readonly Record<string, unknown>[]);
    } catch (error) {
      throw error instanceof NotRunError ? error.cause : error;
    }
  }

  private open(): Connection {
    if (this.state === 'ended') throw new Error('A reader was used after its read had ended');
    if (this.state === 'new') {
      this.connection.command(begin).catch(() => undefined);
      this.state = 'begun';
    }
    return this.connection;
  }
}
