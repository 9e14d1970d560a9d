/**
 * Writing XML as text, escaped once. Answers are never a DOM. Every answer's root declares the prefixes of `prefixes`,
 * so that elements in those namespaces need no declaration of their own.
 */
import type { XmlElement } from './element.js';
import {
  APPLE_ICAL_NAMESPACE,
  CALDAV_NAMESPACE,
  CALENDARSERVER_NAMESPACE,
  CARDDAV_NAMESPACE,
  DAV_NAMESPACE,
  LATCHKEY_NAMESPACE,
  splitName,
} from './names.js';
import type { Name } from './names.js';

const prefixes: ReadonlyMap<string, string> = new Map([
  [DAV_NAMESPACE, 'D'],
  [CALDAV_NAMESPACE, 'C'],
  [CARDDAV_NAMESPACE, 'CR'],
  [CALENDARSERVER_NAMESPACE, 'CS'],
  [APPLE_ICAL_NAMESPACE, 'A'],
  [LATCHKEY_NAMESPACE, 'L'],
]);
export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
/** No namespace that an element can have: the outermost one always declares its own. */
const NOTHING_INHERITED = '\u0000';

/** The declarations that stand on the root of every answer. */
export const rootDeclarations = [...prefixes]
  .map(([namespace, prefix]) => ` xmlns:${prefix}="${namespace}"`)
  .join('');
export const xmlDeclaration = '<?xml version="1.0" encoding="utf-8"?>\n';

const special = /[&<>\r]/;
const specialInAttributes = /[&<>"\t\n\r]/;

/** Text as it stands between tags. A carriage return is written as a reference, or the parser would drop it. */
export function escapeText(value: string): string {
  if (!special.test(value)) return value;
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}

/** Text as it stands inside a double-quoted attribute. */
export function escapeAttribute(value: string): string {
  if (!specialInAttributes.test(value)) return value;
  return escapeText(value).replaceAll('"', '&quot;').replaceAll('\t', '&#9;').replaceAll('\n', '&#10;');
}

interface Qualified {
  readonly tag: string;
  readonly declaration: string;
}

/** The names of answers are few and written again and again; those that clients make up must not pile up here. */
const qualified = new Map<Name, Qualified>();
const QUALIFIED_NAMES = 500;

function qualify(name: Name): Qualified {
  const known = qualified.get(name);
  if (known !== undefined) return known;
  const made = newlyQualified(name);
  if (qualified.size < QUALIFIED_NAMES) qualified.set(name, made);
  return made;
}

function newlyQualified(name: Name): Qualified {
  const { namespace, local } = splitName(name);
  if (namespace === '') return { tag: local, declaration: '' };
  const prefix = prefixes.get(namespace);
  if (prefix !== undefined) return { tag: `${prefix}:${local}`, declaration: '' };
  return { tag: `x:${local}`, declaration: ` xmlns:x="${escapeAttribute(namespace)}"` };
}

/** An element with already written content, below a root that carries `rootDeclarations`. */
export function element(name: Name, content: string, attributes = ''): string {
  const { tag, declaration } = qualify(name);
  return content === ''
    ? `<${tag}${declaration}${attributes}/>`
    : `<${tag}${declaration}${attributes}>${content}</${tag}>`;
}

/** The tags of an element whose content is written later. */
export function tagsOf(name: Name, attributes = ''): { readonly start: string; readonly end: string } {
  const { tag, declaration } = qualify(name);
  return { start: `<${tag}${declaration}${attributes}>`, end: `</${tag}>` };
}

/** A whole document with that root. */
export function document(root: Name, content: string): string {
  return xmlDeclaration + element(root, content, rootDeclarations);
}

/** `<D:href>` around a path or URL that is percent-encoded already. */
export function href(path: string): string {
  return `<D:href>${escapeText(path)}</D:href>`;
}

/**
 * A parsed element written again so that it can be kept and given out anywhere: it declares its own namespaces, as
 * default ones, and leans on no prefix of ours.
 */
export function serialize(parsed: XmlElement, inherited = NOTHING_INHERITED): string {
  const { namespace, local } = splitName(parsed.name);
  const declaration = namespace === inherited ? '' : ` xmlns="${escapeAttribute(namespace)}"`;
  const head = `${local}${declaration}${writeAttributes(parsed.attributes)}`;
  const content = parsed.content
    .map((part) => (typeof part === 'string' ? escapeText(part) : serialize(part, namespace)))
    .join('');
  return content === '' ? `<${head}/>` : `<${head}>${content}</${local}>`;
}

function writeAttributes(attributes: ReadonlyMap<string, string>): string {
  let written = '';
  let count = 0;
  for (const [key, value] of attributes) {
    if (!key.startsWith('{')) {
      written += ` ${key}="${escapeAttribute(value)}"`;
      continue;
    }
    const { namespace, local } = splitName(key as Name);
    if (namespace === XML_NAMESPACE) {
      written += ` xml:${local}="${escapeAttribute(value)}"`;
    } else {
      written += ` xmlns:a${count}="${escapeAttribute(namespace)}" a${count}:${local}="${escapeAttribute(value)}"`;
      count += 1;
    }
  }
  return written;
}
