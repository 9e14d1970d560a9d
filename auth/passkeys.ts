/** Passkeys and security keys: made, listed, renamed, removed, and the questions that browsers are asked about them. */
import { createHash, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { accountById } from '../storage/accounts.js';
import type { Writer } from '../storage/database.js';
import {
  addPasskey,
  claimUserHandle,
  deletePasskey,
  labelPasskey,
  passkeysOf,
  takeChallenge,
  userHandleOf,
  type PasskeyRow,
} from '../storage/passkeys.js';
import type {
  Account,
  By,
  CookieOfClient,
  Passkey,
  PasskeyCreation,
  PasskeyRequest,
  Passkeys,
  Renewed,
  Session,
} from './contract.js';
import { readCookie } from './cookies.js';
import { formValue } from './csrf.js';
import { AuthError } from './errors.js';
import { parseLabel, parseNeededLabel } from './labels.js';
import { checkEnrols, checkMay, checkNotLast, sessionOf } from './may.js';
import { algorithms, verifyCreation, type Created } from './passkey-answer.js';
import { askedMs, issueChallenge, type Asked } from './passkey-challenge.js';
import type { Parts } from './parts.js';
import { renew } from './session-cookie.js';
import { endSessions } from './session-endings.js';
import { countAnew } from './sign-in-attempts.js';
import { openTicket } from './sign-in-ticket.js';
import { unitOfAccount } from './unit.js';

const maxPasskeys = 20;

export function passkeys(parts: Parts): Passkeys {
  const { database } = parts;
  return {
    origin: originOf(parts.baseUrl),
    list: async (accountId) => (await database.read((reader) => passkeysOf(reader, accountId))).map(viewOf),
    known: (accountId) =>
      database.read(async (reader) => {
        const userId = await userHandleOf(reader, accountId);
        if (userId === undefined) return undefined;
        const rows = await passkeysOf(reader, accountId);
        const allAcceptedCredentialIds = rows.map(({ credentialId }) => credentialId);
        return { rpId: parts.baseUrl.hostname, userId, allAcceptedCredentialIds };
      }),
    begin: (by) => begin(parts, by),
    add: (input, by) => add(parts, input, by),
    rename: (id, label, by) => rename(parts, id, label, by),
    remove: (id, by) => remove(parts, id, by),
    askToSignIn: (input) => {
      const asked = askedToSignIn(input);
      return asked && requestOf(parts, asked, 'required');
    },
    askSecondStep: (input) => {
      const asked = askedSecondStep(parts, input);
      return asked && requestOf(parts, asked, 'preferred');
    },
    askToStepUp: async (session) => {
      const rows = await database.read((reader) => passkeysOf(reader, session.account.id));
      return requestOf(parts, { use: 'step-up', session }, 'preferred', rows);
    },
  };
}

/** Browsers take a host name that is no address, by https or on this machine (WebAuthn §5.1.3, §13.4.9). */
function originOf({ hostname, protocol, origin }: URL): string | undefined {
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  const isName = isIP(hostname.replace(/^\[|\]$/g, '')) === 0;
  return isName && (protocol === 'https:' || isLocal) ? origin : undefined;
}

const viewOf = (row: PasskeyRow): Passkey => ({
  id: row.id,
  label: row.label,
  createdAt: row.createdAt,
  lastUsedAt: row.lastUsedAt ?? undefined,
  backedUp: row.backedUp === 1,
});

// ---- Questions

/** Before anybody is known: the browser, by the cookie of its forms. */
export function askedToSignIn({ cookieHeader, client }: CookieOfClient): Asked | undefined {
  const browser = formValue(cookieHeader, client);
  return browser === undefined ? undefined : { use: 'sign-in', browser };
}

/** Between the steps: whoever holds the ticket of the first. */
export function askedSecondStep(parts: Parts, { cookieHeader, client }: CookieOfClient): Asked | undefined {
  const value = readCookie(cookieHeader, 'session', client);
  if (value === undefined || openTicket(parts, value) === undefined) return undefined;
  return { use: 'second-step', browser: createHash('sha256').update(value).digest('base64url') };
}

/**
 * For one of `rows`, or for any that the authenticator itself knows for this host: then the question tells nothing about an
 * account. Every passkey is made to be known by its authenticator, so both find it.
 */
function requestOf(
  parts: Parts,
  asked: Asked,
  userVerification: 'required' | 'preferred',
  rows: readonly PasskeyRow[] = [],
): PasskeyRequest {
  return {
    challenge: issueChallenge(parts, asked),
    rpId: parts.baseUrl.hostname,
    timeout: askedMs,
    userVerification,
    allowCredentials: rows.map(descriptorOf),
  };
}

const descriptorOf = ({ credentialId, transports }: PasskeyRow) => ({
  id: credentialId,
  type: 'public-key' as const,
  ...(transports === '' ? {} : { transports: transports.split(',') }),
});

// ---- Making one

async function begin(parts: Parts, by: By): Promise<PasskeyCreation> {
  const session = sessionOf(by);
  const { account } = session;
  checkEnrols(parts, by);
  const { known, userHandle } = await parts.database.write(
    async (writer) => ({
      known: await withRoom(writer, account),
      userHandle: await claimUserHandle(writer, account.id, randomBytes(32).toString('base64url')),
    }),
    { scope: account.id },
  );
  return {
    challenge: issueChallenge(parts, { use: 'register', session }),
    rp: { id: parts.baseUrl.hostname, name: 'Latchkey' },
    user: { id: userHandle, name: account.name, displayName: account.displayName ?? account.name },
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: askedMs,
    attestation: 'none',
    // Known to its authenticator, so that it can be asked for without saying whose it is (docs/security.md).
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'preferred',
    },
    excludeCredentials: known.map(descriptorOf),
  };
}

/** @throws AuthError too-many-factors */
async function withRoom(writer: Writer, account: Account): Promise<readonly PasskeyRow[]> {
  const rows = await passkeysOf(writer, account.id);
  if (rows.length >= maxPasskeys)
    throw new AuthError('too-many-factors', `An account has at most ${maxPasskeys} passkeys.`);
  return rows;
}

async function add(
  parts: Parts,
  input: { readonly passkey: string; readonly label: string },
  by: By,
): Promise<Renewed> {
  const session = sessionOf(by);
  const { account } = session;
  checkEnrols(parts, by);
  const given = parseLabel(input.label);
  const label = given === '' ? 'Passkey' : given;
  const address = by.kind === 'session' ? by.client.address : '';
  const wait = await parts.throttle.attempt('passkey', address, { accountId: account.id });
  if (wait !== undefined) throw new AuthError('throttled', 'Too many attempts. Wait a little.', wait);
  const created = await verifyCreation(parts, { use: 'register', session }, input.passkey);
  if (created === undefined) throw notMade();
  const renewed = await unitOfAccount(parts, account.id, async ({ writer, note }) => {
    await withRoom(writer, account);
    await keep(parts, writer, session, created, label);
    const sessionsEnded = await endSessions(writer, account.id, session.id);
    await note(account.id, 'passkey.added', by, { label, sessionsEnded });
    return renew(parts, writer, session, by, {
      account: await accountById(writer, account.id),
      factorProvedAt: parts.now(),
    });
  });
  if (by.kind === 'session') await countAnew(parts, by.client, account.id);
  return renewed;
}

const notMade = (): AuthError =>
  new AuthError('passkey-wrong', 'The passkey could not be checked, or this took too long. Try again.');

async function keep(
  parts: Parts,
  writer: Writer,
  { account }: Session,
  { challenge, ...created }: Created,
  label: string,
): Promise<void> {
  if (!(await takeChallenge(writer, account.id, challenge.hash, challenge.expiresAt))) throw notMade();
  const row = {
    ...created,
    accountId: account.id,
    id: randomBytes(9).toString('base64url'),
    label,
    lastUsedAt: null,
    createdAt: parts.now(),
  };
  if (!(await addPasskey(writer, row)))
    throw new AuthError('passkey-taken', 'This passkey is known here already.');
}

// ---- Afterwards

async function rename(parts: Parts, id: string, text: string, by: By): Promise<void> {
  const { account } = sessionOf(by);
  checkMay(parts, by, account.id, { stepUp: true });
  const label = parseNeededLabel(text);
  await unitOfAccount(parts, account.id, async ({ writer, note }) => {
    if (!(await labelPasskey(writer, { accountId: account.id, id, label }))) throw notThere();
    await note(account.id, 'passkey.renamed', by, { label });
  });
}

async function remove(parts: Parts, id: string, by: By): Promise<Renewed> {
  const session = sessionOf(by);
  const { account } = session;
  checkMay(parts, by, account.id, { stepUp: true });
  return unitOfAccount(parts, account.id, async ({ writer, note }) => {
    const row = (await passkeysOf(writer, account.id)).find((each) => each.id === id);
    if (row === undefined) throw notThere();
    await checkNotLast(writer, account.id);
    await deletePasskey(writer, row);
    const sessionsEnded = await endSessions(writer, account.id, session.id);
    await note(account.id, 'passkey.removed', by, { label: row.label, sessionsEnded });
    return renew(parts, writer, session, by, {});
  });
}

const notThere = (): AuthError => new AuthError('not-found', 'There is no such passkey.');
