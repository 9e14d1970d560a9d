/**
 * HMAC-SHA-256 (RFC 2104) of short messages by two hashes that are made in one go. Every DAV request needs one, and the
 * object that node:crypto makes for each costs several times the hashing.
 */
import { hash } from 'node:crypto';

const blockBytes = 64;
const digestBytes = 32;

/** A key as it is used: with both pads in place, so that it is not prepared anew for each message. */
export interface HmacKey {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

/** @throws RangeError for a key longer than a block, which would have to be hashed first; ours have 32 bytes */
export function hmacKey(key: Uint8Array): HmacKey {
  if (key.byteLength > blockBytes) throw new RangeError('An HMAC key may have at most 64 bytes here');
  const padded = (pad: number): Uint8Array =>
    Uint8Array.from({ length: blockBytes }, (_, index) => (key[index] ?? 0) ^ pad);
  return { inner: padded(0x36), outer: padded(0x5c) };
}

/** The code of a message; text is taken as UTF-8. */
export function hmac({ inner, outer }: HmacKey, message: Uint8Array | string): Buffer {
  const first = Buffer.allocUnsafe(blockBytes + Buffer.byteLength(message));
  first.set(inner);
  if (typeof message === 'string') first.write(message, blockBytes);
  else first.set(message, blockBytes);
  const second = Buffer.allocUnsafe(blockBytes + digestBytes);
  second.set(outer);
  second.set(hash('sha256', first, 'buffer'), blockBytes);
  // Its room goes on to others.
  first.fill(0);
  return hash('sha256', second, 'buffer');
}
