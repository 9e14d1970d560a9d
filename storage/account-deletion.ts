/**
 * Deleting an account. It is gone at once, as it is found by nothing any more; what it has stored may be much, and is removed
 * in small units of work. Whatever ends such work, the next round goes on with it.
 */
import { sql } from 'kysely';
import { listCollections } from './collections.js';
import type { Database, Writer } from './database.js';
import type { AccountId } from './ids.js';
import { hasMail } from './outbox.js';
import { statement, type Statement } from './statement.js';
import { keys, tableNames, type TableName } from './tables.js';

/** How long one unit of work goes on with steps, in milliseconds, and how many steps it takes at most. */
const unitMs = 5;
const stepsOfUnit = 10;
/** A request that was let in before may still write; what it leaves is removed by a later round, before the last row goes. */
const remembersMs = 60 * 60 * 1000;

interface OfAccount {
  readonly accountId: AccountId;
}

const mark = statement<OfAccount & { now: number }>()((db, $) =>
  db
    .updateTable('account')
    .set({
      deleted_at: $.now,
      disabled_at: $.now,
      is_admin: 0,
      display_name: null,
      email: null,
      email_confirmed_at: null,
      new_email: null,
      password_hash: null,
      time_zone: null,
      locale: null,
      birthday_calendar: null,
      birthday_sources: null,
      user_handle: null,
    })
    .where('id', '=', $.accountId)
    .where('deleted_at', 'is', null),
);
const freeMail = statement<OfAccount & { nameKey: string }>()((db, $) =>
  db
    .deleteFrom('account_name')
    .where('name_key', '=', $.nameKey)
    .where('account_id', '=', $.accountId)
    .where('kind', '=', 'mail'),
);
const reserve = statement<OfAccount & { nameKey: string }>()((db, $) =>
  db
    .updateTable('account_name')
    .set({ kind: 'reserved' })
    .where('name_key', '=', $.nameKey)
    .where('account_id', '=', $.accountId),
);
const deleted = statement<{ after: AccountId }>()((db, $) =>
  db
    .selectFrom('account')
    .select(['id', 'deleted_at as deletedAt'])
    .where('deleted_at', 'is not', null)
    .where('id', '>', $.after)
    .orderBy('id')
    .limit(1),
);
const removeRow = statement<OfAccount>()((db, $) =>
  db.deleteFrom('account').where('id', '=', $.accountId).where('deleted_at', 'is not', null),
);
/** Tables whose keys do not say whose their rows are; those have few. */
const removeByAccount = (['link', 'passkey_owner'] as const).map((table) =>
  statement<OfAccount>()((db, $) => db.deleteFrom(table).where('account_id', '=', $.accountId)),
);

/** Bytes of objects are many; of other rows a hundred are little. */
const rowsOfStep = (table: TableName): number => (table === 'object_data' ? 20 : 100);

/** Every table whose rows belong to accounts by their key, so that a new one is not forgotten. Mail is still sent. */
const steps: readonly Statement<OfAccount, unknown>[] = tableNames
  .filter((name) => name !== 'outbox' && (keys[name] as readonly string[]).includes('account_id'))
  .map(stepOf);

function stepOf(table: TableName): Statement<OfAccount, unknown> {
  const rest = keys[table].filter((column) => column !== 'account_id').map((column) => sql.ref(column));
  return statement<OfAccount>()((db, $) => ({
    compile: () =>
      sql`delete from ${sql.table(table)} where account_id = ${$.accountId} and (${sql.join(rest)}) in (
        select ${sql.join(rest)} from ${sql.table(table)} where account_id = ${$.accountId}
        limit ${sql.lit(rowsOfStep(table))})`.compile(db),
  }));
}

/**
 * Deletes an account: nobody finds it any more, by whatever name, and its names stay taken. What `removeDeletedAccounts`
 * has left to do is invisible meanwhile. Answers whether it was there. Keys are folded names (`foldName` of `auth`).
 */
export async function deleteAccount(
  writer: Writer,
  accountId: AccountId,
  { names, mail }: { readonly names: readonly string[]; readonly mail: string | undefined },
  now: number,
): Promise<boolean> {
  for (const kind of ['calendar', 'addressbook'] as const)
    for (const { id } of await listCollections(writer, accountId, kind))
      writer.changed({ accountId, id, what: 'collection' });
  if ((await writer.run(mark, { accountId, now })) === 0) return false;
  if (mail !== undefined) await writer.run(freeMail, { accountId, nameKey: mail });
  for (const nameKey of names) await writer.run(reserve, { accountId, nameKey });
  return true;
}

/**
 * Removes what deleted accounts have stored, in small units of work between which others are written. Ends early when
 * `signal` is aborted; the next call goes on.
 */
export async function removeDeletedAccounts(
  database: Pick<Database, 'read' | 'write'>,
  now: () => number = Date.now,
  signal?: AbortSignal,
): Promise<void> {
  let next = await database.read((reader) => reader.get(deleted, { after: 0 as AccountId }));
  while (next !== undefined && signal?.aborted !== true) {
    const { id, deletedAt } = next;
    const before = now() - remembersMs;
    let left = true;
    while (left && !isAborted(signal))
      left = await database.write((writer) => removeSome(writer, id), { frees: true, scope: id });
    if (!left && (deletedAt ?? 0) < before)
      await database.write((writer) => removeLast(writer, id), { frees: true, scope: id });
    next = await database.read((reader) => reader.get(deleted, { after: id }));
  }
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** Answers whether something may be left. */
async function removeSome(writer: Writer, accountId: AccountId): Promise<boolean> {
  const end = performance.now() + unitMs;
  let taken = 0;
  for (const each of removeByAccount) await writer.run(each, { accountId });
  for (const step of steps)
    while ((await writer.run(step, { accountId })) > 0) {
      taken += 1;
      if (taken === stepsOfUnit || performance.now() >= end) return true;
    }
  return false;
}

/** The account's own row, which says until then that mail to its holder is to be sent. */
async function removeLast(writer: Writer, accountId: AccountId): Promise<void> {
  if (!(await hasMail(writer, accountId))) await writer.run(removeRow, { accountId });
}
