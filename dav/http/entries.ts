/**
 * Members of which a request wants no more than an entry of a listing tells, such as their ETags: what clients ask to
 * compare what they have with what is there. Of a long listing most of the time is reading, so little is read.
 */
import { pageEntries } from '../../storage/index.js';
import type { Collection, ObjectEntry, ObjectId, Reader } from '../../storage/index.js';
import { propertiesOf } from '../registry.js';
import { encodeSegment } from '../resources/path.js';
import type { CollectionResource } from '../resources/resource.js';
import { element } from '../xml/write.js';
import type { Multistatus } from './multistatus.js';
import { propstat, responseElement } from './propstat.js';
import type { PropertyRequest } from './propstat.js';

/** The DAV:response of a member. */
export type WriteEntry = (entry: ObjectEntry) => string;

/** Writes the members of a collection; undefined where the request wants more than their entries tell. */
export function entryWriter(parent: CollectionResource, request: PropertyRequest): WriteEntry | undefined {
  if (request.kind !== 'prop') return undefined;
  const live = propertiesOf(parent.kind === 'calendar' ? 'calendar-object' : 'address-object');
  const properties = request.names.flatMap((name) => {
    const ofEntry = live.get(name)?.ofEntry;
    return ofEntry === undefined ? [] : [{ name, ofEntry }];
  });
  if (properties.length < request.names.length) return undefined;
  return (entry) => {
    let written = '';
    for (const { name, ofEntry } of properties) written += element(name, ofEntry(entry));
    return responseElement(parent.path + encodeSegment(entry.name), propstat(written, 200));
  };
}

const PAGE = 500;

/** Writes every member of a collection, in the order in which they lie there. */
export async function addEntries(
  out: Multistatus,
  reader: Reader,
  collection: Collection,
  writeEntry: WriteEntry,
): Promise<void> {
  let after: ObjectId | 0 = 0;
  for (;;) {
    const page = await pageEntries(reader, collection, after, PAGE);
    for (const entry of page) {
      const flushed = out.add(writeEntry(entry));
      if (flushed !== undefined) await flushed;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}
