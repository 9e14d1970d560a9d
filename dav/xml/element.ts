/** A parsed element: immutable, without its prefixes, and shared by requests that sent the same bytes. */
import type { Name } from './names.js';

export interface XmlElement {
  readonly name: Name;
  /** Attributes by Clark name; one without a namespace has its bare name as key. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Elements and text in document order. */
  readonly content: readonly (XmlElement | string)[];
}

/** The child elements, in order. */
export function children(element: XmlElement): XmlElement[] {
  return element.content.filter((part): part is XmlElement => typeof part !== 'string');
}

/** The first child of that name. */
export function child(element: XmlElement, wanted: Name): XmlElement | undefined {
  return element.content.find((part): part is XmlElement => typeof part !== 'string' && part.name === wanted);
}

/** Every child of that name, in order. */
export function childrenNamed(element: XmlElement, wanted: Name): XmlElement[] {
  return element.content.filter(
    (part): part is XmlElement => typeof part !== 'string' && part.name === wanted,
  );
}

/** The text directly inside the element, as it stands. */
export function text(element: XmlElement): string {
  let joined = '';
  for (const part of element.content) if (typeof part === 'string') joined += part;
  return joined;
}
