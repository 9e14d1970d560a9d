/** The holder's mail address: wanted, confirmed by a link that was mailed to it, taken away. */
import {
  accountById,
  accountByName,
  setAccountMail,
  setAllNotices,
  setNewMail,
  type AccountRow,
} from '../storage/accounts.js';
import type { Reader } from '../storage/database.js';
import { openLink, takeLink, voidLinks, type LinkRow } from '../storage/links.js';
import { accountOf } from './account-view.js';
import type { Account, By, MailAddress } from './contract.js';
import { isPrivate } from './cookies.js';
import { AuthError } from './errors.js';
import { invalidLink, issueLink, linkHash } from './links.js';
import { mayWrite, queueMail, whenceOf } from './mail.js';
import { replaceMail } from './mail-replacement.js';
import { checkLives, checkMay, sessionOf } from './may.js';
import { foldName, parseMail } from './names.js';
import type { Parts } from './parts.js';
import { unitOf, type NotedBy, type Unit } from './unit.js';

export function mailAddress(parts: Parts): MailAddress {
  return {
    change: async (text, by) => {
      checkOwn(parts, by, { stepUp: true });
      const email = parseMail(text);
      await unitOf(parts, async (unit) => {
        const account = await ownAccount(unit, by);
        await setNewMail(unit.writer, account.id, email);
        await unit.note(account.id, 'account.mail-asked', by);
        await askAt(parts, unit, account, email, by);
      });
    },
    resend: async (by) => {
      checkOwn(parts, by, {});
      await unitOf(parts, async (unit) => {
        const account = await ownAccount(unit, by);
        const email = accountOf(account).newEmail;
        if (email === undefined) throw new AuthError('not-found', 'No address waits to be confirmed.');
        await askAt(parts, unit, account, email, by);
      });
    },
    cancel: async (by) => {
      checkOwn(parts, by, {});
      await unitOf(parts, async (unit) => {
        const { id, emailConfirmedAt, email } = await ownAccount(unit, by);
        await voidLinks(unit.writer, 'confirm', id, parts.now());
        await setNewMail(unit.writer, id, null);
        if (email !== null && emailConfirmedAt === null) await setAccountMail(unit.writer, id, null, null);
      });
    },
    remove: async (by) => {
      checkOwn(parts, by, { stepUp: true });
      await unitOf(parts, async (unit) => {
        const account = await ownAccount(unit, by);
        if (account.email === null) return;
        await replaceMail(parts, unit, account, { email: null, confirmed: false }, by);
      });
    },
    confirm: (input) => confirm(parts, input),
    setAllNotices: async (wanted, by) => {
      checkOwn(parts, by, {});
      await unitOf(parts, async (unit) => {
        const { id } = await ownAccount(unit, by);
        await setAllNotices(unit.writer, id, wanted ? 1 : 0);
        await unit.note(id, 'account.notices-changed', by, { all: wanted });
      });
    },
  };
}

function checkOwn(parts: Parts, by: By, rule: { readonly stepUp?: boolean }): void {
  checkMay(parts, by, sessionOf(by).account.id, rule);
}

async function ownAccount({ writer }: Unit, by: By): Promise<AccountRow> {
  await checkLives(writer, by);
  const account = await accountById(writer, sessionOf(by).account.id);
  if (account === undefined) throw new AuthError('not-found', 'There is no such account.');
  return account;
}

/**
 * Mails a link to the address; or, where it is another's already, a word to its holder. Whoever asks sees no difference.
 * @throws AuthError mail-unavailable, throttled
 */
export async function askAt(
  parts: Parts,
  { writer }: Unit,
  account: AccountRow,
  email: string,
  by: NotedBy,
): Promise<void> {
  if (!parts.mails)
    throw new AuthError('mail-unavailable', 'This server sends no mail: an administrator sets the address.');
  if (!(await mayWrite(parts, writer, account.id, 'confirm')))
    throw new AuthError('throttled', 'Many mails were sent already. Wait an hour.', 60 * 60);
  await voidLinks(writer, 'confirm', account.id, parts.now());
  const holder = await accountByName(writer, foldName(email));
  if (holder !== undefined && holder.id !== account.id) {
    const from = whenceOf('client' in by ? by.client : undefined);
    await queueMail(parts, writer, holder, email, { kind: 'address-taken', from });
    return;
  }
  const { url, expiresAt } = await issueLink(parts, writer, 'confirm', account.id, { email });
  await queueMail(parts, writer, account, email, { kind: 'confirm', url, expiresAt });
}

const ownerOf = async (reader: Reader, link: LinkRow | undefined): Promise<AccountRow | undefined> =>
  link === undefined || link.accountId === null ? undefined : accountById(reader, link.accountId);

async function confirm(
  parts: Parts,
  { token, client }: Parameters<MailAddress['confirm']>[0],
): Promise<Account> {
  if (!isPrivate(client))
    throw new AuthError('insecure', 'Addresses are only confirmed over an encrypted connection.');
  const wait = await parts.throttle.attempt('link', client.address);
  if (wait !== undefined) throw new AuthError('throttled', 'Too many attempts. Wait a little.', wait);
  const hash = linkHash(token);
  return unitOf(parts, async (unit) => {
    const { writer } = unit;
    const link = await openLink(writer, 'confirm', hash, parts.now());
    const account = await ownerOf(writer, link);
    if (link === undefined || account === undefined || !(await takeLink(writer, hash, parts.now())))
      throw invalidLink();
    const { email } = JSON.parse(link.payload) as { readonly email: string };
    const by = { kind: 'client', client } as const;
    return accountOf(await replaceMail(parts, unit, account, { email, confirmed: true }, by));
  });
}
