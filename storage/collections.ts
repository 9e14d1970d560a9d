/** Calendars and address books. */
import type { Reader, Writer } from './database.js';
import { buryCollection } from './home-changes.js';
import { CollectionId, Revision, type AccountId } from './ids.js';
import type { CollectionKind, Flag } from './schema.js';
import { statement } from './statement.js';

/** What every query below a collection is given: the head of the keys. */
export interface CollectionRef {
  readonly accountId: AccountId;
  readonly id: CollectionId;
}

export interface Collection extends CollectionRef {
  readonly kind: CollectionKind;
  /** The last segment of its URL, decoded. */
  readonly name: string;
  readonly displayName: string | null;
  readonly description: string | null;
  /** Its xml:lang; null for none. */
  readonly descriptionLanguage: string | null;
  readonly color: string | null;
  readonly sortOrder: string | null;
  /** Component names that a calendar takes, null for any. */
  readonly components: readonly string[] | null;
  /** CALDAV:calendar-timezone as it came, and the zone that it means. */
  readonly timezone: string | null;
  readonly zone: string | null;
  /** Its objects are no busy time (CALDAV:schedule-calendar-transp). */
  readonly transparent: boolean;
  /** The address that a subscription was made for (CS:source); null for a calendar of the account's own. */
  readonly source: string | null;
  /** What the index of its objects was computed with; see `reindexing.ts`. */
  readonly indexedAs: string;
  readonly revision: Revision;
  /** What changed at or before this revision can no longer be told. */
  readonly tombstonesSince: Revision;
  /** When it came under its name, in the numbers of the home. */
  readonly homeRevision: Revision;
  readonly objectCount: number;
  /** Of objects and dead properties. */
  readonly bytesUsed: number;
  /** Counts the changes of dead properties, its own and its members', which are no changes for sync. */
  readonly propertyChanges: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** What a client may set. */
export type CollectionProperties = Pick<
  Collection,
  | 'displayName'
  | 'description'
  | 'descriptionLanguage'
  | 'color'
  | 'sortOrder'
  | 'components'
  | 'timezone'
  | 'zone'
  | 'transparent'
  | 'source'
>;

export interface NewCollection extends Partial<CollectionProperties> {
  readonly kind: CollectionKind;
  readonly name: string;
  /** What the index of its objects will be computed with. */
  readonly indexedAs?: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** There is a collection of this kind and name. */
export class CollectionExistsError extends Error {
  override readonly name = 'CollectionExistsError';
}

/** The collection is gone, or never was: another request deleted it meanwhile. */
export class CollectionGoneError extends Error {
  override readonly name = 'CollectionGoneError';
}

const columns = [
  'account_id as accountId',
  'id',
  'kind',
  'name',
  'display_name as displayName',
  'description',
  'description_language as descriptionLanguage',
  'color',
  'sort_order as sortOrder',
  'components',
  'timezone',
  'zone',
  'transparent',
  'source',
  'indexed_as as indexedAs',
  'revision',
  'tombstones_since as tombstonesSince',
  'home_revision as homeRevision',
  'object_count as objectCount',
  'bytes_used as bytesUsed',
  'property_changes as propertyChanges',
  'created_at as createdAt',
  'modified_at as modifiedAt',
] as const;

type Row = Omit<Collection, 'components' | 'transparent'> & {
  readonly components: string | null;
  readonly transparent: Flag | null;
};

interface ByName {
  readonly accountId: AccountId;
  readonly kind: CollectionKind;
  readonly name: string;
}

const byName = statement<ByName>()((db, $) =>
  db
    .selectFrom('collection')
    .select(columns)
    .where('account_id', '=', $.accountId)
    .where('kind', '=', $.kind)
    .where('name', '=', $.name),
);
const byId = statement<CollectionRef>()((db, $) =>
  db.selectFrom('collection').select(columns).where('account_id', '=', $.accountId).where('id', '=', $.id),
);
const ofKind = statement<{ accountId: AccountId; kind: CollectionKind }>()((db, $) =>
  db
    .selectFrom('collection')
    .select(columns)
    .where('account_id', '=', $.accountId)
    .where('kind', '=', $.kind)
    .orderBy('id'),
);
const sumOfBytes = statement<{ accountId: AccountId }>()((db, $) =>
  db
    .selectFrom('collection')
    .select((eb) => eb.cast<number>(eb.fn.coalesce(eb.fn.sum('bytes_used'), eb.lit(0)), 'bigint').as('bytes'))
    .where('account_id', '=', $.accountId),
);
const takeId = statement<{ accountId: AccountId }>()((db, $) =>
  db
    .updateTable('account')
    .set((eb) => ({ last_collection_id: eb('last_collection_id', '+', 1) }))
    .where('id', '=', $.accountId)
    .returning('last_collection_id as id'),
);
const insert = statement<Row>()((db, $) =>
  db.insertInto('collection').values({
    account_id: $.accountId,
    id: $.id,
    kind: $.kind,
    name: $.name,
    display_name: $.displayName,
    description: $.description,
    description_language: $.descriptionLanguage,
    color: $.color,
    sort_order: $.sortOrder,
    components: $.components,
    timezone: $.timezone,
    zone: $.zone,
    transparent: $.transparent,
    source: $.source,
    indexed_as: $.indexedAs,
    revision: $.revision,
    tombstones_since: $.tombstonesSince,
    home_revision: $.homeRevision,
    object_count: $.objectCount,
    bytes_used: $.bytesUsed,
    property_changes: $.propertyChanges,
    created_at: $.createdAt,
    modified_at: $.modifiedAt,
  }),
);
const update = statement<
  Omit<Row, 'revision' | 'objectCount' | 'bytesUsed' | 'propertyChanges' | 'kind' | 'name'>
>()((db, $) =>
  db
    .updateTable('collection')
    .set({
      display_name: $.displayName,
      description: $.description,
      description_language: $.descriptionLanguage,
      color: $.color,
      sort_order: $.sortOrder,
      components: $.components,
      timezone: $.timezone,
      zone: $.zone,
      transparent: $.transparent,
      source: $.source,
      modified_at: $.modifiedAt,
    })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id),
);

const rename = statement<CollectionRef & { name: string; homeRevision: Revision; now: number }>()((db, $) =>
  db
    .updateTable('collection')
    .set({ name: $.name, home_revision: $.homeRevision, modified_at: $.now })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id),
);

/** The collection of a URL. */
export async function findCollection(
  reader: Reader,
  accountId: AccountId,
  kind: CollectionKind,
  name: string,
): Promise<Collection | undefined> {
  const row = await reader.get(byName, { accountId, kind, name });
  return row && toCollection(row);
}

/** The same collection as it is in this snapshot. */
export async function findCollectionById(
  reader: Reader,
  { accountId, id }: CollectionRef,
): Promise<Collection | undefined> {
  const row = await reader.get(byId, { accountId, id });
  return row && toCollection(row);
}

/** In the order in which they were made. */
export async function listCollections(
  reader: Reader,
  accountId: AccountId,
  kind: CollectionKind,
): Promise<readonly Collection[]> {
  return (await reader.all(ofKind, { accountId, kind })).map(toCollection);
}

/** The bytes of all objects and dead properties in the collections of an account. */
export async function bytesOfCollections(reader: Reader, accountId: AccountId): Promise<number> {
  return (await reader.get(sumOfBytes, { accountId }))?.bytes ?? 0;
}

/**
 * Makes an empty collection. Its number is new to the account for ever, so that sync tokens of another are never its.
 * @throws CollectionExistsError when the account has one of this kind and name
 */
export async function createCollection(
  writer: Writer,
  accountId: AccountId,
  { kind, name, indexedAs = '', now, ...properties }: NewCollection,
): Promise<Collection> {
  if (await findCollection(writer, accountId, kind, name))
    throw new CollectionExistsError(`There is a ${kind} of that name`);
  const id = await takeCollectionId(writer, accountId);
  const collection: Collection = {
    accountId,
    id,
    kind,
    name,
    displayName: null,
    description: null,
    descriptionLanguage: null,
    color: null,
    sortOrder: null,
    components: null,
    timezone: null,
    zone: null,
    transparent: false,
    source: null,
    ...withoutUndefined(properties),
    indexedAs,
    revision: Revision(0),
    tombstonesSince: Revision(0),
    homeRevision: Revision(id),
    objectCount: 0,
    bytesUsed: 0,
    propertyChanges: 0,
    createdAt: now,
    modifiedAt: now,
  };
  await writer.run(insert, toRow(collection));
  changed(writer, collection);
  return collection;
}

/** Takes the next number of the account's collections. @throws CollectionGoneError when the account is gone */
export async function takeCollectionId(writer: Writer, accountId: AccountId): Promise<CollectionId> {
  const taken = await writer.get(takeId, { accountId });
  if (taken === undefined) throw new CollectionGoneError('The account is gone');
  return CollectionId(taken.id);
}

/**
 * Makes a collection with everything that another has but its members, or with what they come to (`members`) where they
 * have been copied to that number. `now` in epoch milliseconds.
 */
export async function insertCopyOf(
  writer: Writer,
  source: Collection,
  {
    id,
    name,
    members,
    now,
  }: Pick<Collection, 'id' | 'name'> & { readonly members: boolean; readonly now: number },
): Promise<void> {
  const none = { revision: Revision(0), tombstonesSince: Revision(0), objectCount: 0, bytesUsed: 0 };
  const contents = members ? { tombstonesSince: source.revision } : none;
  const homeRevision = await takeHomeRevision(writer, source.accountId);
  const times = { homeRevision, createdAt: now, modifiedAt: now };
  await writer.run(insert, toRow({ ...source, id, name, ...contents, ...times }));
  changed(writer, { accountId: source.accountId, id });
}

/** Gives a collection another URL, which must be free. Its members, its revision and its tokens stay what they are. */
export async function renameCollection(
  writer: Writer,
  { accountId, id, kind, name: oldName }: Collection,
  name: string,
  now: number,
): Promise<void> {
  const gone = await takeHomeRevision(writer, accountId);
  await buryCollection(writer, { accountId, kind }, { id, name: oldName, revision: gone }, now);
  const homeRevision = await takeHomeRevision(writer, accountId);
  if ((await writer.run(rename, { accountId, id, name, homeRevision, now })) === 0)
    throw new CollectionGoneError('The collection is gone');
  changed(writer, { accountId, id });
}

const changed = (writer: Writer, { accountId, id }: CollectionRef): void =>
  writer.changed({ accountId, id, what: 'collection' });

/** Takes the next number for a change of a home. @throws CollectionGoneError when the account is gone */
export const takeHomeRevision = async (writer: Writer, accountId: AccountId): Promise<Revision> =>
  Revision(await takeCollectionId(writer, accountId));

/**
 * Changes what a client may set; what is not named stays. Properties are not members: the revision stays too (RFC 6578
 * §3.2 reports members only).
 * @throws CollectionGoneError
 */
export async function updateCollection(
  writer: Writer,
  ref: CollectionRef,
  changes: Partial<CollectionProperties>,
  now: number,
): Promise<Collection> {
  const collection = await findCollectionById(writer, ref);
  if (collection === undefined) throw new CollectionGoneError('The collection is gone');
  const updated: Collection = { ...collection, ...withoutUndefined(changes), modifiedAt: now };
  await writer.run(update, toRow(updated));
  changed(writer, ref);
  return updated;
}

/** Written out name by name: every request makes one, and spreading the row takes longer than reading it. */
function toCollection(row: Row): Collection {
  return {
    accountId: row.accountId,
    id: row.id,
    kind: row.kind,
    name: row.name,
    displayName: row.displayName,
    description: row.description,
    descriptionLanguage: row.descriptionLanguage,
    color: row.color,
    sortOrder: row.sortOrder,
    components: row.components === null ? null : row.components.split(',').filter(Boolean),
    timezone: row.timezone,
    zone: row.zone,
    transparent: row.transparent === 1,
    source: row.source,
    indexedAs: row.indexedAs,
    revision: row.revision,
    tombstonesSince: row.tombstonesSince,
    homeRevision: row.homeRevision,
    objectCount: row.objectCount,
    bytesUsed: row.bytesUsed,
    propertyChanges: row.propertyChanges,
    createdAt: row.createdAt,
    modifiedAt: row.modifiedAt,
  };
}

function toRow(collection: Collection): Row {
  return {
    ...collection,
    components: collection.components?.join(',') ?? null,
    transparent: collection.transparent ? 1 : 0,
  };
}

function withoutUndefined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Value;
}
