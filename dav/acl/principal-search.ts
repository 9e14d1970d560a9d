/** Searching for principals by their properties (RFC 3744 §9.4, §9.5), as far as the directory shows them. */
import { foldText, matchesFolded } from '../collation/index.js';
import type { MatchType } from '../collation/index.js';
import { badRequest } from '../http/errors.js';
import { foldName } from '../../auth/index.js';
import { findPrincipal, pagePrincipals } from '../../storage/index.js';
import type { AccountId, Reader } from '../../storage/index.js';
import type { PropertyContext } from '../live-property.js';
import { Pace } from '../pace.js';
import { principalPath } from '../resources/path.js';
import { foreignPrincipal, principalResource } from '../resources/resolve.js';
import type { GroupResource, PrincipalResource } from '../resources/resource.js';
import type { Viewer } from '../resources/viewer.js';
import { membersOf, ownGroups, visibleGroups } from './groups.js';
import { child, children, childrenNamed, text } from '../xml/element.js';
import type { XmlElement } from '../xml/element.js';
import { calendarServer, caldav, dav } from '../xml/names.js';
import type { Name } from '../xml/names.js';

/** An account or a group. */
export type AnyPrincipal = PrincipalResource | GroupResource;

interface Searchable {
  readonly name: Name;
  readonly description: string;
  /** The texts that a search is compared with (§9.4.1). */
  readonly texts: (resource: AnyPrincipal) => readonly string[];
}

const mailOf = (resource: AnyPrincipal): readonly string[] =>
  resource.kind === 'group' || resource.principal.email === null ? [] : [resource.principal.email];

function nameOf(resource: AnyPrincipal): string {
  const { displayName, name } = resource.kind === 'group' ? resource.group : resource.principal;
  return displayName ?? name;
}

export const searchable: readonly Searchable[] = [
  {
    name: dav('displayname'),
    description: 'Name',
    texts: (resource) => [nameOf(resource)],
  },
  { name: calendarServer('email-address-set'), description: 'Mail address', texts: mailOf },
  {
    name: caldav('calendar-user-address-set'),
    description: 'Calendar user address',
    texts: (resource) =>
      resource.kind === 'group'
        ? []
        : [...mailOf(resource).map((mail) => `mailto:${mail}`), principalPath(resource.principal.name)],
  },
];

interface Condition {
  readonly properties: readonly Name[];
  readonly folded: string;
  readonly matchType: MatchType;
}
export interface PrincipalSearch {
  readonly conditions: readonly Condition[];
  /** All conditions must hold, or (as Apple's clients ask) any. */
  readonly any: boolean;
}

const MAX_CONDITIONS = 100;
const fold = (value: string): string => foldText('i;unicode-casemap', value);
const matchTypes: readonly MatchType[] = ['contains', 'equals', 'starts-with', 'ends-with'];

/** @throws DavError 400 for a search that says nothing */
export function readPrincipalSearch(body: XmlElement): PrincipalSearch {
  const searches = childrenNamed(body, dav('property-search'));
  if (searches.length === 0 || searches.length > MAX_CONDITIONS) {
    throw badRequest(`A search for principals has 1 to ${MAX_CONDITIONS} DAV:property-search elements.`);
  }
  const conditions = searches.map((search) => {
    const prop = child(search, dav('prop'));
    const match = child(search, dav('match'));
    if (prop === undefined || match === undefined)
      throw badRequest('DAV:property-search needs DAV:prop and DAV:match.');
    const asked = match.attributes.get('match-type');
    return {
      properties: children(prop).map(({ name }) => name),
      folded: fold(text(match)),
      matchType: matchTypes.find((type) => type === asked) ?? 'contains',
    };
  });
  return { conditions, any: body.attributes.get('test') === 'anyof' };
}

/** Whether a principal is one that the search means. What cannot be searched matches nothing. */
export function matchesSearch({ conditions, any }: PrincipalSearch, resource: AnyPrincipal): boolean {
  const holds = ({ properties, folded, matchType }: Condition): boolean =>
    properties.every((name) => {
      const texts = searchable.find((each) => each.name === name)?.texts(resource) ?? [];
      return texts.some((each) => matchesFolded(matchType, fold(each), folded));
    });
  return any ? conditions.some(holds) : conditions.every(holds);
}

const PAGE = 200;

/** The principals that the actor finds: its own first, then the groups and accounts that the directory shows. */
export async function* visiblePrincipals({ actor, reader }: PropertyContext): AsyncGenerator<AnyPrincipal> {
  yield principalResource(actor);
  yield* visibleGroups(reader, actor);
  if (actor.directory === 'all') yield* everybodyElse(reader, actor);
  if (actor.directory === 'shared') yield* othersInGroups(reader, actor);
}

/** Those who are in a group with the actor, each once. */
async function* othersInGroups(reader: Reader, actor: Viewer): AsyncGenerator<PrincipalResource> {
  const seen = new Set([actor.accountId]);
  for (const group of await ownGroups(reader, actor))
    for await (const { id, name } of membersOf(reader, group)) {
      if (seen.has(id)) continue;
      seen.add(id);
      const found = await findPrincipal(reader, foldName(name));
      if (found !== undefined) yield foreignPrincipal(found);
    }
}

async function* everybodyElse(reader: Reader, actor: Viewer): AsyncGenerator<PrincipalResource> {
  const pace = new Pace();
  let after: AccountId | 0 = 0;
  for (;;) {
    const page = await pagePrincipals(reader, after, PAGE);
    for (const principal of page) {
      if (principal.id !== actor.accountId) yield foreignPrincipal(principal);
      await pace.rest();
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}
