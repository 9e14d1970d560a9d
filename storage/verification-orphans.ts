/** Rows that belong to what is not there. */
import { sql } from 'kysely';
import type { Database, Reader } from './database.js';
import type { Fault } from './fault.js';
import { AccountId, CollectionId, ObjectId } from './ids.js';
import type { InCollection } from './objects.js';
import { statement, type Statement } from './statement.js';
import { keys, tableNames } from './tables.js';

/** Deleted accounts are removed little by little, in whatever order. */
const ofLivingAccount = sql`exists (select 1 from account where account.id = it.account_id and account.deleted_at is null)`;

/** Rows below an object that is not there; those of collections that are being removed are meant to be. */
const belowObjects = (['object_data', 'object_span', 'card_text'] as const).map(
  (table) =>
    [
      table,
      statement()((db) => ({
        compile: () =>
          sql<{ orphans: number }>`select count(*) as orphans from ${sql.table(table)} it
            where ${ofLivingAccount} and not exists (select 1 from object where object.account_id = it.account_id
              and object.collection_id = it.collection_id and object.id = it.object_id)
            and not exists (select 1 from doomed_collection doomed where doomed.account_id = it.account_id
              and doomed.collection_id = it.collection_id)`.compile(db),
      })),
    ] as const,
);
const belowAccounts = tableNames
  .filter((table) => keys[table][0] === ('account_id' as string))
  .map(
    (table) =>
      [
        table,
        statement()((db) => ({
          compile: () =>
            sql<{ orphans: number }>`select count(*) as orphans from ${sql.table(table)} it
              where it.account_id <> 0 and not exists (select 1 from account where account.id = it.account_id)`.compile(
              db,
            ),
        })),
      ] as const,
  );
const nextProperties = statement<{ accountId: AccountId; after: string; limit: number }>()((db, $) =>
  db
    .selectFrom('dead_property')
    .innerJoin('account', 'account.id', 'account_id')
    .select(['account_id as accountId', 'resource'])
    .distinct()
    .where('account.deleted_at', 'is', null)
    .where((eb) => eb(eb.refTuple('account_id', 'resource'), '>', eb.tuple($.accountId, $.after)))
    .orderBy('account_id')
    .orderBy('resource')
    .limit($.limit),
);
type Named = InCollection & { readonly objectId: ObjectId };
const isThere = {
  collection: statement<Named>()((db, $) =>
    db
      .selectFrom('collection')
      .select('kind')
      .where('account_id', '=', $.accountId)
      .where('id', '=', $.collectionId),
  ),
  object: statement<Named>()((db, $) =>
    db
      .selectFrom('object')
      .select('name')
      .where('account_id', '=', $.accountId)
      .where('collection_id', '=', $.collectionId)
      .where('id', '=', $.objectId),
  ),
} as const;
const isDoomed = statement<Named>()((db, $) =>
  db
    .selectFrom('doomed_collection')
    .select('deleted_at')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId),
);

const belowCollections = (['object', 'tombstone'] as const).map(
  (table) =>
    [
      table,
      statement()((db) => ({
        compile: () =>
          sql<{ orphans: number }>`select count(*) as orphans from ${sql.table(table)} it
            where ${ofLivingAccount} and not exists (select 1 from collection where collection.account_id = it.account_id
              and collection.id = it.collection_id)
            and not exists (select 1 from doomed_collection doomed where doomed.account_id = it.account_id
              and doomed.collection_id = it.collection_id)`.compile(db),
      })),
    ] as const,
);

/** What is wrong, as it is found. */
export async function* orphansIn(database: Database): AsyncGenerator<Fault> {
  for (const [table, orphans] of [...belowObjects, ...belowCollections, ...belowAccounts])
    yield* await orphansOf(database, table, orphans);
  yield* propertiesOfNothing(database);
}

const propertiesOfPage = 500;

/** Dead properties of what is not there. */
async function* propertiesOfNothing(database: Database): AsyncGenerator<Fault> {
  let after = { accountId: AccountId(0), resource: '' };
  let count = 0;
  for (;;) {
    const { accountId, resource } = after;
    const page: readonly (typeof after)[] = await database.read(async (reader) => {
      const rows = await reader.all(nextProperties, { accountId, after: resource, limit: propertiesOfPage });
      for (const row of rows) if (!(await hasResource(reader, row))) count += 1;
      return rows;
    });
    const last = page.at(-1);
    if (last === undefined) break;
    after = last;
  }
  yield* orphansFound('dead_property', count);
}

async function hasResource(
  reader: Reader,
  { accountId, resource }: { readonly accountId: AccountId; readonly resource: string },
): Promise<boolean> {
  const [kind, collection, object] = resource.split(':');
  if (kind !== 'collection' && kind !== 'object') return true;
  const key = {
    accountId,
    collectionId: CollectionId(Number(collection)),
    objectId: ObjectId(Number(object ?? 0)),
  };
  const found = await (kind === 'object'
    ? reader.get(isThere.object, key)
    : reader.get(isThere.collection, key));
  return found !== undefined || (await reader.get(isDoomed, key)) !== undefined;
}

async function orphansOf(
  database: Database,
  table: string,
  orphans: Statement<object, { orphans: number }>,
): Promise<readonly Fault[]> {
  return orphansFound(table, (await database.read((reader) => reader.get(orphans, {})))?.orphans ?? 0);
}

function orphansFound(table: string, count: number): readonly Fault[] {
  if (count === 0) return [];
  const sentence = `${count} rows of ${table} belong to nothing that is there.`;
  return [{ kind: 'orphan', accountId: null, collection: null, object: null, sentence }];
}
