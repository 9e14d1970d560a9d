/**
 * Reading request bodies: bounded before anything is built, without DTD, from UTF-8 or UTF-16 (RFC 4918 §8.2, §20.6).
 * Nearly all are plain (`plain.ts`); of the others small ones go through xmldom, long ones through saxes, which is many
 * times faster on them. All give the same immutable elements.
 */
import { DOMParser } from '@xmldom/xmldom';
import type { Element as DomElement } from '@xmldom/xmldom';
import { SaxesParser } from 'saxes';
import type { XmlElement } from './element.js';
import { name as clark } from './names.js';
import { parsePlain } from './plain.js';

export interface XmlLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxElements: number;
}

/** The body is not XML that we read. The message is a sentence; the status is 400. */
export class XmlSyntaxError extends Error {
  override readonly name = 'XmlSyntaxError';
}

/** The body refers to something outside it, which is never read. */
export class ExternalEntityError extends XmlSyntaxError {}

/** Above this, xmldom costs four times as much as saxes and more (docs/decisions/0005-request-bodies.md). */
const LONG_BODY = 2 * 1024;
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';
// Characters that XML 1.0 §2.2 excludes, whether written plainly or as references.
const unprintable = new RegExp(
  '[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ufffe\\uffff]|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]',
);

/** Whether XML can carry the text. */
export const isXmlText = (text: string): boolean => !unprintable.test(text);

// XML 1.0 §4.1; xmldom takes a bare ampersand for text.
const bareAmpersand = /&(?!#\d+;|#x[\da-f]+;|[\p{L}_:][\p{L}\p{N}_:.-]*;)/iu;

/**
 * Parses a request body.
 * @throws XmlSyntaxError for anything but one well-formed document within the limits
 */
export function parseXml(body: Uint8Array, limits: XmlLimits): XmlElement {
  const text = decode(body);
  return parsePlain(text, limits) ?? parseAnyXml(text, body.length > LONG_BODY, limits);
}

/** Whatever XML it is. @throws XmlSyntaxError as `parseXml` */
export function parseAnyXml(text: string, isLong: boolean, limits: XmlLimits): XmlElement {
  if (isLong) return parseWithSaxes(text, limits);
  scan(text, limits);
  return parseWithDom(text);
}

function decode(body: Uint8Array): string {
  const [first, second] = body;
  const encoding =
    first === 0xfe && second === 0xff ? 'utf-16be' : first === 0xff && second === 0xfe ? 'utf-16le' : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(body);
  } catch {
    throw new XmlSyntaxError('The request body is neither UTF-8 nor UTF-16.');
  }
  const declared = /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)["']/i.exec(text)?.[1];
  if (declared !== undefined && !/^(utf-?8|us-ascii|utf-?16(le|be)?)$/i.test(declared)) {
    throw new XmlSyntaxError('The request body must be encoded in UTF-8 or UTF-16.');
  }
  return text;
}

/** Counts tags and depth without building anything, so that a hostile body costs one pass over its text. */
function scan(text: string, limits: XmlLimits): void {
  let depth = 0;
  let elements = 0;
  let checked = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
    const next = text[at + 1];
    if (next === '!') {
      const end = text.startsWith('<!--', at)
        ? text.indexOf('-->', at + 4)
        : text.startsWith('<![CDATA[', at)
          ? text.indexOf(']]>', at)
          : -1;
      if (end === -1) throw documentType(text.slice(at));
      checkReferences(text.slice(checked, at));
      checked = end;
      at = end;
    } else if (next === '/') {
      depth -= 1;
    } else if (next !== '?') {
      elements += 1;
      const close = endOfTag(text, at);
      if (text[close - 1] !== '/') depth += 1;
      checkBounds(depth, elements, limits);
      at = close;
    }
  }
  checkReferences(text.slice(checked));
}

/** None is taken, whether it refers to something outside (XML 1.0 §4.2.2) or not; `text` begins with it. */
function documentType(text: string): XmlSyntaxError {
  const firstElement = text.search(/<[\p{L}_:]/u);
  const declaration = firstElement === -1 ? text : text.slice(0, firstElement);
  return /\s(?:SYSTEM|PUBLIC)\s/.test(declaration)
    ? new ExternalEntityError('The request body refers to something outside it, which is not read.')
    : new XmlSyntaxError('The request body must not contain a document type declaration.');
}

function checkReferences(text: string): void {
  if (bareAmpersand.test(text))
    throw new XmlSyntaxError('The request body has an ampersand that begins no reference.');
}

function endOfTag(text: string, start: number): number {
  let quote = '';
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === '>') {
      return at;
    }
  }
  throw new XmlSyntaxError('The request body ends inside a tag.');
}

function checkBounds(depth: number, elements: number, limits: XmlLimits): void {
  if (depth > limits.maxDepth) {
    throw new XmlSyntaxError(`The request body nests deeper than ${limits.maxDepth} elements.`);
  }
  if (elements > limits.maxElements) {
    throw new XmlSyntaxError(`The request body has more than ${limits.maxElements} elements.`);
  }
}

function checkCharacters(text: string): string {
  if (unprintable.test(text))
    throw new XmlSyntaxError('The request body has a character that XML does not allow.');
  return text;
}

function parseWithDom(text: string): XmlElement {
  let root: DomElement | null;
  try {
    const parser = new DOMParser({
      locator: false,
      onError: (level, message) => {
        // U+FFFD is a character like any other; xmldom only suspects that it stands for one that was lost.
        if (level === 'warning' && message.startsWith('Unicode replacement character')) return;
        throw new XmlSyntaxError(message);
      },
    });
    root = parser.parseFromString(text, 'application/xml').documentElement;
  } catch {
    throw new XmlSyntaxError('The request body is not well-formed XML.');
  }
  if (root === null) throw new XmlSyntaxError('The request body has no root element.');
  return fromDom(root);
}

function fromDom(node: DomElement): XmlElement {
  const attributes = new Map<string, string>();
  for (const attribute of node.attributes) {
    if (attribute.namespaceURI === XMLNS_NAMESPACE) {
      // XML Names 1.0 §6.1 knows no way to take a prefix back.
      if (attribute.prefix !== null && attribute.value === '') {
        throw new XmlSyntaxError('The request body declares a prefix with an empty namespace.');
      }
      continue;
    }
    attributes.set(
      attributeKey(attribute.namespaceURI, localOf(attribute)),
      checkCharacters(attribute.value),
    );
  }
  const content: (XmlElement | string)[] = [];
  for (let part = node.firstChild; part !== null; part = part.nextSibling) {
    if (part.nodeType === 1) content.push(fromDom(part as DomElement));
    else if (part.nodeType === 3 || part.nodeType === 4) content.push(checkCharacters(part.nodeValue ?? ''));
  }
  if (node.prefix !== null && node.namespaceURI === null) {
    throw new XmlSyntaxError('The request body uses a prefix that it does not declare.');
  }
  return { name: clark(node.namespaceURI ?? '', localOf(node)), attributes, content };
}

function localOf(node: { readonly localName: string | null; readonly nodeName: string }): string {
  const local = node.localName ?? node.nodeName;
  if (local.includes(':')) throw new XmlSyntaxError('The request body has a name with two colons.');
  return local;
}

function attributeKey(namespace: string | null, local: string): string {
  return namespace === null || namespace === '' ? local : clark(namespace, local);
}

interface OpenElement {
  readonly name: XmlElement['name'];
  readonly attributes: Map<string, string>;
  readonly content: (XmlElement | string)[];
}

function parseWithSaxes(text: string, limits: XmlLimits): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: OpenElement[] = [];
  let elements = 0;
  let attributes = 0;
  let root: XmlElement | undefined;
  const addText = (value: string): void => {
    open.at(-1)?.content.push(value);
  };
  parser.on('error', () => {
    throw new XmlSyntaxError('The request body is not well-formed XML.');
  });
  parser.on('doctype', (declaration) => {
    throw documentType(declaration);
  });
  // Told of each one as it is read: a single tag may hold megabytes of them.
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > limits.maxElements)
      throw new XmlSyntaxError(`The request body has more than ${limits.maxElements} attributes.`);
  });
  parser.on('opentag', (tag) => {
    elements += 1;
    checkBounds(open.length + 1, elements, limits);
    const named = new Map<string, string>();
    for (const attribute of Object.values(tag.attributes)) {
      if (attribute.uri !== XMLNS_NAMESPACE)
        named.set(attributeKey(attribute.uri, attribute.local), attribute.value);
    }
    open.push({ name: clark(tag.uri, tag.local), attributes: named, content: [] });
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed === undefined) return;
    const parent = open.at(-1);
    if (parent === undefined) root = closed;
    else parent.content.push(closed);
  });
  parser.write(text).close();
  if (root === undefined) throw new XmlSyntaxError('The request body has no root element.');
  return root;
}
