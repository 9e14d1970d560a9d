import type { Parameter } from './content-lines.js';

/** RFC 5545 §3.1: lines of at most 75 octets, the folds' spaces counted. */
const maxOctets = 75;

/** A whole content line, folded, with its line end. Parameter values are as RFC 6868 has them encoded. */
export function contentLine(
  name: string,
  parameters: readonly Parameter[],
  value: string,
  lineEnd: string,
): string {
  const written = parameters.map(
    (parameter) => `;${parameter.name}=${parameter.values.map(quoteIfNeeded).join(',')}`,
  );
  return `${fold(`${name}${written.join('')}:${value}`, lineEnd)}${lineEnd}`;
}

function quoteIfNeeded(value: string): string {
  return /[:;,]/.test(value) ? `"${value}"` : value;
}

function fold(line: string, lineEnd: string): string {
  if (line.length <= maxOctets && Buffer.byteLength(line) <= maxOctets) return line;
  let folded = '';
  let from = 0;
  let octets = 0;
  for (let at = 0; at < line.length;) {
    const code = line.codePointAt(at) ?? 0;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (octets + size > maxOctets) {
      folded += `${line.slice(from, at)}${lineEnd} `;
      from = at;
      octets = 1;
    }
    octets += size;
    at += size === 4 ? 2 : 1;
  }
  return folded + line.slice(from);
}
