/** PUT of an object (RFC 9110 §9.3.4; RFC 4791 §5.3.2; RFC 6352 §6.3.2). */
import type { Collection } from '../../storage/index.js';
import { requirePrivilege } from '../acl/privileges.js';
import { resolve } from '../resources/resolve.js';
import { isObject } from '../resources/resource.js';
import { nothingCanBeAt } from './errors.js';
import type { Exchange } from './exchange.js';
import { methodNotAllowed } from './options.js';
import { storeObject } from './store-object.js';

/** Bytes; below what goes to a thread, which has to know the calendar's zone beforehand. */
const SMALL_BODY = 64 * 1024;

export async function put(exchange: Exchange): Promise<void> {
  const { path } = exchange;
  const target = mayBeRefusedEarly(exchange) ? await requireTarget(exchange) : undefined;
  if (path.kind !== 'object') throw nothingCanBeAt(path);
  await storeObject(exchange, path, target?.zone ?? null);
}

/**
 * Whether the target is looked at before the body is read. A small object has arrived with its head: it is read at once,
 * and what it aims at is looked at in the unit of work alone, which saves a read of the database.
 */
function mayBeRefusedEarly({ request, path }: Exchange): boolean {
  if (path.kind !== 'object' || request.headers.expect !== undefined) return true;
  // Not a number where there is no length, or where it is of a compressed body.
  const length =
    request.headers['content-encoding'] === undefined ? request.headers['content-length'] : undefined;
  return !(Number(length) <= SMALL_BODY);
}

/** The collection aimed at, if it is there; refuses before the body is read what no body could make right. */
async function requireTarget({ services, actor, path }: Exchange): Promise<Collection | undefined> {
  const found = await services.database.read((reader) => resolve(reader, actor, path));
  if (found === undefined) throw nothingCanBeAt(path);
  if (found.kind === 'vacant-object' || isObject(found)) {
    requirePrivilege(actor, found, found.kind === 'vacant-object' ? 'bind' : 'write-content');
    return found.collection;
  }
  throw methodNotAllowed(found, actor, 'Only calendar objects and cards inside a collection can be put.');
}
