/** Links that carry a right: random, kept as a hash, used once, on a POST. */
import { createHash, randomBytes } from 'node:crypto';
import { accountById, accountByName, countAccounts, type AccountRow } from '../storage/accounts.js';
import type { Reader, Writer } from '../storage/database.js';
import type { AccountId } from '../storage/ids.js';
import { insertLink, openLink, takeLink, voidLinks, type LinkRow } from '../storage/links.js';
import type { LinkKind } from '../storage/schema.js';
import { accountOf } from './account-view.js';
import { replacePassword } from './accounts.js';
import { revokeAll } from './app-passwords.js';
import type { Client } from './client.js';
import type { By, IssuedLink, Links } from './contract.js';
import { isPrivate } from './cookies.js';
import { AuthError } from './errors.js';
import { existingGroup } from './groups.js';
import { mayWrite, queueMail, whenceOf } from './mail.js';
import { checkAdministrator, checkLives } from './may.js';
import { foldName, parseMail } from './names.js';
import { confirmedMail } from './notices.js';
import { checkPassword } from './password-rules.js';
import { hashPassword } from './passwords.js';
import type { Parts } from './parts.js';
import { registrationPolicy, registrationPolicyIn } from './registration-policy.js';
import { unitOf, unitOfAccount, type Unit } from './unit.js';

const minuteMs = 60 * 1000;
const lifetimes: Readonly<Record<SentLinkKind, number>> = {
  setup: 15 * minuteMs,
  reset: 15 * minuteMs,
  confirm: 15 * minuteMs,
  invite: 7 * 24 * 60 * minuteMs,
};

/** Those that people open. */
type SentLinkKind = Exclude<LinkKind, 'device'>;

/** What an invite carries. */
export interface InvitePayload {
  readonly email?: string;
  readonly isAdmin?: boolean;
  /** Names of groups. */
  readonly groups?: readonly string[];
  /** The administrator whose right it is; nobody where a shell made it, or where it was asked for from outside. */
  readonly by?: AccountId;
}

export const invalidLink = (): AuthError =>
  new AuthError('link-invalid', 'This link was used already, or is too old. Ask for a new one.');

/** The hash under which a token is kept; of anything else, one that is never found. */
export const linkHash = (token: string): Buffer => createHash('sha256').update(token.slice(0, 100)).digest();

export const invitePayload = (row: LinkRow): InvitePayload => JSON.parse(row.payload) as InvitePayload;

const madeBy = (by: By): Pick<InvitePayload, 'by'> =>
  by.kind === 'session' ? { by: by.session.account.id } : {};

/**
 * Whether a link is still somebody's to give: of one that an administrator made, its maker must be one, and not be switched
 * off, and invites must be allowed.
 */
export async function isBacked(parts: Parts, reader: Reader, row: LinkRow): Promise<boolean> {
  const { by } = invitePayload(row);
  if (by === undefined) return true;
  const maker = await accountById(reader, by);
  if (maker?.isAdmin !== 1 || maker.disabledAt !== null) return false;
  return row.kind !== 'invite' || (await registrationPolicyIn(parts, reader)) !== 'closed';
}

/** A link that can be used now. */
export async function usableLink(
  parts: Parts,
  reader: Reader,
  kind: LinkKind,
  hash: Uint8Array,
): Promise<LinkRow | undefined> {
  const row = await openLink(reader, kind, hash, parts.now());
  return row !== undefined && (await isBacked(parts, reader, row)) ? row : undefined;
}

/** Uses a link up, in the unit that does what it is for. @throws AuthError link-invalid */
export async function useLink(
  parts: Parts,
  writer: Writer,
  kind: SentLinkKind,
  hash: Uint8Array,
): Promise<void> {
  const row = await usableLink(parts, writer, kind, hash);
  if (row === undefined || !(await takeLink(writer, hash, parts.now()))) throw invalidLink();
}

export function links(parts: Parts): Links {
  const { database } = parts;
  return {
    setup: () =>
      database.write(async (writer) => {
        if ((await countAccounts(writer)) > 0) return undefined;
        await voidLinks(writer, 'setup', undefined, parts.now());
        return issueLink(parts, writer, 'setup', null, {});
      }),
    invite: (input, by) => invite(parts, input, by),
    reset: (accountId, by) => reset(parts, accountId, by),
    mailReset: (accountId, by) => mailReset(parts, accountId, by),
    forgotten: (input) => forgotten(parts, input),
    look: (kind, token) =>
      database.read(async (reader) => {
        const row = await usableLink(parts, reader, kind, linkHash(token));
        if (row === undefined) return undefined;
        const account = row.accountId === null ? undefined : await accountById(reader, row.accountId);
        return {
          kind,
          expiresAt: row.expiresAt,
          email: kind === 'invite' || kind === 'confirm' ? invitePayload(row).email : undefined,
          accountName: kind === 'reset' || kind === 'confirm' ? account?.name : undefined,
        };
      }),
    redeemReset: (input) => redeemReset(parts, input),
  };
}

async function invite(
  parts: Parts,
  { email, isAdmin, groups = [], mail = false }: Parameters<Links['invite']>[0],
  by: By,
): Promise<IssuedLink & { readonly mailed: boolean }> {
  checkAdministrator(parts, by);
  if (by.kind === 'session' && (await registrationPolicy(parts)) === 'closed')
    throw new AuthError('registration-closed', 'Invites are switched off (LATCHKEY_REGISTRATION).');
  const payload: InvitePayload = {
    ...(email === undefined || email.trim() === '' ? {} : { email: parseMail(email) }),
    ...(isAdmin === true ? { isAdmin } : {}),
    ...(groups.length === 0 ? {} : { groups }),
    ...madeBy(by),
  };
  return unitOf(parts, async ({ writer, note }) => {
    await checkLives(writer, by);
    for (const group of groups) await existingGroup(writer, group);
    const link = await issueLink(parts, writer, 'invite', null, payload);
    if (by.kind !== 'session') return { ...link, mailed: false };
    const { account } = by.session;
    await note(account.id, 'link.invite-made', by, { administrator: isAdmin === true });
    if (!mail || payload.email === undefined) return { ...link, mailed: false };
    const inviter = account.displayName ?? account.name;
    const inviterOf = { id: account.id, timeZone: account.timeZone ?? null, locale: account.locale ?? null };
    const mailed =
      (await mayWrite(parts, writer, account.id, 'invite')) &&
      (await queueMail(parts, writer, inviterOf, payload.email, { kind: 'invite', ...link, inviter }));
    return { ...link, mailed };
  });
}

async function reset(parts: Parts, accountId: AccountId, by: By): Promise<IssuedLink> {
  checkAdministrator(parts, by);
  return unitOf(parts, async ({ writer, note }) => {
    await checkLives(writer, by);
    if ((await accountById(writer, accountId)) === undefined)
      throw new AuthError('not-found', 'There is no such account.');
    await voidLinks(writer, 'reset', accountId, parts.now());
    await note(accountId, 'link.reset-made', by);
    return issueLink(parts, writer, 'reset', accountId, madeBy(by));
  });
}

async function mailReset(parts: Parts, accountId: AccountId, by: By): Promise<void> {
  checkAdministrator(parts, by);
  await unitOf(parts, async (unit) => {
    await checkLives(unit.writer, by);
    const account = await accountById(unit.writer, accountId);
    if (account === undefined) throw new AuthError('not-found', 'There is no such account.');
    await voidLinks(unit.writer, 'reset', accountId, parts.now());
    if (!(await queueReset(parts, unit, account, by)))
      throw new AuthError('mail-unavailable', 'No mail reaches this account: hand the link over yourself.');
    await unit.note(accountId, 'link.reset-made', by, { mailed: true });
  });
}

const maxNameLength = 254;

async function forgotten(parts: Parts, { name, client }: Parameters<Links['forgotten']>[0]): Promise<void> {
  if (!isPrivate(client))
    throw new AuthError('insecure', 'Passwords are only set over an encrypted connection.');
  const nameKey = foldName(name.trim().slice(0, maxNameLength));
  // By what was typed, not by whose it is: the limit must not tell that a name and an address belong together.
  const wait = await parts.throttle.attempt('forgotten', client.address, { name: nameKey });
  if (wait !== undefined) throw new AuthError('throttled', 'Too many attempts. Wait a little.', wait);
  parts.background.run('mailing a reset link', async () => {
    const found = await parts.database.read((reader) => accountByName(reader, nameKey));
    if (found?.disabledAt !== null) return;
    await unitOfAccount(parts, found.id, async (unit) => {
      const account = await accountById(unit.writer, found.id);
      // Links from before stay valid: whoever asks in another's name must not void the one that was just mailed.
      if (
        account?.disabledAt !== null ||
        !(await queueReset(parts, unit, account, { kind: 'client', client }))
      )
        return;
      await unit.note(account.id, 'link.reset-asked', { kind: 'client', client });
    });
  });
}

/** Answers whether mail with a link is on its way. */
async function queueReset(
  parts: Parts,
  { writer }: Unit,
  account: AccountRow,
  by: By | { readonly kind: 'client'; readonly client: Client },
): Promise<boolean> {
  const to = confirmedMail(account);
  if (to === undefined || !parts.mails) return false;
  const { id, name } = account;
  const { url, expiresAt } = await issueLink(
    parts,
    writer,
    'reset',
    id,
    by.kind === 'client' ? {} : madeBy(by),
  );
  const byAdministrator = by.kind !== 'client';
  const from = whenceOf(byAdministrator ? undefined : by.client);
  return queueMail(parts, writer, account, to, {
    kind: 'reset',
    name,
    url,
    expiresAt,
    byAdministrator,
    from,
  });
}

/** Sets the password and nothing else: whoever has the link still needs the second factor to sign in. */
async function redeemReset(
  parts: Parts,
  { token, password, revokeAppPasswords, client }: Parameters<Links['redeemReset']>[0],
): ReturnType<Links['redeemReset']> {
  if (!isPrivate(client))
    throw new AuthError('insecure', 'Passwords are only set over an encrypted connection.');
  const wait = await parts.throttle.attempt('link', client.address);
  if (wait !== undefined) throw new AuthError('throttled', 'Too many attempts. Wait a little.', wait);
  const hash = linkHash(token);
  const account = await parts.database.read(async (reader) => {
    const row = await usableLink(parts, reader, 'reset', hash);
    const accountId = row?.accountId ?? undefined;
    return accountId === undefined ? undefined : accountById(reader, accountId);
  });
  if (account === undefined) throw invalidLink();
  checkPassword(password, account.name);
  const passwordHash = await hashPassword(parts, password);
  return unitOf(parts, async (unit) => {
    await useLink(parts, unit.writer, 'reset', hash);
    const sessionsEnded = await replacePassword(parts, unit, account.id, passwordHash);
    const by = { kind: 'client', client } as const;
    await unit.note(account.id, 'password.reset', by, { sessionsEnded });
    if (revokeAppPasswords === true) await revokeAll(parts, unit, account.id, by);
    return accountOf(account);
  });
}

/** Makes a link, in the unit that goes on. */
export async function issueLink(
  parts: Parts,
  writer: Writer,
  kind: SentLinkKind,
  accountId: AccountId | null,
  payload: InvitePayload,
): Promise<IssuedLink> {
  const token = randomBytes(32).toString('base64url');
  const createdAt = parts.now();
  const expiresAt = createdAt + lifetimes[kind];
  await insertLink(writer, {
    tokenHash: linkHash(token),
    kind,
    accountId,
    payload: JSON.stringify(payload),
    createdAt,
    expiresAt,
  });
  return { url: new URL(`/${kind}/${token}`, parts.baseUrl).href, expiresAt };
}
