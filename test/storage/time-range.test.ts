import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  objectsInTimeRange,
  putObject,
  type Collection,
  type IndexMatch,
  type ObjectIndex,
  type Reader,
  type Span,
  type TimeRangeQuery,
} from '../../storage/index.js';
import {
  contentOf,
  emptyIndex,
  insertCollection,
  temporaryDatabase,
  type TemporaryDatabase,
} from './temporary-database.js';

const day = 24 * 3600;

/** What the answer must be, by the definition of the index alone. */
function expectedAnswer(
  index: ObjectIndex,
  { start, end }: TimeRangeQuery,
): 'certain' | 'uncertain' | 'none' {
  const from = start ?? Number.NEGATIVE_INFINITY;
  const until = end ?? Number.POSITIVE_INFINITY;
  if (index.spans.some((span) => span.start < until && span.end > from)) return 'certain';
  const leavesWindow =
    from < (index.windowStart ?? Number.NEGATIVE_INFINITY) ||
    until > (index.windowEnd ?? Number.POSITIVE_INFINITY);
  const mayOccur =
    (index.firstStart ?? Number.NEGATIVE_INFINITY) < until &&
    (index.lastEnd ?? Number.POSITIVE_INFINITY) > from;
  return index.unbounded && leavesWindow && mayOccur ? 'uncertain' : 'none';
}

const instant = fc.integer({ min: -200 * day, max: 200 * day });
const length = fc.oneof(
  fc.integer({ min: 1, max: 2 * day }),
  fc.integer({ min: 1, max: 300 * day }),
  fc.constantFrom(1, 3600, 3601, 4 * 3600, 16 * 3600, 64 * 3600, 4096 * 3600, 4096 * 3600 + 1),
);
const finiteSpan = fc
  .tuple(instant, length)
  .map(([start, seconds]): Span => ({ start, end: start + seconds }));
const openSpan = fc.oneof(
  instant.map((start): Span => ({ start, end: Number.POSITIVE_INFINITY })),
  instant.map((end): Span => ({ start: Number.NEGATIVE_INFINITY, end })),
  fc.constant<Span>({ start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }),
);
const span = fc.oneof({ weight: 6, arbitrary: finiteSpan }, { weight: 1, arbitrary: openSpan });
const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

const boundedIndex = fc.array(span, { maxLength: 6 }).map((spans): ObjectIndex => ({
  ...emptyIndex,
  spans,
  firstStart: finiteOrNull(Math.min(...spans.map(({ start }) => start))),
  lastEnd: finiteOrNull(Math.max(...spans.map(({ end }) => end))),
}));
const unboundedIndex = fc
  .record({
    spans: fc.array(finiteSpan, { maxLength: 4 }),
    before: fc.integer({ min: 0, max: 100 * day }),
    after: fc.option(fc.integer({ min: 1, max: 300 * day })),
    windowStart: fc.option(instant),
    windowEnd: fc.option(instant),
    origin: instant,
  })
  .map(({ spans, before, after, windowStart, windowEnd, origin }): ObjectIndex => {
    const firstStart = Math.min(origin, ...spans.map(({ start }) => start)) - before;
    const lastEnd = Math.max(origin, ...spans.map(({ end }) => end)) + (after ?? 0);
    return {
      ...emptyIndex,
      spans,
      firstStart,
      lastEnd: after === null ? null : lastEnd,
      windowStart,
      windowEnd,
      unbounded: true,
    };
  });
const objectIndex = fc.oneof(
  { weight: 3, arbitrary: boundedIndex },
  { weight: 2, arbitrary: unboundedIndex },
);
const range = fc
  .tuple(
    fc.option(instant),
    fc.option(fc.oneof(fc.integer({ min: 1, max: 60 * day }), fc.integer({ min: 1, max: 400 * day }))),
  )
  .map(([start, seconds]): TimeRangeQuery => {
    if (start === null) return { components: null, start, end: seconds };
    return { components: null, start, end: seconds === null ? null : start + seconds };
  });

async function collect(
  reader: Reader,
  calendar: Collection,
  query: TimeRangeQuery,
  pageSize: number,
): Promise<readonly IndexMatch[]> {
  const matches: IndexMatch[] = [];
  for await (const page of objectsInTimeRange(reader, calendar, query, pageSize)) {
    assert.ok(page.length <= pageSize);
    matches.push(...page);
  }
  return matches;
}

describe('RFC 4791 §9.9 time ranges by the index', () => {
  let temporary: TemporaryDatabase;
  let calendar: Collection;

  beforeEach(async () => {
    temporary = await temporaryDatabase();
    calendar = await insertCollection(temporary.database);
  });
  afterEach(() => temporary.dispose());

  it('finds what a look at every object would find, each object once', async () => {
    const nothing = new Error('rolled back, so that the next case begins with an empty calendar');
    await fc.assert(
      fc.asyncProperty(
        fc.array(objectIndex, { maxLength: 25 }),
        fc.array(range, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        async (indexes, ranges, pageSize) => {
          const unit = temporary.database.write(async (writer) => {
            for (const [number, index] of indexes.entries())
              await putObject(writer, calendar, contentOf(String(number), { index }));
            for (const query of ranges) {
              const found = await collect(writer, calendar, query, pageSize);
              assert.deepEqual(
                found
                  .map(({ object, certain }) => `${object.name} ${certain ? 'certain' : 'uncertain'}`)
                  .sort(),
                indexes
                  .map((index, number) => `${number} ${expectedAnswer(index, query)}`)
                  .filter((answer) => !answer.endsWith('none'))
                  .sort(),
                JSON.stringify(query),
              );
            }
            throw nothing;
          });
          await assert.rejects(unit, (error) => {
            if (error !== nothing) throw error;
            return true;
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('answers only the components that are asked for', async () => {
    const index: ObjectIndex = { ...emptyIndex, firstStart: 0, lastEnd: 10, spans: [{ start: 0, end: 10 }] };
    const found = await temporary.database.write(async (writer) => {
      await putObject(writer, calendar, contentOf('event', { index }));
      await putObject(writer, calendar, contentOf('task', { index, component: 'VTODO' }));
      return collect(writer, calendar, { components: ['VTODO'], start: 5, end: 6 }, 10);
    });
    assert.deepEqual(
      found.map(({ object }) => object.name),
      ['task'],
    );
  });

  it('forgets the spans of an object that is replaced', async () => {
    const at = (start: number): ObjectIndex => ({
      ...emptyIndex,
      firstStart: start,
      lastEnd: start + 10,
      spans: [{ start, end: start + 10 }],
    });
    const counts = await temporary.database.write(async (writer) => {
      await putObject(writer, calendar, contentOf('event', { index: at(0) }));
      await putObject(writer, calendar, contentOf('event', { index: at(1_000) }));
      const before = await collect(writer, calendar, { components: null, start: 0, end: 10 }, 10);
      const after = await collect(writer, calendar, { components: null, start: 1_000, end: 1_010 }, 10);
      return [before.length, after.length];
    });
    assert.deepEqual(counts, [0, 1]);
  });
});
