/**
 * A device fetches its app password instead of having one typed in. Either it asks first (Nextcloud's Login Flow v2, as DAVx5
 * speaks it): it gets a page to open in a browser and a token to ask with; the holder signs in there, and says what the
 * device may do; asked again, the server hands an app password over. Or the holder makes a link, which the device opens.
 *
 * Nothing is stored before the holder has agreed: all that the page needs to know is in its address, encrypted. What is
 * stored then is what was agreed to, never the secret, which is made as it is handed over.
 */
import { randomBytes } from 'node:crypto';
import { accountById, type AccountRow } from '../storage/accounts.js';
import type { AccountId } from '../storage/ids.js';
import { insertLink, openLink, takeLink, type LinkRow } from '../storage/links.js';
import type { Service } from './actor.js';
import { checkAppPassword, checkRoom } from './app-password-choices.js';
import { checkCollections, readCollections } from './app-password-limits.js';
import { checkProtected, insertChecked } from './app-passwords.js';
import { clientName } from './client-names.js';
import type { Client } from './client.js';
import type {
  By,
  DeviceAnswer,
  DeviceLogins,
  NewAppPassword,
  OfferedAppPassword,
  StartedDeviceLogin,
} from './contract.js';
import { openAsk, sealAsk } from './device-ask.js';
import { AuthError } from './errors.js';
import { invalidLink, linkHash } from './links.js';
import { checkMay, sessionOf } from './may.js';
import type { Parts } from './parts.js';
import { qrCode } from './qr-code.js';
import { unitOfAccount } from './unit.js';

const askMs = 20 * 60 * 1000;
/** After the holder has agreed; the device asks as soon as its browser is closed, or every few seconds. */
const collectMs = 10 * 60 * 1000;
const offerMs = 15 * 60 * 1000;

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
      await agree(parts, by, account.id, { tokenHash: ask.pollHash, input, lastsMs: collectMs });
    },
    offer: async (input, by) => {
      const { account } = sessionOf(by);
      checkMay(parts, by, account.id, { stepUp: true });
      const token = randomBytes(32).toString('base64url');
      const expiresAt = await agree(parts, by, account.id, {
        tokenHash: linkHash(token),
        input,
        lastsMs: offerMs,
      });
      const url = new URL(`/profile/${token}`, parts.baseUrl).href;
      return { url, expiresAt, qr: qrCode(url) };
    },
    offered: (token) => offered(parts, token),
    collect: (token, client) => collect(parts, token, client),
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

interface Agreement {
  readonly tokenHash: Uint8Array;
  readonly input: NewAppPassword;
  readonly lastsMs: number;
}

/** Keeps what the holder has agreed to, once for each token; answers until when. */
async function agree(
  parts: Parts,
  by: By,
  accountId: AccountId,
  { tokenHash, input, lastsMs }: Agreement,
): Promise<number> {
  checkAppPassword(input, parts.now());
  const createdAt = parts.now();
  const expiresAt = createdAt + lastsMs;
  await unitOfAccount(parts, accountId, async ({ writer, note }) => {
    await checkProtected(writer, accountId, by);
    await checkRoom(writer, accountId, createdAt);
    const collections = await checkCollections(writer, accountId, input);
    const payload = written(input, collections.text);
    const row = { tokenHash, kind: 'device', accountId, payload, createdAt, expiresAt } as const;
    if (!(await insertLink(writer, row))) throw invalidLink();
    await note(accountId, 'app-password.agreed', by, { label: input.label });
  });
  return expiresAt;
}

async function offered(parts: Parts, token: string): Promise<OfferedAppPassword | undefined> {
  const { database, now } = parts;
  return database.read(async (reader) => {
    const row = await openLink(reader, 'device', linkHash(token), now());
    if (typeof row?.accountId !== 'number') return undefined;
    const account = await accountById(reader, row.accountId);
    if (!mayCollect(account)) return undefined;
    const { label, services } = wanted(row);
    return { userName: account.name, label, services };
  });
}

/** The secret leaves the server here, to whoever comes first; the second time there is nothing. */
async function collect(parts: Parts, token: string, client: Client): Promise<DeviceAnswer | undefined> {
  const { database, now } = parts;
  const tokenHash = linkHash(token);
  const row = await database.read((reader) => openLink(reader, 'device', tokenHash, now()));
  if (typeof row?.accountId !== 'number') return undefined;
  const { accountId } = row;
  try {
    return await unitOfAccount(parts, accountId, async (unit) => {
      const account = await accountById(unit.writer, accountId);
      if (!mayCollect(account) || !(await takeLink(unit.writer, tokenHash, now()))) return undefined;
      const made = await insertChecked(parts, unit, accountId, wanted(row), { kind: 'client', client });
      return { ...made, userName: account.name };
    });
  } catch (error) {
    // What was agreed to cannot be had any more, or not now, and is not taken: the end has passed, or there are too many.
    if (error instanceof AuthError) return undefined;
    throw error;
  }
}

const mayCollect = (account: AccountRow | undefined): account is AccountRow =>
  account?.disabledAt === null && account.factorCount > 0;

/** What was agreed to, as it is kept until the device comes. */
interface Kept extends Omit<NewAppPassword, 'services' | 'collections'> {
  readonly services: readonly Service[];
  /** As an app password keeps them. */
  readonly collections?: string | null;
}

function written(input: NewAppPassword, collections: string | null): string {
  const kept: Kept = { ...input, services: [...input.services], collections };
  return JSON.stringify(kept);
}

function wanted({ payload }: LinkRow): NewAppPassword {
  const { services, collections, ...rest } = JSON.parse(payload) as Kept;
  const limit = typeof collections === 'string' ? { collections: readCollections(collections) } : {};
  return { ...rest, services: new Set(services), ...limit };
}
