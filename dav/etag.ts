/** The ETag of stored bytes: strong (RFC 9110 §8.8.1), a hash of them. */
import { createHash } from 'node:crypto';

export const etagOf = (stored: Uint8Array | string): string =>
  createHash('sha256').update(stored).digest('base64url').slice(0, 32);
