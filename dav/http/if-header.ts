/**
 * The If header (RFC 4918 §10.4): lists of conditions on entity tags and state tokens, of which one must hold. There are
 * no locks here yet, so that no state token is ever current; `Not` and tags count all the same.
 */
import type { Reader } from '../../storage/index.js';
import { parsePath, pathOfHref } from '../resources/path.js';
import { exists, resolve } from '../resources/resolve.js';
import { isObject } from '../resources/resource.js';
import type { Resource, Vacancy } from '../resources/resource.js';
import { bareTag, checkWriteConditions } from './conditional.js';
import type { CurrentState } from './conditional.js';
import { badRequest, DavError } from './errors.js';
import type { Exchange } from './exchange.js';

export interface IfCondition {
  readonly not: boolean;
  /** A bare entity tag, or a state token. */
  readonly etag?: string;
  readonly token?: string;
}
export interface IfList {
  /** The href that the list speaks of; undefined for the request's own resource. */
  readonly resource: string | undefined;
  readonly conditions: readonly IfCondition[];
}

const MAX_CONDITIONS = 200;
// In turn: a URI in angle brackets, an entity tag in square ones, Not, and the parentheses of a list.
// Each part ends at the first character that the next one begins with, so that a long header costs one pass.
const lexeme = /\s*(?:<([^<>\s]+)>|\[([^[\]]*)\]|(not)\b|([()]))/iy;

/**
 * The lists of an If header.
 * @throws DavError 400 for one that does not follow the grammar of §10.4.2
 */
export function parseIfHeader(header: string): IfList[] {
  const lists: IfList[] = [];
  let resource: string | undefined;
  let conditions: IfCondition[] | undefined;
  let not = false;
  let at = 0;
  const text = header.trim();
  const malformed = (): DavError => badRequest('The If header does not follow RFC 4918 §10.4.2.');
  for (let count = 0; at < text.length; count += 1) {
    lexeme.lastIndex = at;
    const match = lexeme.exec(text);
    if (match === null || count > MAX_CONDITIONS) throw malformed();
    at = lexeme.lastIndex;
    const [, uri, etag, negation, bracket] = match;
    if (conditions === undefined) {
      if (uri !== undefined) resource = uri;
      else if (bracket === '(') conditions = [];
      else throw malformed();
    } else if (negation !== undefined) {
      if (not) throw malformed();
      not = true;
    } else if (bracket === ')') {
      if (not || conditions.length === 0) throw malformed();
      lists.push({ resource, conditions });
      conditions = undefined;
    } else if (bracket === undefined) {
      conditions.push(etag === undefined ? { not, token: uri ?? '' } : { not, etag: bareTag(etag) });
      not = false;
    } else throw malformed();
  }
  if (conditions !== undefined || lists.length === 0) throw malformed();
  return lists;
}

/** Whether one of the lists holds; `etagOf` answers the tag of an href, undefined where there is none. */
export async function someListHolds(
  lists: readonly IfList[],
  etagOf: (resource: string | undefined) => Promise<string | undefined>,
): Promise<boolean> {
  for (const { resource, conditions } of lists) {
    const current = await etagOf(resource);
    if (conditions.every(({ not, etag }) => (etag !== undefined && etag === current) !== not)) return true;
  }
  return false;
}

/**
 * Every condition that a request which changes something can carry, on the resource as it is in this unit of work.
 * @throws DavError 412 when one does not hold, 400 for a malformed If header
 */
export async function requireConditions(
  reader: Reader,
  { request, actor }: Exchange,
  found: Resource | Vacancy | undefined,
): Promise<void> {
  const current = stateOf(found);
  checkWriteConditions(request.headers, current);
  const header = request.headers['if'];
  if (header === undefined) return;
  const holds = await someListHolds(parseIfHeader(String(header)), async (resource) => {
    if (resource === undefined) return current?.etag;
    const parsed = parsePath(pathOfHref(resource) ?? '');
    const found = parsed === undefined ? undefined : await resolve(reader, actor, parsed);
    return isObject(found) ? found.object.etag : undefined;
  });
  if (!holds) throw new DavError(412, 'None of the conditions of the If header holds.');
}

/** What conditions are compared with. Only objects have a tag; the rest is there, which is what `*` asks. */
function stateOf(found: Resource | Vacancy | undefined): CurrentState | undefined {
  if (isObject(found)) return found.object;
  return exists(found) ? { etag: '', modifiedAt: 0 } : undefined;
}
