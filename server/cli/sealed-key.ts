/** The file of the server key, sealed with a passphrase for a backup: scrypt (RFC 7914), then AES-256-GCM. */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { DataError } from '../failures.js';

// 128 MB and some tenths of a second for each guess (OWASP: N = 2^17, r = 8, p = 1).
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 ** 2 };
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MIN_LENGTH = 12;

const derive = promisify<string, Buffer, number, typeof cost, Buffer>(scrypt);

/** @throws DataError for a passphrase that is too short */
export async function sealKey(content: Buffer, passphrase: string): Promise<string> {
  if (Array.from(passphrase).length < MIN_LENGTH)
    throw new DataError(`A passphrase has at least ${MIN_LENGTH} characters.`);
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
  const cipher = createCipheriv(
    'aes-256-gcm',
    await derive(passphrase.normalize('NFC'), salt, 32, cost),
    nonce,
  );
  const body = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([salt, nonce, cipher.getAuthTag(), body]).toString('base64');
}

/** @throws DataError for a wrong passphrase, and for what was never sealed so */
export async function unsealKey(sealed: string, passphrase: string): Promise<Buffer> {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length <= SALT_BYTES + NONCE_BYTES + TAG_BYTES)
    throw new DataError('The server key in the backup is damaged.');
  const salt = bytes.subarray(0, SALT_BYTES);
  const nonce = bytes.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
  const tag = bytes.subarray(SALT_BYTES + NONCE_BYTES, SALT_BYTES + NONCE_BYTES + TAG_BYTES);
  const key = await derive(passphrase.normalize('NFC'), salt, 32, cost);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([
      decipher.update(bytes.subarray(salt.length + nonce.length + tag.length)),
      decipher.final(),
    ]);
  } catch (error) {
    throw new DataError('The passphrase is not the one that the backup was made with.', { cause: error });
  }
}
