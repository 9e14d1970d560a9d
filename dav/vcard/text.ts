// Escapes in property values: RFC 6350 §3.4 (and RFC 2426 §4).
import { replaceEscapes, splitUnescaped } from '../directory-text.js';

/**
 * The text of an escaped value. `\:` and `\"` are in no RFC, but Apple and Google write them (`http\://`). Before any other
 * character the backslash stays, so that an unescaped `C:\dir` reads as it was meant.
 */
export function unescapeText(raw: string): string {
  return replaceEscapes(raw, '\\', textEscapes);
}

const textEscapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  [',', ','],
  [';', ';'],
  [':', ':'],
  ['"', '"'],
  ['n', '\n'],
  ['N', '\n'],
]);

/**
 * The unescaped parts of a list (`,`) or of a compound value (`;`), not more than `maxParts`; a separator with a backslash
 * before it is text.
 */
export function splitEscaped(raw: string, separator: ',' | ';', maxParts: number): readonly string[] {
  return splitUnescaped(raw, separator, maxParts).slice(0, maxParts).map(unescapeText);
}
