/** Mail to account holders, queued in the unit of work that tells of what happened: both are kept, or neither. */
import { createHash, randomBytes } from 'node:crypto';
import type { Writer } from '../storage/database.js';
import type { AccountId } from '../storage/ids.js';
import { insertMail, type OutboxRow } from '../storage/outbox.js';
import { addThrottlePoints } from '../storage/throttle.js';
import type { Client } from './client.js';
import { clientName } from './client-names.js';
import type { Letter, MailAbout, Whence } from './contract.js';
import { foldName } from './names.js';
import type { Parts } from './parts.js';

const purpose = 'mail';
const hourMs = 60 * 60 * 1000;
/** A notice that could not be sent by then tells nobody anything new. */
const noticeLastsMs = 48 * hourMs;
/** Of each kind to one address, and of each kind that goes to strangers for one account. */
export const mailsInAnHour = 5;

/** To whom, and in which time zone and language. */
export interface Addressee {
  readonly id: AccountId;
  readonly timeZone: string | null;
  readonly locale: string | null;
}

export const whenceOf = (client: Client | undefined): Whence => ({
  address: client?.address,
  client: client === undefined ? undefined : clientName(client.userAgent ?? ''),
});

/**
 * Queues a mail in the unit that goes on. Answers false where none will be sent: there is no mail here, or the address had
 * as many of the kind as it may have in an hour.
 */
export async function queueMail(
  parts: Parts,
  writer: Writer,
  addressee: Addressee,
  to: string,
  about: MailAbout,
): Promise<boolean> {
  if (!parts.mails) return false;
  const kind = kindOf(about);
  const count = await counted(parts, writer, `mail ${hashOf(to)} ${kind}`);
  if (count > mailsInAnHour) return false;
  const now = parts.now();
  const { id: accountId, timeZone, locale } = addressee;
  const id = randomBytes(12).toString('hex');
  const last = about.kind === 'notice' && count === mailsInAnHour;
  const content: Content = { to, timeZone, locale, about: last ? { ...about, last } : about };
  const { keyId, sealed } = parts.keyring.encrypt(
    purpose,
    Buffer.from(JSON.stringify(content)),
    contextOf({ accountId, id }),
  );
  await insertMail(writer, {
    accountId,
    id,
    kind,
    sealed,
    keyId,
    attempts: 0,
    queuedAt: now,
    nextAt: now,
    expiresAt: 'expiresAt' in about ? about.expiresAt : now + noticeLastsMs,
  });
  return true;
}

/** Whether an account may have one more mail of a kind sent to an address that need not be its own. */
export async function mayWrite(
  parts: Parts,
  writer: Writer,
  accountId: AccountId,
  kind: MailAbout['kind'],
): Promise<boolean> {
  return (await counted(parts, writer, `mail account:${accountId} ${kind}`)) <= mailsInAnHour;
}

interface Content {
  readonly to: string;
  readonly timeZone: string | null;
  readonly locale: string | null;
  readonly about: MailAbout;
}

/** Undefined where the bytes, or the key that they were encrypted with, are gone. */
export function letterOf({ keyring }: Parts, row: OutboxRow): Letter | undefined {
  if (!keyring.ids.includes(row.keyId)) return undefined;
  const plain = keyring.decrypt(purpose, row.keyId, row.sealed, contextOf(row));
  if (plain === undefined) return undefined;
  const { to, timeZone, locale, about } = JSON.parse(plain.toString()) as Content;
  return {
    id: row.id,
    accountId: row.accountId,
    to,
    timeZone: timeZone ?? undefined,
    locale: locale ?? undefined,
    at: row.queuedAt,
    about,
  };
}

const contextOf = ({ accountId, id }: Pick<OutboxRow, 'accountId' | 'id'>): string => `${accountId} ${id}`;

const kindOf = (about: MailAbout): string => (about.kind === 'notice' ? about.event : about.kind);

/** Addresses need not lie in a table of counts to be told apart. */
const hashOf = (address: string): string =>
  createHash('sha256').update(foldName(address)).digest('base64url').slice(0, 22);

async function counted(parts: Parts, writer: Writer, key: string): Promise<number> {
  const now = parts.now();
  return (await addThrottlePoints(writer, { key, points: 1, now, expiresAt: now + hourMs })).points;
}
