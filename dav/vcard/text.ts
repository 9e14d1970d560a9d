// Escapes: in property values RFC 6350 §3.4 (and RFC 2426 §4), in parameter values RFC 6868.
import { splitUnescaped } from '../directory-text.js';

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

/** RFC 6868 §3: `^n`, `^^` and `^'` in a parameter value; before anything else the circumflex stays. */
export function decodeParameterValue(value: string): string {
  return replaceEscapes(value, '^', parameterEscapes);
}

const parameterEscapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['^', '^'],
  ["'", '"'],
]);

/** A loop, since `replace` with a function takes a second for a few megabytes of escapes. */
function replaceEscapes(text: string, mark: string, meanings: ReadonlyMap<string, string>): string {
  let at = text.indexOf(mark);
  if (at === -1) return text;
  let result = '';
  let from = 0;
  while (at !== -1) {
    const meaning = meanings.get(text.charAt(at + 1));
    if (meaning !== undefined) {
      result += text.slice(from, at) + meaning;
      from = at + 2;
    }
    at = text.indexOf(mark, meaning === undefined ? at + 1 : from);
  }
  return result + text.slice(from);
}

/**
 * The unescaped parts of a list (`,`) or of a compound value (`;`), not more than `maxParts`; a separator with a backslash
 * before it is text.
 */
export function splitEscaped(raw: string, separator: ',' | ';', maxParts: number): readonly string[] {
  return splitUnescaped(raw, separator, maxParts).slice(0, maxParts).map(unescapeText);
}
