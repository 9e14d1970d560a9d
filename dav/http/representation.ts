/** The forms in which an object is sent: its bytes as they came, or another form that the client asks for by name. */
import type { IncomingHttpHeaders } from 'node:http';
import { readContent } from '../../storage/index.js';
import type { StoredObject } from '../../storage/index.js';
import { contentTypeOfForm, formForAccept, inForm, tagOfForm } from '../carddav/forms.js';
import { calendarFormFor, inCalendarForm, tagOfCalendarForm } from '../caldav/representation.js';
import type { DavPath } from '../resources/path.js';
import { resolve } from '../resources/resolve.js';
import { isObject } from '../resources/resource.js';
import { contentTypeOf } from '../webdav/properties.js';
import { taggedForm } from './conditional.js';
import type { Exchange } from './exchange.js';
import { appliedHeaders, REPRESENTATION } from './prefer.js';

/** An object as it is by now, for an answer to a request that changed it, or could not (RFC 8144 §3). */
export interface Representation {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Undefined where there is no object. */
export async function representationAt(
  exchange: Exchange,
  path: DavPath,
): Promise<Representation | undefined> {
  const { services, actor } = exchange;
  return services.database.read(async (reader) => {
    const found = await resolve(reader, actor, path);
    if (!isObject(found)) return undefined;
    const data = await readContent(reader, found.collection, found.object.id);
    if (data === undefined) return undefined;
    const { etag, contentType, write } = representationOf(exchange, found.object);
    const headers = {
      ETag: etag,
      'Content-Type': contentType,
      'Content-Location': found.path,
      ...appliedHeaders(REPRESENTATION),
    };
    return { headers, body: await write(data) };
  });
}

/** The form in which an object is sent. */
export interface Sent {
  readonly contentType: string;
  /** With its quotes. */
  readonly etag: string;
  /** The headers that can lead to another form. */
  readonly vary: string;
  readonly write: (stored: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

/** The bytes as they came (RFC 6352 §5.1.1), unless the client asks for another form by name. */
export function representationOf({ request }: Pick<Exchange, 'request'>, object: StoredObject): Sent {
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
