/**
 * DAV:expand-property (RFC 3253 §3.8): properties of a resource in which hrefs are replaced by responses about what they
 * lead to, as deep as the request asks.
 */
import { requireDepthZero } from '../acl/report-answer.js';
import { badRequest, DavError, notFound } from '../http/errors.js';
import { missingMember, Multistatus } from '../http/multistatus.js';
import { preferencesOf } from '../http/prefer.js';
import { renderResponse } from '../http/propstat.js';
import type { PropertyContext } from '../live-property.js';
import { propertyContext } from '../property-context.js';
import type { Report } from '../report.js';
import { parsePath, pathOfHref } from '../resources/path.js';
import { exists, resolve } from '../resources/resolve.js';
import type { Resource } from '../resources/resource.js';
import { allKinds } from '../resources/resource.js';
import type { XmlElement } from '../xml/element.js';
import { childrenNamed } from '../xml/element.js';
import { dav, name, DAV_NAMESPACE } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import type { Written } from '../xml/long-text.js';
import { deadPropertiesOf } from './dead-properties.js';

/** The properties asked for, each with those of what it leads to; none: its hrefs stay as they are. */
type Expansion = ReadonlyMap<Name, Expansion>;

/** Resources in one answer: a request of a few lines could ask for very many. */
const MAX_RESPONSES = 1000;
/** Responses inside responses. */
const MAX_LEVELS = 8;

export const expandProperty: Report = {
  name: dav('expand-property'),
  appliesTo: allKinds,
  run: async (exchange, body, depth) => {
    requireDepthZero(depth);
    const expansion = readExpansion(body, MAX_LEVELS);
    const preferences = preferencesOf(exchange.request.headers);
    await exchange.services.database.read(async (reader) => {
      const resource = await resolve(reader, exchange.actor, exchange.path);
      if (!exists(resource)) throw notFound();
      const expander = new Expander(propertyContext(exchange, reader), preferences.minimal);
      const out = new Multistatus(exchange, preferences.headers);
      await out.add(await expander.respond(resource, expansion));
      out.end();
    });
  },
};

/** @throws DavError 400 for a property without name, or too many levels */
function readExpansion(body: XmlElement, levels: number): Expansion {
  const properties = childrenNamed(body, dav('property'));
  if (properties.length > 0 && levels === 0)
    throw badRequest(`DAV:property elements may be ${MAX_LEVELS} levels deep at most.`);
  return new Map(
    properties.map((property) => {
      const local = property.attributes.get('name');
      if (local === undefined || local === '') throw badRequest('DAV:property needs a name.');
      const namespace = property.attributes.get('namespace') ?? DAV_NAMESPACE;
      return [name(namespace, local), readExpansion(property, levels - 1)];
    }),
  );
}

/** Our own values alone are looked through: they are written in one way. */
const hrefs = /<D:href[^>]*>([^<]*)<\/D:href>/g;
const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

class Expander {
  #room = MAX_RESPONSES;

  constructor(
    private readonly context: PropertyContext,
    private readonly minimal: boolean,
  ) {}

  async respond(resource: Resource, expansion: Expansion): Promise<Written> {
    const { actor, reader } = this.context;
    const request = { kind: 'prop', names: [...expansion.keys()] } as const;
    const dead = await deadPropertiesOf(reader, actor.accountId, resource, request);
    const rewrite = (property: Name, value: string): Promise<string> =>
      this.#expand(value, expansion.get(property));
    return renderResponse(resource, request, this.context, { minimal: this.minimal, rewrite }, dead);
  }

  async #expand(value: string, expansion: Expansion | undefined): Promise<string> {
    if (expansion === undefined || expansion.size === 0) return value;
    let expanded = '';
    let end = 0;
    for (const match of value.matchAll(hrefs)) {
      expanded += value.slice(end, match.index) + (await this.#follow(match[0], match[1] ?? '', expansion));
      end = match.index + match[0].length;
    }
    return expanded + value.slice(end);
  }

  /** The response about what an href leads to; the href itself where it leads out of DAV, as a mail address does. */
  async #follow(written: string, escaped: string, expansion: Expansion): Promise<string> {
    const href = escaped.replace(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity);
    const path = pathOfHref(href);
    if (path === undefined) return written;
    this.#room -= 1;
    if (this.#room < 0) {
      throw new DavError(403, `An answer expands at most ${MAX_RESPONSES} hrefs; ask for less at once.`, {
        precondition: dav('number-of-matches-within-limits'),
      });
    }
    const parsed = parsePath(path);
    const { reader, actor } = this.context;
    const found = parsed === undefined ? undefined : await resolve(reader, actor, parsed);
    if (!exists(found)) return missingMember(href);
    const response = await this.respond(found, expansion);
    return typeof response === 'string' ? response : written;
  }
}
