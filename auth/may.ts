/** Who may do what: every verb that changes something asks here, so that no page can forget to. */
import { accountById } from '../storage/accounts.js';
import type { Reader } from '../storage/database.js';
import type { AccountId } from '../storage/ids.js';
import { hasSession } from '../storage/sessions.js';
import type { By, Session } from './contract.js';
import { AuthError } from './errors.js';
import type { Parts } from './parts.js';

/** For how long a proof of the second factor opens what is sensitive. */
export const stepUpMs = 10 * 60 * 1000;

export interface Rule {
  /** The session must have proved its second factor within ten minutes. */
  readonly stepUp?: boolean;
  /** Also a session that is still setting up two-step verification. */
  readonly enrolling?: boolean;
  /** Also on accounts of others, for administrators. */
  readonly administrators?: boolean;
}

export const isSteppedUp = (session: Session, now: number): boolean =>
  session.factorProvedAt !== undefined && now - session.factorProvedAt < stepUpMs;

/**
 * Lets through who may do something to the account. Another's account answers like one that is not there.
 * @throws AuthError not-found, not-allowed, second-factor-required, step-up-required
 */
export function checkMay(parts: Parts, by: By, accountId: AccountId, rule: Rule): void {
  if (by.kind !== 'session') return;
  const { session } = by;
  if (session.account.id !== accountId && !(rule.administrators === true && session.account.isAdmin))
    throw new AuthError('not-found', 'There is no such account.');
  checkSession(parts, session, rule);
}

/**
 * For the unit of work that does what a session may: lets it through while it has not ended since the request began. So
 * whoever was signed out keeps nothing, whatever waited meanwhile. @throws AuthError session-ended
 */
export async function checkLives(reader: Reader, by: By): Promise<void> {
  if (by.kind !== 'session') return;
  const { account, id } = by.session;
  if (!(await hasSession(reader, account.id, id))) throw sessionEnded();
}

export const sessionEnded = (): AuthError =>
  new AuthError('session-ended', 'This session has ended. Sign in again.');

/** Lets through administrators: by their session, or by a shell. @throws AuthError as above */
export function checkAdministrator(parts: Parts, by: By): void {
  if (by.kind !== 'session') return;
  if (!by.session.account.isAdmin) throw new AuthError('not-allowed', 'Only an administrator may do this.');
  checkSession(parts, by.session, { stepUp: true });
}

function checkSession(parts: Parts, session: Session, rule: Rule): void {
  if (session.stage !== 'full' && rule.enrolling !== true)
    throw new AuthError('second-factor-required', 'Set up two-step verification first.');
  if (rule.stepUp === true && !isSteppedUp(session, parts.now()))
    throw new AuthError('step-up-required', 'Enter a code of your second step again first.');
}

/** Lets through whoever may add a second factor: with one there already, only after a step-up. @throws AuthError as above */
export function checkEnrols(parts: Parts, by: By): void {
  const { account } = sessionOf(by);
  checkMay(parts, by, account.id, { enrolling: true, stepUp: account.hasSecondFactor });
}

/**
 * Lets one of the account's second factors go only if another stays: without one its app passwords would go on working with
 * nothing but a password before them. @throws AuthError last-factor
 */
export async function checkNotLast(reader: Reader, accountId: AccountId): Promise<void> {
  const account = await accountById(reader, accountId);
  if (account === undefined || account.factorCount <= 1)
    throw new AuthError(
      'last-factor',
      'Add another passkey or authenticator app before you remove this one.',
    );
}

/** The session behind what only an account holder can do. @throws AuthError not-allowed */
export function sessionOf(by: By): Session {
  if (by.kind === 'session') return by.session;
  throw new AuthError('not-allowed', 'Only the account holder can do this, in the console.');
}
