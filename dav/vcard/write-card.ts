// Cards as text: RFC 6350 §3.2 and §3.3, with the parameter values of RFC 6868.
import type { Card } from './card.js';
import { sortedParameters, type CardLine } from './card-line.js';
import { encodeParameterValue } from './text.js';

/**
 * A whole card, folded, with CRLF. The version comes first, where RFC 6350 §6.7.9 wants it; one among the lines is left
 * out.
 */
export function writeCard(version: Card['version'], lines: readonly CardLine[]): string {
  const written = lines.flatMap((line) => (line.name === 'VERSION' ? [] : [foldLine(writeLine(line))]));
  return ['BEGIN:VCARD', `VERSION:${version}`, ...written, 'END:VCARD', ''].join('\r\n');
}

/** Names are compared without case, but Apple's own programs are known to have written these, and only these. */
const spellings: ReadonlyMap<string, string> = new Map(
  ['X-ABLabel', 'X-ABShowAs', 'X-ABRelatedNames'].map((name) => [name.toUpperCase(), name]),
);

function writeLine(line: CardLine): string {
  const { group, name, raw } = line;
  let head = (group === undefined ? '' : `${group}.`) + (spellings.get(name) ?? name);
  for (const [parameter, values] of sortedParameters(line))
    if (values.length > 0) head += `;${parameter}=${values.map(writeValue).join(',')}`;
  return `${head}:${raw}`;
}

function writeValue(value: string): string {
  const encoded = encodeParameterValue(value);
  return /[,;:]/.test(encoded) ? `"${encoded}"` : encoded;
}

/** RFC 6350 §3.2: lines of at most 75 octets without the line break, the fold's space counted. */
const maxOctets = 75;
// eslint would rather see no control characters in a pattern.
const onlyAscii = new RegExp('^[\\u0000-\\u007f]*$');

/** A line with its folds. A photo is one line of megabytes, and of ASCII: it is cut without looking at each letter. */
export function foldLine(line: string): string {
  if (line.length <= maxOctets && Buffer.byteLength(line) <= maxOctets) return line;
  return onlyAscii.test(line) ? foldAscii(line) : foldUnicode(line);
}

function foldAscii(line: string): string {
  const pieces = [line.slice(0, maxOctets)];
  for (let at = maxOctets; at < line.length; at += maxOctets - 1)
    pieces.push(line.slice(at, at + maxOctets - 1));
  return pieces.join('\r\n ');
}

function foldUnicode(line: string): string {
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
  pieces.push(line.slice(from));
  return pieces.join('\r\n ');
}
