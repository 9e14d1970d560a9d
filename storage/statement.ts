/**
 * Statements: portable SQL that is built and typed once by kysely, compiled once per dialect, and then only bound.
 *
 * Building a query on every request costs more than SQLite takes to run it, so a statement is a value at module level:
 *
 *     const byName = statement<{ accountId: AccountId; name: string }>()((db, $) =>
 *       db.selectFrom('collection').selectAll().where('account_id', '=', $.accountId).where('name', '=', $.name));
 *     const row = await reader.get(byName, { accountId, name });
 */
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { Compilable, LimitNode, RawBuilder } from 'kysely';
import type { Schema } from './schema.js';

export type Dialect = 'sqlite' | 'postgres';
/** What a column may hold. Booleans are 0 and 1, instants are epoch milliseconds, spans are epoch seconds. */
export type SqlValue = string | number | Uint8Array | null;

/** Stands in a query where a value comes at execution. */
class Slot {
  constructor(readonly name: string) {}
}

export type Placeholders<Parameters> = {
  readonly [Name in keyof Parameters]-?: RawBuilder<Parameters[Name]>;
};

export interface CompiledStatement {
  readonly sql: string;
  /** In binding order: the name of a parameter, or a constant of the query. */
  readonly slots: readonly ({ readonly name: string } | { readonly value: SqlValue })[];
}

declare const types: unique symbol;
export interface Statement<Parameters, Row> {
  readonly compiled: Readonly<Record<Dialect, CompiledStatement>>;
  readonly [types]?: { readonly parameters: Parameters; readonly row: Row };
}

/**
 * SQLite looks at a limit that is bound as it is when it plans, so it plans anew for each execution, which takes longer
 * than a small query itself. It does not look into a sum.
 */
class PlanOnceCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    super.visitLimit(node);
    this.append(' + 0');
  }
}

const builders: Readonly<Record<Dialect, Kysely<Schema>>> = {
  sqlite: new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new PlanOnceCompiler(),
    },
  }),
  postgres: new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
};

/** Declares a statement: first its parameters' types, then the query. Only a migration may ask for the dialect. */
export function statement<Parameters = object>() {
  return <Row>(
    build: (db: Kysely<Schema>, parameters: Placeholders<Parameters>, dialect: Dialect) => Compilable<Row>,
  ): Statement<Parameters, Row> => {
    const placeholders = new Proxy(
      {},
      { get: (_, name) => sql`${new Slot(String(name))}` },
    ) as Placeholders<Parameters>;
    const compile = (dialect: Dialect): CompiledStatement => {
      const query = build(builders[dialect], placeholders, dialect).compile();
      return {
        sql: query.sql,
        slots: query.parameters.map((parameter) =>
          parameter instanceof Slot ? { name: parameter.name } : { value: parameter as SqlValue },
        ),
      };
    };
    let sqlite: CompiledStatement | undefined;
    let postgres: CompiledStatement | undefined;
    return {
      compiled: {
        get sqlite() {
          return (sqlite ??= compile('sqlite'));
        },
        get postgres() {
          return (postgres ??= compile('postgres'));
        },
      },
    };
  };
}

/** The values of a compiled statement's slots, in binding order. */
export function bind(compiled: CompiledStatement, parameters: Readonly<Record<string, unknown>>): SqlValue[] {
  const values: SqlValue[] = new Array<SqlValue>(compiled.slots.length);
  for (let index = 0; index < values.length; index += 1) {
    const slot = compiled.slots[index];
    if (slot === undefined) continue;
    values[index] = 'name' in slot ? ((parameters[slot.name] ?? null) as SqlValue) : slot.value;
  }
  return values;
}
