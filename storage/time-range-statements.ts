/** The queries behind `objectsInTimeRange`. Each reads one stretch of one index, from where the last page ended. */
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { ObjectId } from './ids.js';
import { earliest } from './object-index.js';
import { objectColumns, type InCollection } from './objects.js';
import type { Flag } from './schema.js';
import { statement, type Placeholders } from './statement.js';

/** Half-open, in epoch seconds; an open side lies beyond `earliest` or `latest`. */
export interface Range extends InCollection {
  readonly start: number;
  readonly end: number;
  readonly limit: number;
}

type InCollectionSlots = Placeholders<InCollection>;

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

/** One that is before every end. */
const never = earliest - 1;

/**
 * Where the last span ends that the object at hand has before an instant. Its spans are apart and so in the same order by
 * start and by end: when this one does not reach into a range, none does.
 */
const endOfLastBefore = (
  $: InCollectionSlots,
  instant: RawBuilder<unknown>,
): RawBuilder<number> => sql`coalesce((
  select earlier.end_at from object_span as earlier
  where earlier.account_id = ${$.accountId} and earlier.collection_id = ${$.collectionId}
    and earlier.object_id = object.id and earlier.start_at < ${instant}
  order by earlier.start_at desc limit 1), ${sql.lit(never)})`;

/** Spans of one class in the order of the key; of each object the first one that touches the range. */
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
    .where(sql<SqlBool>`${endOfLastBefore($, sql.ref('span.start_at'))} <= ${$.start}`)
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
    .where(sql<SqlBool>`${endOfLastBefore($, $.end)} <= ${$.start}`)
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
    .where(sql<SqlBool>`${endOfLastBefore($, $.end)} <= ${$.start}`)
    .orderBy('window_start')
    .orderBy('id')
    .limit($.limit),
);

/** Where a stretch of `limit` objects in the order of their last end is over. */
export const endOfStretch = statement<InCollection & LastEndCursor & { offset: number }>()((db, $) =>
  db
    .selectFrom('object')
    .select(['last_end as lastEnd', 'id'])
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('last_end', '>=', $.afterLastEnd)
    .where(sql<SqlBool>`(last_end > ${$.afterLastEnd} or id > ${$.afterId})`)
    .orderBy('last_end')
    .orderBy('id')
    .limit(1)
    .offset($.offset),
);

/**
 * The objects of a stretch that touch the range, or whose rule must say whether they do. Of a bounded one `first_start`
 * and `last_end` are edges of spans, which mostly decides it.
 */
export const inStretch = statement<
  Omit<Range, 'limit'> & LastEndCursor & { upToLastEnd: number; upToId: ObjectId }
>()((db, $) => {
  const touches = sql<SqlBool>`(
      unbounded = 0 and (first_start >= ${$.start} or last_end <= ${$.end})
      or ${endOfLastBefore($, $.end)} > ${$.start})`;
  return db
    .selectFrom('object')
    .select([...objectColumns, sql<Flag>`case when ${touches} then 1 else 0 end`.as('certain')])
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('last_end', '>=', $.afterLastEnd)
    .where('last_end', '<=', $.upToLastEnd)
    .where(sql<SqlBool>`(last_end > ${$.afterLastEnd} or id > ${$.afterId})`)
    .where(sql<SqlBool>`(last_end < ${$.upToLastEnd} or id <= ${$.upToId})`)
    .where('first_start', '<', $.end)
    .where(
      sql<SqlBool>`(${touches} or (unbounded = 1 and (window_start > ${$.start} or window_end < ${$.end})))`,
    );
});
