/** DELETE (RFC 4918 §9.6) of objects and collections. It never reads what it deletes, so nothing is too broken for it. */
import { deleteCollection, deleteObject, listCollections } from '../../storage/index.js';
import { requireWrite } from '../acl/privileges.js';
import { createDefaultCollection } from '../default-collections.js';
import { exists, resolve } from '../resources/resolve.js';
import { depthOf } from './conditional.js';
import { badRequest, notFound } from './errors.js';
import { answer } from './exchange.js';
import type { Exchange } from './exchange.js';
import { requireConditions } from './if-header.js';
import { methodNotAllowed } from './options.js';

export async function remove(exchange: Exchange): Promise<void> {
  const { services, actor, path, request } = exchange;
  const depth = depthOf(request.headers);
  await services.database.write(async (writer) => {
    const found = await resolve(writer, actor, path);
    if (!exists(found)) throw notFound();
    const now = services.clock();
    switch (found.kind) {
      case 'calendar-object':
      case 'address-object':
        requireWrite(actor, found.path, 'unbind');
        await requireConditions(writer, exchange, found);
        return deleteObject(writer, found.collection, found.object, now);
      case 'calendar':
      case 'addressbook':
        requireWrite(actor, found.path, 'unbind');
        if (depth !== undefined && depth !== 'infinity')
          throw badRequest('A collection is deleted with Depth infinity.');
        await requireConditions(writer, exchange, found);
        await deleteCollection(writer, found.collection, now);
        if ((await listCollections(writer, actor.accountId, found.kind)).length === 0) {
          await createDefaultCollection(writer, actor.accountId, found.kind, now);
        }
        return;
      default:
        throw methodNotAllowed(found, actor, 'This address cannot be deleted.');
    }
  });
  answer(exchange, 204);
}
