/** The If header (RFC 4918 §10.4): lists of conditions on entity tags and state tokens, of which one must hold. */
import { bareTag } from './conditional.js';
import { badRequest } from './errors.js';
import type { DavError } from './errors.js';

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
  // A tag is followed by its lists; lists with and without tags do not stand in one header.
  let tagWaits = false;
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
      if (uri !== undefined) {
        if (tagWaits || lists.some((list) => list.resource === undefined)) throw malformed();
        resource = uri;
        tagWaits = true;
      } else if (bracket === '(') {
        conditions = [];
        tagWaits = false;
      } else throw malformed();
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
  if (conditions !== undefined || tagWaits || lists.length === 0) throw malformed();
  return lists;
}

/** What the conditions on a resource are compared with. */
export interface ResourceState {
  /** Bare; undefined where there is none. */
  readonly etag: string | undefined;
  /** The tokens of the locks that it is locked by, and its sync token (RFC 6578 §5). */
  readonly tokens: ReadonlySet<string>;
}

/** Whether one of the lists holds; `stateOf` answers for an href, or for the request's own resource. */
export async function someListHolds(
  lists: readonly IfList[],
  stateOf: (resource: string | undefined) => Promise<ResourceState>,
): Promise<boolean> {
  for (const { resource, conditions } of lists) {
    const state = await stateOf(resource);
    if (conditions.every((condition) => isMet(condition, state) !== condition.not)) return true;
  }
  return false;
}

const isMet = ({ etag, token }: IfCondition, state: ResourceState): boolean =>
  etag === undefined ? state.tokens.has(token ?? '') : etag === state.etag;
