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

/** The first page of each way, asked for together: an engine that is far away answers all of them at once. */
async function* shortRangePages(reader: Reader, range: Range): AsyncGenerator<readonly IndexMatch[]> {
  const ways = [
    ...Array.from({ length: unlimitedClass + 1 }, (_, lengthClass) =>
      spansOfClass(reader, range, lengthClass),
    ),
    beyondWindow(reader, range, beyondWindowEnd, earliest - 1),
    beyondWindow(reader, range, beyondWindowStart, range.start),
  ];
  const firstPages = await Promise.all(ways.map((next) => next()));
  for (const [way, first] of firstPages.entries()) {
    let page = first;
    for (;;) {
      if (page.length > 0) yield page;
      const next = ways[way];
      if (page.length < range.limit || next === undefined) break;
      page = await next();
    }
  }
}

/** Answers the next page of a stretch of an index, each time from where the last one ended; the last is not full. */
type NextPage = () => Promise<readonly IndexMatch[]>;

/** Objects with a span of this length that touches the range, and none of a lower class or earlier in this one. */
function spansOfClass(reader: Reader, range: Range, lengthClass: number): NextPage {
  const lengthLimit = lengthLimits[lengthClass];
  let after = {
    afterStart: lengthLimit === undefined ? earliest - 1 : range.start - lengthLimit,
    afterEnd: latest,
    afterId: beyondEveryId,
  };
  return async () => {
    const rows = await reader.all(bySpan, { ...range, lengthClass, ...after });
    const last = rows.at(-1);
    if (last !== undefined) after = { afterStart: last.startAt, afterEnd: last.endAt, afterId: last.id };
    return rows.map(({ startAt: _, endAt: __, ...object }) => ({ object, certain: true }));
  };
}

/** Unbounded objects, without a span in the range, whose window the range leaves on one side. */
function beyondWindow(
  reader: Reader,
  range: Range,
  statement: typeof beyondWindowEnd,
  first: number,
): NextPage {
  let after = { afterEdge: first, afterId: beyondEveryId };
  return async () => {
    const rows = await reader.all(statement, { ...range, ...after });
    const last = rows.at(-1);
    if (last !== undefined) after = { afterEdge: last.edge ?? first, afterId: last.id };
    return rows.map(({ edge: _, ...object }) => ({ object, certain: false }));
  };
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
