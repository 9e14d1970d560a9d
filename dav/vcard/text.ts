// RFC 6350 §3.4 (and RFC 2426 §4): escapes in property values.

/**
 * The text of an escaped value. `\:` and `\"` are in no RFC, but Apple and Google write them (`http\://`). Before any other
 * character the backslash stays, so that an unescaped `C:\dir` reads as it was meant.
 */
export function unescapeText(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(/\\([\\,;:"nN])/g, (_, escaped: string) =>
    escaped === 'n' || escaped === 'N' ? '\n' : escaped,
  );
}

/** The unescaped parts of a list (`,`) or of a compound value (`;`); a separator with a backslash before it is text. */
export function splitEscaped(raw: string, separator: ',' | ';'): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < raw.length; at += 1) {
    if (raw[at] === '\\') at += 1;
    else if (raw[at] === separator) {
      parts.push(unescapeText(raw.slice(start, at)));
      start = at + 1;
    }
  }
  parts.push(unescapeText(raw.slice(start)));
  return parts;
}
