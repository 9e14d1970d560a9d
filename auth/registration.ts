/** How people get an account: by the set-up link, by an invite, or by themselves where that is allowed. */
import { countAccounts, type AccountRow } from '../storage/accounts.js';
import { findGroup, joinGroup } from '../storage/groups.js';
import type { LinkRow } from '../storage/links.js';
import { insertPrepared, prepareAccount } from './account-creation.js';
import type { NewAccount, Registration, Renewed, SignUp } from './contract.js';
import { isPrivate } from './cookies.js';
import { AuthError } from './errors.js';
import { askAt } from './mail-address.js';
import { invalidLink, invitePayload, linkHash, usableLink, useLink } from './links.js';
import { foldName } from './names.js';
import type { Guessed } from './throttle.js';
import type { Parts } from './parts.js';
import { chooseRegistrationPolicy, registrationPolicy } from './registration-policy.js';
import { beginSession } from './session-cookie.js';
import { countAnew } from './sign-in-attempts.js';
import { unitOf, type Unit } from './unit.js';

export function registration(parts: Parts): Registration {
  return {
    policy: () => registrationPolicy(parts),
    isFixed: parts.registration !== undefined,
    choose: (policy, by) => chooseRegistrationPolicy(parts, policy, by),
    redeem: async (kind, token, input) => {
      await admit(parts, 'link', input);
      const hash = linkHash(token);
      const link = await parts.database.read((reader) => usableLink(parts, reader, kind, hash));
      if (link === undefined) throw invalidLink();
      const rights = rightsOf(link, input);
      return make(parts, input, rights, async ({ writer }) => {
        await useLink(parts, writer, kind, hash);
        // Two set-up links could be open for a moment; the first account is made once.
        if (kind === 'setup' && (await countAccounts(writer)) > 0) throw invalidLink();
      });
    },
    signUp: async (input) => {
      if ((await registrationPolicy(parts)) !== 'open')
        throw new AuthError('registration-closed', 'Accounts are made by invitation here.');
      await admit(parts, 'sign-up', input);
      return make(parts, input, { isAdmin: false, emailConfirmed: false }, async () => undefined);
    },
  };
}

interface Rights {
  readonly isAdmin: boolean;
  readonly emailConfirmed: boolean;
  /** The address of the invite, for who gave none. */
  readonly email?: string | undefined;
  /** Names of groups to be in; one that is gone by now is left out. */
  readonly groups?: readonly string[] | undefined;
}

/** @throws AuthError insecure, throttled */
async function admit(parts: Parts, guessed: Guessed, { client }: SignUp): Promise<void> {
  if (!isPrivate(client))
    throw new AuthError('insecure', 'Accounts are only made over an encrypted connection.');
  const wait = await parts.throttle.attempt(guessed, client.address);
  if (wait !== undefined) throw new AuthError('throttled', 'Too many attempts. Wait a little.', wait);
}

/** An address counts as confirmed where an administrator gave it. */
function rightsOf(link: LinkRow, { email }: SignUp): Rights {
  if (link.kind === 'setup') return { isAdmin: true, emailConfirmed: true };
  const invited = invitePayload(link);
  const given = { isAdmin: invited.isAdmin === true, groups: invited.groups };
  const own = email?.trim() ?? '';
  if (invited.email === undefined) return { ...given, emailConfirmed: false };
  if (own === '') return { ...given, emailConfirmed: true, email: invited.email };
  return { ...given, emailConfirmed: foldName(own) === foldName(invited.email) };
}

async function make(
  parts: Parts,
  input: SignUp,
  { isAdmin, emailConfirmed, email, groups = [] }: Rights,
  useRight: (unit: Unit) => Promise<void>,
): Promise<Renewed> {
  const { client, name, password, displayName } = input;
  const account: NewAccount = { name, password, displayName, email: email ?? input.email, isAdmin };
  const prepared = await prepareAccount(parts, account, emailConfirmed);
  const renewed = await unitOf(parts, async (unit) => {
    await useRight(unit);
    const row: AccountRow = await insertPrepared(parts, unit, prepared, { kind: 'client', client });
    for (const group of groups) {
      const found = await findGroup(unit.writer, foldName(group));
      if (found !== undefined) await joinGroup(unit.writer, row.id, found.key, parts.now());
    }
    if (parts.mails && row.email !== null && !prepared.emailConfirmed)
      await askAt(parts, unit, row, row.email, { kind: 'client', client });
    return beginSession(parts, unit.writer, row, client, undefined);
  });
  await countAnew(parts, client, renewed.session.account.id);
  return renewed;
}
