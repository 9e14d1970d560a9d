/** GET and HEAD of objects: the bytes as they came, or another form (RFC 9110 §9.3.1; RFC 4791 §5.3.4). */
import { readContent } from '../../storage/index.js';
import type { StoredObject } from '../../storage/index.js';
import { contentTypeOfForm, formForAccept, inForm, tagOfForm } from '../carddav/forms.js';
import { exists, resolve } from '../resources/resolve.js';
import { isObject } from '../resources/resource.js';
import { contentTypeOf } from '../webdav/properties.js';
import { isNotModified, taggedForm } from './conditional.js';
import { notFound } from './errors.js';
import { answer } from './exchange.js';
import type { Exchange } from './exchange.js';
import { methodNotAllowed } from './options.js';

export async function get(exchange: Exchange): Promise<void> {
  const { services, actor, path, request } = exchange;
  const { object, data } = await services.database.read(async (reader) => {
    const found = await resolve(reader, actor, path);
    if (!exists(found)) throw notFound();
    if (!isObject(found)) {
      throw methodNotAllowed(
        found,
        actor,
        'This address is for calendar and contacts apps; there is no page here.',
      );
    }
    return { object: found.object, data: await readContent(reader, found.collection, found.object.id) };
  });
  const sent = representationOf(exchange, object);
  const headers = {
    ETag: sent.etag,
    'Last-Modified': new Date(object.modifiedAt).toUTCString(),
    ...(sent.vary ? { Vary: 'Accept' } : {}),
    // What a browser gets from here is never to be taken for a page.
    'Content-Security-Policy': "default-src 'none'",
    'X-Content-Type-Options': 'nosniff',
  };
  if (isNotModified(request.headers, object, sent.etag)) {
    answer(exchange, 304, headers);
    return;
  }
  answer(exchange, 200, { ...headers, 'Content-Type': sent.contentType }, data && sent.write(data));
}

/** The form in which an object is sent. */
interface Sent {
  readonly contentType: string;
  /** With its quotes. */
  readonly etag: string;
  /** Whether Accept can lead to another form. */
  readonly vary: boolean;
  readonly write: (stored: Uint8Array) => Uint8Array;
}

/** RFC 6352 §5.1.1: the bytes as they came, unless the client asks for another form by name. */
function representationOf({ request }: Exchange, object: StoredObject): Sent {
  const isCard = object.component === 'VCARD';
  const form = isCard ? formForAccept(request.headers.accept, object.version) : 'stored';
  if (form === 'stored') {
    return {
      contentType: contentTypeOf(object),
      etag: `"${object.etag}"`,
      vary: isCard,
      write: (stored) => stored,
    };
  }
  return {
    contentType: contentTypeOfForm(form),
    etag: taggedForm(object.etag, tagOfForm(form)),
    vary: true,
    write: (stored) => inForm(stored, form, { status: 406 }),
  };
}
