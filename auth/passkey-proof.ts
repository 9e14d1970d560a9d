/** A passkey as the proof of the second step, or of both steps at once. */
import {
  countPasskey,
  passkeyByCredential,
  passkeysOf,
  takeChallenge,
  userHandleOf,
  type PasskeyRow,
} from '../storage/passkeys.js';
import { readAssertion, verifyAssertion, type Asserted, type Assertion } from './passkey-answer.js';
import type { Asked } from './passkey-challenge.js';
import type { Parts } from './parts.js';
import type { NotedBy, Unit } from './unit.js';

export interface PasskeyProof {
  readonly kind: 'passkey';
  readonly passkey: PasskeyRow;
  readonly asserted: Asserted;
}

/** What an answer names, before anything of it is verified. */
export interface NamedPasskey {
  readonly assertion: Assertion;
  readonly passkey: PasskeyRow;
  /** By what authenticators know the account. */
  readonly userHandle: string | undefined;
}

export async function namedPasskey(parts: Parts, answer: string): Promise<NamedPasskey | undefined> {
  const assertion = readAssertion(answer);
  if (assertion === undefined) return undefined;
  return parts.database.read(async (reader) => {
    const passkey = await passkeyByCredential(reader, assertion.id);
    if (passkey === undefined) return undefined;
    return { assertion, passkey, userHandle: await userHandleOf(reader, passkey.accountId) };
  });
}

/**
 * Verifies it. Alone, a passkey stands for both factors: then its authenticator must have verified its holder, and say whose it
 * is (WebAuthn §7.2, steps 6 and 17).
 */
export async function passkeyProof(
  parts: Parts,
  asked: Asked,
  { assertion, passkey, userHandle }: NamedPasskey,
): Promise<PasskeyProof | undefined> {
  const alone = asked.use === 'sign-in';
  const said = assertion.response.userHandle ?? undefined;
  if (said === undefined ? alone : said !== userHandle) return undefined;
  const asserted = await verifyAssertion(parts, asked, assertion, passkey, { verifiesUser: alone });
  return asserted && { kind: 'passkey', passkey, asserted };
}

/**
 * Uses the answer up. One that comes again is refused; so is one whose count has not risen: then there may be a copy of the
 * passkey, and its holder is told (WebAuthn §6.1.1).
 */
export async function takePasskey(
  parts: Parts,
  { writer, note }: Unit,
  { passkey, asserted }: PasskeyProof,
  by: NotedBy,
): Promise<boolean> {
  const { accountId, id, label } = passkey;
  const { counter, backedUp, challenge } = asserted;
  if (!(await takeChallenge(writer, accountId, challenge.hash, challenge.expiresAt))) return false;
  if (await countPasskey(writer, { accountId, id, counter, backedUp, now: parts.now() })) return true;
  const isThere = (await passkeysOf(writer, accountId)).some((row) => row.id === id);
  if (isThere) await note(accountId, 'passkey.refused', by, { label });
  return false;
}
