/**
 * Changes between processes by LISTEN and NOTIFY, on a connection of its own. Not in the transactions that change: those
 * with a NOTIFY commit one after another in the whole server. What is committed within a moment goes in one message.
 */
import pg from 'pg';
import { randomBytes } from 'node:crypto';
import { ChangeFeed, ChangeSet, readChange, writeChange } from '../change-feed.js';
import type { CollectionChange } from '../change-feed.js';
import type { StorageObserver } from '../database.js';

const CHANNEL = 'latchkey_changes';
const GATHER_MS = 25;
const AGAIN_AFTER_MS = 1_000;
/** PostgreSQL takes less than 8,000 bytes; more changes than go into it are told as `unknown`. */
const MOST_BYTES = 7_900;
const ANYTHING = '*';
/** More than goes into a message. */
const MOST_CHANGES = 1_000;
/** A way that does not answer for so long is given up: nobody may say that it is gone. */
const ANSWERS_WITHIN_MS = 5_000;
const IDLE_BEFORE_PROBED_MS = 30_000;

/** The connection of that time. */
interface Way {
  readonly client: pg.Client;
  /** False: it could not be made. */
  readonly ready: Promise<boolean>;
}

export class PostgresChanges {
  readonly feed = new ChangeFeed((isWanted) => this.listen(isWanted));
  private readonly leaving = new ChangeSet();
  /** Others were not told of some, nobody knows any more of which. */
  private owes = false;
  /** When the earliest of what others were not told was committed; only for who observes. */
  private since: number | undefined;
  /** Stands before what this process sends, so that it knows its own. */
  private readonly me = randomBytes(6).toString('hex');
  private way: Way | undefined;
  private wanted = false;
  private soon: NodeJS.Timeout | undefined;
  private sending: Promise<boolean> | undefined;
  private again: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly observer?: StorageObserver,
  ) {}

  /** Tells what was committed: here now, elsewhere in a moment. */
  committed(changes: readonly CollectionChange[]): void {
    if (this.observer !== undefined && changes.length > 0) this.since ??= performance.now();
    for (const change of changes) {
      this.feed.tell(change);
      if (this.leaving.size < MOST_CHANGES) this.leaving.add(change);
      else this.owes = true;
    }
    this.sendSoon(GATHER_MS);
  }

  /** Sends what is left, and ends the connection. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.again);
    clearTimeout(this.soon);
    await this.sending;
    if (this.hasNews) await this.send();
    await this.way?.ready;
    await this.way?.client.end().catch(() => undefined);
  }

  private get hasNews(): boolean {
    return this.owes || this.leaving.size > 0;
  }

  /** One message at a time: what is committed while one is under way goes with the next. */
  private sendSoon(pause: number): void {
    if (!this.hasNews || this.closed || this.soon !== undefined || this.sending !== undefined) return;
    this.soon = setTimeout(() => {
      this.soon = undefined;
      this.sending = this.send();
      void this.sending.then((isSent) => {
        this.sending = undefined;
        this.sendSoon(isSent ? GATHER_MS : AGAIN_AFTER_MS);
      });
    }, pause).unref();
  }

  /** False: it did not go out, and others, who may have lost nothing themselves, are to be told later. */
  private async send(): Promise<boolean> {
    const words = this.leaving.take().map(writeChange).join(' ');
    const payload = `${this.me} ${this.owes || words.length >= MOST_BYTES ? ANYTHING : words}`;
    const { since } = this;
    this.owes = false;
    this.since = undefined;
    const isSent = await this.ask('select pg_notify($1, $2)', [CHANNEL, payload]);
    if (isSent) this.observer?.told(performance.now() - (since ?? performance.now()));
    else {
      this.owes = true;
      this.since = since ?? this.since;
      this.observer?.notTold();
    }
    return isSent;
  }

  private listen(isWanted: boolean): void {
    this.wanted = isWanted;
    // One that listens already goes on: nobody is told.
    if (!isWanted || this.closed) return;
    void this.ask(`listen ${CHANNEL}`).then((listens) => {
      if (listens && this.wanted) this.feed.tell('unknown');
    });
  }

  /** False: it was not done, and the connection is given up. */
  private async ask(text: string, values: readonly string[] = []): Promise<boolean> {
    const { client, ready } = (this.way ??= this.open());
    if (!(await ready)) return false;
    try {
      await client.query(text, [...values]);
      return true;
    } catch {
      this.lost(client);
      return false;
    }
  }

  private open(): Way {
    const client = new pg.Client({
      connectionString: this.url,
      keepAlive: true,
      keepAliveInitialDelayMillis: IDLE_BEFORE_PROBED_MS,
      connectionTimeoutMillis: ANSWERS_WITHIN_MS,
      query_timeout: ANSWERS_WITHIN_MS,
      fallback_application_name: 'latchkey changes',
    });
    client.on('error', () => this.lost(client));
    client.on('end', () => this.lost(client));
    client.on('notification', ({ payload = '' }) => this.hear(payload));
    const ready = client.connect().then(
      () => true,
      () => {
        this.lost(client);
        return false;
      },
    );
    return { client, ready };
  }

  /** It may be heard of more than once, and when there is another one already. */
  private lost(client: pg.Client): void {
    if (this.way?.client !== client) return;
    this.way = undefined;
    client.end().catch(() => undefined);
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
