/** Reads on one snapshot, which begins with the first of them, in the same message. */
import type { Reader } from '../database.js';
import type { Statement } from '../statement.js';
import type { Connection } from './connection.js';

const begin = 'begin isolation level repeatable read read only';

export class Snapshot implements Reader {
  private state: 'new' | 'begun' | 'ended' = 'new';

  constructor(private readonly connection: Connection) {}

  async all<Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<Row[]> {
    const [outcome] = await this.open().run(statement, [parameters as Record<string, unknown>]);
    return (outcome?.rows ?? []) as Row[];
  }

  async get<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row | undefined> {
    const [outcome] = await this.open().run(statement, [parameters as Record<string, unknown>]);
    return outcome?.rows[0] as Row | undefined;
  }

  async getEach<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    each: readonly Parameters[],
  ): Promise<(Row | undefined)[]> {
    const outcomes = await this.open().run(statement, each as readonly Record<string, unknown>[]);
    return outcomes.map((outcome) => outcome.rows[0] as Row | undefined);
  }

  end(): void {
    if (this.state === 'begun') this.connection.commandLater('commit');
    this.state = 'ended';
  }

  private open(): Connection {
    if (this.state === 'ended') throw new Error('A reader was used after its read had ended');
    if (this.state === 'new') this.connection.command(begin).catch(() => undefined);
    this.state = 'begun';
    return this.connection;
  }
}
