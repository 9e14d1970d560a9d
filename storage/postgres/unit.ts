/** One unit of work: a transaction, with the locks that keep out whom it must not meet. */
import { ChangeSet, type CollectionChange } from '../change-feed.js';
import type { WriteOptions, Writer } from '../database.js';
import type { AccountId } from '../ids.js';
import type { Statement } from '../statement.js';
import type { Connection } from './connection.js';
import { NotRunError } from './flight.js';
import type { Outcome } from './operation.js';

/**
 * Advisory locks are numbers that all who use the database share: ours begin here. The first is everybody's; an account's is
 * as far behind it as its id says.
 */
const firstLock = 0x6c_61_74_63n << 32n;
const lockOf = (account: AccountId): string => String(firstLock + BigInt(account));

/** Held by the process that does scheduled work. */
export const jobsLock = String(firstLock - 1n);

const lockAll = 'select pg_advisory_xact_lock($1)';
const lockAccount = 'select pg_advisory_xact_lock_shared($1), pg_advisory_xact_lock($2)';

export class Unit implements Writer {
  /** To be told when it is committed. */
  readonly changes = new ChangeSet();
  private ended = false;
  private failure: Error | undefined;
  /** Begins with the first statement, in the same message. */
  private begun = false;
  /** From now on nobody knows whether it was committed, unless the database says so. */
  committing = false;

  constructor(
    private readonly connection: Connection,
    private readonly scope: WriteOptions['scope'],
  ) {}

  async all<Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<Row[]> {
    const [outcome] = await this.execute(statement, [parameters]);
    return (outcome?.rows ?? []) as Row[];
  }

  async get<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row | undefined> {
    const [outcome] = await this.execute(statement, [parameters]);
    return outcome?.rows[0] as Row | undefined;
  }

  async getEach<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    each: readonly Parameters[],
  ): Promise<(Row | undefined)[]> {
    const outcomes = await this.execute(statement, each);
    return outcomes.map((outcome) => outcome.rows[0] as Row | undefined);
  }

  async run<Parameters>(statement: Statement<Parameters, unknown>, parameters: Parameters): Promise<number> {
    const [outcome] = await this.execute(statement, [parameters]);
    return outcome?.count ?? 0;
  }

  /** Goes with the next message, the commit at the latest, which fails when this does. */
  async runEach<Parameters>(
    statement: Statement<Parameters, unknown>,
    each: readonly Parameters[],
  ): Promise<void> {
    this.execute(statement, each).catch(() => undefined);
  }

  /** Resolves when it is on the database's disk. */
  async commit(): Promise<void> {
    this.ended = true;
    if (!this.begun) return;
    this.committing = true;
    try {
      await this.connection.command('commit');
    } catch (error) {
      throw this.failure ?? error;
    }
    // A transaction that has failed is rolled back, though COMMIT itself succeeds.
    if (this.failure !== undefined) throw this.failure;
  }

  rollback(): void {
    this.ended = true;
    if (this.begun) this.connection.commandLater('rollback');
  }

  changed(change: CollectionChange): void {
    this.changes.add(change);
  }

  private async execute<Parameters>(
    statement: Statement<Parameters, unknown>,
    each: readonly Parameters[],
  ): Promise<readonly Outcome[]> {
    if (this.ended) throw new Error('A writer was used after its unit had ended');
    if (!this.begun) this.begin();
    try {
      return await this.connection.run(statement, each as readonly Record<string, unknown>[]);
    } catch (error) {
      throw this.note(error);
    }
  }

  /**
   * READ COMMITTED: each statement sees what was committed before it, so that all behind the lock see what those who held
   * it before have done.
   */
  private begin(): void {
    this.begun = true;
    const { connection, scope } = this;
    const note = (error: unknown): void => void this.note(error);
    connection.command('begin isolation level read committed').catch(note);
    if (scope === 'independent') return;
    const locked =
      scope === undefined
        ? connection.command(lockAll, [String(firstLock)])
        : connection.command(lockAccount, [String(firstLock), lockOf(scope)]);
    locked.catch(note);
  }

  /** The first error is the one that says what happened. */
  private note(error: unknown): unknown {
    if (error instanceof Error && !(error instanceof NotRunError)) this.failure ??= error;
    return this.failure ?? error;
  }
}
