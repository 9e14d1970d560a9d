/**
 * A device asks for an app password instead of having one typed in (Nextcloud's Login Flow v2, as DAVx5 speaks it): it gets a
 * page to open in a browser and a token to ask with; the holder signs in there, and says what the device may do; asked
 * again, the server makes the app password and hands it over.
 *
 * Nothing is stored before the holder has agreed: all that the page needs to know is in its address, encrypted. What is
 * stored then is what was agreed to, never the secret, which is made as it is handed over.
 */
import { createHash, randomBytes } from 'node:crypto';
import { accountById } from '../storage/accounts.js';
import type { Writer } from '../storage/database.js';
import { insertLink, openLink, takeLink } from '../storage/links.js';
import { checkAppPassword, insertChecked } from './app-passwords.js';
import { clientName } from './client-names.js';
import type { Client } from './client.js';
import type { DeviceAnswer, DeviceLogins, NewAppPassword, StartedDeviceLogin } from './contract.js';
import { AuthError } from './errors.js';
import { invalidLink, linkHash } from './links.js';
import { checkMay, sessionOf } from './may.js';
import type { Parts } from './parts.js';
import { unitOfAccount } from './unit.js';

const purpose = 'device-login';
const context = 'page';
const askMs = 20 * 60 * 1000;
/** After the holder has agreed; the device asks as soon as its browser is closed, or every few seconds. */
const collectMs = 10 * 60 * 1000;
const maxClientBytes = 120;
const maxAddressBytes = 45;

interface Ask {
  readonly expiresAt: number;
  readonly pollHash: Buffer;
  /** What the device says that it is, in words. */
  readonly client: string;
  readonly address: string;
}

export function deviceLogins(parts: Parts): DeviceLogins {
  return {
    begin: (client) => begin(parts, client),
    look: (token) => {
      const ask = openAsk(parts, token);
      return ask && { client: ask.client, address: ask.address, expiresAt: ask.expiresAt };
    },
    grant: async (token, input, by) => {
      const { account } = sessionOf(by);
      checkMay(parts, by, account.id, { stepUp: true });
      const ask = openAsk(parts, token);
      if (ask === undefined) throw invalidLink();
      checkAppPassword(input, parts.now());
      await unitOfAccount(parts, account.id, ({ writer }) => keep(parts, writer, account.id, ask, input));
    },
    collect: (pollToken, client) => collect(parts, pollToken, client),
  };
}

function begin(parts: Parts, client: Client): StartedDeviceLogin {
  const pollToken = randomBytes(48).toString('base64url');
  const expiresAt = parts.now() + askMs;
  const token = sealAsk(parts, {
    expiresAt,
    pollHash: linkHash(pollToken),
    client: clientName(client.userAgent ?? ''),
    address: client.address,
  });
  return { token, pollToken, expiresAt };
}

/** Once for each ask: an address that is opened twice makes one app password. */
async function keep(
  parts: Parts,
  writer: Writer,
  accountId: Parameters<typeof accountById>[1],
  { pollHash }: Ask,
  { label, device, services, access, expiresAt }: NewAppPassword,
): Promise<void> {
  const account = await accountById(writer, accountId);
  if (account === undefined || account.factorCount === 0 || account.recoveryConfirmedAt === null)
    throw new AuthError('second-factor-required', 'Set up two-step verification first.');
  const now = parts.now();
  const granted = { label, device, services: [...services], access, expiresAt };
  const row = {
    tokenHash: pollHash,
    kind: 'device',
    accountId,
    payload: JSON.stringify(granted),
    createdAt: now,
    expiresAt: now + collectMs,
  } as const;
  if (!(await insertLink(writer, row))) throw invalidLink();
}

/** The secret leaves the server here, to whoever began; the second time there is nothing. */
async function collect(parts: Parts, pollToken: string, client: Client): Promise<DeviceAnswer | undefined> {
  const { database, now } = parts;
  const tokenHash = linkHash(pollToken);
  const row = await database.read((reader) => openLink(reader, 'device', tokenHash, now()));
  if (typeof row?.accountId !== 'number') return undefined;
  const { accountId } = row;
  return unitOfAccount(parts, accountId, async (unit) => {
    const account = await accountById(unit.writer, accountId);
    if (account?.disabledAt !== null || account.factorCount === 0) return undefined;
    if (!(await takeLink(unit.writer, tokenHash, now()))) return undefined;
    const { services, ...granted } = JSON.parse(row.payload) as Omit<NewAppPassword, 'services'> & {
      readonly services: readonly ('calendars' | 'contacts')[];
    };
    const input = { ...granted, services: new Set(services) };
    const { secret } = await insertChecked(parts, unit, accountId, input, { kind: 'client', client });
    return { userName: account.name, secret };
  });
}

function sealAsk(parts: Parts, { expiresAt, pollHash, client, address }: Ask): string {
  const times = Buffer.alloc(8);
  times.writeDoubleBE(expiresAt);
  const words = [cut(address, maxAddressBytes), cut(client, maxClientBytes)].join('\n');
  const plain = Buffer.concat([times, pollHash, Buffer.from(words)]);
  const { keyId, sealed } = parts.keyring.encrypt(purpose, plain, context);
  return `${keyId}.${sealed.toString('base64url')}`;
}

function openAsk(parts: Parts, token: string): Ask | undefined {
  const [, keyId = '', sealed = ''] = /^([a-z0-9]{1,16})\.([A-Za-z0-9_-]{60,400})$/.exec(token) ?? [];
  if (!parts.keyring.ids.includes(keyId)) return undefined;
  const plain = parts.keyring.decrypt(purpose, keyId, Buffer.from(sealed, 'base64url'), context);
  if (plain === undefined || plain.length < 8 + hashBytes) return undefined;
  const expiresAt = plain.readDoubleBE(0);
  if (expiresAt <= parts.now()) return undefined;
  const [address = '', client = ''] = plain.toString('utf8', 8 + hashBytes).split('\n');
  return { expiresAt, pollHash: plain.subarray(8, 8 + hashBytes), client, address };
}

const hashBytes = createHash('sha256').digest().length;

const cut = (words: string, bytes: number): string =>
  Buffer.from(words.replaceAll('\n', ' '))
    .subarray(0, bytes)
    .toString()
    .replace(/\ufffd+$/, '');
