/** POST to a collection: a new member, under a name that the server chooses (RFC 5995). */
import { randomUUID } from 'node:crypto';
import { requirePrivilege } from '../acl/privileges.js';
import { resolve } from '../resources/resolve.js';
import { isCollection } from '../resources/resource.js';
import { notFound } from './errors.js';
import type { Exchange } from './exchange.js';
import { methodNotAllowed } from './options.js';
import { storeObject } from './store-object.js';

export async function post(exchange: Exchange): Promise<void> {
  const { services, actor, path } = exchange;
  const found = await services.database.read((reader) => resolve(reader, actor, path));
  if (found === undefined) throw notFound();
  if (!isCollection(found) || path.kind !== 'collection') {
    throw methodNotAllowed(found, actor, 'Members are added by POST to a calendar or an address book.');
  }
  const { home, collection } = found;
  const name = `${randomUUID()}${home === 'calendars' ? '.ics' : '.vcf'}`;
  requirePrivilege(actor, { kind: 'vacant-object', home, collection, path: found.path + name }, 'bind');
  const member = { kind: 'object', home, account: path.account, collection: collection.name, name } as const;
  await storeObject(exchange, member, collection.zone);
}
