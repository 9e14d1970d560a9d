/**
 * Changes between processes by LISTEN and NOTIFY, on a connection of its own. Not in the transactions that change: those
 * with a NOTIFY commit one after another in the whole server. What is committed within a moment goes in one message.
 */
import pg from 'pg';
import { randomBytes } from 'node:crypto';
import { ChangeFeed, ChangeSet, readChange, writeChange } from '../change-feed.js';
import type { CollectionChange } from '../change-feed.js';

const CHANNEL = 'latchkey_changes';
const GATHER_MS = 25;
const AGAIN_AFTER_MS = 1_000;
/** PostgreSQL takes less than 8,000 bytes; more changes than go into it are told as `unknown`. */
const MOST_BYTES = 7_900;
const ANYTHING = '*';

export class PostgresChanges {
  readonly feed = new ChangeFeed((isWanted) => this.listen(isWanted));
  private readonly leaving = new ChangeSet();
  /** Stands before what this process sends, so that it knows its own. */
  private readonly me = randomBytes(6).toString('hex');
  private client: Promise<pg.Client | undefined> | undefined;
  private wanted = false;
  private sending: NodeJS.Timeout | undefined;
  private again: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly url: string) {}

  /** Tells what was committed: here now, elsewhere in a moment. */
  committed(changes: readonly CollectionChange[]): void {
    for (const change of changes) {
      this.feed.tell(change);
      this.leaving.add(change);
    }
    if (this.leaving.size > 0 && !this.closed)
      this.sending ??= setTimeout(() => void this.send(), GATHER_MS).unref();
  }

  /** Sends what is left, and ends the connection. */
  async close(): Promise<void> {
    clearTimeout(this.again);
    if (this.sending !== undefined) {
      clearTimeout(this.sending);
      await this.send();
    }
    this.closed = true;
    const client = await this.client;
    await client?.end().catch(() => undefined);
  }

  private async send(): Promise<void> {
    this.sending = undefined;
    const words = this.leaving.take().map(writeChange).join(' ');
    const payload = `${this.me} ${words.length < MOST_BYTES ? words : ANYTHING}`;
    const client = await this.connected();
    // A hint that is lost is no harm: others look for themselves when a connection has been lost.
    await client?.query('select pg_notify($1, $2)', [CHANNEL, payload]).catch(() => undefined);
  }

  private listen(isWanted: boolean): void {
    this.wanted = isWanted;
    // One that listens already goes on: nobody is told.
    if (!isWanted || this.closed) return;
    void this.connected().then(async (client) => {
      if (client !== undefined && this.wanted) await this.beginListening(client).catch(() => undefined);
    });
  }

  private connected(): Promise<pg.Client | undefined> {
    if (this.closed) return Promise.resolve(undefined);
    this.client ??= this.connect();
    return this.client;
  }

  private async connect(): Promise<pg.Client | undefined> {
    const client = new pg.Client({
      connectionString: this.url,
      keepAlive: true,
      fallback_application_name: 'latchkey changes',
    });
    client.on('error', () => this.lost());
    client.on('end', () => this.lost());
    client.on('notification', ({ payload = '' }) => this.hear(payload));
    try {
      await client.connect();
      return client;
    } catch {
      this.lost();
      return undefined;
    }
  }

  private async beginListening(client: pg.Client): Promise<void> {
    await client.query(`listen ${CHANNEL}`);
    this.feed.tell('unknown');
  }

  private lost(): void {
    this.client = undefined;
    if (this.closed || !this.wanted || this.again !== undefined) return;
    this.again = setTimeout(() => {
      this.again = undefined;
      this.listen(this.wanted);
    }, AGAIN_AFTER_MS).unref();
  }

  private hear(payload: string): void {
    const [sender, ...words] = payload.split(' ');
    if (sender === this.me || !this.wanted) return;
    for (const word of words) this.feed.tell(readChange(word) ?? 'unknown');
  }
}
