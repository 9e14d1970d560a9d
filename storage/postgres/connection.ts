/**
 * One connection. What is asked for in one turn of the event loop, or while an answer is outstanding, goes to the server in
 * one message; the answers come in the order of the questions.
 */
import { setImmediate } from 'node:timers';
import type pg from 'pg';
import { bind, type CompiledStatement, type SqlValue, type Statement } from '../statement.js';
import { Flight, type Names } from './flight.js';
import { Operation, type Outcome, type Prepared } from './operation.js';

/** Counts what is sent to the database and waited for. */
export interface RoundTrips {
  count: number;
}

type Parameters = Readonly<Record<string, unknown>>;

/** Above this many statements a connection is closed rather than kept: those for what clients search come and go. */
const mostPrepared = 400;

const prepared = new WeakMap<CompiledStatement, Prepared>();
const commands = new Map<string, Prepared>();
let lastName = 0;

const prepare = (text: string): Prepared => ({ name: `latchkey_${(lastName += 1)}`, text });

function preparedForm(compiled: CompiledStatement): Prepared {
  const known = prepared.get(compiled);
  if (known !== undefined) return known;
  const made = prepare(compiled.sql);
  prepared.set(compiled, made);
  return made;
}

export class Connection {
  private readonly names: Names = new Map();
  private queue: Operation[] = [];
  private awaited = false;
  private state: 'resting' | 'leaving' | 'flying' = 'resting';

  constructor(
    private readonly client: pg.Client,
    private readonly roundTrips: RoundTrips,
    /** Longer than any statement may take: when nothing is heard for so long the way to the server is broken. */
    private readonly silentMs: number,
  ) {}

  /** It has prepared so much that another one should take its place. */
  get isWorn(): boolean {
    return this.names.size > mostPrepared;
  }

  /** Runs a statement once for each set of parameters, in order. */
  run(
    statement: Pick<Statement<unknown, unknown>, 'compiled'>,
    each: readonly Parameters[],
  ): Promise<readonly Outcome[]> {
    if (each.length === 0) return Promise.resolve([]);
    const compiled = statement.compiled.postgres;
    return this.submit(
      preparedForm(compiled),
      each.map((parameters) => bind(compiled, parameters)),
      true,
    );
  }

  /** Runs a command that is a constant of the program, such as BEGIN. */
  command(text: string, values: readonly SqlValue[] = []): Promise<readonly Outcome[]> {
    return this.submit(commandOf(text), [values], true);
  }

  /** Runs a command that nobody waits for, with whatever is sent next; when it fails the connection is of no more use. */
  commandLater(text: string): void {
    this.submit(commandOf(text), [[]], false).catch(() => undefined);
  }

  private submit(
    form: Prepared,
    sets: readonly (readonly SqlValue[])[],
    awaited: boolean,
  ): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      this.queue.push(new Operation(form, sets, { resolve, reject }));
      this.awaited ||= awaited;
      this.leaveSoon(awaited);
    });
  }

  private leaveSoon(awaited: boolean): void {
    if (this.state === 'flying') return;
    if (awaited) {
      if (this.state === 'leaving') return;
      this.state = 'leaving';
      process.nextTick(() => this.leave());
    } else if (this.state === 'resting') setImmediate(() => this.state === 'resting' && this.leave());
  }

  private leave(): void {
    if (this.queue.length === 0) {
      this.state = 'resting';
      return;
    }
    const operations = this.queue;
    this.queue = [];
    this.state = 'flying';
    if (this.awaited) this.roundTrips.count += 1;
    this.awaited = false;
    const flight = new Flight(operations, this.names, () => {
      clearInterval(silence);
      this.land();
    });
    const silence = setInterval(() => {
      // With an answer outstanding this breaks the connection, of which the flight hears.
      if (!flight.wasHeardOf()) this.client.end().catch(() => undefined);
    }, this.silentMs);
    this.client.query(flight as unknown as pg.Submittable);
  }

  private land(): void {
    this.state = 'resting';
    if (this.queue.length === 0) return;
    this.state = 'leaving';
    process.nextTick(() => this.leave());
  }
}

function commandOf(text: string): Prepared {
  let command = commands.get(text);
  if (command === undefined) {
    command = prepare(text);
    commands.set(text, command);
  }
  return command;
}
