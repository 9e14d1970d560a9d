/**
 * XML as clients write it nearly always: elements, attributes and text, with names of ASCII letters and without references,
 * comments or anything that begins with `<!`. Read in one pass, many times faster than by a parser that knows all of XML;
 * whatever is otherwise, or wrong, is left to such a one.
 */
import type { XmlElement } from './element.js';
import { name as clark } from './names.js';
import type { Name } from './names.js';

export interface PlainLimits {
  readonly maxDepth: number;
  /** Of elements, and of attributes. */
  readonly maxElements: number;
}

/** The namespaces that prefixes stand for, and what names have come to mean under them. */
interface Scope {
  readonly namespaces: ReadonlyMap<string, string>;
  readonly names: Map<string, Name>;
}

interface OpenElement {
  /** As it is written, with its prefix. */
  readonly tag: string;
  readonly scope: Scope;
  readonly content: (XmlElement | string)[];
}

interface Attribute {
  readonly prefix: string;
  readonly local: string;
  readonly value: string;
}

const declaration =
  /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])[Uu][Tt][Ff]-8\2)?(?: standalone=(["'])(?:yes|no)\3)? ?\?>/;
/** References, control characters, and halves of characters beyond the first plane, which would have to be looked at. */
const special = new RegExp(
  '[&\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ud800-\\udfff\\ufffe\\uffff]|\\]\\]>|<[!?]',
);
const qualifiedName = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/;
const attributePattern =
  /[ \t\n]+(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)[ \t\n]*=[ \t\n]*(?:"([^"<]*)"|'([^'<]*)')/gy;
const space = /[ \t\n]/;
const blank = /^[ \t\n]*$/;
/** Attributes of an element, declarations among them. */
const mostAttributes = 100;
/** Declarations in a document: each copies those around it. */
const mostDeclarations = 64;
/** Characters up to which line ends are made one: each takes as long as an element. */
const mostWithReturns = 64 * 1024;
const noAttributes: ReadonlyMap<string, string> = new Map();

/** The root element of a document; undefined for one that is not plain, well-formed and within the limits. */
export function parsePlain(document: string, limits: PlainLimits): XmlElement | undefined {
  const head = declaration.exec(document)?.[0].length ?? 0;
  let text = head === 0 ? document : document.slice(head);
  if (text.includes('\r')) {
    if (text.length > mostWithReturns) return undefined;
    // XML 1.0 §2.11
    text = text.replace(/\r\n?/g, '\n');
  }
  return special.test(text) ? undefined : new PlainParser(text, limits).root();
}

class PlainParser {
  private readonly open: OpenElement[] = [];
  private scope: Scope = { namespaces: new Map(), names: new Map() };
  private elements = 0;
  private attributes = 0;
  private declarations = 0;

  constructor(
    private readonly text: string,
    private readonly limits: PlainLimits,
  ) {}

  root(): XmlElement | undefined {
    const { text, open } = this;
    const root: (XmlElement | string)[] = [];
    let from = 0;
    for (let start = text.indexOf('<'); start !== -1; start = text.indexOf('<', from)) {
      const end = text.indexOf('>', start);
      if (end === -1) return undefined;
      const content = open.at(-1)?.content ?? root;
      if (start > from) content.push(text.slice(from, start));
      const isRead =
        text[start + 1] === '/' ? this.endTag(start + 2, end) : this.startTag(start + 1, end, content);
      if (!isRead) return undefined;
      from = end + 1;
    }
    if (open.length > 0 || !blank.test(text.slice(from))) return undefined;
    const [element, ...others] = root.filter((part) => typeof part !== 'string' || !blank.test(part));
    return others.length > 0 || typeof element === 'string' ? undefined : element;
  }

  private endTag(start: number, end: number): boolean {
    const closed = this.open.pop();
    if (closed === undefined) return false;
    if (withoutSpaceBehind(this.text.slice(start, end)) !== closed.tag) return false;
    this.scope = closed.scope;
    return true;
  }

  private startTag(start: number, end: number, siblings: (XmlElement | string)[]): boolean {
    const isEmpty = this.text[end - 1] === '/';
    const tag = this.text.slice(start, isEmpty ? end - 1 : end);
    const outer = this.scope;
    const { name: written, attributes: rest } = divided(tag);
    const attributes = rest === '' ? noAttributes : this.readAttributes(rest);
    if (attributes === undefined) return false;
    const name = this.nameOf(written);
    this.elements += 1;
    if (name === undefined || this.elements > this.limits.maxElements) return false;
    if (this.open.length >= this.limits.maxDepth) return false;
    const content: (XmlElement | string)[] = [];
    siblings.push({ name, attributes, content });
    if (isEmpty) this.scope = outer;
    else this.open.push({ tag: written, scope: outer, content });
    return true;
  }

  /** The attributes that are no declarations; those lead into a scope of their own. */
  private readAttributes(written: string): ReadonlyMap<string, string> | undefined {
    const found = attributesIn(written);
    if (found === undefined) return undefined;
    this.attributes += found.length;
    if (this.attributes > this.limits.maxElements) return undefined;
    const declared = declarationsIn(found);
    this.declarations += declared?.size ?? 0;
    if (declared === undefined || this.declarations > mostDeclarations) return undefined;
    if (declared.size > 0)
      this.scope = { namespaces: new Map([...this.scope.namespaces, ...declared]), names: new Map() };
    const attributes = new Map<string, string>();
    for (const { prefix, local, value } of found) {
      if (prefix === 'xmlns' || (prefix === '' && local === 'xmlns')) continue;
      const namespace = prefix === '' ? '' : this.scope.namespaces.get(prefix);
      if (namespace === undefined) return undefined;
      const key = namespace === '' ? local : clark(namespace, local);
      if (attributes.has(key)) return undefined;
      attributes.set(key, value);
    }
    return attributes;
  }

  /** Undefined for what is no name, and for a prefix that is not declared. */
  private nameOf(written: string): Name | undefined {
    const { namespaces, names } = this.scope;
    const known = names.get(written);
    if (known !== undefined) return known;
    if (!qualifiedName.test(written)) return undefined;
    const colon = written.indexOf(':');
    const namespace =
      namespaces.get(colon === -1 ? '' : written.slice(0, colon)) ?? (colon === -1 ? '' : undefined);
    if (namespace === undefined) return undefined;
    const name = clark(namespace, written.slice(colon + 1));
    names.set(written, name);
    return name;
  }
}

/** A start tag's name, and what stands behind it. */
function divided(tag: string): { readonly name: string; readonly attributes: string } {
  const end = tag.search(space);
  if (end === -1) return { name: tag, attributes: '' };
  return { name: tag.slice(0, end), attributes: withoutSpaceBehind(tag.slice(end)) };
}

/** By no pattern: it would take the square of the length of a run of spaces. */
function withoutSpaceBehind(text: string): string {
  let end = text.length;
  while (end > 0 && space.test(text.charAt(end - 1))) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

/** In order; undefined where something else stands among them. */
function attributesIn(written: string): readonly Attribute[] | undefined {
  const found: Attribute[] = [];
  attributePattern.lastIndex = 0;
  for (let at = 0; at < written.length; at = attributePattern.lastIndex) {
    const [, prefix = '', local = '', double, single = ''] = attributePattern.exec(written) ?? [];
    const value = double ?? single;
    // XML 1.0 §3.3.3 makes spaces of these.
    if (local === '' || /[\t\n]/.test(value) || found.length === mostAttributes) return undefined;
    found.push({ prefix, local, value });
  }
  return found;
}

/** Namespaces by prefix, that of names without one under the empty prefix; undefined for what XML Names 1.0 §3 has rules for. */
function declarationsIn(attributes: readonly Attribute[]): ReadonlyMap<string, string> | undefined {
  const declared = new Map<string, string>();
  for (const { prefix, local, value } of attributes) {
    const isDefault = prefix === '' && local === 'xmlns';
    if (prefix !== 'xmlns' && !isDefault) continue;
    const name = isDefault ? '' : local;
    const isReserved = /^xml/i.test(name) || value.startsWith('http://www.w3.org/');
    if (isReserved || declared.has(name) || (value === '' && !isDefault)) return undefined;
    declared.set(name, value);
  }
  return declared;
}
