/**
 * Notices that another process has written to the file: SQLite counts, for each connection, the commits of others
 * (`PRAGMA data_version`). It does not say what they were about.
 */
import type { ChangeFeed } from '../change-feed.js';
import type { Connection } from './connection.js';

const LOOK_EVERY_MS = 1_000;

export class OtherWriters {
  private timer: NodeJS.Timeout | undefined;
  private seen: unknown;

  /** `connection` is the one that writes for this process, so that its own commits do not count. */
  constructor(
    private readonly connection: Pick<Connection, 'pragma'>,
    private readonly feed: Pick<ChangeFeed, 'tell'>,
  ) {}

  /** Looks now and then, as long as somebody wants to know. */
  watch(isWanted: boolean): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (!isWanted) return;
    // What was committed before may have been missed: the first look tells.
    this.seen = undefined;
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  private look(): void {
    const version = this.version();
    if (version === undefined) return;
    if (version === this.seen) return;
    this.seen = version;
    this.feed.tell('unknown');
  }

  /** Undefined where the file cannot be asked in this moment, as while another process repairs what a killed one has left. */
  private version(): unknown {
    try {
      return this.connection.pragma('data_version');
    } catch {
      return undefined;
    }
  }
}
