/** Content-Type of a submitted object (RFC 9110 §8.3). */

export interface MediaType {
  /** Lower case, such as `text/calendar`. */
  readonly type: string;
  readonly charset: string | undefined;
}

/** undefined where the header is missing or says only "bytes": then the content speaks for itself. */
export function mediaTypeOf(header: string | undefined): MediaType | undefined {
  if (header === undefined) return undefined;
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim());
  if (type === '' || type.toLowerCase() === 'application/octet-stream') return undefined;
  const charset = parameters
    .find((parameter) => /^charset\s*=/i.test(parameter))
    ?.replace(/^charset\s*=\s*/i, '')
    .replaceAll('"', '')
    .toLowerCase();
  return { type: type.toLowerCase(), charset };
}

/** Whether the charset is one in which our bytes can be read: UTF-8, or the ASCII in it. */
export const isUtf8 = (charset: string | undefined): boolean =>
  charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii';
