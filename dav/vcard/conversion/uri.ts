// URIs as values (RFC 6350 §4.2): they have no escapes.
import { unescapeText } from '../text.js';

/** A URI without the escapes that Apple and Google write (`http\://`). One with other backslashes stays as it is. */
export function uriOf(raw: string): string {
  if (!raw.includes('\\')) return raw;
  const value = unescapeText(raw);
  return /[\\\n]/.test(value) ? raw : value;
}

/** Whether a value begins with a scheme and has neither blanks nor backslashes. */
export function isUri(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[^\s\\]+$/i.test(value.length > 2_000 ? value.slice(0, 2_000) : value);
}
