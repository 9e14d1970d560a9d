/**
 * What the query reports of CalDAV and CardDAV share (RFC 4791 §7.8; RFC 6352 §8.6): candidates come from the index, and
 * only those that it cannot decide are read and tested.
 */
import { readContent } from '../../storage/index.js';
import type { IndexMatch, StoredObject } from '../../storage/index.js';
import { Pace } from '../pace.js';
import { DavError } from './errors.js';
import { tooManyMatches } from './multistatus.js';
import { addObjects, contentsOfSmall } from './object-responses.js';
import type { ObjectReport } from './object-responses.js';

export interface QueryParts {
  /** Every object that can match, once; `certain` where the index alone says that it does. */
  readonly candidates: AsyncIterable<readonly IndexMatch[]>;
  /** Whether the stored bytes match. May throw: one object that cannot be read never breaks a query over the rest. */
  readonly matches: (bytes: Uint8Array) => boolean | Promise<boolean>;
  /** Responses at most; what is beyond is told by 507 on the request-URI. */
  readonly limit: number;
}

/** Streams the answer to a query. */
export async function answerQuery(report: ObjectReport, query: QueryParts): Promise<void> {
  const pace = new Pace();
  let room = query.limit;
  for await (const page of query.candidates) {
    await pace.rest();
    const uncertain = page.flatMap(({ object, certain }) => (certain ? [] : [object]));
    const data = await contentsOfSmall(report, uncertain);
    const matching: StoredObject[] = [];
    for (const { object, certain } of page) {
      if (certain || (await holds(query, data.get(object.id) ?? (await contentOf(report, object)))))
        matching.push(object);
      await pace.rest();
    }
    const listed = matching.slice(0, room).map((object) => ({ object }));
    await addObjects(report, listed, data);
    room -= matching.length;
    if (room < 0) {
      await report.out.add(tooManyMatches(report.parent.path));
      break;
    }
  }
  report.out.end();
}

const contentOf = (
  { parent, context }: ObjectReport,
  { id }: StoredObject,
): Promise<Uint8Array | undefined> => readContent(context.reader, parent.collection, id);

async function holds({ matches }: QueryParts, bytes: Uint8Array | undefined): Promise<boolean> {
  try {
    return bytes !== undefined && (await matches(bytes));
  } catch (error) {
    // That the server is busy is nothing that an object says of itself.
    if (error instanceof DavError) throw error;
    return false;
  }
}
