/** Links that carry a right: random, kept as a hash, used once, on a POST. */
import { createHash, randomBytes } from 'node:crypto';
import { accountById, countAccounts } from '../storage/accounts.js';
import type { Writer } from '../storage/database.js';
import type { AccountId } from '../storage/ids.js';
import { insertLink, openLink, takeLink, voidLinks, type LinkRow } from '../storage/links.js';
import type { LinkKind } from '../storage/schema.js';
import { accountOf } from './account-view.js';
import { replacePassword } from './accounts.js';
import type { By, IssuedLink, Links } from './contract.js';
import { isPrivate } from './cookies.js';
import { AuthError } from './errors.js';
import { existingGroup } from './groups.js';
import { checkAdministrator } from './may.js';
import { parseMail } from './names.js';
import { checkPassword } from './password-rules.js';
import { hashPassword } from './passwords.js';
import type { Parts } from './parts.js';
import { registrationPolicy } from './registration-policy.js';
import { unitOf } from './unit.js';

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
}

export const invalidLink = (): AuthError =>
  new AuthError('link-invalid', 'This link was used already, or is too old. Ask for a new one.');

/** The hash under which a token is kept; of anything else, one that is never found. */
export const linkHash = (token: string): Buffer => createHash('sha256').update(token.slice(0, 100)).digest();

export const invitePayload = (row: LinkRow): InvitePayload => JSON.parse(row.payload) as InvitePayload;

export function links(parts: Parts): Links {
  const { database } = parts;
  return {
    setup: () =>
      database.write(async (writer) => {
        if ((await countAccounts(writer)) > 0) return undefined;
        await voidLinks(writer, 'setup', undefined, parts.now());
        return issue(parts, writer, 'setup', null, {});
      }),
    invite: (input, by) => invite(parts, input, by),
    reset: (accountId, by) => reset(parts, accountId, by),
    look: (kind, token) =>
      database.read(async (reader) => {
        const row = await openLink(reader, kind, linkHash(token), parts.now());
        if (row === undefined) return undefined;
        const account = row.accountId === null ? undefined : await accountById(reader, row.accountId);
        return {
          kind,
          expiresAt: row.expiresAt,
          email: kind === 'invite' ? invitePayload(row).email : undefined,
          accountName: kind === 'reset' ? account?.name : undefined,
        };
      }),
    redeemReset: (input) => redeemReset(parts, input),
  };
}

async function invite(
  parts: Parts,
  { email, isAdmin, groups = [] }: Parameters<Links['invite']>[0],
  by: By,
): Promise<IssuedLink> {
  checkAdministrator(parts, by);
  if (by.kind === 'session' && (await registrationPolicy(parts)) === 'closed')
    throw new AuthError('registration-closed', 'Invites are switched off (LATCHKEY_REGISTRATION).');
  const payload: InvitePayload = {
    ...(email === undefined || email.trim() === '' ? {} : { email: parseMail(email) }),
    ...(isAdmin === true ? { isAdmin } : {}),
    ...(groups.length === 0 ? {} : { groups }),
  };
  return unitOf(parts, async ({ writer, note }) => {
    for (const group of groups) await existingGroup(writer, group);
    const link = await issue(parts, writer, 'invite', null, payload);
    if (by.kind === 'session')
      await note(by.session.account.id, 'link.invite-made', by, { administrator: isAdmin === true });
    return link;
  });
}

async function reset(parts: Parts, accountId: AccountId, by: By): Promise<IssuedLink> {
  checkAdministrator(parts, by);
  return unitOf(parts, async ({ writer, note }) => {
    if ((await accountById(writer, accountId)) === undefined)
      throw new AuthError('not-found', 'There is no such account.');
    await voidLinks(writer, 'reset', accountId, parts.now());
    await note(accountId, 'link.reset-made', by);
    return issue(parts, writer, 'reset', accountId, {});
  });
}

/** Sets the password and nothing else: whoever has the link still needs the second factor to sign in. */
async function redeemReset(
  parts: Parts,
  { token, password, client }: Parameters<Links['redeemReset']>[0],
): ReturnType<Links['redeemReset']> {
  if (!isPrivate(client))
    throw new AuthError('insecure', 'Passwords are only set over an encrypted connection.');
  const wait = await parts.throttle.attempt('link', client.address);
  if (wait !== undefined) throw new AuthError('throttled', 'Too many attempts. Wait a little.', wait);
  const hash = linkHash(token);
  const account = await parts.database.read(async (reader) => {
    const row = await openLink(reader, 'reset', hash, parts.now());
    const accountId = row?.accountId ?? undefined;
    return accountId === undefined ? undefined : accountById(reader, accountId);
  });
  if (account === undefined) throw invalidLink();
  checkPassword(password, account.name);
  const passwordHash = await hashPassword(parts, password);
  return unitOf(parts, async (unit) => {
    if (!(await takeLink(unit.writer, hash, parts.now()))) throw invalidLink();
    const sessionsEnded = await replacePassword(parts, unit, account.id, passwordHash);
    await unit.note(account.id, 'password.reset', { kind: 'client', client }, { sessionsEnded });
    return accountOf(account);
  });
}

async function issue(
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
