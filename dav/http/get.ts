/** GET and HEAD of objects: the bytes as they came, or another form (RFC 9110 §9.3.1; RFC 4791 §5.3.4). */
import type { IncomingHttpHeaders } from 'node:http';
import { readContent } from '../../storage/index.js';
import type { StoredObject } from '../../storage/index.js';
import { contentTypeOfForm, formForAccept, inForm, tagOfForm } from '../carddav/forms.js';
import { calendarFormFor, inCalendarForm, tagOfCalendarForm } from '../caldav/representation.js';
import { exists, resolve } from '../resources/resolve.js';
import { isObject } from '../resources/resource.js';
import { contentTypeOf } from '../webdav/properties.js';
import { isNotModified, taggedForm } from './conditional.js';
import { notFound } from './errors.js';
import { answer } from './exchange.js';
import type { Exchange } from './exchange.js';
import { lockedEmpty } from './locked-empty.js';
import { methodNotAllowed } from './options.js';
import { requireIf } from './preconditions.js';

export async function get(exchange: Exchange): Promise<void> {
  const { services, actor, path, request } = exchange;
  const read = await services.database.read(async (reader) => {
    const found = await resolve(reader, actor, path);
    if ((await lockedEmpty(reader, exchange, found)) !== undefined) return undefined;
    if (!exists(found)) throw notFound();
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
  /** The headers that can lead to another form. */
  readonly vary: string;
  readonly write: (stored: Uint8Array) => Uint8Array;
}

/** The bytes as they came (RFC 6352 §5.1.1), unless the client asks for another form by name. */
function representationOf({ request }: Exchange, object: StoredObject): Sent {
  return object.component === 'VCARD'
    ? cardRepresentation(object, request.headers.accept)
    : calendarRepresentation(object, request.headers);
}

function cardRepresentation(object: StoredObject, accept: string | undefined): Sent {
  const form = formForAccept(accept, object.version);
  const vary = 'Accept';
  if (form === 'stored') return { ...asStored(object), vary };
  return {
    contentType: contentTypeOfForm(form),
    etag: taggedForm(object.etag, tagOfForm(form)),
    vary,
    write: (stored) => inForm(stored, form, { status: 406 }),
  };
}

function calendarRepresentation(object: StoredObject, headers: IncomingHttpHeaders): Sent {
  const form = calendarFormFor(headers);
  const vary = 'Accept, CalDAV-Timezones';
  if (form === undefined) return { ...asStored(object), vary };
  return {
    contentType: form.media.header(object.component),
    etag: taggedForm(object.etag, tagOfCalendarForm(form)),
    vary,
    write: (stored) => inCalendarForm(stored, form),
  };
}

function asStored(object: StoredObject): Omit<Sent, 'vary'> {
  return { contentType: contentTypeOf(object), etag: `"${object.etag}"`, write: (stored) => stored };
}
