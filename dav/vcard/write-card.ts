// Cards as text: RFC 6350 §3.2 and §3.3, with the parameter values of RFC 6868.
import type { Card } from './card.js';
import { sortedParameters, type CardLine } from './card-line.js';
import { encodeParameterValue, foldLine } from '../directory-text.js';

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
