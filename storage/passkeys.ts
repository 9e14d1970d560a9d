/** Passkeys and security keys (WebAuthn): their public keys, whose they are, and the challenges that were answered. */
import type { Reader, Writer } from './database.js';
import type { AccountId } from './ids.js';
import type { Flag } from './schema.js';
import { statement } from './statement.js';

export interface PasskeyRow {
  readonly accountId: AccountId;
  readonly id: string;
  /** Base64url, without padding. */
  readonly credentialId: string;
  /** A COSE key. */
  readonly publicKey: Uint8Array;
  /** What the authenticator last counted; 0 where it does not count. */
  readonly counter: number;
  /** Words with commas, as the browser gave them. */
  readonly transports: string;
  readonly userVerified: Flag;
  readonly backupEligible: Flag;
  readonly backedUp: Flag;
  readonly label: string;
  readonly lastUsedAt: number | null;
  readonly createdAt: number;
}

type Key = Pick<PasskeyRow, 'accountId' | 'id'>;

const columns = [
  'account_id as accountId',
  'id',
  'credential_id as credentialId',
  'public_key as publicKey',
  'counter',
  'transports',
  'user_verified as userVerified',
  'backup_eligible as backupEligible',
  'backed_up as backedUp',
  'label',
  'last_used_at as lastUsedAt',
  'created_at as createdAt',
] as const;

const ofAccount = statement<{ accountId: AccountId }>()((db, $) =>
  db
    .selectFrom('passkey')
    .select(columns)
    .where('account_id', '=', $.accountId)
    .orderBy('created_at')
    .orderBy('id'),
);
const ownerOf = statement<{ credentialId: string }>()((db, $) =>
  db
    .selectFrom('passkey_owner')
    .select('account_id as accountId')
    .where('credential_id', '=', $.credentialId),
);
const claimCredential = statement<{ credentialId: string; accountId: AccountId }>()((db, $) =>
  db
    .insertInto('passkey_owner')
    .values({ credential_id: $.credentialId, account_id: $.accountId })
    .onConflict((conflict) => conflict.column('credential_id').doNothing()),
);
const releaseCredential = statement<{ credentialId: string; accountId: AccountId }>()((db, $) =>
  db
    .deleteFrom('passkey_owner')
    .where('credential_id', '=', $.credentialId)
    .where('account_id', '=', $.accountId),
);
const insert = statement<PasskeyRow>()((db, $) =>
  db.insertInto('passkey').values({
    account_id: $.accountId,
    id: $.id,
    credential_id: $.credentialId,
    public_key: $.publicKey,
    counter: $.counter,
    transports: $.transports,
    user_verified: $.userVerified,
    backup_eligible: $.backupEligible,
    backed_up: $.backedUp,
    label: $.label,
    last_used_at: $.lastUsedAt,
    created_at: $.createdAt,
  }),
);
const count = statement<Key & { counter: number; backedUp: Flag; now: number }>()((db, $) =>
  db
    .updateTable('passkey')
    .set({ counter: $.counter, backed_up: $.backedUp, last_used_at: $.now })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id)
    .where((where) =>
      where.or([
        where('counter', '<', $.counter),
        where.and([where('counter', '=', 0), where('counter', '=', $.counter)]),
      ]),
    ),
);
const relabel = statement<Key & { label: string }>()((db, $) =>
  db
    .updateTable('passkey')
    .set({ label: $.label })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id),
);
const remove = statement<Key>()((db, $) =>
  db.deleteFrom('passkey').where('account_id', '=', $.accountId).where('id', '=', $.id),
);
const removeAll = statement<{ accountId: AccountId }>()((db, $) =>
  db.deleteFrom('passkey').where('account_id', '=', $.accountId),
);
const readHandle = statement<{ accountId: AccountId }>()((db, $) =>
  db.selectFrom('account').select('user_handle as userHandle').where('id', '=', $.accountId),
);
const setHandle = statement<{ accountId: AccountId; userHandle: string }>()((db, $) =>
  db
    .updateTable('account')
    .set({ user_handle: $.userHandle })
    .where('id', '=', $.accountId)
    .where('user_handle', 'is', null),
);
const useChallenge = statement<{ accountId: AccountId; challengeHash: Uint8Array; expiresAt: number }>()(
  (db, $) =>
    db
      .insertInto('used_challenge')
      .values({ account_id: $.accountId, challenge_hash: $.challengeHash, expires_at: $.expiresAt })
      .onConflict((conflict) => conflict.columns(['account_id', 'challenge_hash']).doNothing()),
);
const removeExpiredChallenges = statement<{ now: number }>()((db, $) =>
  db.deleteFrom('used_challenge').where('expires_at', '<=', $.now),
);

/** The passkeys of an account, oldest first. */
export const passkeysOf = (reader: Reader, accountId: AccountId): Promise<PasskeyRow[]> =>
  reader.all(ofAccount, { accountId });

/** The passkey of a credential, whoever's it is. */
export async function passkeyByCredential(
  reader: Reader,
  credentialId: string,
): Promise<PasskeyRow | undefined> {
  const owner = await reader.get(ownerOf, { credentialId });
  if (owner === undefined) return undefined;
  const rows = await passkeysOf(reader, owner.accountId);
  return rows.find((row) => row.credentialId === credentialId);
}

/** Adds a passkey; false when an account, this one or another, has the credential already. */
export async function addPasskey(writer: Writer, row: PasskeyRow): Promise<boolean> {
  if ((await writer.run(claimCredential, row)) === 0) return false;
  await writer.run(insert, row);
  return true;
}

/** Notes a use; false, and nothing is changed, when the count has not risen (WebAuthn §6.1.1) or the passkey is gone. */
export async function countPasskey(
  writer: Writer,
  use: Key & { readonly counter: number; readonly backedUp: Flag; readonly now: number },
): Promise<boolean> {
  return (await writer.run(count, use)) === 1;
}

/** Answers whether it was there. */
export async function labelPasskey(writer: Writer, row: Key & { readonly label: string }): Promise<boolean> {
  return (await writer.run(relabel, row)) === 1;
}

export async function deletePasskey(
  writer: Writer,
  row: Pick<PasskeyRow, 'accountId' | 'id' | 'credentialId'>,
): Promise<void> {
  await writer.run(releaseCredential, row);
  await writer.run(remove, row);
}

export async function deletePasskeys(writer: Writer, accountId: AccountId): Promise<void> {
  await writer.runEach(releaseCredential, await passkeysOf(writer, accountId));
  await writer.run(removeAll, { accountId });
}

/** By what authenticators know the account; base64url. */
export async function userHandleOf(reader: Reader, accountId: AccountId): Promise<string | undefined> {
  return (await reader.get(readHandle, { accountId }))?.userHandle ?? undefined;
}

/** Gives the account this handle, unless it has one; answers the one that it has. */
export async function claimUserHandle(
  writer: Writer,
  accountId: AccountId,
  userHandle: string,
): Promise<string> {
  await writer.run(setHandle, { accountId, userHandle });
  return (await userHandleOf(writer, accountId)) ?? userHandle;
}

/** Uses a challenge up; answers whether this was the first time. `expiresAt` in epoch milliseconds. */
export async function takeChallenge(
  writer: Writer,
  accountId: AccountId,
  challengeHash: Uint8Array,
  expiresAt: number,
): Promise<boolean> {
  return (await writer.run(useChallenge, { accountId, challengeHash, expiresAt })) === 1;
}

export const deleteExpiredChallenges = (writer: Writer, now: number): Promise<number> =>
  writer.run(removeExpiredChallenges, { now });
