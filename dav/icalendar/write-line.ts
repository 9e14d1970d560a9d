import { foldLine } from '../directory-text.js';
import type { Parameter } from './content-lines.js';

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
  return foldLine(`${name}${written.join('')}:${value}`, lineEnd) + lineEnd;
}

function quoteIfNeeded(value: string): string {
  return /[:;,]/.test(value) ? `"${value}"` : value;
}
