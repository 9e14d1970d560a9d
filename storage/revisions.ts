/** A collection's revision and its tombstones: what every change of an object moves. */
import { CollectionGoneError, type CollectionRef } from './collections.js';
import type { Writer } from './database.js';
import type { Revision } from './ids.js';
import { inCollection, type InCollection } from './objects.js';
import { statement } from './statement.js';

const advance = statement<InCollection & { countDelta: number; bytesDelta: number; now: number }>()((db, $) =>
  db
    .updateTable('collection')
    .set((eb) => ({
      revision: eb('revision', '+', 1 as Revision),
      object_count: eb('object_count', '+', $.countDelta),
      bytes_used: eb('bytes_used', '+', $.bytesDelta),
      modified_at: $.now,
    }))
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.collectionId)
    .returning('revision'),
);
const insertTombstone = statement<InCollection & { name: string; revision: Revision; now: number }>()(
  (db, $) =>
    db.insertInto('tombstone').values({
      account_id: $.accountId,
      collection_id: $.collectionId,
      name: $.name,
      revision: $.revision,
      deleted_at: $.now,
    }),
);
const deleteTombstone = statement<InCollection & { name: string }>()((db, $) =>
  db
    .deleteFrom('tombstone')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('name', '=', $.name),
);

/** Takes the next revision for one change. @throws CollectionGoneError */
export async function advanceRevision(
  writer: Writer,
  ref: CollectionRef,
  change: { readonly countDelta: number; readonly bytesDelta: number; readonly now: number },
): Promise<Revision> {
  const row = await writer.get(advance, { ...inCollection(ref), ...change });
  if (row === undefined) throw new CollectionGoneError('The collection is gone');
  writer.changed({ accountId: ref.accountId, id: ref.id, what: 'members' });
  return row.revision;
}

/** Tells clients that nothing is under the name any more, from that revision on. `now` in epoch milliseconds. */
export async function bury(
  writer: Writer,
  ref: CollectionRef,
  { name, revision, now }: { readonly name: string; readonly revision: Revision; readonly now: number },
): Promise<void> {
  await writer.runEach(insertTombstone, [{ ...inCollection(ref), name, revision, now }]);
}

/** There is something under the name again. */
export async function unbury(writer: Writer, ref: CollectionRef, name: string): Promise<void> {
  await writer.runEach(deleteTombstone, [{ ...inCollection(ref), name }]);
}
