/** Stored bytes as text, without copying them first. They were checked to be UTF-8 when they came. */
export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
