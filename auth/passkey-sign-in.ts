/** Signing in with a passkey alone: its authenticator has verified its holder, so it is both factors in one. */
import { accountById, type AccountRow } from '../storage/accounts.js';
import type { Client } from './client.js';
import type { Renewed, SignIn, SignInOutcome } from './contract.js';
import { isPrivate } from './cookies.js';
import type { Parts } from './parts.js';
import { namedPasskey, passkeyProof, takePasskey, type PasskeyProof } from './passkey-proof.js';
import { askedToSignIn } from './passkeys.js';
import { beginSession } from './session-cookie.js';
import { countAnew, noteLater, placeOf, throttled } from './sign-in-attempts.js';
import { unitOfAccount } from './unit.js';

export async function signInByPasskey(
  parts: Parts,
  { cookieHeader, passkey: answer, client }: Parameters<SignIn['byPasskey']>[0],
): Promise<SignInOutcome> {
  if (!isPrivate(client)) return { kind: 'insecure' };
  const asked = askedToSignIn({ cookieHeader, client });
  if (asked === undefined) return { kind: 'begin-again' };
  const named = await namedPasskey(parts, answer);
  const accountId = named?.passkey.accountId;
  const whose = accountId === undefined ? undefined : { accountId };
  const wait = await parts.throttle.attempt('passkey', client.address, whose);
  const account =
    accountId === undefined
      ? undefined
      : await parts.database.read((reader) => accountById(reader, accountId));
  if (wait !== undefined) return throttled(parts, account, client, wait);
  const proof = named && (await passkeyProof(parts, asked, named));
  const renewed = proof && (await letIn(parts, client, proof));
  if (renewed === undefined) {
    noteLater(parts, account, client, 'sign-in.failed', 'passkey');
    return { kind: 'refused' };
  }
  await countAnew(parts, client, renewed.session.account.id);
  return { kind: 'signed-in', ...renewed };
}

/** Uses the answer up and begins the session, both or neither. */
async function letIn(parts: Parts, client: Client, proof: PasskeyProof): Promise<Renewed | undefined> {
  const { accountId, label } = proof.passkey;
  const place = await placeOf(parts, client, accountId);
  return unitOfAccount(parts, accountId, async (unit) => {
    const account: AccountRow | undefined = await accountById(unit.writer, accountId);
    if (account?.disabledAt !== null) return undefined;
    const by = { kind: 'client', client } as const;
    if (!(await takePasskey(parts, unit, proof, by))) return undefined;
    await unit.note(account.id, 'sign-in.succeeded', by, { method: 'passkey', label, ...place });
    return beginSession(parts, unit.writer, account, client, parts.now());
  });
}
