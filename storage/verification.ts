/**
 * Looks through everything that is stored: whether bytes are those of their ETags, indexes those of the bytes, revisions
 * and counts right, and whether what belongs together is there. Reads page by page, so that a server may run meanwhile.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { cardText } from './card-index.js';
import { findCollectionById, type Collection, type CollectionRef } from './collections.js';
import type { Database, Reader } from './database.js';
import { AccountId, CollectionId, type ObjectId } from './ids.js';
import { indexColumns, indexRows, type IndexColumns, type ObjectIndex } from './object-index.js';
import {
  inCollection,
  objectColumns,
  readContent,
  type InCollection,
  type StoredObjectWithContent,
} from './objects.js';
import { statement } from './statement.js';
import { orphansIn } from './verification-orphans.js';
import { verifyTotals } from './verification-totals.js';
import type { Fault, FaultKind } from './fault.js';

export interface Verification {
  /** The ETag of an object's bytes. */
  readonly etagOf: (data: Uint8Array) => string;
  /** What an up-to-date index of the collection depends on; another one is stale and made anew by the server. */
  readonly wanted: (collection: Collection) => string;
  /** Throws where the bytes cannot be read. */
  readonly indexOf: (
    object: StoredObjectWithContent,
    collection: Collection,
  ) => ObjectIndex | Promise<ObjectIndex>;
  readonly onProgress?: (progress: { readonly done: number; readonly all: number }) => void;
}

const objectsOfPage = 50;

type Compared = Pick<
  IndexColumns,
  'firstStart' | 'lastEnd' | 'unbounded' | 'floating' | 'windowStart' | 'windowEnd'
>;
type Row = Omit<StoredObjectWithContent, 'data'> & Compared;

const nextCollection = statement<CollectionRef>()((db, $) =>
  db
    .selectFrom('collection')
    .select(['account_id as accountId', 'id'])
    .where((eb) => eb(eb.refTuple('account_id', 'id'), '>', eb.tuple($.accountId, $.id)))
    .orderBy('account_id')
    .orderBy('id')
    .limit(sql.lit(1)),
);
const countObjects = statement()((db) => db.selectFrom('object').select(sql<number>`count(*)`.as('objects')));
const pageOf = statement<InCollection & { after: ObjectId | 0; limit: number }>()((db, $) =>
  db
    .selectFrom('object')
    .select(objectColumns)
    .select([
      'object.first_start as firstStart',
      'object.last_end as lastEnd',
      'object.window_start as windowStart',
      'object.window_end as windowEnd',
      'object.unbounded',
      'object.floating',
    ])
    .where('object.account_id', '=', $.accountId)
    .where('object.collection_id', '=', $.collectionId)
    .where('object.id', '>', $.after as never)
    .orderBy('object.id')
    .limit($.limit),
);
const spansOf = statement<InCollection & { objectId: ObjectId }>()((db, $) =>
  db
    .selectFrom('object_span')
    .select(['length_class as lengthClass', 'start_at as startAt', 'end_at as endAt'])
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('object_id', '=', $.objectId)
    .orderBy('start_at'),
);
const cardOf = statement<InCollection & { objectId: ObjectId }>()((db, $) =>
  db
    .selectFrom('card_text')
    .selectAll()
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('object_id', '=', $.objectId),
);
const birthdayCalendarOf = statement<{ accountId: AccountId }>()((db, $) =>
  db.selectFrom('account').select('birthday_calendar as id').where('id', '=', $.accountId),
);

/** Everything that is wrong, as it is found. */
export async function* verify(database: Database, verification: Verification): AsyncGenerator<Fault> {
  const all = (await database.read((reader) => reader.get(countObjects, {})))?.objects ?? 0;
  let done = 0;
  let after: CollectionRef = { accountId: AccountId(0), id: CollectionId(0) };
  for (;;) {
    const from = after;
    const next = await database.read((reader) => reader.get(nextCollection, from));
    if (next === undefined) break;
    for await (const step of verifyCollection(database, next, verification)) {
      if (typeof step !== 'number') yield step;
      else verification.onProgress?.({ done: (done += step), all });
    }
    after = next;
  }
  yield* orphansIn(database);
}

/** Faults, and after each page how many objects it had. */
async function* verifyCollection(
  database: Database,
  ref: CollectionRef,
  verification: Verification,
): AsyncGenerator<Fault | number> {
  const collection = await database.read((reader) => findCollectionById(reader, ref));
  if (collection === undefined) return;
  for (const fault of await database.read((reader) => verifyTotals(reader, ref))) yield fault;
  let after: ObjectId | 0 = 0;
  for (;;) {
    const from: ObjectId | 0 = after;
    const { faults, last, count }: Page = await database.read((reader) =>
      verifyPage(reader, ref, from, verification),
    );
    yield* faults;
    yield count;
    if (last === undefined) return;
    after = last;
    await nextTurn();
  }
}

interface Page {
  readonly faults: readonly Fault[];
  readonly last: ObjectId | undefined;
  readonly count: number;
}

async function verifyPage(
  reader: Reader,
  ref: CollectionRef,
  after: ObjectId | 0,
  verification: Verification,
): Promise<Page> {
  const collection = await findCollectionById(reader, ref);
  if (collection === undefined) return { faults: [], last: undefined, count: 0 };
  const rows = await reader.all(pageOf, { ...inCollection(ref), after, limit: objectsOfPage });
  // What the server makes itself has an ETag of what it says, not of when it was written.
  const isMade = (await reader.get(birthdayCalendarOf, ref))?.id === ref.id;
  const faults: Fault[] = [];
  for (const row of rows) {
    const about = { accountId: ref.accountId, collection: collection.name, object: row.name };
    for (const [kind, sentence] of await faultsOf(reader, collection, row, verification, isMade))
      faults.push({ ...about, kind, sentence });
  }
  return { faults, last: rows.length < objectsOfPage ? undefined : rows.at(-1)?.id, count: rows.length };
}

type Found = readonly (readonly [FaultKind, string])[];

async function faultsOf(
  reader: Reader,
  collection: Collection,
  row: Row,
  { etagOf, wanted, indexOf }: Verification,
  isMade: boolean,
): Promise<Found> {
  const data = await readContent(reader, collection, row.id);
  if (data === undefined) return [['bytes', 'Its bytes are not there.']];
  if (data.byteLength !== row.size)
    return [['bytes', `It has ${data.byteLength} bytes and says ${row.size}.`]];
  if (!isMade && etagOf(data) !== row.etag) return [['etag', 'Its bytes are not those of its ETag.']];
  if (collection.indexedAs !== wanted(collection)) return [];
  try {
    const index = await indexOf({ ...row, data }, collection);
    return (await isIndexedAs(reader, collection, row, index))
      ? []
      : [['index', 'Its index is not that of its bytes.']];
  } catch {
    // The index of what cannot be read says that it must be asked itself: nothing is wrong with that.
    return row.unbounded === 1 || collection.kind === 'addressbook'
      ? []
      : [['index', 'Its bytes cannot be read, and its index does not say so.']];
  }
}

async function isIndexedAs(
  reader: Reader,
  collection: Collection,
  row: Row,
  index: ObjectIndex,
): Promise<boolean> {
  const columns = indexColumns(index);
  const key = { ...inCollection(collection), objectId: row.id };
  const same =
    columns.firstStart === row.firstStart &&
    columns.lastEnd === row.lastEnd &&
    columns.unbounded === row.unbounded &&
    columns.floating === row.floating;
  if (!same) return false;
  if (collection.kind === 'addressbook') {
    const stored = await reader.get(cardOf, key);
    const text = index.properties.length === 0 ? undefined : cardText(index.properties);
    if (stored === undefined || text === undefined) return stored === text;
    return Object.entries(text).every(([column, value]) => stored[column as keyof typeof stored] === value);
  }
  // The window of an object without an end moves with the time at which it was made: its spans can be others.
  const isSameWindow = columns.windowStart === row.windowStart && columns.windowEnd === row.windowEnd;
  if (index.unbounded && !isSameWindow) return true;
  const stored = await reader.all(spansOf, key);
  const expected = indexRows(index);
  return (
    stored.length === expected.length &&
    stored.every((span, at) => {
      const wanted = expected[at];
      return (
        wanted?.startAt === span.startAt &&
        wanted.endAt === span.endAt &&
        wanted.lengthClass === span.lengthClass
      );
    })
  );
}
