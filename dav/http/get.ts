/** GET and HEAD of objects: the bytes as they came, or another form (RFC 9110 §9.3.1; RFC 4791 §5.3.4). */
import { readContent } from '../../storage/index.js';
import { requireReading } from '../acl/privileges.js';
import { exists, resolve } from '../resources/resolve.js';
import { isObject } from '../resources/resource.js';
import { isNotModified } from './conditional.js';
import { notFound } from './errors.js';
import { answer, notAPage } from './exchange.js';
import type { Exchange } from './exchange.js';
import { lockedEmpty } from './locked-empty.js';
import { methodNotAllowed } from './options.js';
import { requireIf } from './preconditions.js';
import { representationOf } from './representation.js';

export async function get(exchange: Exchange): Promise<void> {
  const { services, actor, path, request } = exchange;
  const read = await services.database.read(async (reader) => {
    const found = await resolve(reader, actor, path);
    if ((await lockedEmpty(reader, exchange, found)) !== undefined) return undefined;
    if (!exists(found)) throw notFound();
    requireReading(actor, found);
    if (!isObject(found)) {
      throw methodNotAllowed(
        found,
        actor,
        'This address is for calendar and contacts apps; there is no page here.',
      );
    }
    await requireIf(reader, exchange, found);
    return { object: found.object, data: await readContent(reader, found.collection, found.object.id) };
  });
  if (read === undefined) {
    answer(exchange, 204);
    return;
  }
  const { object, data } = read;
  const sent = representationOf(exchange, object);
  const headers = {
    ETag: sent.etag,
    'Last-Modified': new Date(object.modifiedAt).toUTCString(),
    Vary: sent.vary,
    ...notAPage,
  };
  if (isNotModified(request.headers, object, sent.etag)) {
    answer(exchange, 304, headers);
    return;
  }
  answer(exchange, 200, { ...headers, 'Content-Type': sent.contentType }, data && (await sent.write(data)));
}
