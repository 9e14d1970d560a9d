/** The connections: opened as they are needed, kept for a while, given up when they break. */
import pg from 'pg';
import { StorageBusyError } from '../database.js';
import { Connection, type RoundTrips } from './connection.js';
import { codeOf, ConnectionLostError } from './errors.js';

export interface PoolOptions {
  readonly url: string;
  /** Connections at most. */
  readonly connections: number;
  /** Work that may wait for a connection. */
  readonly maxWaiting: number;
  /** How long it waits, for a free one or for one to be made, in milliseconds. */
  readonly waitMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

export interface Lease {
  readonly connection: Connection;
  /** Gives the connection back; a broken one is closed. */
  readonly release: (broken: boolean) => void;
}

/** Longer than any client may take to read what was written to it, so that no work that is alive is cut. */
const idleInTransactionMs = 10 * 60 * 1000;
const idleMs = 60 * 1000;
const idleBeforeProbedMs = 30 * 1000;

export class ConnectionPool {
  private readonly pool: pg.Pool;
  private readonly connections = new WeakMap<pg.PoolClient, Connection>();

  constructor(
    private readonly options: PoolOptions,
    private readonly roundTrips: RoundTrips,
  ) {
    this.pool = new pg.Pool({
      connectionString: options.url,
      max: options.connections,
      connectionTimeoutMillis: options.waitMs,
      idleTimeoutMillis: idleMs,
      allowExitOnIdle: true,
      keepAlive: true,
      keepAliveInitialDelayMillis: idleBeforeProbedMs,
      fallback_application_name: 'latchkey',
    });
    // Whoever uses a connection that breaks hears of it; one that nobody uses is replaced when it is needed.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
    this.pool.on('error', () => undefined);
  }

  async lease(): Promise<Lease> {
    if (this.pool.ending) throw new StorageBusyError('The database is being closed');
    if (this.pool.waitingCount >= this.options.maxWaiting)
      throw new StorageBusyError('Too many requests are waiting for the database');
    const client = await this.connect();
    const connection = this.connections.get(client) ?? (await this.begin(client));
    return { connection, release: (broken) => client.release(broken || connection.isWorn) };
  }

  /** Connections that somebody has. */
  get leased(): number {
    return this.pool.totalCount - this.pool.idleCount;
  }

  /** Work that waits for one. */
  get waiting(): number {
    return this.pool.waitingCount;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }

  private async begin(client: pg.PoolClient): Promise<Connection> {
    try {
      await configure(client, this.options);
    } catch (error) {
      client.release(true);
      throw lost(error);
    }
    const connection = new Connection(
      client,
      this.roundTrips,
      this.options.statementTimeoutMs + this.options.waitMs,
    );
    this.connections.set(client, connection);
    return connection;
  }

  private async connect(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw lost(error);
    }
  }
}

/** Whoever refuses, the server or the way to it: it cannot be spoken to now. What the server said is the cause. */
function lost(error: unknown): ConnectionLostError {
  const why = codeOf(error) ?? messageOf(error);
  return new ConnectionLostError(`No connection to the database (${why}).`, { cause: error });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown error');

/**
 * In one message. What was acknowledged is on the disk, whatever the server's own setting says; no statement and no lock is
 * waited for without end.
 */
async function configure(client: pg.ClientBase, options: PoolOptions): Promise<void> {
  const text = `
    set synchronous_commit = on;
    set statement_timeout = ${options.statementTimeoutMs};
    set lock_timeout = ${options.lockTimeoutMs};
    set idle_in_transaction_session_timeout = ${idleInTransactionMs};
    set bytea_output = 'hex';
    set client_min_messages = 'warning';
    set jit = off;
    set plan_cache_mode = force_generic_plan`;
  // Known to pg, not to its types.
  const query = { text, query_timeout: options.waitMs };
  await client.query(query);
}
