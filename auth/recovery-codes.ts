/** Ten codes on paper, for the day when the authenticator app is lost. Each works once. */
import { accountById, setRecoveryConfirmed } from '../storage/accounts.js';
import { countRecoveryCodes, replaceRecoveryCodes } from '../storage/factors.js';
import type { AccountId } from '../storage/ids.js';
import { canonicalText, grouped, isOfAlphabet, randomText } from './alphabet.js';
import type { RecoveryCodes } from './contract.js';
import { AuthError } from './errors.js';
import { checkLives, checkMay, sessionOf } from './may.js';
import type { Parts } from './parts.js';
import { renew } from './session-cookie.js';
import { unitOfAccount } from './unit.js';

const codes = 10;
/** Of 5 bits each. */
const codeLength = 12;
const purpose = 'recovery-code';

/** The hash of a code under one key; bound to the account. */
export const recoveryCodeHash = (parts: Parts, accountId: AccountId, code: string, keyId: string): Buffer =>
  parts.keyring.hmac(purpose, `${accountId} ${code}`, keyId);

/** What was typed as a code, if it has the form of one. */
export function recoveryCode(typed: string): string | undefined {
  const code = canonicalText(typed.slice(0, 200));
  return code.length === codeLength && isOfAlphabet(code) ? code : undefined;
}

export function recoveryCodes(parts: Parts): RecoveryCodes {
  const { database, keyring } = parts;
  return {
    state: (accountId) =>
      database.read(async (reader) => {
        const { left, total, createdAt } = await countRecoveryCodes(reader, accountId);
        const account = await accountById(reader, accountId);
        return {
          left,
          total,
          confirmedAt: account?.recoveryConfirmedAt ?? undefined,
          createdAt: createdAt ?? undefined,
        };
      }),
    generate: async (by, replacing) => {
      const { account } = sessionOf(by);
      checkMay(parts, by, account.id, { enrolling: true, stepUp: true });
      const made = Array.from({ length: codes }, () => randomText(codeLength));
      const keyId = keyring.currentId;
      const createdAt = await unitOfAccount(parts, account.id, async ({ writer, note }) => {
        await checkLives(writer, by);
        const before = (await countRecoveryCodes(writer, account.id)).createdAt ?? 0;
        if (replacing !== undefined && replacing !== before) throw replaced();
        // Later than those before, also where the clock was set back: it tells one ten from another.
        const createdAt = Math.max(parts.now(), before + 1);
        const rows = made.map((code) => ({
          accountId: account.id,
          codeHash: recoveryCodeHash(parts, account.id, code, keyId),
          keyId,
          createdAt,
        }));
        await replaceRecoveryCodes(writer, account.id, rows);
        await setRecoveryConfirmed(writer, account.id, null);
        await note(account.id, 'recovery-codes.generated', by);
        return createdAt;
      });
      return { codes: made.map((code) => grouped(code, 4)), createdAt };
    },
    confirmSaved: async (by, createdAt) => {
      const session = sessionOf(by);
      const { account } = session;
      checkMay(parts, by, account.id, { enrolling: true });
      return unitOfAccount(parts, account.id, async ({ writer, note }) => {
        const { total, createdAt: current } = await countRecoveryCodes(writer, account.id);
        const before = await accountById(writer, account.id);
        if (total === 0 || before === undefined || before.factorCount === 0)
          throw new AuthError('not-found', 'There are no recovery codes yet. Make them first.');
        // Of two windows with codes in them only the later one's work.
        if (current !== createdAt) throw replaced();
        if (before.recoveryConfirmedAt === null) {
          await setRecoveryConfirmed(writer, account.id, parts.now());
          await note(account.id, 'recovery-codes.saved', by);
        }
        return renew(parts, writer, session, by, { account: await accountById(writer, account.id) });
      });
    },
  };
}

const replaced = (): AuthError =>
  new AuthError('codes-replaced', 'Newer recovery codes were made meanwhile. These do not work.');
