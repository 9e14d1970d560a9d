import { DOMParser, onErrorStopParsing, type Element } from '@xmldom/xmldom';

const PREFIXES = new Map([
  ['DAV:', 'DAV'],
  ['urn:ietf:params:xml:ns:caldav', 'CALDAV'],
  ['urn:ietf:params:xml:ns:carddav', 'CARDDAV'],
]);

/**
 * The preconditions that a DAV:error body (RFC 4918 §16) names, as `CALDAV:valid-calendar-data`. Elements of other
 * namespaces and a DAV:responsedescription are explanations and left out.
 * @throws if the body is not well-formed, is no DAV:error, or says nothing that a human can read
 */
export function preconditionsOf(body: string): string[] {
  const root = parseRoot(body);
  if (nameOf(root) !== 'DAV:error') throw new Error(`the body is ${nameOf(root)}, not DAV:error`);
  if ((root.textContent ?? '').trim() === '') throw new Error('the DAV:error has no sentence');
  return elementsOf(root)
    .filter((element) => PREFIXES.has(element.namespaceURI ?? ''))
    .map(nameOf)
    .filter((name) => name !== 'DAV:responsedescription');
}

/**
 * Whether a DAV:multistatus body (RFC 4918 §14.16) has a response for the path with a DAV:getetag that was found.
 * @throws if the body is not well-formed or no DAV:multistatus
 */
export function multistatusHolds(body: string, path: string): boolean {
  const root = parseRoot(body);
  if (nameOf(root) !== 'DAV:multistatus') throw new Error(`the body is ${nameOf(root)}, not DAV:multistatus`);
  return elementsOf(root).some((response) => {
    const href = elementsOf(response).find((element) => nameOf(element) === 'DAV:href')?.textContent ?? '';
    return decodePath(href.trim()) === decodePath(path) && hasETag(response);
  });
}

function hasETag(response: Element): boolean {
  return elementsOf(response).some((propstat) => {
    const parts = elementsOf(propstat);
    const status = parts.find((element) => nameOf(element) === 'DAV:status')?.textContent ?? '';
    const prop = parts.find((element) => nameOf(element) === 'DAV:prop');
    const found = prop === undefined ? [] : elementsOf(prop).map(nameOf);
    return / 200(?: |$)/.test(status.trim()) && found.includes('DAV:getetag');
  });
}

function parseRoot(body: string): Element {
  const root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(
    body,
    'text/xml',
  ).documentElement;
  if (root === null) throw new Error('the body has no element');
  return root;
}

function elementsOf(parent: Element): Element[] {
  return Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === node.ELEMENT_NODE);
}

function nameOf(element: Element): string {
  const namespace = element.namespaceURI ?? '';
  return `${PREFIXES.get(namespace) ?? `{${namespace}}`}:${element.localName ?? ''}`;
}

function decodePath(href: string): string {
  return decodeURIComponent(new URL(href, 'http://localhost/').pathname);
}
