/** DELETE (RFC 4918 §9.6) of objects and collections. It never reads what it deletes, so nothing is too broken for it. */
import { deleteCollection, deleteObject, listCollections } from '../../storage/index.js';
import type { Writer } from '../../storage/index.js';
import { requirePrivilege } from '../acl/privileges.js';
import { isBirthdayCalendar } from '../birthdays/visibility.js';
import { createDefaultCollection } from '../default-collections.js';
import { exists, resolve } from '../resources/resolve.js';
import { isCollection, isObject } from '../resources/resource.js';
import { depthOf } from './conditional.js';
import type { Depth } from './conditional.js';
import { badRequest, notFound } from './errors.js';
import { answer } from './exchange.js';
import type { Exchange } from './exchange.js';
import { requireConditions } from './preconditions.js';
import { membership, removeLocksOf, locksOf, requireLockTokens, whole } from './lock-tokens.js';
import { methodNotAllowed } from './options.js';

export async function remove(exchange: Exchange): Promise<void> {
  const depth = depthOf(exchange.request.headers);
  // When the disk is full this is the way out, so it is let through.
  await exchange.services.database.write((writer) => removeFound(writer, exchange, depth), {
    frees: true,
    scope: exchange.actor.accountId,
  });
  answer(exchange, 204);
}

async function removeFound(writer: Writer, exchange: Exchange, depth: Depth | undefined): Promise<void> {
  const { services, actor, path } = exchange;
  const [found, known] = await Promise.all([resolve(writer, actor, path), locksOf(writer, exchange)]);
  if (!exists(found)) throw notFound();
  if (!isObject(found) && !isCollection(found)) {
    throw methodNotAllowed(found, actor, 'This address cannot be deleted.');
  }
  requirePrivilege(actor, found, 'unbind');
  await requireConditions(writer, exchange, found);
  const now = services.clock();
  const changes = [whole(found.path), membership(found.path)];
  const locks = await requireLockTokens(writer, exchange, changes, known);
  if (isObject(found)) {
    await deleteObject(writer, found.collection, found.object, now);
    await removeLocksOf(writer, exchange, locks, found.path);
    return;
  }
  if (depth !== undefined && depth !== 'infinity') {
    throw badRequest('A collection is deleted with Depth infinity.');
  }
  await deleteCollection(writer, found.collection, now);
  await removeLocksOf(writer, exchange, locks, found.path);
  const others = await listCollections(writer, actor.accountId, found.kind);
  if (others.every((collection) => isBirthdayCalendar(collection, actor))) {
    await createDefaultCollection(writer, actor.accountId, found.kind, now);
  }
}
