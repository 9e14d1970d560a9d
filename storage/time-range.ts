/**
 * Objects in a time range (RFC 4791 §9.9) by their index. Three ways lead to them:
 *
 * - a short range goes through `object_span`: in each class of lengths the spans that touch it lie in one stretch, so
 *   that the cost follows what is found and not what the collection holds;
 * - unbounded objects whose window the range leaves are few in daily use, and found by the end of their window;
 * - a long or open range goes through the objects by their last end: they are fewer than their spans.
 */
import type { CollectionRef } from './collections.js';
import type { Reader } from './database.js';
import { ObjectId } from './ids.js';
import { earliest, latest, lengthLimits, unlimitedClass } from './object-index.js';
import { inCollection, type StoredObject } from './objects.js';
import {
  beyondWindowEnd,
  beyondWindowStart,
  bySpan,
  endOfStretch,
  inStretch,
  type Range,
} from './time-range-statements.js';

export interface TimeRangeQuery {
  /** Components of the objects that are wanted; null for all. */
  readonly components: readonly string[] | null;
  /** Epoch seconds, half-open; null leaves the side open. */
  readonly start: number | null;
  readonly end: number | null;
}

/** An object found by its index. */
export interface IndexMatch {
  readonly object: StoredObject;
  /** False: the index cannot tell, the object itself must be asked. */
  readonly certain: boolean;
}

/** Two months: what calendars show. */
const longestShortRange = 62 * 24 * 3600;
const beyondEveryId = ObjectId(Number.MAX_SAFE_INTEGER);

/**
 * Every object that may match, once, in no promised order and in pages of at most `pageSize`, some of them empty:
 * between two of them the caller lets others work.
 */
export async function* objectsInTimeRange(
  reader: Reader,
  ref: CollectionRef,
  query: TimeRangeQuery,
  pageSize: number,
): AsyncGenerator<readonly IndexMatch[], void, undefined> {
  const { components } = query;
  const range: Range = {
    ...inCollection(ref),
    start: query.start ?? earliest - 1,
    end: query.end ?? latest + 1,
    limit: pageSize,
  };
  if (range.start >= range.end) return;
  const pages =
    range.end - range.start <= longestShortRange
      ? shortRangePages(reader, range)
      : longRangePages(reader, range);
  for await (const page of pages)
    yield components === null ? page : page.filter(({ object }) => components.includes(object.component));
}

async function* shortRangePages(reader: Reader, range: Range): AsyncGenerator<readonly IndexMatch[]> {
  for (let lengthClass = 0; lengthClass <= unlimitedClass; lengthClass += 1)
    yield* spanPages(reader, range, lengthClass);
  yield* windowPages(reader, range, beyondWindowEnd, earliest - 1);
  yield* windowPages(reader, range, beyondWindowStart, range.start);
}

/** Objects with a span of this length that touches the range, and none of a lower class or earlier in this one. */
async function* spanPages(
  reader: Reader,
  range: Range,
  lengthClass: number,
): AsyncGenerator<readonly IndexMatch[]> {
  const lengthLimit = lengthLimits[lengthClass];
  let after = {
    startAt: lengthLimit === undefined ? earliest - 1 : range.start - lengthLimit,
    endAt: latest,
    objectId: beyondEveryId,
  };
  for (;;) {
    const rows = await reader.all(bySpan, {
      ...range,
      lengthClass,
      afterStart: after.startAt,
      afterEnd: after.endAt,
      afterId: after.objectId,
    });
    if (rows.length > 0)
      yield rows.map(({ startAt: _, endAt: __, ...object }) => ({ object, certain: true }));
    const last = rows.at(-1);
    if (last === undefined || rows.length < range.limit) return;
    after = { startAt: last.startAt, endAt: last.endAt, objectId: last.id };
  }
}

/** Unbounded objects, without a span in the range, whose window the range leaves on one side. */
async function* windowPages(
  reader: Reader,
  range: Range,
  statement: typeof beyondWindowEnd,
  first: number,
): AsyncGenerator<readonly IndexMatch[]> {
  let after = { edge: first, id: beyondEveryId };
  for (;;) {
    const rows = await reader.all(statement, { ...range, afterEdge: after.edge, afterId: after.id });
    if (rows.length > 0) yield rows.map(({ edge: _, ...object }) => ({ object, certain: false }));
    const last = rows.at(-1);
    if (last === undefined || rows.length < range.limit) return;
    after = { edge: last.edge ?? first, id: last.id };
  }
}

async function* longRangePages(reader: Reader, range: Range): AsyncGenerator<readonly IndexMatch[]> {
  const { accountId, collectionId, limit } = range;
  let after = { afterLastEnd: range.start, afterId: beyondEveryId };
  for (;;) {
    const end = await reader.get(endOfStretch, { accountId, collectionId, ...after, offset: limit - 1 });
    const upTo = { upToLastEnd: end?.lastEnd ?? latest, upToId: end?.id ?? beyondEveryId };
    const rows = await reader.all(inStretch, { ...range, ...after, ...upTo });
    yield rows.map(({ certain, ...object }) => ({ object, certain: certain === 1 }));
    if (end === undefined) return;
    after = { afterLastEnd: upTo.upToLastEnd, afterId: upTo.upToId };
  }
}
