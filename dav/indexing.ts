/**
 * Indexes are made at write, and anew in small batches after an upgrade, when a calendar's zone has changed and when
 * time moves on towards a horizon (docs/architecture.md, "Data").
 */
import { reindexAllAccounts, reindexCollection, storedSizes, verify } from '../storage/index.js';
import type {
  Collection,
  CollectionRef,
  Database,
  Fault,
  ObjectIndex,
  Reindexing,
  StoredObject,
  StoredObjectWithContent,
  StoredSizes,
} from '../storage/index.js';
import { calendarIndexedAs } from './caldav/indexing.js';
import { etagOf } from './etag.js';
import { calendarObjects } from './caldav/large-objects.js';
import { cardIndex, cardIndexedAs } from './carddav/indexing.js';
import { defaultCardLimits, parseCard } from './vcard/index.js';

/** The window of an unbounded object is moved on when it ends within this time. */
const HORIZON_SECONDS = 365 * 86_400;

/** What an up-to-date index of that collection depends on, as text. */
export const indexedAs = (collection: Pick<Collection, 'kind' | 'zone'>): string =>
  collection.kind === 'calendar' ? calendarIndexedAs(collection) : cardIndexedAs();

/** The index of a stored object. `now` in epoch milliseconds. Throws where the bytes cannot be read. */
export function indexOf(
  { data }: StoredObjectWithContent,
  { kind, zone }: Collection,
  now: number,
): ObjectIndex | Promise<ObjectIndex> {
  return kind === 'calendar'
    ? calendarObjects.index({ data, zone, now })
    : cardIndex(parseCard(data, defaultCardLimits));
}

/** Whether everything that is stored is as it was written and indexed as it should be: what is wrong, as it is found. */
export const verifyStored = (
  database: Database,
  onProgress: (progress: { readonly done: number; readonly all: number }) => void,
): AsyncGenerator<Fault> => {
  const now = Date.now();
  return verify(database, {
    etagOf,
    wanted: indexedAs,
    indexOf: (object, collection) => indexOf(object, collection, now),
    onProgress,
  });
};

/** How much is stored, and how much of it waits for another index. `now` in epoch milliseconds. */
export const sizesOfStored = (
  database: Pick<Database, 'read'>,
  now: number,
  signal: AbortSignal,
): Promise<StoredSizes> => storedSizes(database, { now, wanted: indexedAs, signal });

export interface ReindexingOptions {
  /** Epoch milliseconds. */
  readonly clock?: () => number;
  /** Told of an object whose bytes cannot be read, in each run: queries look into it itself, and do not find it. */
  readonly onFailure?: (error: unknown, ref: CollectionRef, object: StoredObject) => void;
}

/** Makes anew whatever index is not as it should be; answers how many. For a job that runs now and then. */
export const reindexStaleObjects = (
  database: Database,
  signal: AbortSignal,
  options?: ReindexingOptions,
): Promise<number> => reindexAllAccounts(database, reindexing(signal, options));

/** The same in one collection, which may be gone by now. For one that has changed. */
export const reindexStaleObjectsOf = (
  database: Database,
  ref: CollectionRef,
  signal: AbortSignal,
  options?: ReindexingOptions,
): Promise<number> => reindexCollection(database, ref, reindexing(signal, options));

function reindexing(
  signal: AbortSignal,
  { clock = Date.now, onFailure }: ReindexingOptions = {},
): Reindexing {
  const now = clock();
  return {
    wanted: indexedAs,
    index: (object, collection) => indexOf(object, collection, now),
    horizonBefore: Math.floor(now / 1000) + HORIZON_SECONDS,
    onFailure: (error, ref, object) => onFailure?.(error, ref, object),
    signal,
  };
}
