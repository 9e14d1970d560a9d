/** A session as rows and cookies. Its token is random, in the cookie alone, and new whenever what it opens changes. */
import { createHash, randomBytes } from 'node:crypto';
import type { AccountRow } from '../storage/accounts.js';
import type { Writer } from '../storage/database.js';
import { AccountId, SessionId } from '../storage/ids.js';
import type { SessionStage } from '../storage/schema.js';
import { insertSession, renewSession } from '../storage/sessions.js';
import { accountOf } from './account-view.js';
import type { Client } from './client.js';
import { storedUserAgent } from './client-names.js';
import type { By, Renewed, Session } from './contract.js';
import { writeCookie } from './cookies.js';
import { sessionEnded } from './may.js';
import type { Parts } from './parts.js';

const tokenBytes = 32;

export interface Ticket {
  readonly accountId: AccountId;
  readonly token: Buffer;
}

/** 256 random bits need no slow or keyed hash. */
export const tokenHash = (token: Uint8Array): Buffer => createHash('sha256').update(token).digest();

const sessionValue = (accountId: AccountId, token: Buffer): string =>
  `s.${accountId}.${token.toString('base64url')}`;

/** The account and token of a cookie's value, if it has the form. */
export function parseSessionValue(value: string): Ticket | undefined {
  const [, account = '', token = ''] = /^s\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/.exec(value) ?? [];
  return token === ''
    ? undefined
    : { accountId: AccountId(Number(account)), token: Buffer.from(token, 'base64url') };
}

/** `full` only with a confirmed authenticator and recovery codes that are saved. */
export const stageOf = (account: Pick<AccountRow, 'factorCount' | 'recoveryConfirmedAt'>): SessionStage =>
  account.factorCount > 0 && account.recoveryConfirmedAt !== null ? 'full' : 'enrol';

/** Begins a session, inside the unit of work that lets the person in. */
export async function beginSession(
  parts: Parts,
  writer: Writer,
  account: AccountRow,
  client: Client,
  factorProvedAt: number | undefined,
): Promise<Renewed> {
  const now = parts.now();
  const token = randomBytes(tokenBytes);
  const id = SessionId(randomBytes(9).toString('base64url'));
  const stage = stageOf(account);
  const expiresAt = now + parts.sessionAbsoluteMs;
  await insertSession(writer, {
    accountId: account.id,
    id,
    tokenHash: tokenHash(token),
    stage,
    factorProvedAt: factorProvedAt ?? null,
    address: client.address,
    userAgent: storedUserAgent(client.userAgent),
    label: null,
    createdAt: now,
    lastSeenAt: now,
    expiresAt,
  });
  const session: Session = {
    id,
    account: accountOf(account),
    stage,
    factorProvedAt,
    createdAt: now,
    expiresAt,
  };
  return { session, setCookie: cookieFor(parts, session, token, client) };
}

/**
 * Gives a session a new token, with another stage or a new proof.
 * @throws AuthError session-ended when it ended meanwhile
 */
export async function renew(
  parts: Parts,
  writer: Writer,
  session: Session,
  by: By,
  change: { readonly account?: AccountRow | undefined; readonly factorProvedAt?: number },
): Promise<Renewed> {
  const token = randomBytes(tokenBytes);
  const renewed: Session = {
    ...session,
    account: change.account === undefined ? session.account : accountOf(change.account),
    stage: change.account === undefined ? session.stage : stageOf(change.account),
    factorProvedAt: change.factorProvedAt ?? session.factorProvedAt,
  };
  const changed = await renewSession(writer, {
    accountId: session.account.id,
    id: session.id,
    tokenHash: tokenHash(token),
    stage: renewed.stage,
    factorProvedAt: renewed.factorProvedAt ?? null,
  });
  if (changed === 0) throw sessionEnded();
  const client = by.kind === 'session' ? by.client : { https: true };
  return { session: renewed, setCookie: cookieFor(parts, renewed, token, client) };
}

const cookieFor = (parts: Parts, session: Session, token: Buffer, client: Pick<Client, 'https'>): string =>
  writeCookie(
    'session',
    client,
    sessionValue(session.account.id, token),
    (session.expiresAt - parts.now()) / 1000,
  );
