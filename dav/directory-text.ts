/**
 * What iCalendar and vCard write alike, since both come from one format (RFC 2425): folds (RFC 5545 §3.1, RFC 6350 §3.2),
 * escapes of texts (RFC 5545 §3.3.11, RFC 6350 §3.4) and of parameter values (RFC 6868).
 */

/** Octets of a line without its break, the fold's space counted. */
const maxOctets = 75;
// eslint would rather see no control characters in a pattern.
const onlyAscii = new RegExp('^[\\u0000-\\u007f]*$');

/** A line with its folds. A photo is one line of megabytes, and of ASCII: it is cut without looking at each letter. */
export function foldLine(line: string, lineEnd = '\r\n'): string {
  if (line.length <= maxOctets && Buffer.byteLength(line) <= maxOctets) return line;
  return (onlyAscii.test(line) ? asciiPieces(line) : unicodePieces(line)).join(`${lineEnd} `);
}

function asciiPieces(line: string): string[] {
  const pieces = [line.slice(0, maxOctets)];
  for (let at = maxOctets; at < line.length; at += maxOctets - 1)
    pieces.push(line.slice(at, at + maxOctets - 1));
  return pieces;
}

function unicodePieces(line: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  let octets = 0;
  for (let at = 0; at < line.length;) {
    const code = line.codePointAt(at) ?? 0;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (octets + size > maxOctets) {
      pieces.push(line.slice(from, at));
      from = at;
      octets = 1;
    }
    octets += size;
    at += size === 4 ? 2 : 1;
  }
  return [...pieces, line.slice(from)];
}

/** A text, or a part of a list or compound value, as it is written. Line breaks of any kind become `\n`. */
export function escapeText(text: string): string {
  if (!/[\\,;\r\n]/.test(text)) return text;
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(',', '\\,')
    .replaceAll(';', '\\;')
    .replace(/\r\n?|\n/g, '\\n');
}

/** RFC 6868 §3: a parameter value as it is written, before it is quoted. Line breaks of any kind become `^n`. */
export function encodeParameterValue(value: string): string {
  if (!/[\^"\r\n]/.test(value)) return value;
  return value
    .replaceAll('^', '^^')
    .replaceAll('"', "^'")
    .replace(/\r\n?|\n/g, '^n');
}

/** RFC 6868 §3: `^n`, `^^` and `^'` in a parameter value; before anything else the circumflex stays. */
export function decodeParameterValue(value: string): string {
  return replaceEscapes(value, '^', parameterEscapes);
}

const parameterEscapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['^', '^'],
  ["'", '"'],
]);

/**
 * A text with what its escapes mean; before a character that is none of them the mark stays. A loop, since `replace` with a function takes a second for a few megabytes of escapes.
 */
export function replaceEscapes(text: string, mark: string, meanings: ReadonlyMap<string, string>): string {
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
 * The parts of a list (`,`) or of a compound value (`;`), still with their escapes; a separator with a backslash before it
 * is text. After `maxParts` the rest is one part more.
 */
export function splitUnescaped(
  text: string,
  separator: ',' | ';',
  maxParts = Number.POSITIVE_INFINITY,
): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length && parts.length < maxParts; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}
