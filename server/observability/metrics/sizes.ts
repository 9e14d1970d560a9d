/**
 * How much is stored. Counting takes longer than a scrape should, so what is answered was counted before, some minutes ago at
 * most, and a scrape that finds it older has it counted anew beside the requests. Nobody scrapes: nothing is counted.
 */
import { stat } from 'node:fs/promises';
import type { CollectionKind, StoredSizes } from '../../../storage/index.js';
import { Gauge } from './samples.js';
import type { Family, Sample } from './samples.js';

export interface SizesOptions {
  readonly count: (signal: AbortSignal) => Promise<StoredSizes>;
  /** Bytes that the database takes, by what of it. */
  readonly onDisk: () => Promise<Readonly<Record<string, number>>>;
  readonly onError: (error: unknown) => void;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
}

const FRESH_MS = 5 * 60 * 1000;
/** Of the time that passes, counting takes this share at most. */
const SHARE = 20;

interface Counted {
  readonly sizes: StoredSizes;
  readonly onDisk: Readonly<Record<string, number>>;
  readonly at: number;
}

export class Sizes {
  private counted: Counted | undefined;
  private counting: Promise<void> | undefined;
  private nextAt = 0;
  private readonly stopping = new AbortController();
  private readonly now: () => number;

  constructor(private readonly options: SizesOptions) {
    this.now = options.clock ?? Date.now;
  }

  /** To be called at each scrape; resolves when what was begun has ended, which a scrape need not wait for. */
  refresh(): Promise<void> {
    if (this.counting !== undefined) return this.counting;
    if (this.now() < this.nextAt || this.stopping.signal.aborted) return Promise.resolve();
    this.counting = this.count().finally(() => (this.counting = undefined));
    return this.counting;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.counting;
  }

  private async count(): Promise<void> {
    const begun = this.now();
    try {
      const { signal } = this.stopping;
      const [sizes, onDisk] = await Promise.all([this.options.count(signal), this.options.onDisk()]);
      if (!signal.aborted) this.counted = { sizes, onDisk, at: begun };
    } catch (error) {
      this.options.onError(error);
    }
    const took = this.now() - begun;
    this.nextAt = this.now() + Math.max(FRESH_MS, took * SHARE);
  }

  readonly families: readonly Family[] = [
    this.gauge('latchkey_accounts', 'Accounts by state.', ({ sizes: { accounts } }) => [
      { labels: { state: 'enabled' }, value: accounts.enabled },
      { labels: { state: 'disabled' }, value: accounts.disabled },
      { labels: { state: 'being-deleted' }, value: accounts.beingDeleted },
    ]),
    this.gauge(
      'latchkey_accounts_without_second_factor',
      'Accounts that have not set up two-step verification.',
      ({ sizes }) => one(sizes.accountsWithoutSecondFactor),
    ),
    this.gauge('latchkey_app_passwords', 'App passwords that are neither revoked nor expired.', ({ sizes }) =>
      one(sizes.appPasswords),
    ),
    this.gauge('latchkey_sessions', 'Sessions of the console.', ({ sizes }) => one(sizes.sessions)),
    this.gauge('latchkey_mail_waiting', 'Mail that is not sent yet.', ({ sizes }) => one(sizes.mail)),
    this.gauge(
      'latchkey_mail_oldest_seconds',
      'Seconds since the oldest mail that waits was queued.',
      ({ sizes }) => one(sizes.oldestMailMs / 1000),
    ),
    this.gauge('latchkey_collections', 'Calendars and address books.', (it) => byKind(it, 'collections')),
    this.gauge('latchkey_objects', 'Calendar objects and contacts.', (it) => byKind(it, 'objects')),
    this.gauge('latchkey_stored_bytes', 'Bytes of objects and properties.', (it) => byKind(it, 'bytes')),
    this.gauge('latchkey_collections_to_index', 'Collections whose index is to be made anew.', (it) =>
      byKind(it, 'collectionsToIndex'),
    ),
    this.gauge('latchkey_objects_to_index', 'Objects in collections whose index is to be made anew.', (it) =>
      byKind(it, 'objectsToIndex'),
    ),
    this.gauge(
      'latchkey_tombstones',
      'Deletions that are remembered; of one collection 10,000 are counted.',
      ({ sizes }) => one(sizes.tombstones),
    ),
    this.gauge(
      'latchkey_collections_to_purge',
      'Deleted collections whose rows are still there.',
      ({ sizes }) => one(sizes.collectionsToPurge),
    ),
    this.gauge('latchkey_database_bytes', 'Bytes that the database takes on the disk.', ({ onDisk }) =>
      Object.entries(onDisk).map(([part, value]) => ({ labels: { part }, value })),
    ),
    this.gauge(
      'latchkey_sizes_counted_timestamp_seconds',
      'When sizes were counted, in seconds since 1970.',
      ({ at }) => one(at / 1000),
    ),
  ];

  /** Without values until there are some. Several processes may count the same database: the largest figure holds. */
  private gauge(name: string, help: string, read: (counted: Counted) => readonly Sample[]): Gauge {
    return new Gauge(name, help, () => (this.counted === undefined ? [] : read(this.counted)), 'max');
  }
}

const one = (value: number): readonly Sample[] => [{ labels: {}, value }];

const byKind = ({ sizes }: Counted, what: keyof StoredSizes['byKind'][CollectionKind]): readonly Sample[] =>
  Object.entries(sizes.byKind).map(([kind, each]) => ({ labels: { kind }, value: each[what] }));

/** The files of SQLite; one that is not there takes nothing. */
export async function filesOf(path: string): Promise<Readonly<Record<string, number>>> {
  const size = async (file: string): Promise<number> => {
    try {
      return (await stat(file)).size;
    } catch {
      return 0;
    }
  };
  return { file: await size(path), wal: await size(`${path}-wal`), reserve: await size(`${path}-reserve`) };
}
