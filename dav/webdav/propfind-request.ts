/** The body of PROPFIND, and DAV:prop wherever reports carry one (RFC 4918 §14.20, §14.18). */
import { badRequest } from '../http/errors.js';
import type { PropertyRequest } from '../http/propstat.js';
import type { XmlElement } from '../xml/element.js';
import { child, children } from '../xml/element.js';
import { dav } from '../xml/names.js';

const everything: PropertyRequest = { kind: 'allprop', include: [] };
const typed = new WeakMap<XmlElement, PropertyRequest>();

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
 * @throws DavError 400 when it has more than one of them
 */
export function readPropertyRequest(body: XmlElement): PropertyRequest | undefined {
  const prop = child(body, dav('prop'));
  const allprop = child(body, dav('allprop')) !== undefined;
  const propname = child(body, dav('propname')) !== undefined;
  if (Number(prop !== undefined) + Number(allprop) + Number(propname) > 1) {
    throw badRequest('Only one of DAV:prop, DAV:allprop and DAV:propname may be given.');
  }
  if (prop !== undefined)
    return { kind: 'prop', names: [...new Set(children(prop).map(({ name }) => name))] };
  if (propname) return { kind: 'propname' };
  if (!allprop) return undefined;
  const include = child(body, dav('include'));
  return { kind: 'allprop', include: include === undefined ? [] : children(include).map(({ name }) => name) };
}
