/** ACL (RFC 3744 §8.1): nobody has DAV:write-acl, since nothing can be granted to others yet. */
import { exists, resolve } from '../resources/resolve.js';
import { dav } from '../xml/names.js';
import { needPrivileges, notFound } from './errors.js';
import type { Exchange } from './exchange.js';

export async function acl({ services, actor, path }: Exchange): Promise<void> {
  const found = await services.database.read((reader) => resolve(reader, actor, path));
  if (!exists(found)) throw notFound();
  throw needPrivileges(found.path, dav('write-acl'), 'Who may do what is fixed here; it cannot be changed.');
}
