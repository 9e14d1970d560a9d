/** The proof of the second step: a code of an authenticator app, a recovery code, or a passkey. Each is taken once. */
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
import type { GivenProof } from './contract.js';
import type { Parts } from './parts.js';
import type { Asked } from './passkey-challenge.js';
import { namedPasskey, passkeyProof, takePasskey, type PasskeyProof } from './passkey-proof.js';
import { recoveryCode, recoveryCodeHash } from './recovery-codes.js';
import { totpDigits, totpStep } from './totp-code.js';
import { openTotpSecret, sealTotpSecret } from './totp-secret.js';
import type { NotedBy, Unit } from './unit.js';

export type Proof =
  | { readonly kind: 'totp'; readonly id: string; readonly step: number; readonly reseal: string | undefined }
  | { readonly kind: 'recovery-code'; readonly hash: Buffer }
  | PasskeyProof;

/** Checked where there is nothing to check, so that this takes the same work. */
const nobodysSecret = 'A'.repeat(32);

/** Finds what was given proves of the account; `asked` is the question for a passkey that is open, if there is one. */
export async function proofGiven(
  parts: Parts,
  accountId: AccountId,
  given: GivenProof,
  asked: Asked | undefined,
): Promise<Proof | undefined> {
  if ('code' in given) return parts.database.read((reader) => proofOf(parts, reader, accountId, given.code));
  const named = await namedPasskey(parts, given.passkey);
  if (asked === undefined || named?.passkey.accountId !== accountId) return undefined;
  return passkeyProof(parts, asked, named);
}

/**
 * Finds what a code proves; nothing is used up yet, and nothing written, so that a wrong code takes the same time
 * whatever the first step was. For an account that is not there it does the same work.
 */
async function proofOf(
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
  unit: Unit,
  accountId: AccountId,
  proof: Proof,
  by: NotedBy,
): Promise<boolean> {
  const { writer } = unit;
  const now = parts.now();
  if (proof.kind === 'passkey') return takePasskey(parts, unit, proof, by);
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
  if (proof.kind === 'passkey') return { method: 'passkey', label: proof.passkey.label };
  const { left } = await countRecoveryCodes(writer, accountId);
  return { method: 'recovery-code', left };
}
