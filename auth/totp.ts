/** Authenticator apps: enrolment, the list, removal. */
import { randomBytes } from 'node:crypto';
import { accountById } from '../storage/accounts.js';
import {
  addTotp,
  confirmTotp,
  deleteBegunTotps,
  deleteTotp,
  labelTotp,
  takeTotpStep,
  totpsOf,
  type TotpRow,
} from '../storage/factors.js';
import type { Account, By, Renewed, Totp, TotpEnrolment } from './contract.js';
import { AuthError } from './errors.js';
import { parseLabel, parseNeededLabel } from './labels.js';
import { checkEnrols, checkLives, checkMay, checkNotLast, sessionOf } from './may.js';
import type { Parts } from './parts.js';
import { renew } from './session-cookie.js';
import { endSessions } from './session-endings.js';
import { qrCode } from './qr-code.js';
import { newTotpSecret, shownTotpSecret, totpDigits, totpStep, totpUri } from './totp-code.js';
import { openTotpSecret, sealTotpSecret } from './totp-secret.js';
import { unitOfAccount } from './unit.js';

const maxFactors = 5;
/** An enrolment that is begun and left lying ends. */
const begunMs = 60 * 60 * 1000;

export function totp(parts: Parts): Totp {
  const { database } = parts;
  return {
    list: async (accountId) => {
      const rows = await database.read((reader) => totpsOf(reader, accountId));
      return rows.flatMap(({ id, label, confirmedAt, lastUsedAt }) =>
        confirmedAt === null ? [] : [{ id, label, confirmedAt, lastUsedAt: lastUsedAt ?? undefined }],
      );
    },
    begin: (by) => begin(parts, by),
    resume: async (by) => {
      const { account } = enroller(parts, by);
      const rows = await database.read((reader) => totpsOf(reader, account.id));
      const begun = rows.find((row) => isBegun(parts, row));
      const secret = begun === undefined ? undefined : openTotpSecret(parts, begun);
      return begun === undefined || secret === undefined
        ? undefined
        : enrolment(parts, account, begun.id, secret);
    },
    confirm: (input, by) => confirm(parts, input, by),
    rename: (id, label, by) => rename(parts, id, label, by),
    remove: (id, by) => remove(parts, id, by),
  };
}

/** Whoever may enrol. */
function enroller(parts: Parts, by: By): { readonly account: Account } {
  checkEnrols(parts, by);
  return sessionOf(by);
}

async function rename(parts: Parts, id: string, text: string, by: By): Promise<void> {
  const { account } = sessionOf(by);
  checkMay(parts, by, account.id, { stepUp: true });
  const label = parseNeededLabel(text);
  await unitOfAccount(parts, account.id, async ({ writer, note }) => {
    if (!(await labelTotp(writer, { accountId: account.id, id, label }))) throw notThere();
    await note(account.id, 'totp.renamed', by, { label });
  });
}

async function remove(parts: Parts, id: string, by: By): Promise<Renewed> {
  const session = sessionOf(by);
  const { account } = session;
  checkMay(parts, by, account.id, { stepUp: true });
  return unitOfAccount(parts, account.id, async ({ writer, note }) => {
    const rows = await totpsOf(writer, account.id);
    const row = rows.find((each) => each.id === id && each.confirmedAt !== null);
    if (row === undefined) throw notThere();
    await checkNotLast(writer, account.id);
    await deleteTotp(writer, account.id, id);
    const sessionsEnded = await endSessions(writer, account.id, session.id);
    await note(account.id, 'totp.removed', by, { label: row.label, sessionsEnded });
    return renew(parts, writer, session, by, {});
  });
}

const notThere = (): AuthError => new AuthError('not-found', 'There is no such authenticator app.');

async function begin(parts: Parts, by: By): Promise<TotpEnrolment> {
  const { account } = enroller(parts, by);
  const secret = newTotpSecret();
  const id = randomBytes(9).toString('base64url');
  const sealed = sealTotpSecret(parts, account.id, secret);
  await parts.database.write(async (writer) => {
    await checkLives(writer, by);
    const confirmed = (await totpsOf(writer, account.id)).filter(({ confirmedAt }) => confirmedAt !== null);
    if (confirmed.length >= maxFactors)
      throw new AuthError('too-many-factors', `An account has at most ${maxFactors} authenticator apps.`);
    await deleteBegunTotps(writer, account.id);
    await addTotp(writer, {
      accountId: account.id,
      id,
      label: '',
      ...sealed,
      lastStep: 0,
      confirmedAt: null,
      lastUsedAt: null,
      createdAt: parts.now(),
    });
  });
  return enrolment(parts, account, id, secret);
}

function enrolment(parts: Parts, account: Account, id: string, secret: string): TotpEnrolment {
  const uri = totpUri(secret, `${account.name}@${parts.baseUrl.hostname}`);
  return { id, secret: shownTotpSecret(secret), uri, qr: qrCode(uri) };
}

const isBegun = (parts: Parts, row: TotpRow): boolean =>
  row.confirmedAt === null && parts.now() - row.createdAt < begunMs;

async function confirm(
  parts: Parts,
  input: { readonly id: string; readonly code: string; readonly label: string },
  by: By,
): Promise<Renewed> {
  const session = sessionOf(by);
  const { account } = enroller(parts, by);
  const label = parseLabel(input.label);
  const address = by.kind === 'session' ? by.client.address : '';
  const wait = await parts.throttle.attempt('code', address, { accountId: account.id });
  if (wait !== undefined) throw new AuthError('throttled', 'Too many attempts. Wait a little.', wait);
  const now = parts.now();
  return unitOfAccount(parts, account.id, async ({ writer, note }) => {
    const row = (await totpsOf(writer, account.id)).find(
      (each) => each.id === input.id && isBegun(parts, each),
    );
    if (row === undefined)
      throw new AuthError('not-found', 'This set-up is no longer open. Begin again with a new QR code.');
    const secret = openTotpSecret(parts, row);
    const digits = totpDigits(input.code);
    const step = secret === undefined || digits === undefined ? undefined : totpStep(secret, digits, now);
    if (step === undefined || !(await takeTotpStep(writer, account.id, row.id, step, now)))
      throw new AuthError('code-wrong', 'This is not the code that the app shows now.');
    await confirmTotp(writer, account.id, row.id, label === '' ? 'Authenticator app' : label, now);
    const sessionsEnded = await endSessions(writer, account.id, session.id);
    await note(account.id, 'totp.added', by, { label, sessionsEnded });
    return renew(parts, writer, session, by, {
      account: await accountById(writer, account.id),
      factorProvedAt: now,
    });
  });
}
