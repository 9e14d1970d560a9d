/** What a device has asked for, in the address of the page that it opens: encrypted, so that nothing has to be kept. */
import type { Parts } from './parts.js';

const purpose = 'device-login';
const context = 'page';
const hashBytes = 32;
const maxClientBytes = 120;
const maxAddressBytes = 45;

export interface Ask {
  readonly expiresAt: number;
  /** SHA-256 of the token with which the device asks again. */
  readonly pollHash: Buffer;
  /** What the device says that it is, in words. */
  readonly client: string;
  readonly address: string;
}

export function sealAsk(parts: Parts, { expiresAt, pollHash, client, address }: Ask): string {
  const times = Buffer.alloc(8);
  times.writeDoubleBE(expiresAt);
  const words = [cut(address, maxAddressBytes), cut(client, maxClientBytes)].join('\n');
  const plain = Buffer.concat([times, pollHash, Buffer.from(words)]);
  const { keyId, sealed } = parts.keyring.encrypt(purpose, plain, context);
  return `${keyId}.${sealed.toString('base64url')}`;
}

/** Undefined for a token that is not one, or too old. */
export function openAsk(parts: Parts, token: string): Ask | undefined {
  const [, keyId = '', sealed = ''] = /^([a-z0-9]{1,16})\.([A-Za-z0-9_-]{60,400})$/.exec(token) ?? [];
  if (!parts.keyring.ids.includes(keyId)) return undefined;
  const plain = parts.keyring.decrypt(purpose, keyId, Buffer.from(sealed, 'base64url'), context);
  if (plain === undefined || plain.length < 8 + hashBytes) return undefined;
  const expiresAt = plain.readDoubleBE(0);
  if (expiresAt <= parts.now()) return undefined;
  const [address = '', client = ''] = plain.toString('utf8', 8 + hashBytes).split('\n');
  return { expiresAt, pollHash: plain.subarray(8, 8 + hashBytes), client, address };
}

const cut = (words: string, bytes: number): string =>
  Buffer.from(words.replaceAll('\n', ' '))
    .subarray(0, bytes)
    .toString()
    .replace(/\ufffd+$/, '');
