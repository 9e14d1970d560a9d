/** The reports of RFC 3744 §9. */
import { badRequest } from '../http/errors.js';
import { answer, xmlHeaders } from '../http/exchange.js';
import type { PropertyContext } from '../live-property.js';
import { Pace } from '../pace.js';
import { propertiesOf } from '../registry.js';
import type { Report } from '../report.js';
import { descendants } from '../resources/members.js';
import { principalPath } from '../resources/path.js';
import { principalResource } from '../resources/resolve.js';
import { allKinds } from '../resources/resource.js';
import type { Resource, ResourceKind } from '../resources/resource.js';
import { child, children } from '../xml/element.js';
import type { XmlElement } from '../xml/element.js';
import { dav } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import { document, element, escapeText, href } from '../xml/write.js';
import { ownGroups } from './groups.js';
import { matchesSearch, readPrincipalSearch, searchable, visiblePrincipals } from './principal-search.js';
import { answerSearch, requireDepthZero } from './report-answer.js';

const ownerless: ReadonlySet<ResourceKind> = new Set(['root', 'principal', 'group']);
const collections: readonly ResourceKind[] = [
  'root',
  'calendar-home',
  'addressbook-home',
  'calendar',
  'addressbook',
];

/** §9.2: the lists of an account's things name their owner alone, those of containers nobody. */
const aclPrincipalPropSet: Report = {
  name: dav('acl-principal-prop-set'),
  appliesTo: allKinds,
  run: async (exchange, body, depth) => {
    requireDepthZero(depth);
    await answerSearch(exchange, body, (resource, { actor }) =>
      some(ownerless.has(resource.kind) ? [] : [principalResource(actor)]),
    );
  },
};

/** §9.3 */
const principalMatch: Report = {
  name: dav('principal-match'),
  appliesTo: collections,
  run: async (exchange, body, depth) => {
    requireDepthZero(depth);
    const property = readPrincipalMatch(body);
    await answerSearch(exchange, body, (resource, context) => matching(resource, context, property));
  },
};

/** The property that names principals, or undefined for DAV:self. @throws DavError 400 */
function readPrincipalMatch(body: XmlElement): Name | undefined {
  if (child(body, dav('self')) !== undefined) return undefined;
  const [named] = children(child(body, dav('principal-property')) ?? body);
  if (child(body, dav('principal-property')) === undefined || named === undefined) {
    throw badRequest('DAV:principal-match needs DAV:self, or DAV:principal-property with a property.');
  }
  return named.name;
}

async function* matching(
  resource: Resource,
  context: PropertyContext,
  property: Name | undefined,
): AsyncGenerator<Resource> {
  const own = href(principalPath(context.actor.accountName));
  const pace = new Pace();
  for await (const found of descendants(context.reader, context.actor, resource)) {
    if (property === undefined) {
      if (found.kind !== 'principal') continue;
      yield found;
      // A group matches by its members.
      yield* await ownGroups(context.reader, context.actor);
      continue;
    }
    await pace.rest();
    const value = await propertiesOf(found.kind).get(property)?.get(found, context);
    if (typeof value === 'string' && value.includes(own)) yield found;
  }
}

/** §9.4. Wherever it is asked it searches the principals: macOS aims at its home (docs/clients.md, 18). */
const principalPropertySearch: Report = {
  name: dav('principal-property-search'),
  appliesTo: allKinds,
  run: async (exchange, body, depth) => {
    requireDepthZero(depth);
    const search = readPrincipalSearch(body);
    await answerSearch(exchange, body, async function* (_resource, context) {
      for await (const principal of visiblePrincipals(context))
        if (matchesSearch(search, principal)) yield principal;
    });
  },
};

/** §9.5 */
const principalSearchPropertySet: Report = {
  name: dav('principal-search-property-set'),
  appliesTo: ['root'],
  run: (exchange, _body, depth) => {
    requireDepthZero(depth);
    const properties = searchable.map(({ name, description }) => {
      const prop = element(dav('prop'), element(name, ''));
      const told = element(dav('description'), escapeText(description), ' xml:lang="en"');
      return element(dav('principal-search-property'), prop + told);
    });
    const content = document(dav('principal-search-property-set'), properties.join(''));
    answer(exchange, 200, xmlHeaders, content);
    return Promise.resolve();
  },
};

async function* some(resources: readonly Resource[]): AsyncGenerator<Resource> {
  yield* resources;
}

export const aclReports: readonly Report[] = [
  aclPrincipalPropSet,
  principalMatch,
  principalPropertySearch,
  principalSearchPropertySet,
];
