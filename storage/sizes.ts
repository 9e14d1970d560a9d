/**
 * How much is stored, for whoever watches the server. Counted a few accounts and collections at a time, others working in
 * between: no statement looks at more than some hundred rows, however large the database is.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database, Reader } from './database.js';
import { AccountId, CollectionId } from './ids.js';
import type { CollectionKind } from './schema.js';
import { statement } from './statement.js';

export interface CollectionSizes {
  collections: number;
  objects: number;
  /** Of objects and properties. */
  bytes: number;
  /** Their index is not as it should be: queries ask the objects themselves until it is made anew. */
  collectionsToIndex: number;
  objectsToIndex: number;
}

export interface StoredSizes {
  readonly accounts: { enabled: number; disabled: number; beingDeleted: number };
  readonly accountsWithoutSecondFactor: number;
  /** Neither revoked nor expired. */
  readonly appPasswords: number;
  readonly sessions: number;
  readonly mail: number;
  /** Milliseconds since the mail that waits the longest was queued; 0 where none waits. */
  readonly oldestMailMs: number;
  readonly byKind: Readonly<Record<CollectionKind, CollectionSizes>>;
  /** Of one collection at most `mostTombstones` are counted. */
  readonly tombstones: number;
  /** Deleted collections whose rows are still to be removed. */
  readonly collectionsToPurge: number;
}

export const mostTombstones = 10_000;
const accountsOfPage = 50;
const collectionsOfPage = 100;

interface AccountSizes {
  readonly id: AccountId;
  readonly disabled: number;
  readonly deleted: number;
  readonly protectedBySecondFactor: number;
  readonly appPasswords: number;
  readonly sessions: number;
  readonly mail: number;
  readonly oldestMailAt: number | null;
  readonly doomed: number;
}

const pageOfAccounts = statement<{ after: AccountId; now: number; limit: number }>()((db, $) => ({
  compile: () =>
    sql<AccountSizes>`select account.id as "id",
      case when disabled_at is null then 0 else 1 end as "disabled",
      case when deleted_at is null then 0 else 1 end as "deleted",
      case when exists (select 1 from totp where totp.account_id = account.id and confirmed_at is not null)
        or exists (select 1 from passkey where passkey.account_id = account.id) then 1 else 0 end as "protectedBySecondFactor",
      (select count(*) from app_password where app_password.account_id = account.id and revoked_at is null
        and (expires_at is null or expires_at > ${$.now})) as "appPasswords",
      (select count(*) from session where session.account_id = account.id and expires_at > ${$.now}) as "sessions",
      (select count(*) from outbox where outbox.account_id = account.id) as "mail",
      (select min(queued_at) from outbox where outbox.account_id = account.id) as "oldestMailAt",
      (select count(*) from doomed_collection where doomed_collection.account_id = account.id) as "doomed"
      from account where account.id > ${$.after} order by account.id limit ${$.limit} + 0`.compile(db),
}));
const pageOfCollections = statement<{ accountId: AccountId; id: CollectionId; limit: number }>()((db, $) =>
  db
    .selectFrom('collection')
    .select([
      'account_id as accountId',
      'id',
      'kind',
      'zone',
      'indexed_as as indexedAs',
      'object_count as objects',
      'bytes_used as bytes',
    ])
    .where((eb) => eb(eb.refTuple('account_id', 'id'), '>', eb.tuple($.accountId, $.id)))
    .orderBy('account_id')
    .orderBy('id')
    .limit($.limit),
);
const tombstonesOf = statement<{ accountId: AccountId; id: CollectionId }>()((db, $) =>
  db
    .selectFrom((from) =>
      from
        .selectFrom('tombstone')
        .select('revision')
        .where('account_id', '=', $.accountId)
        .where('collection_id', '=', $.id)
        .limit((eb) => eb.lit(mostTombstones))
        .as('known'),
    )
    .select((eb) => eb.fn.countAll<number>().as('count')),
);

interface CollectionRow {
  readonly accountId: AccountId;
  readonly id: CollectionId;
  readonly kind: CollectionKind;
  readonly zone: string | null;
  readonly indexedAs: string;
  readonly objects: number;
  readonly bytes: number;
}

/** What an up-to-date index of a collection was made with. */
type Wanted = (collection: Pick<CollectionRow, 'kind' | 'zone'>) => string;

/** `now` in epoch milliseconds. Ends with what was counted so far when the signal is aborted. */
export async function storedSizes(
  database: Pick<Database, 'read'>,
  { now, wanted, signal }: { readonly now: number; readonly wanted: Wanted; readonly signal?: AbortSignal },
): Promise<StoredSizes> {
  const sizes = { ...(await accountSizes(database, now, signal)), ...emptyOfCollections() };
  let after: Pick<CollectionRow, 'accountId' | 'id'> | undefined = {
    accountId: AccountId(0),
    id: CollectionId(0),
  };
  while (after !== undefined && signal?.aborted !== true) {
    const { accountId, id }: Pick<CollectionRow, 'accountId' | 'id'> = after;
    const rows: readonly CollectionRow[] = await database.read((reader) =>
      reader.all(pageOfCollections, { accountId, id, limit: collectionsOfPage }),
    );
    for (const row of rows) {
      add(sizes.byKind[row.kind], row, wanted(row) !== row.indexedAs);
      sizes.tombstones += await database.read((reader) => countTombstones(reader, row));
      // SQLite answers before the event loop turns.
      await nextTurn();
    }
    after = rows.at(-1);
  }
  return sizes;
}

async function accountSizes(
  database: Pick<Database, 'read'>,
  now: number,
  signal: AbortSignal | undefined,
): Promise<Omit<StoredSizes, 'byKind' | 'tombstones'>> {
  const accounts = { enabled: 0, disabled: 0, beingDeleted: 0 };
  const sizes = {
    ...{ accounts, accountsWithoutSecondFactor: 0, appPasswords: 0, sessions: 0 },
    ...{ mail: 0, oldestMailMs: 0, collectionsToPurge: 0 },
  };
  let last: AccountId | undefined = AccountId(0);
  while (last !== undefined && signal?.aborted !== true) {
    const after: AccountId = last;
    const rows: readonly AccountSizes[] = await database.read((reader) =>
      reader.all(pageOfAccounts, { after, now, limit: accountsOfPage }),
    );
    for (const row of rows) {
      accounts[row.deleted === 1 ? 'beingDeleted' : row.disabled === 1 ? 'disabled' : 'enabled'] += 1;
      if (row.deleted === 0) sizes.accountsWithoutSecondFactor += 1 - row.protectedBySecondFactor;
      sizes.appPasswords += row.deleted === 0 ? row.appPasswords : 0;
      sizes.sessions += row.sessions;
      sizes.mail += row.mail;
      sizes.oldestMailMs = Math.max(sizes.oldestMailMs, now - (row.oldestMailAt ?? now));
      sizes.collectionsToPurge += row.doomed;
    }
    last = rows.at(-1)?.id;
    await nextTurn();
  }
  return sizes;
}

const emptyOfCollections = (): Pick<StoredSizes, 'byKind'> & { tombstones: number } => ({
  byKind: { calendar: none(), addressbook: none() },
  tombstones: 0,
});

const none = (): CollectionSizes => ({
  collections: 0,
  objects: 0,
  bytes: 0,
  collectionsToIndex: 0,
  objectsToIndex: 0,
});

function add(sizes: CollectionSizes, { objects, bytes }: CollectionRow, isStale: boolean): void {
  sizes.collections += 1;
  sizes.objects += objects;
  sizes.bytes += bytes;
  if (!isStale) return;
  sizes.collectionsToIndex += 1;
  sizes.objectsToIndex += objects;
}

async function countTombstones(reader: Reader, { accountId, id }: CollectionRow): Promise<number> {
  return (await reader.get(tombstonesOf, { accountId, id }))?.count ?? 0;
}

const postgresBytes = statement()((db) =>
  db.selectNoFrom(sql<number>`pg_database_size(current_database())`.as('bytes')),
);

/** What the whole database of PostgreSQL takes on its disk, in bytes. */
export const sizeOfPostgres = async (database: Pick<Database, 'read'>): Promise<number> =>
  (await database.read((reader) => reader.get(postgresBytes, {})))?.bytes ?? 0;
