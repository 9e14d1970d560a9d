/**
 * The propstats of one resource (RFC 4918 §9.1, §14.22): the 200 propstat first, since Thunderbird reads only the first
 * status of a response (docs/clients.md).
 */
import type { LiveProperty, PropertyContext } from '../live-property.js';
import { keptProperty, propertiesOf } from '../registry.js';
import type { Resource, ResourceKind } from '../resources/resource.js';
import { around, joined } from '../xml/long-text.js';
import type { LongText, Written } from '../xml/long-text.js';
import { element, href, tagsOf } from '../xml/write.js';
import { DavError, errorContent, statusElement } from './errors.js';
import type { Name } from '../xml/names.js';

/** What a request wants to know of each resource. */
export type PropertyRequest =
  | { readonly kind: 'prop'; readonly names: readonly Name[] }
  | { readonly kind: 'allprop'; readonly include: readonly Name[] }
  | { readonly kind: 'propname' };

/** Dead properties of one resource: whole written elements by name. */
export type DeadProperties = ReadonlyMap<Name, string>;
const noDeadProperties: DeadProperties = new Map();

export interface RenderOptions {
  /** `Prefer: return=minimal`: say nothing of properties that are not there (RFC 8144 §2.1). */
  readonly minimal: boolean;
  /** What stands in place of the written value of a live property. */
  readonly rewrite?: (name: Name, value: string) => Promise<string>;
}

/** Whether answering may need dead properties at all: not when every name asked for is live. */
export function needsDeadProperties(request: PropertyRequest, kinds: readonly ResourceKind[]): boolean {
  if (request.kind !== 'prop') return true;
  return request.names.some((name) => kinds.some((kind) => !propertiesOf(kind).has(name)));
}

/** The DAV:response of one resource. */
export async function renderResponse(
  resource: Resource,
  request: PropertyRequest,
  context: PropertyContext,
  options: RenderOptions,
  dead: DeadProperties = noDeadProperties,
  path = resource.path,
): Promise<Written> {
  return responseElement(path, await renderPropstats(resource, request, context, options, dead));
}

/** A DAV:response around written propstats; the path is percent-encoded. */
export function responseElement(path: string, propstats: string): string;
export function responseElement(path: string, propstats: Written): Written;
export function responseElement(path: string, propstats: Written): Written {
  return around(`<D:response>${href(path)}`, propstats, '</D:response>');
}

async function renderPropstats(
  resource: Resource,
  request: PropertyRequest,
  context: PropertyContext,
  options: RenderOptions,
  dead: DeadProperties,
): Promise<Written> {
  const live = propertiesOf(resource.kind);
  if (request.kind === 'propname') return found(await propertyNames(resource, live, context, dead));
  let present: Written = '';
  let missing = '';
  let refused = '';
  const names = request.kind === 'prop' ? request.names : allprop(live, dead, request.include);
  for (const name of names) {
    const property = live.get(name);
    let written: Written | undefined;
    if (property === undefined) {
      written = dead.get(name);
    } else {
      const got = property.get(resource, context);
      const value = typeof got === 'object' ? await got : got;
      if (value instanceof DavError) {
        refused += propstat(element(name, ''), value.status, errorContent(value));
        continue;
      }
      if (value !== undefined) {
        const told = typeof value === 'string' ? await rewritten(name, value, options) : value;
        written = propertyElement(name, told, property.attributes?.(resource));
      }
    }
    if (written !== undefined) present = joined(present, written);
    else if (request.kind === 'prop' && !options.minimal) missing += element(name, '');
  }
  if (missing === '' && refused === '') return found(present);
  return joined(
    present === '' ? '' : found(present),
    `${missing === '' ? '' : propstat(missing, 404)}${refused}`,
  );
}

const rewritten = (name: Name, value: string, { rewrite }: RenderOptions): string | Promise<string> =>
  rewrite === undefined ? value : rewrite(name, value);

const found = (properties: Written): Written => propstat(properties, 200);

function propertyElement(name: Name, value: string | LongText, attributes = ''): Written {
  if (typeof value === 'string') return element(name, value, attributes);
  const { start, end } = tagsOf(name, attributes);
  return [start, value, end];
}

/** A propstat around written properties; `error` is what stands inside its DAV:error. */
export function propstat(properties: string, status: number, error?: string): string;
export function propstat(properties: Written, status: number, error?: string): Written;
export function propstat(properties: Written, status: number, error = ''): Written {
  const prop = properties === '' ? '<D:prop/>' : around('<D:prop>', properties, '</D:prop>');
  const reason = error === '' ? '' : `<D:error>${error}</D:error>`;
  return around('<D:propstat>', prop, `${statusElement(status)}${reason}</D:propstat>`);
}

function allprop(
  live: ReadonlyMap<Name, LiveProperty>,
  dead: DeadProperties,
  include: readonly Name[],
): ReadonlySet<Name> {
  const names = new Set<Name>();
  for (const property of live.values()) if (property.inAllprop === true) names.add(property.name);
  for (const name of dead.keys()) if (keptProperty(name) === undefined) names.add(name);
  for (const name of include) names.add(name);
  return names;
}

async function propertyNames(
  resource: Resource,
  live: ReadonlyMap<Name, LiveProperty>,
  context: PropertyContext,
  dead: DeadProperties,
): Promise<string> {
  let names = '';
  for (const property of live.values()) {
    if ((await property.get(resource, context)) !== undefined) names += element(property.name, '');
  }
  for (const name of dead.keys()) names += element(name, '');
  return names;
}
