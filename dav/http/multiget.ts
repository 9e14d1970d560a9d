/**
 * The multiget reports of CalDAV and CardDAV (RFC 4791 §7.9; RFC 6352 §8.7): every href is answered, in order and as it
 * was written; what is not there, not in this collection or not the actor's is 404. Hrefs are a set: one that is repeated
 * is answered once, since RFC 4918 §14.7 lets no href stand in a multistatus twice.
 */
import { findObjectsWithContent } from '../../storage/index.js';
import type { Exchange } from './exchange.js';
import { parsePath, pathOfHref } from '../resources/path.js';
import { isOwnName } from '../resources/resolve.js';
import type { XmlElement } from '../xml/element.js';
import { childrenNamed, text } from '../xml/element.js';
import { dav } from '../xml/names.js';
import { DavError, badRequest } from './errors.js';
import { missingMember, tooManyMatches } from './multistatus.js';
import { addObjects, contentsOf } from './object-responses.js';
import type { ObjectReport } from './object-responses.js';

const BATCH = 100;
/**
 * Hrefs under which one object is sent. An address can be written in any number of ways: without a bound one request
 * for an object of 10 MB could be answered with 100 GB.
 */
const SPELLINGS = 16;

/**
 * The hrefs that a multiget names, each once.
 * @throws DavError 400 without hrefs, 403 DAV:number-of-matches-within-limits for too many
 */
export function readHrefs(body: XmlElement, maxHrefs: number): string[] {
  const hrefs = childrenNamed(body, dav('href')).map((element) => text(element).trim());
  if (hrefs.length === 0) throw badRequest('A multiget names the objects it wants in DAV:href elements.');
  if (hrefs.length > maxHrefs) {
    throw new DavError(403, `A multiget may name at most ${maxHrefs} objects; ask in several.`, {
      precondition: dav('number-of-matches-within-limits'),
    });
  }
  return [...new Set(hrefs)];
}

/** Streams the answer to a multiget. */
export async function answerMultiget(
  exchange: Exchange,
  report: ObjectReport,
  hrefs: readonly string[],
): Promise<void> {
  const spellings = new Map<string, number>();
  for (let start = 0; start < hrefs.length; start += BATCH) {
    const batch = hrefs
      .slice(start, start + BATCH)
      .map((href) => ({ href, name: memberName(exchange, report, href) }));
    const names = new Set(batch.flatMap(({ name }) => name ?? []));
    const found = await findObjectsWithContent(report.context.reader, report.parent.collection, [...names]);
    const byName = new Map(found.map((object) => [object.name, object]));
    const data = contentsOf(found);
    let run: { object: (typeof found)[number]; href: string }[] = [];
    for (const { href, name } of batch) {
      const object = name === undefined ? undefined : byName.get(name);
      const spelling = object === undefined ? 0 : (spellings.get(object.name) ?? 0) + 1;
      if (object !== undefined && spelling <= SPELLINGS) {
        spellings.set(object.name, spelling);
        run.push({ object, href });
        continue;
      }
      await addObjects(report, run, data);
      run = [];
      await report.out.add(object === undefined ? missingMember(href) : tooManyMatches(href));
    }
    await addObjects(report, run, data);
  }
  report.out.end();
}

/** The name of a member that the report is about; undefined for an href that leads anywhere else. */
function memberName({ actor }: Exchange, { parent, member }: ObjectReport, href: string): string | undefined {
  const path = pathOfHref(href);
  const parsed = path === undefined ? undefined : parsePath(path);
  if (
    parsed?.kind !== 'object' ||
    parsed.home !== parent.home ||
    parsed.collection !== parent.collection.name
  )
    return undefined;
  if (member !== undefined && parsed.name !== member.name) return undefined;
  return isOwnName(actor, parsed.account) ? parsed.name : undefined;
}
