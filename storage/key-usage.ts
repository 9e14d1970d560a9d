/** Who still has something that was made with an earlier server key, for whoever wants to throw that key away. */
import { sql } from 'kysely';
import type { Reader } from './database.js';
import type { AccountId } from './ids.js';
import { statement, type Statement } from './statement.js';

export type KeyUse = 'login-password' | 'app-password' | 'authenticator' | 'recovery-codes' | 'mail';

export interface UsedKey {
  readonly accountId: AccountId;
  readonly accountName: string;
  readonly use: KeyUse;
  /** Of an app password or authenticator. */
  readonly label: string | null;
}

type Selected = Omit<UsedKey, 'use'>;
interface Wanted {
  current: string;
  limit: number;
}

/** Rows of a table with a key of their own, each once. */
const of = (table: string, label: string, where: string): Statement<Wanted, Selected> =>
  statement<Wanted>()((db, $) => ({
    compile: () =>
      sql<Selected>`select distinct account.id as "accountId", account.name as "accountName", ${sql.raw(label)} as "label"
        from ${sql.table(table)} it inner join account on account.id = it.account_id
        where it.key_id != ${$.current} ${sql.raw(where)} order by 1 limit ${$.limit}`.compile(db),
  }));

const appPasswords = of('app_password', 'it.label', 'and it.revoked_at is null');
const authenticators = of('totp', 'it.label', 'and it.confirmed_at is not null');
const recoveryCodes = of('recovery_code', 'null', 'and it.used_at is null');
const mail = of('outbox', 'null', '');
/** The key's id stands before the hash. */
const loginPasswords = statement<Wanted>()((db, $) => ({
  compile: () =>
    sql<Selected>`select id as "accountId", name as "accountName", null as "label" from account
      where password_hash is not null and password_hash not like ${$.current} || ':%' order by 1 limit ${$.limit}`.compile(
      db,
    ),
}));

const uses: readonly (readonly [KeyUse, Statement<Wanted, Selected>])[] = [
  ['login-password', loginPasswords],
  ['app-password', appPasswords],
  ['authenticator', authenticators],
  ['recovery-codes', recoveryCodes],
  ['mail', mail],
];

/** What was made with another key than the current one; of each kind at most `limit`. */
export async function usesOfEarlierKeys(
  reader: Reader,
  current: string,
  limit: number,
): Promise<readonly UsedKey[]> {
  const found: UsedKey[] = [];
  for (const [use, query] of uses)
    for (const row of await reader.all(query, { current, limit })) found.push({ ...row, use });
  return found;
}
