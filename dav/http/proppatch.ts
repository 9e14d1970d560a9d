/** PROPPATCH (RFC 4918 §9.2): all instructions or none. */
import { changeDeadProperties, updateCollection } from '../../storage/index.js';
import type { Writer } from '../../storage/index.js';
import { requirePrivilege } from '../acl/privileges.js';
import { exists, resolve } from '../resources/resolve.js';
import { isCollection } from '../resources/resource.js';
import type { Resource } from '../resources/resource.js';
import { deadResourceOf, refusedForRoom } from '../webdav/dead-properties.js';
import { planUpdate, readInstructions, updatePropstats, withRefusals } from '../webdav/property-update.js';
import type { PropertyUpdate } from '../webdav/property-update.js';
import { dav } from '../xml/names.js';
import { href } from '../xml/write.js';
import { badRequest, DavError, notFound } from './errors.js';
import { answer } from './exchange.js';
import type { Exchange } from './exchange.js';
import { itself, requireLockTokens } from './lock-tokens.js';
import { requireConditions } from './preconditions.js';
import { Multistatus } from './multistatus.js';
import { preferencesOf } from './prefer.js';

export async function proppatch(exchange: Exchange): Promise<void> {
  const { services, actor, path, request } = exchange;
  const body = await services.bodies.readXml(exchange);
  if (body?.name !== dav('propertyupdate')) {
    throw badRequest('The body of PROPPATCH must be a DAV:propertyupdate element.');
  }
  const instructions = readInstructions(body);
  if (instructions.length === 0) throw badRequest('DAV:propertyupdate names no property to set or remove.');
  const { resource, update } = await services.database.write(
    async (writer) => {
      const found = await resolve(writer, actor, path);
      if (!exists(found)) throw notFound();
      requirePrivilege(actor, found, 'write-properties');
      await requireConditions(writer, exchange, found);
      await requireLockTokens(writer, exchange, [itself(found.path)]);
      const wanted = planUpdate(instructions, found.kind, true);
      const planned = withRefusals(
        wanted,
        await refusedForRoom(writer, exchange, deadResourceOf(found), wanted.dead),
      );
      if (!planned.refused) await applyUpdate(writer, exchange, found, planned);
      return { resource: found, update: planned };
    },
    { scope: actor.accountId },
  );
  const preferences = preferencesOf(request.headers);
  if (preferences.minimal && !update.refused) {
    // RFC 8144 §2.2: there is nothing to say of what succeeded.
    answer(exchange, 204, preferences.headers);
    return;
  }
  const out = new Multistatus(exchange);
  await out.add(`<D:response>${href(resource.path)}${updatePropstats(update)}</D:response>`);
  out.end();
}

async function applyUpdate(
  writer: Writer,
  exchange: Exchange,
  resource: Resource,
  update: PropertyUpdate,
): Promise<void> {
  if (isCollection(resource)) {
    await updateCollection(writer, resource.collection, update.changes, exchange.services.clock());
  }
  if (update.dead.size === 0) return;
  const key = deadResourceOf(resource);
  if (key === undefined) throw new DavError(403, 'No properties can be kept on this address.');
  await changeDeadProperties(writer, exchange.actor.accountId, key, update.dead);
}
