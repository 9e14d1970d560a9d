/** The body of PROPFIND, and DAV:prop wherever reports carry one (RFC 4918 §14.20, §14.18). */
import { badRequest } from '../http/errors.js';
import type { PropertyRequest } from '../http/propstat.js';
import type { XmlElement } from '../xml/element.js';
import { child, children } from '../xml/element.js';
import { dav } from '../xml/names.js';
import type { Name } from '../xml/names.js';

const everything: PropertyRequest = { kind: 'allprop', include: [] };
const typed = new WeakMap<XmlElement, PropertyRequest>();
/** Properties in one request: each is answered for every member, also that it is not there. */
const MAX_NAMES = 1000;

/**
 * What a PROPFIND asks for; no body means DAV:allprop (RFC 4918 §9.1).
 * @throws DavError 400 for a body that is not a propfind with exactly one of prop, allprop and propname
 */
export function readPropfind(body: XmlElement | undefined): PropertyRequest {
  if (body === undefined) return everything;
  const known = typed.get(body);
  if (known !== undefined) return known;
  if (body.name !== dav('propfind')) throw badRequest('The body of PROPFIND must be a DAV:propfind element.');
  const request = readPropertyRequest(body);
  if (request === undefined)
    throw badRequest('DAV:propfind must contain DAV:prop, DAV:allprop or DAV:propname.');
  typed.set(body, request);
  return request;
}

/**
 * The properties that a request body names; undefined where it has neither prop, allprop nor propname.
 * @throws DavError 400 when it has more than one of them, or names too many
 */
export function readPropertyRequest(body: XmlElement): PropertyRequest | undefined {
  const prop = child(body, dav('prop'));
  const allprop = child(body, dav('allprop')) !== undefined;
  const propname = child(body, dav('propname')) !== undefined;
  if (Number(prop !== undefined) + Number(allprop) + Number(propname) > 1) {
    throw badRequest('Only one of DAV:prop, DAV:allprop and DAV:propname may be given.');
  }
  if (prop !== undefined) return { kind: 'prop', names: namesIn(prop) };
  if (propname) return { kind: 'propname' };
  if (!allprop) return undefined;
  const include = child(body, dav('include'));
  return { kind: 'allprop', include: include === undefined ? [] : namesIn(include) };
}

function namesIn(list: XmlElement): readonly Name[] {
  const names = new Set(children(list).map(({ name }) => name));
  if (names.size > MAX_NAMES) throw badRequest(`A request may name at most ${MAX_NAMES} properties.`);
  return [...names];
}
