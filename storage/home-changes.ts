/**
 * The changes of a home: which names have lost their collection, and when. Both homes of an account count with the
 * number that is given to its newest collection.
 */
import type { Reader, Writer } from './database.js';
import { Revision, type AccountId, type CollectionId } from './ids.js';
import type { CollectionKind } from './schema.js';
import { statement } from './statement.js';

/** Names that are remembered in a home: who was away for longer begins anew. */
export const maxCollectionTombstones = 1000;

export interface CollectionTombstone {
  readonly name: string;
  readonly revision: Revision;
  /** The collection that had the name; null where that was not noted. */
  readonly id: CollectionId | null;
}
interface OfHome {
  readonly accountId: AccountId;
  readonly kind: CollectionKind;
}

const counter = statement<{ accountId: AccountId }>()((db, $) =>
  db.selectFrom('account').select('last_collection_id as revision').where('id', '=', $.accountId),
);
const ofHome = statement<OfHome>()((db, $) =>
  db
    .selectFrom('collection_tombstone')
    .select(['name', 'revision', 'collection_id as id'])
    .where('account_id', '=', $.accountId)
    .where('kind', '=', $.kind),
);
const insert = statement<OfHome & CollectionTombstone & { now: number }>()((db, $) =>
  db
    .insertInto('collection_tombstone')
    .values({
      account_id: $.accountId,
      kind: $.kind,
      name: $.name,
      revision: $.revision,
      deleted_at: $.now,
      collection_id: $.id,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'kind', 'name'])
        .doUpdateSet({ revision: $.revision, deleted_at: $.now, collection_id: $.id }),
    ),
);
const remove = statement<OfHome & { name: string }>()((db, $) =>
  db
    .deleteFrom('collection_tombstone')
    .where('account_id', '=', $.accountId)
    .where('kind', '=', $.kind)
    .where('name', '=', $.name),
);

/** The number up to which the homes of an account have changed. */
export async function homeRevision(reader: Reader, accountId: AccountId): Promise<Revision> {
  return Revision((await reader.get(counter, { accountId }))?.revision ?? 0);
}

/** The names that have lost a collection, in the order in which they did; some may have another by now. */
export async function listCollectionTombstones(
  reader: Reader,
  accountId: AccountId,
  kind: CollectionKind,
): Promise<readonly CollectionTombstone[]> {
  const tombstones = await reader.all(ofHome, { accountId, kind });
  return tombstones.sort((a, b) => a.revision - b.revision);
}

/** Tells clients that there is no collection under a name any more. `now` in epoch milliseconds. */
export async function buryCollection(
  writer: Writer,
  { accountId, kind }: OfHome,
  tombstone: CollectionTombstone,
  now: number,
): Promise<void> {
  await writer.run(insert, { accountId, kind, ...tombstone, now });
  const all = await listCollectionTombstones(writer, accountId, kind);
  for (const { name } of all.slice(0, Math.max(0, all.length - maxCollectionTombstones)))
    await writer.run(remove, { accountId, kind, name });
}
