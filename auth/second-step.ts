/** The proof of the second step: a code of an authenticator app, or a recovery code. Each is taken once. */
import {
  hasRecoveryCode,
  resealTotp,
  takeRecoveryCode,
  takeTotpStep,
  countRecoveryCodes,
  totpsOf,
} from '../storage/factors.js';
import type { Reader, Writer } from '../storage/database.js';
import type { AccountId } from '../storage/ids.js';
import type { Parts } from './parts.js';
import { recoveryCode, recoveryCodeHash } from './recovery-codes.js';
import { totpDigits, totpStep } from './totp-code.js';
import { openTotpSecret, sealTotpSecret } from './totp-secret.js';

export type Proof =
  | { readonly kind: 'totp'; readonly id: string; readonly step: number; readonly reseal: string | undefined }
  | { readonly kind: 'recovery-code'; readonly hash: Buffer };

/** Checked where there is nothing to check, so that this takes the same work. */
const nobodysSecret = 'A'.repeat(32);

/**
 * Finds what a code proves; nothing is used up yet, and nothing written, so that a wrong code takes the same time
 * whatever the first step was. For an account that is not there it does the same work.
 */
export async function proofOf(
  parts: Parts,
  reader: Reader,
  accountId: AccountId,
  typed: string,
): Promise<Proof | undefined> {
  const digits = totpDigits(typed);
  return digits === undefined
    ? recoveryProof(parts, reader, accountId, typed)
    : totpProof(parts, reader, accountId, digits);
}

async function totpProof(
  parts: Parts,
  reader: Reader,
  accountId: AccountId,
  digits: string,
): Promise<Proof | undefined> {
  const factors = (await totpsOf(reader, accountId)).filter(({ confirmedAt }) => confirmedAt !== null);
  const now = parts.now();
  if (factors.length === 0) totpStep(nobodysSecret, digits, now);
  for (const row of factors) {
    const secret = openTotpSecret(parts, row);
    const step = secret === undefined ? undefined : totpStep(secret, digits, now);
    if (step === undefined || step <= row.lastStep) continue;
    const reseal = row.keyId === parts.keyring.currentId ? undefined : secret;
    return { kind: 'totp', id: row.id, step, reseal };
  }
  return undefined;
}

async function recoveryProof(
  parts: Parts,
  reader: Reader,
  accountId: AccountId,
  typed: string,
): Promise<Proof | undefined> {
  const code = recoveryCode(typed);
  if (code === undefined) return undefined;
  for (const keyId of parts.keyring.ids) {
    const hash = recoveryCodeHash(parts, accountId, code, keyId);
    if (await hasRecoveryCode(reader, accountId, hash)) return { kind: 'recovery-code', hash };
  }
  return undefined;
}

/** Uses the proof up, in the unit of work that it opens; answers whether it was still there to use. */
export async function takeProof(
  parts: Parts,
  writer: Writer,
  accountId: AccountId,
  proof: Proof,
): Promise<boolean> {
  const now = parts.now();
  if (proof.kind === 'recovery-code') return takeRecoveryCode(writer, accountId, proof.hash, now);
  if (!(await takeTotpStep(writer, accountId, proof.id, proof.step, now))) return false;
  if (proof.reseal !== undefined)
    await resealTotp(writer, { accountId, id: proof.id, ...sealTotpSecret(parts, accountId, proof.reseal) });
  return true;
}

/** What the activity says of a proof that was taken. */
export async function proofDetail(
  writer: Writer,
  accountId: AccountId,
  proof: Proof,
): Promise<Readonly<Record<string, string | number>>> {
  if (proof.kind === 'totp') return { method: 'totp' };
  const { left } = await countRecoveryCodes(writer, accountId);
  return { method: 'recovery-code', left };
}
