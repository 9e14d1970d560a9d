/**
 * The server key: everything that the database keeps of a secret is made with it, so that a stolen database alone opens
 * nothing. The file holds the current and earlier keys, so that a rotation loses no device.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Database } from '../storage/database.js';
import { keyFingerprint, readMeta, writeMeta } from '../storage/meta.js';
import { KeyringError } from './errors.js';
import { hmac, hmacKey, type HmacKey } from './hmac.js';
import type { Keyring, KeyringOptions } from './options.js';

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const maxFileBytes = 64 * 1024;

const fileSchema = z
  .object({
    version: z.literal(1),
    current: z.string(),
    keys: z
      .array(
        z.object({
          id: z.string().regex(/^[a-z0-9]{1,16}$/),
          created: z.string(),
          secret: z.base64url().refine((text) => Buffer.from(text, 'base64url').length === keyBytes),
        }),
      )
      .min(1)
      .max(64),
  })
  .refine((file) => file.keys.some(({ id }) => id === file.current))
  .refine((file) => new Set(file.keys.map(({ id }) => id)).size === file.keys.length);
type KeyFile = z.infer<typeof fileSchema>;

export interface Key {
  readonly id: string;
  readonly secret: Uint8Array;
}

/** Keys as they lie in memory; the first is the current one. */
export function keyringOf(keys: readonly [Key, ...Key[]]): Keyring {
  const secrets = new Map(keys.map(({ id, secret }) => [id, secret]));
  const currentId = keys[0].id;

  /** A key of its own for each purpose, so that what was made for one means nothing to another (RFC 5869). */
  const derive = (purpose: string, keyId: string): Buffer => {
    const secret = secrets.get(keyId);
    if (secret === undefined) throw new KeyringError(`The server key "${keyId}" is not in the secret file.`);
    return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `latchkey ${purpose}`, keyBytes));
  };
  const sealing = remembered((purpose, keyId): KeyObject => createSecretKey(derive(purpose, keyId)));
  const signing = remembered((purpose, keyId): HmacKey => hmacKey(derive(purpose, keyId)));

  return {
    currentId,
    ids: keys.map(({ id }) => id),
    hmac: (purpose, data, keyId = currentId) => hmac(signing(purpose, keyId), data),
    encrypt: (purpose, plain, context) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealing(purpose, currentId), nonce);
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return { keyId: currentId, sealed: Buffer.concat([nonce, body, cipher.getAuthTag()]) };
    },
    decrypt: (purpose, keyId, sealed, context) => {
      if (sealed.length < nonceBytes + tagBytes) return undefined;
      const decipher = createDecipheriv(
        'aes-256-gcm',
        sealing(purpose, keyId),
        sealed.subarray(0, nonceBytes),
      );
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
      } catch {
        return undefined;
      }
    },
  };
}

/** What is made of a purpose and a key, made once. There are a few of each. */
function remembered<Made>(make: (purpose: string, keyId: string) => Made): typeof make {
  const byPurpose = new Map<string, Map<string, Made>>();
  return (purpose, keyId) => {
    const known = byPurpose.get(purpose)?.get(keyId);
    if (known !== undefined) return known;
    const made = make(purpose, keyId);
    byPurpose.set(purpose, (byPurpose.get(purpose) ?? new Map<string, Made>()).set(keyId, made));
    return made;
  };
}

/**
 * Opens the secret file, or makes it for a new database, and checks that the database was made with one of its keys.
 * @throws KeyringError missing, damaged or foreign; the process should end with 78 and the message
 */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const { file, database, onWarning } = options;
  const known = await database.read((reader) => readMeta(reader, 'key_fingerprint'));
  if (known === undefined) await createKeyFile(file);
  const content = await readKeyFile(file);
  const keys = keysOf(content);
  await checkFingerprint(database, file, keys);
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0)
    onWarning?.(`Other users of this machine can read ${file}, which holds the server key: chmod 600 it.`);
  return keyringOf(keys);
}

/** Adds a new current key and answers its id; the earlier ones stay, and each secret moves over at its next use. Restart servers after it. */
export async function rotateKeyFile(file: string): Promise<string> {
  const content = await readKeyFile(file);
  const key = newKey();
  await replaceKeyFile(file, { ...content, current: key.id, keys: [key, ...content.keys] });
  return key.id;
}

/** Throws every key but the current one away, and answers their ids. What was made with them is void. Restart servers after it. */
export async function retireKeys(file: string): Promise<readonly string[]> {
  const content = await readKeyFile(file);
  const earlier = content.keys.filter(({ id }) => id !== content.current);
  if (earlier.length > 0)
    await replaceKeyFile(file, {
      ...content,
      keys: content.keys.filter(({ id }) => id === content.current),
    });
  return earlier.map(({ id }) => id);
}

/** Whole or not at all, also when the power fails. */
async function replaceKeyFile(file: string, content: KeyFile): Promise<void> {
  // Left there by one that was ended in the middle; nobody has used what is in it.
  await unlink(`${file}.new`).catch(() => undefined);
  await writeSecretFile(`${file}.new`, content);
  await rename(`${file}.new`, file);
  const folder = await open(dirname(file));
  await folder.sync().finally(() => folder.close());
}

/** What a database knows the keys of a file by; the current one first. @throws KeyringError missing or damaged */
export async function keyFingerprintsOf(file: string): Promise<readonly string[]> {
  return keysOf(await readKeyFile(file)).map(({ secret }) => keyFingerprint(secret));
}

async function checkFingerprint(
  database: Database,
  file: string,
  keys: readonly [Key, ...Key[]],
): Promise<void> {
  const fingerprints = keys.map(({ secret }) => keyFingerprint(secret));
  const [current = ''] = fingerprints;
  const matches = await database.write(async (writer) => {
    const known = await readMeta(writer, 'key_fingerprint');
    if (known !== undefined && !fingerprints.includes(known)) return false;
    if (known !== current) await writeMeta(writer, 'key_fingerprint', current);
    return true;
  });
  if (!matches)
    throw new KeyringError(
      `${file} does not hold the server key that this database was made with. With another one no app password and no second factor works: put the right file there.`,
    );
}

function keysOf(content: KeyFile): [Key, ...Key[]] {
  const current = content.keys.find(({ id }) => id === content.current);
  if (current === undefined) throw new KeyringError('The secret file has no current key.');
  const keyOf = ({ id, secret }: KeyFile['keys'][number]): Key => ({
    id,
    secret: Buffer.from(secret, 'base64url'),
  });
  return [keyOf(current), ...content.keys.filter((key) => key !== current).map(keyOf)];
}

async function readKeyFile(file: string): Promise<KeyFile> {
  let text: string;
  try {
    if ((await stat(file)).size > maxFileBytes)
      throw new KeyringError(`${file} is too large for a secret file.`);
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof KeyringError) throw error;
    throw new KeyringError(
      `The server key cannot be read from ${file} (${codeOf(error)}). The database was made with it: put the file back, or set LATCHKEY_SECRET_FILE to where it is.`,
      { cause: error },
    );
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    // Neither the text nor the parser's words about it: they may hold parts of the key.
    throw new KeyringError(`${file} is damaged: it is not a secret file of Latchkey.`);
  }
}

/** Makes the file unless it is there. It appears whole and readable by its owner only, also when two processes try. */
async function createKeyFile(file: string): Promise<void> {
  const key = newKey();
  const temporary = `${file}.${key.id}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeSecretFile(temporary, { version: 1, current: key.id, keys: [key] });
    await link(temporary, file).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw new KeyringError(`The server key cannot be written to ${file} (${codeOf(error)}).`, {
      cause: error,
    });
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
  const folder = await open(dirname(file));
  await folder.sync().finally(() => folder.close());
}

async function writeSecretFile(file: string, content: KeyFile): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const newKey = (): KeyFile['keys'][number] => ({
  id: randomBytes(4).toString('hex'),
  created: new Date().toISOString(),
  secret: randomBytes(keyBytes).toString('base64url'),
});

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
