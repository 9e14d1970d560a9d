/** What a deleted account leaves behind goes in small units of work, and all of it goes. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { deleteAccount } from '../../storage/account-deletion.js';
import { accountById, claimName, listAccounts } from '../../storage/accounts.js';
import { insertActivity } from '../../storage/activity.js';
import {
  changeDeadProperties,
  collectionResource,
  createCollection,
  deleteObject,
  findObject,
  putObject,
  removeDeletedAccounts,
  StorageFullError,
  AccountId,
  type Collection,
  type Database,
  type Writer,
} from '../../storage/index.js';
import { insertLink } from '../../storage/links.js';
import { deleteMail, insertMail, nextMail } from '../../storage/outbox.js';
import { statement } from '../../storage/statement.js';
import { tableNames, type TableName } from '../../storage/tables.js';
import {
  contentOf,
  emptyIndex,
  insertBareAccount,
  temporaryDatabase,
  temporarySqlite,
} from './temporary-database.js';
import type { TemporaryDatabase } from './temporary-database.js';

const hourMs = 60 * 60 * 1000;
const OBJECTS = 450;
const index = {
  ...emptyIndex,
  spans: Array.from({ length: 3 }, (_, n) => ({ start: n * 100, end: n * 100 + 1 })),
};

/** Tables that say whose their rows are. */
const owned = tableNames.filter(
  (name) => !['migration', 'server_meta', 'throttle', 'account', 'account_group'].includes(name),
);
const countIn = (table: TableName) =>
  statement<{ id: AccountId }>()((db, $) => ({
    compile: () =>
      sql<{
        count: number;
      }>`select count(*) as count from ${sql.table(table)} where account_id = ${$.id}`.compile(db),
  }));

describe('Deleting an account', () => {
  let temporary: TemporaryDatabase;
  let database: Database;
  let anna: AccountId;
  let bob: AccountId;
  const now = 1_000_000_000_000;

  async function furnish(name: string): Promise<AccountId> {
    const id = await insertBareAccount(database, name);
    const calendar = await database.write(async (writer) => {
      await claimName(writer, name, id, 'login');
      await claimName(writer, `${name}@example.org`, id, 'mail');
      return createCollection(writer, id, { kind: 'calendar', name: 'default', now: 0 });
    });
    for (let from = 0; from < OBJECTS; from += 150) await fill(calendar, from);
    await database.write(async (writer) => {
      const first = await findObject(writer, calendar, '0');
      assert.ok(first !== undefined);
      await deleteObject(writer, calendar, first, now);
      const properties = new Map([['{DAV:}x', '<x/>']]);
      await changeDeadProperties(writer, id, collectionResource(calendar.id), properties);
    });
    await database.write(async (writer) => {
      for (let number = 0; number < 250; number += 1)
        await insertActivity(writer, {
          accountId: id,
          id: `a${number}`,
          at: number,
          event: 'sign-in.succeeded',
          actor: 'account',
          address: null,
          userAgent: null,
          detail: '{}',
        });
      await insertLink(writer, {
        tokenHash: Buffer.from(name),
        kind: 'reset',
        accountId: id,
        payload: '{}',
        createdAt: 0,
        expiresAt: 1,
      });
      await insertMail(writer, {
        accountId: id,
        id: 'm',
        kind: 'notice',
        sealed: Buffer.from('x'),
        keyId: 'k',
        attempts: 0,
        queuedAt: 0,
        nextAt: 0,
        expiresAt: 1,
      });
    });
    return id;
  }

  const fill = (calendar: Collection, from: number) =>
    database.write(async (writer) => {
      for (let number = from; number < from + 150; number += 1)
        await putObject(writer, calendar, contentOf(`${number}`, { index }));
    });

  const rowsOf = async (id: AccountId): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const table of owned) {
      if (table === 'passkey_owner' || table === 'account_name') continue;
      const row = await database.read((reader) => reader.get(countIn(table), { id }));
      if ((row?.count ?? 0) > 0) counts[table] = row?.count ?? 0;
    }
    return counts;
  };
  const remove = (id: AccountId, name: string): Promise<boolean> =>
    database.write((writer) =>
      deleteAccount(writer, id, { names: [name], mail: `${name}@example.org` }, now),
    );
  const claims = async (name: string): Promise<boolean> =>
    database.write((writer) => claimName(writer, name, bob, 'mail'));

  beforeEach(async () => {
    temporary = await temporaryDatabase();
    ({ database } = temporary);
    anna = await furnish('anna');
    bob = await furnish('bob');
  });
  afterEach(() => temporary.dispose());

  it('hides it at once, keeps its name and frees its address', async () => {
    assert.ok(await remove(anna, 'anna'));
    assert.equal(await database.read((reader) => accountById(reader, anna)), undefined);
    const listed = await database.read((reader) => listAccounts(reader, AccountId(0), 100));
    assert.deepEqual(
      listed.map(({ id }) => id),
      [bob],
    );
    assert.ok(!(await claims('anna')));
    assert.ok(await claims('anna@example.org'));
    assert.ok(!(await remove(anna, 'anna')), 'twice is once');
  });

  it('removes all that it has stored, in many small units, and nothing of others', async () => {
    const before = await rowsOf(bob);
    assert.ok((before['object'] ?? 0) > 400 && (before['activity'] ?? 0) === 250);
    await remove(anna, 'anna');
    const units = counting(database);
    await removeDeletedAccounts(units.database, () => now);
    assert.deepEqual(await rowsOf(anna), { outbox: 1 });
    assert.deepEqual(await rowsOf(bob), before);
    assert.ok(units.most() <= 100, `${units.most()} rows in one statement`);
  });

  it('goes on after whatever ended it, and removes the last row when all else is long gone', async () => {
    await remove(anna, 'anna');
    const stopping = new AbortController();
    const one = counting(database, () => stopping.abort());
    await removeDeletedAccounts(one.database, () => now, stopping.signal);
    assert.ok(Object.keys(await rowsOf(anna)).length > 1, 'it was ended in the middle');
    await removeDeletedAccounts(database, () => now + 2 * hourMs);
    assert.deepEqual(await rowsOf(anna), { outbox: 1 });
    const last = statement<{ id: AccountId }>()((db, $) =>
      db.selectFrom('account').select('id').where('id', '=', $.id),
    );
    const isThere = async () =>
      (await database.read((reader) => reader.get(last, { id: anna }))) !== undefined;
    assert.ok(await isThere(), 'as long as mail to its holder is to be sent');
    await database.write(async (writer) => {
      const mail = await nextMail(writer, 1);
      if (mail !== undefined) await deleteMail(writer, { ...mail, accountId: anna });
    });
    await removeDeletedAccounts(database, () => now + 2 * hourMs);
    assert.ok(!(await isThere()));
    assert.ok(!(await claims('anna')), 'the name stays taken');
  });

  it('also removes what a request wrote that was let in before', async () => {
    await remove(anna, 'anna');
    await removeDeletedAccounts(database, () => now);
    await database.write((writer) =>
      createCollection(writer, anna, { kind: 'calendar', name: 'late', now: 0 }),
    );
    await removeDeletedAccounts(database, () => now + 2 * hourMs);
    assert.deepEqual(await rowsOf(anna), { outbox: 1 });
  });
});

describe('Deleting an account on a full disk (SQLite)', () => {
  it('makes room for others', async () => {
    const { database, dispose } = await temporarySqlite({ maxPages: 300, reserveMegabytes: 1 });
    try {
      const anna = await insertBareAccount(database, 'anna');
      const bob = await insertBareAccount(database, 'bob');
      const { hers, his } = await database.write(async (writer) => ({
        hers: await createCollection(writer, anna, { kind: 'calendar', name: 'default', now: 0 }),
        his: await createCollection(writer, bob, { kind: 'calendar', name: 'default', now: 0 }),
      }));
      const put = (calendar: Collection, name: string) =>
        database.write((writer) =>
          putObject(writer, calendar, contentOf(name, { data: Buffer.alloc(10_000, 120) })),
        );
      await assert.rejects(async () => {
        for (let number = 0; ; number += 1) await put(hers, `${number}`);
      }, StorageFullError);
      await assert.rejects(put(his, 'no room'), StorageFullError);
      const names = { names: ['anna'], mail: undefined };
      await database.write((writer) => deleteAccount(writer, anna, names, 1), { frees: true });
      await removeDeletedAccounts(database, () => 1);
      await put(his, 'room');
    } finally {
      await dispose();
    }
  });
});

/** The database, with the most rows that one statement has changed; `after` is told of each unit. */
function counting(database: Database, after: () => void = () => undefined) {
  let most = 0;
  const watched = (writer: Writer): Writer => ({
    all: (...args) => writer.all(...args),
    get: (...args) => writer.get(...args),
    getEach: (...args) => writer.getEach(...args),
    runEach: (...args) => writer.runEach(...args),
    changed: (change) => writer.changed(change),
    run: async (...args) => {
      const rows = await writer.run(...args);
      most = Math.max(most, rows);
      return rows;
    },
  });
  const counted: Pick<Database, 'read' | 'write'> = {
    read: (work) => database.read(work),
    write: async (work, options) => {
      const result = await database.write((writer) => work(watched(writer)), options);
      after();
      return result;
    },
  };
  return { database: counted, most: () => most };
}
