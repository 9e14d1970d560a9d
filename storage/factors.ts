/** What proves that a person is who they say beside the password: authenticator apps and recovery codes. */
import { sql } from 'kysely';
import type { Reader, Writer } from './database.js';
import type { AccountId } from './ids.js';
import { statement } from './statement.js';

export interface TotpRow {
  readonly accountId: AccountId;
  readonly id: string;
  readonly label: string;
  /** Encrypted with the server key `keyId`. */
  readonly secret: Uint8Array;
  readonly keyId: string;
  /** The time step of the last code that was taken. */
  readonly lastStep: number;
  readonly confirmedAt: number | null;
  readonly lastUsedAt: number | null;
  readonly createdAt: number;
}

export interface RecoveryCodeRow {
  readonly accountId: AccountId;
  readonly codeHash: Uint8Array;
  readonly keyId: string;
  readonly createdAt: number;
}

const listTotps = statement<{ accountId: AccountId }>()((db, $) =>
  db
    .selectFrom('totp')
    .select([
      'account_id as accountId',
      'id',
      'label',
      'secret',
      'key_id as keyId',
      'last_step as lastStep',
      'confirmed_at as confirmedAt',
      'last_used_at as lastUsedAt',
      'created_at as createdAt',
    ])
    .where('account_id', '=', $.accountId)
    .orderBy('created_at')
    .orderBy('id'),
);
const insertTotp = statement<TotpRow>()((db, $) =>
  db.insertInto('totp').values({
    account_id: $.accountId,
    id: $.id,
    label: $.label,
    secret: $.secret,
    key_id: $.keyId,
    last_step: $.lastStep,
    confirmed_at: $.confirmedAt,
    last_used_at: $.lastUsedAt,
    created_at: $.createdAt,
  }),
);
const useStep = statement<{ accountId: AccountId; id: string; step: number; now: number }>()((db, $) =>
  db
    .updateTable('totp')
    .set({ last_step: $.step, last_used_at: $.now })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id)
    .where('last_step', '<', $.step),
);
const confirmTotpRow = statement<{ accountId: AccountId; id: string; label: string; now: number }>()(
  (db, $) =>
    db
      .updateTable('totp')
      .set({ confirmed_at: $.now, label: $.label })
      .where('account_id', '=', $.accountId)
      .where('id', '=', $.id)
      .where('confirmed_at', 'is', null),
);
const reseal = statement<Pick<TotpRow, 'accountId' | 'id' | 'secret' | 'keyId'>>()((db, $) =>
  db
    .updateTable('totp')
    .set({ secret: $.secret, key_id: $.keyId })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id),
);
const relabelTotp = statement<Pick<TotpRow, 'accountId' | 'id' | 'label'>>()((db, $) =>
  db
    .updateTable('totp')
    .set({ label: $.label })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id)
    .where('confirmed_at', 'is not', null),
);
const removeTotp = statement<{ accountId: AccountId; id: string }>()((db, $) =>
  db.deleteFrom('totp').where('account_id', '=', $.accountId).where('id', '=', $.id),
);
const removeBegun = statement<{ accountId: AccountId }>()((db, $) =>
  db.deleteFrom('totp').where('account_id', '=', $.accountId).where('confirmed_at', 'is', null),
);
const removeAllTotps = statement<{ accountId: AccountId }>()((db, $) =>
  db.deleteFrom('totp').where('account_id', '=', $.accountId),
);
const insertCode = statement<RecoveryCodeRow>()((db, $) =>
  db.insertInto('recovery_code').values({
    account_id: $.accountId,
    code_hash: $.codeHash,
    key_id: $.keyId,
    used_at: null,
    created_at: $.createdAt,
  }),
);
const useCode = statement<{ accountId: AccountId; codeHash: Uint8Array; now: number }>()((db, $) =>
  db
    .updateTable('recovery_code')
    .set({ used_at: $.now })
    .where('account_id', '=', $.accountId)
    .where('code_hash', '=', $.codeHash)
    .where('used_at', 'is', null),
);
const findCode = statement<{ accountId: AccountId; codeHash: Uint8Array }>()((db, $) =>
  db
    .selectFrom('recovery_code')
    .select('created_at as createdAt')
    .where('account_id', '=', $.accountId)
    .where('code_hash', '=', $.codeHash)
    .where('used_at', 'is', null),
);
const removeCodes = statement<{ accountId: AccountId }>()((db, $) =>
  db.deleteFrom('recovery_code').where('account_id', '=', $.accountId),
);
const countCodes = statement<{ accountId: AccountId }>()((db, $) =>
  db
    .selectFrom('recovery_code')
    .select([
      sql<number>`count(*)`.as('total'),
      sql<number>`count(used_at)`.as('used'),
      sql<number | null>`max(created_at)`.as('createdAt'),
    ])
    .where('account_id', '=', $.accountId),
);

/** Authenticators of an account, those whose enrolment was only begun included. */
export const totpsOf = (reader: Reader, accountId: AccountId): Promise<TotpRow[]> =>
  reader.all(listTotps, { accountId });

export const addTotp = (writer: Writer, row: TotpRow): Promise<number> => writer.run(insertTotp, row);

/** Takes a code's time step; answers whether this is the first time that it, or a later one, is taken. */
export async function takeTotpStep(
  writer: Writer,
  accountId: AccountId,
  id: string,
  step: number,
  now: number,
): Promise<boolean> {
  return (await writer.run(useStep, { accountId, id, step, now })) === 1;
}

export async function confirmTotp(
  writer: Writer,
  accountId: AccountId,
  id: string,
  label: string,
  now: number,
): Promise<boolean> {
  return (await writer.run(confirmTotpRow, { accountId, id, label, now })) === 1;
}

/** The same secret under another key. */
export const resealTotp = (
  writer: Writer,
  row: Pick<TotpRow, 'accountId' | 'id' | 'secret' | 'keyId'>,
): Promise<number> => writer.run(reseal, row);

/** Answers whether there is such an authenticator, whose enrolment was confirmed. */
export async function labelTotp(
  writer: Writer,
  row: Pick<TotpRow, 'accountId' | 'id' | 'label'>,
): Promise<boolean> {
  return (await writer.run(relabelTotp, row)) === 1;
}

export const deleteTotp = (writer: Writer, accountId: AccountId, id: string): Promise<number> =>
  writer.run(removeTotp, { accountId, id });

/** Enrolments that were begun and never confirmed. */
export const deleteBegunTotps = (writer: Writer, accountId: AccountId): Promise<number> =>
  writer.run(removeBegun, { accountId });

export const deleteTotps = (writer: Writer, accountId: AccountId): Promise<number> =>
  writer.run(removeAllTotps, { accountId });

/** Puts new codes in the place of all earlier ones. */
export async function replaceRecoveryCodes(
  writer: Writer,
  accountId: AccountId,
  codes: readonly RecoveryCodeRow[],
): Promise<void> {
  await writer.run(removeCodes, { accountId });
  await writer.runEach(insertCode, codes);
}

/** Whether there is such a code, not used yet. */
export async function hasRecoveryCode(
  reader: Reader,
  accountId: AccountId,
  codeHash: Uint8Array,
): Promise<boolean> {
  return (await reader.get(findCode, { accountId, codeHash })) !== undefined;
}

/** Uses a code up; answers whether there was such a code, not used yet. */
export async function takeRecoveryCode(
  writer: Writer,
  accountId: AccountId,
  codeHash: Uint8Array,
  now: number,
): Promise<boolean> {
  return (await writer.run(useCode, { accountId, codeHash, now })) === 1;
}

export async function countRecoveryCodes(
  reader: Reader,
  accountId: AccountId,
): Promise<{ readonly left: number; readonly total: number; readonly createdAt: number | null }> {
  const row = await reader.get(countCodes, { accountId });
  const { total = 0, used = 0, createdAt = null } = row ?? {};
  return { left: total - used, total, createdAt };
}
