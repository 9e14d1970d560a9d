/**
 * Stored bytes as text, without copying them first. They were checked to be UTF-8 when they came. A byte order mark tells
 * of the encoding of a file and is no part of its text (RFC 3629 §6): inside an XML answer it would stand before BEGIN.
 */
export function utf8(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
