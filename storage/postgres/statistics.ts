/**
 * What PostgreSQL's planner knows of the tables. It gathers that by itself once a minute, and until then takes a collection
 * for one row and reads all of it for each object. So it is told to look when a young database has grown.
 */
import { sql } from 'kysely';
import { statement } from '../statement.js';
import { tableNames } from '../tables.js';
import type { Connection } from './connection.js';

/** Units of work after which it is looked whether a table has grown, the first time; then after four times as many. */
const FIRST_UNITS = 64;
const GROWTH = 4;
/** Autovacuum knows a server that has written so much. */
const LAST_UNITS = 2 ** 20;

/** Those with rows of which nothing is known, or that have become twice as long since. */
const grownTables = statement()((db) =>
  db.selectNoFrom(
    sql<string | null>`(
      select string_agg(quote_ident(relname), ', ') from pg_class
      where relkind = 'r' and relnamespace = current_schema()::regnamespace
        and relname in (${sql.join(tableNames.map((name) => sql.lit(name)))})
        and pg_relation_size(oid) > 0
        and (reltuples < 0 or pg_relation_size(oid) > 2 * relpages * current_setting('block_size')::bigint)
    )`.as('tables'),
  ),
);

export class Statistics {
  private units = 0;
  private next = FIRST_UNITS;

  /** A unit of work was committed; true when it is time to `gather`. */
  isDue(): boolean {
    this.units += 1;
    if (this.units < this.next || this.next > LAST_UNITS) return false;
    this.next *= GROWTH;
    return true;
  }

  /** Lets PostgreSQL look at the tables that have grown; nothing that is read or written waits for it. */
  async gather(connection: Connection): Promise<void> {
    const [found] = await connection.run(grownTables, [{}]);
    const tables = found?.rows[0]?.['tables'];
    if (typeof tables === 'string') await connection.command(`analyze ${tables}`);
  }
}
