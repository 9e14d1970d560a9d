/**
 * Signing in: name and password, then a code or a passkey. The first step's result is told at the end of the second, so that
 * passwords cannot be tried out against accounts that have two-step verification.
 */
import { accountById, accountByName, type AccountRow } from '../storage/accounts.js';
import type { Client } from './client.js';
import type { GivenProof, Renewed, SignIn, SignInOutcome } from './contract.js';
import { isPrivate, readCookie, writeCookie } from './cookies.js';
import { AuthError } from './errors.js';
import { checkMay } from './may.js';
import { foldName } from './names.js';
import { signInByPasskey } from './passkey-sign-in.js';
import { askedSecondStep } from './passkeys.js';
import { verifyPassword } from './passwords.js';
import type { Parts } from './parts.js';
import { proofDetail, proofGiven, takeProof, type Proof } from './second-step.js';
import { beginSession, renew } from './session-cookie.js';
import { countAnew, noteLater, placeOf, throttled } from './sign-in-attempts.js';
import { openTicket, sealTicket, ticketMs, type SignInTicket } from './sign-in-ticket.js';
import { unitOfAccount, type Unit } from './unit.js';

const maxNameLength = 254;

export function signIn(parts: Parts): SignIn {
  return {
    begin: (input) => begin(parts, input),
    finish: (input) => finish(parts, input),
    byPasskey: (input) => signInByPasskey(parts, input),
    stepUp: (input) => stepUp(parts, input),
  };
}

async function begin(
  parts: Parts,
  { name, password, client }: Parameters<SignIn['begin']>[0],
): Promise<SignInOutcome> {
  if (!isPrivate(client)) return { kind: 'insecure' };
  const nameKey = foldName(name.trim().slice(0, maxNameLength));
  const account = await parts.database.read((reader) => accountByName(reader, nameKey));
  const whose = account === undefined ? { name: nameKey } : { accountId: account.id };
  const wait = await parts.throttle.attempt('password', client.address, whose);
  if (wait !== undefined) return throttled(parts, account, client, wait);
  const matches = await verifyPassword(parts, account, password);
  const right = matches && account?.disabledAt === null;
  const admitted = right && account.factorCount === 0 ? await admit(parts, account, client) : undefined;
  if (admitted !== undefined) return admitted;
  if (!right) noteLater(parts, account, client, 'sign-in.failed', 'password');
  return {
    kind: 'second-step',
    setCookie: writeCookie('session', client, sealTicket(parts, nameKey, account, right), ticketMs / 1000),
  };
}

/**
 * Without a second factor the password opens the page where one is set up, and nothing else. Undefined when the account
 * is disabled by now, or has a second factor or another password: hashing took its time.
 */
async function admit(parts: Parts, account: AccountRow, client: Client): Promise<SignInOutcome | undefined> {
  const renewed = await unitOfAccount(parts, account.id, async ({ writer, note }) => {
    const current = await accountById(writer, account.id);
    const unchanged = current?.disabledAt === null && current.passwordChangedAt === account.passwordChangedAt;
    if (!unchanged || current.factorCount > 0) return undefined;
    await note(account.id, 'sign-in.succeeded', { kind: 'client', client }, { method: 'password' });
    return beginSession(parts, writer, current, client, undefined);
  });
  if (renewed === undefined) return undefined;
  await countAnew(parts, client, account.id);
  return { kind: 'signed-in', ...renewed };
}

async function finish(
  parts: Parts,
  { cookieHeader, client, ...given }: Parameters<SignIn['finish']>[0],
): Promise<SignInOutcome> {
  if (!isPrivate(client)) return { kind: 'insecure' };
  const value = readCookie(cookieHeader, 'session', client);
  const ticket = value === undefined ? undefined : openTicket(parts, value);
  if (ticket === undefined) return { kind: 'begin-again' };
  const { accountId } = ticket;
  const whose = accountId === 0 ? { name: ticket.nameHash } : { accountId };
  const wait = await parts.throttle.attempt(guessed(given), client.address, whose);
  const account = await parts.database.read((reader) => accountById(reader, accountId));
  if (wait !== undefined) return throttled(parts, account, client, wait);
  const asked = askedSecondStep(parts, { cookieHeader, client });
  const proof = await proofGiven(parts, accountId, given, asked);
  const renewed =
    mayFinish(ticket, account) && proof !== undefined ? await letIn(parts, ticket, client, proof) : undefined;
  if (renewed === undefined) {
    if (ticket.right) noteLater(parts, account, client, 'sign-in.failed', guessed(given));
    return { kind: 'refused' };
  }
  await countAnew(parts, client, accountId);
  return { kind: 'signed-in', ...renewed };
}

/** What is counted. */
const guessed = (given: GivenProof): 'code' | 'passkey' => ('code' in given ? 'code' : 'passkey');

const mayFinish = (ticket: SignInTicket, account: AccountRow | undefined): account is AccountRow =>
  ticket.right &&
  account?.disabledAt === null &&
  account.factorCount > 0 &&
  account.passwordChangedAt === ticket.passwordChangedAt;

/** Uses the proof up and begins the session, both or neither; neither when the ticket is void by now. */
async function letIn(
  parts: Parts,
  ticket: SignInTicket,
  client: Client,
  proof: Proof,
): Promise<Renewed | undefined> {
  const place = await placeOf(parts, client, ticket.accountId);
  return unitOfAccount(parts, ticket.accountId, async (unit) => {
    const { writer, note } = unit;
    const account = await accountById(writer, ticket.accountId);
    if (!mayFinish(ticket, account)) return undefined;
    const by = { kind: 'client', client } as const;
    if (!(await takeProof(parts, unit, account.id, proof, by))) return undefined;
    await noteRecovery(unit, account, client, proof);
    const detail = await proofDetail(writer, account.id, proof);
    await note(account.id, 'sign-in.succeeded', by, { ...detail, ...place });
    return beginSession(parts, writer, account, client, parts.now());
  });
}

async function stepUp(
  parts: Parts,
  { session, client, ...given }: Parameters<SignIn['stepUp']>[0],
): Promise<Renewed> {
  const by = { kind: 'session', session, client } as const;
  const { account } = session;
  checkMay(parts, by, account.id, { enrolling: true });
  const wait = await parts.throttle.attempt(guessed(given), client.address, { accountId: account.id });
  if (wait !== undefined) throw new AuthError('throttled', 'Too many attempts. Wait a little.', wait);
  const proof = await proofGiven(parts, account.id, given, { use: 'step-up', session });
  const renewed = await unitOfAccount(parts, account.id, async (unit) => {
    if (proof === undefined || !(await takeProof(parts, unit, account.id, proof, by))) {
      await unit.note(account.id, 'step-up.failed', by, { method: guessed(given) });
      return undefined;
    }
    await noteRecovery(unit, account, client, proof);
    await unit.note(account.id, 'step-up.succeeded', by, await proofDetail(unit.writer, account.id, proof));
    return renew(parts, unit.writer, session, by, { factorProvedAt: parts.now() });
  });
  if (renewed === undefined) throw notProved(given);
  await countAnew(parts, client, account.id);
  return renewed;
}

const notProved = (given: GivenProof): AuthError =>
  'code' in given
    ? new AuthError('code-wrong', 'This code is not right, or was used already. Wait for the next one.')
    : new AuthError('passkey-wrong', 'This passkey was not taken, or this took too long. Try again.');

async function noteRecovery(
  { writer, note }: Unit,
  account: Pick<AccountRow, 'id'>,
  client: Client,
  proof: Proof,
): Promise<void> {
  if (proof.kind !== 'recovery-code') return;
  const by = { kind: 'client', client } as const;
  await note(account.id, 'recovery-code.used', by, await proofDetail(writer, account.id, proof));
}
