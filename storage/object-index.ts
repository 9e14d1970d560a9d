/** What is stored beside an object's bytes, so that no report parses what it will not return. */
import { deleteCardIndex, insertCardIndex, type IndexedProperty } from './card-index.js';
import type { CollectionRef } from './collections.js';
import type { Writer } from './database.js';
import type { ObjectId } from './ids.js';
import { inCollection, type InCollection } from './objects.js';
import type { Flag } from './schema.js';
import { statement } from './statement.js';

/** A half-open stretch in epoch seconds (UTC); infinite where it has no start or no end. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Computed from the bytes when they are written, and anew when `version` or the horizon has moved on. */
export interface ObjectIndex {
  /**
   * Enclose every time at which the object matches a time range, in epoch seconds; null where there is no first or last,
   * and for what no time range ever matches, which is also neither unbounded nor has spans. When it is not unbounded they
   * are the first and last edge of its spans.
   */
  readonly firstStart: number | null;
  readonly lastEnd: number | null;
  /** Of an unbounded object: inside this stretch, without limit where null, `spans` says everything. */
  readonly windowStart: number | null;
  readonly windowEnd: number | null;
  /** There are occurrences outside the window, between `firstStart` and `lastEnd`. */
  readonly unbounded: boolean;
  /** The spans depend on the calendar's time zone. */
  readonly floating: boolean;
  readonly version: number;
  readonly spans: readonly Span[];
  readonly properties: readonly IndexedProperty[];
}

/** The index columns of the object row. */
export interface IndexColumns {
  readonly firstStart: number | null;
  readonly lastEnd: number | null;
  readonly windowStart: number | null;
  readonly windowEnd: number | null;
  readonly unbounded: Flag;
  readonly floating: Flag;
  readonly indexVersion: number;
}

/** Stand for "always" and "for ever": beyond any year that iCalendar can write, and exact in every engine. */
export const earliest = -8_640_000_000_000;
export const latest = 8_640_000_000_000;

/**
 * Spans are grouped by length; class k holds those of up to `lengthLimits[k]` seconds, the last those that are longer.
 * So the spans of one class that touch a range lie in one stretch of the index, little longer than the range.
 */
export const lengthLimits: readonly number[] = [1, 4, 16, 64, 256, 1024, 4096].map((hours) => hours * 3600);
export const unlimitedClass = lengthLimits.length;

const insertSpan = statement<
  InCollection & { lengthClass: number; startAt: number; endAt: number; objectId: ObjectId }
>()((db, $) =>
  db.insertInto('object_span').values({
    account_id: $.accountId,
    collection_id: $.collectionId,
    length_class: $.lengthClass,
    start_at: $.startAt,
    end_at: $.endAt,
    object_id: $.objectId,
  }),
);
const deleteSpans = statement<InCollection & { objectId: ObjectId }>()((db, $) =>
  db
    .deleteFrom('object_span')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('object_id', '=', $.objectId),
);

/** The columns that an index gives the object row; no first start and last end where nothing ever matches. */
export function indexColumns(index: ObjectIndex): IndexColumns {
  const everMatches = index.unbounded || index.spans.length > 0;
  return {
    firstStart: everMatches ? clamp(index.firstStart ?? earliest) : null,
    lastEnd: everMatches ? clamp(index.lastEnd ?? latest) : null,
    windowStart: clamp(index.windowStart),
    windowEnd: clamp(index.windowEnd),
    unbounded: index.unbounded ? 1 : 0,
    floating: index.floating ? 1 : 0,
    indexVersion: index.version,
  };
}

/** Writes the rows of an index for an object that has none. */
export async function insertIndexRows(
  writer: Writer,
  ref: CollectionRef,
  objectId: ObjectId,
  { spans, properties }: ObjectIndex,
): Promise<void> {
  const key = { ...inCollection(ref), objectId };
  if (spans.length > 0)
    await writer.runEach(
      insertSpan,
      indexRows({ spans }).map((span) => ({ ...key, ...span })),
    );
  await insertCardIndex(writer, ref, objectId, properties);
}

/** Removes what `insertIndexRows` wrote. */
export async function deleteIndexRows(writer: Writer, ref: CollectionRef, objectId: ObjectId): Promise<void> {
  await writer.runEach(deleteSpans, [{ ...inCollection(ref), objectId }]);
  await deleteCardIndex(writer, ref, objectId);
}

/** The rows of spans that an index has, in the order of their starts. */
export const indexRows = ({ spans }: Pick<ObjectIndex, 'spans'>): readonly SpanColumns[] =>
  joinSpans(spans).map(spanColumns);

export interface SpanColumns {
  readonly startAt: number;
  readonly endAt: number;
  readonly lengthClass: number;
}

/** In order and apart: those that touch or overlap answer no range differently when they are one. */
function joinSpans(spans: readonly Span[]): readonly Span[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

function spanColumns(span: Span): SpanColumns {
  const startAt = clampInstant(span.start);
  const endAt = clampInstant(span.end);
  const lengthClass = lengthLimits.findIndex((limit) => endAt - startAt <= limit);
  return { startAt, endAt, lengthClass: lengthClass === -1 ? unlimitedClass : lengthClass };
}

function clampInstant(instant: number): number {
  return Math.min(Math.max(instant, earliest), latest);
}

function clamp(instant: number | null): number | null {
  return instant === null ? null : clampInstant(instant);
}
