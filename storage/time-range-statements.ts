/** The queries behind `objectsInTimeRange`. Each reads one stretch of one index, from where the last page ended. */
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { ObjectId } from './ids.js';
import { objectColumns, type InCollection, type StoredObject } from './objects.js';
import type { Flag } from './schema.js';
import { statement, type Placeholders } from './statement.js';

/** Half-open, in epoch seconds; an open side lies beyond `earliest` or `latest`. */
export interface Range extends InCollection {
  readonly start: number;
  readonly end: number;
  readonly limit: number;
}

export interface LastEndRow extends StoredObject {
  readonly firstStart: number | null;
  readonly lastEnd: number | null;
  readonly windowStart: number | null;
  readonly windowEnd: number | null;
  readonly unbounded: Flag;
  /** Whether a span touches the range. */
  readonly touches: Flag;
}

interface SpanCursor {
  readonly lengthClass: number;
  readonly afterStart: number;
  readonly afterEnd: number;
  readonly afterId: ObjectId;
}

interface EdgeCursor {
  readonly afterEdge: number;
  readonly afterId: ObjectId;
}

interface LastEndCursor {
  readonly afterLastEnd: number;
  readonly afterId: ObjectId;
}

/** A span of the object at hand that touches the range. */
const touchingSpan = ($: Placeholders<Range>): RawBuilder<unknown> => sql`
  select 1 from object_span as touching
  where touching.account_id = ${$.accountId} and touching.collection_id = ${$.collectionId}
    and touching.object_id = object.id and touching.start_at < ${$.end} and touching.end_at > ${$.start}`;

/** Spans of one class in the order of the key, without those of an object that an earlier one has brought. */
export const bySpan = statement<Range & SpanCursor>()((db, $) =>
  db
    .selectFrom('object_span as span')
    .innerJoin('object', (join) =>
      join
        .onRef('object.account_id', '=', 'span.account_id')
        .onRef('object.collection_id', '=', 'span.collection_id')
        .onRef('object.id', '=', 'span.object_id'),
    )
    .select([...objectColumns, 'span.start_at as startAt', 'span.end_at as endAt'])
    .where('span.account_id', '=', $.accountId)
    .where('span.collection_id', '=', $.collectionId)
    .where('span.length_class', '=', $.lengthClass)
    .where('span.start_at', '>=', $.afterStart)
    .where('span.start_at', '<', $.end)
    .where('span.end_at', '>', $.start)
    .where(
      sql<SqlBool>`(span.start_at > ${$.afterStart} or span.end_at > ${$.afterEnd}
        or (span.end_at = ${$.afterEnd} and span.object_id > ${$.afterId}))`,
    )
    .where(
      sql<SqlBool>`not exists (${touchingSpan($)} and (touching.length_class < span.length_class
        or (touching.length_class = span.length_class and (touching.start_at < span.start_at
          or (touching.start_at = span.start_at and touching.end_at < span.end_at)))))`,
    )
    .orderBy('span.start_at')
    .orderBy('span.end_at')
    .orderBy('span.object_id')
    .limit($.limit),
);

/** Unbounded objects without a span in the range, for which it goes on after their window. */
export const beyondWindowEnd = statement<Range & EdgeCursor>()((db, $) =>
  db
    .selectFrom('object')
    .select([...objectColumns, 'window_end as edge'])
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where(sql<SqlBool>`unbounded = 1`)
    .where('window_end', '>=', $.afterEdge)
    .where('window_end', '<', $.end)
    .where(sql<SqlBool>`(window_end > ${$.afterEdge} or id > ${$.afterId})`)
    .where('first_start', '<', $.end)
    .where('last_end', '>', $.start)
    .where(sql<SqlBool>`not exists (${touchingSpan($)})`)
    .orderBy('window_end')
    .orderBy('id')
    .limit($.limit),
);

/** The same for those whose window begins after the range does and does not end inside it. */
export const beyondWindowStart = statement<Range & EdgeCursor>()((db, $) =>
  db
    .selectFrom('object')
    .select([...objectColumns, 'window_start as edge'])
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where(sql<SqlBool>`unbounded = 1`)
    .where('window_start', '>=', $.afterEdge)
    .where(sql<SqlBool>`(window_start > ${$.afterEdge} or id > ${$.afterId})`)
    .where(sql<SqlBool>`(window_end is null or window_end >= ${$.end})`)
    .where('first_start', '<', $.end)
    .where('last_end', '>', $.start)
    .where(sql<SqlBool>`not exists (${touchingSpan($)})`)
    .orderBy('window_start')
    .orderBy('id')
    .limit($.limit),
);

/**
 * Objects whose last end lies after the range's start, so that the page ends where the index was read to, not where the
 * last match was. Of a bounded one, `first_start` and `last_end` are edges of spans, which mostly decides it.
 */
export const byLastEnd = statement<Range & LastEndCursor>()((db, $) =>
  db
    .selectFrom('object')
    .select([
      ...objectColumns,
      'first_start as firstStart',
      'last_end as lastEnd',
      'window_start as windowStart',
      'window_end as windowEnd',
      'unbounded',
      sql<Flag>`case when first_start >= ${$.end} then 0
        when unbounded = 0 and (first_start >= ${$.start} or last_end <= ${$.end}) then 1
        when exists (${touchingSpan($)}) then 1 else 0 end`.as('touches'),
    ])
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('last_end', '>=', $.afterLastEnd)
    .where(sql<SqlBool>`(last_end > ${$.afterLastEnd} or id > ${$.afterId})`)
    .orderBy('last_end')
    .orderBy('id')
    .limit($.limit),
);
