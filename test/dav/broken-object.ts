/** An object as no PUT would leave it: what an old version, or a fault of ours, might have stored. */
import type { Database } from '../../storage/index.js';
import { statement } from '../../storage/statement.js';

const overwrite = statement<{ name: string; data: Uint8Array }>()((db, $) =>
  db
    .updateTable('object_data')
    .set({ data: $.data })
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('object')
          .select('object.id')
          .whereRef('object.account_id', '=', 'object_data.account_id')
          .whereRef('object.collection_id', '=', 'object_data.collection_id')
          .whereRef('object.id', '=', 'object_data.object_id')
          .where('object.name', '=', $.name),
      ),
    ),
);

/** Puts other bytes behind the objects of that name, and leaves their index as it is. */
export async function breakObject(database: Database, name: string, data: string): Promise<void> {
  await database.write((writer) => writer.run(overwrite, { name, data: Buffer.from(data) }));
}
