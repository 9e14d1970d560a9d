/**
 * CALDAV:calendar-query (RFC 4791 §7.8): which objects can match, by the index where it can tell.
 */
import { objectsInTimeRange, pageObjects } from '../../storage/index.js';
import type { Collection, IndexMatch, ObjectId, Reader, StoredObject } from '../../storage/index.js';
import { classifyCompFilter } from '../icalendar/index.js';
import type { CompFilter, FilterClass } from '../icalendar/index.js';
import { answerQuery } from '../http/query.js';
import type { ObjectReport } from '../http/object-responses.js';
import { calendarIndexedAs } from './indexing.js';
import { calendarObjects } from './large-objects.js';

const PAGE = 200;
/** Covers every zone that floating times could be read in instead of the indexed one. */
const ZONE_SLACK_SECONDS = 2 * 86_400;

export interface CalendarQuery {
  readonly filter: CompFilter;
  /** IANA zone for floating and all-day times; undefined where the request names none. */
  readonly zone: string | undefined;
}

/** Streams the answer to a query. */
export async function answerCalendarQuery(report: ObjectReport, query: CalendarQuery): Promise<void> {
  const { parent, context, member } = report;
  const { collection } = parent;
  const plan = classifyCompFilter(query.filter);
  const zone = query.zone ?? collection.zone ?? 'UTC';
  await answerQuery(report, {
    candidates:
      member === undefined ? candidates(context.reader, collection, plan, query.zone) : only(member),
    matches: (data) => calendarObjects.match({ data, filter: query.filter, zone }),
    limit: context.limits.maxResults,
  });
}

/** §7.8: asked of one object, the filter is held against that object alone. */
async function* only(object: StoredObject): AsyncGenerator<readonly IndexMatch[]> {
  yield [{ object, certain: false }];
}

/**
 * The objects of a calendar that can match, by the index where it is up to date. `zone` is where floating times are read by
 * the request; undefined for where the calendar has them.
 */
export async function* candidates(
  reader: Reader,
  collection: Collection,
  plan: FilterClass,
  zone: string | undefined,
): AsyncGenerator<readonly IndexMatch[]> {
  if (!plan.possible) return;
  const { timeRange, components = null } = plan;
  // While an index is being made anew it is not asked (storage/reindexing.ts): answers stay right meanwhile.
  if (timeRange === undefined || collection.indexedAs !== calendarIndexedAs(collection)) {
    yield* everyObject(reader, collection, components, plan.exact && timeRange === undefined);
    return;
  }
  const indexedZone = zone === undefined || zone === (collection.zone ?? 'UTC');
  const slack = indexedZone ? 0 : ZONE_SLACK_SECONDS;
  const query = {
    components,
    start: timeRange.start === undefined ? null : timeRange.start - slack,
    end: timeRange.end === undefined ? null : timeRange.end + slack,
  };
  for await (const page of objectsInTimeRange(reader, collection, query, PAGE)) {
    yield page.map(({ object, certain }) => ({ object, certain: certain && plan.exact && indexedZone }));
  }
}

async function* everyObject(
  reader: Reader,
  collection: Collection,
  components: readonly string[] | null,
  certain: boolean,
): AsyncGenerator<readonly IndexMatch[]> {
  for (let after: ObjectId | 0 = 0; ;) {
    const page: readonly StoredObject[] = await pageObjects(reader, collection, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    const wanted = page.filter(({ component }) => components === null || components.includes(component));
    yield wanted.map((object) => ({ object, certain }));
    after = last.id;
  }
}
