/** How much is stored, counted in small steps. */
import assert from 'node:assert/strict';
import {
  createCollection,
  deleteObject,
  findObject,
  putObject,
  storedSizes,
  type AccountId,
  type Database,
} from '../../storage/index.js';
import { insertMail } from '../../storage/outbox.js';
import { statement } from '../../storage/statement.js';
import { contentOf, insertBareAccount, temporaryDatabase } from './temporary-database.js';
import type { TemporaryDatabase } from './temporary-database.js';

const doom = statement<{ accountId: AccountId; collectionId: number; now: number }>()((db, $) =>
  db
    .insertInto('doomed_collection')
    .values({ account_id: $.accountId, collection_id: $.collectionId as never, deleted_at: $.now }),
);

describe('The sizes of what is stored', () => {
  let temporary: TemporaryDatabase;
  let database: Database;
  const now = 1_000_000_000_000;
  const upToDate = { now, wanted: () => 'v1' };

  before(async () => {
    temporary = await temporaryDatabase();
    ({ database } = temporary);
    // More than a page of accounts.
    for (let number = 0; number < 60; number += 1) await furnish(`account${number}`);
  });
  after(() => temporary.dispose());

  async function furnish(name: string): Promise<void> {
    const accountId: AccountId = await insertBareAccount(database, name);
    await database.write(async (writer) => {
      const calendar = await createCollection(writer, accountId, {
        kind: 'calendar',
        name: 'default',
        indexedAs: 'v1',
        now,
      });
      await putObject(writer, calendar, contentOf('a'));
      await putObject(writer, calendar, contentOf('b'));
      const first = await findObject(writer, calendar, 'a');
      assert.ok(first !== undefined);
      await deleteObject(writer, calendar, first, now);
      const book = { kind: 'addressbook', name: 'default', indexedAs: 'v0', now } as const;
      await putObject(writer, await createCollection(writer, accountId, book), contentOf('c'));
      await writer.runEach(doom, [{ accountId, collectionId: 99, now }]);
      await insertMail(writer, {
        ...{ accountId, id: 'm', kind: 'notice', sealed: Buffer.from('x'), keyId: 'k', attempts: 0 },
        ...{ queuedAt: now - 5_000, nextAt: now, expiresAt: now + 1 },
      });
    });
  }

  it('are those of all accounts and collections', async () => {
    const { byKind, accounts, ...others } = await storedSizes(database, upToDate);
    assert.deepEqual(accounts, { enabled: 60, disabled: 0, beingDeleted: 0 });
    assert.deepEqual(others, {
      accountsWithoutSecondFactor: 60,
      appPasswords: 0,
      sessions: 0,
      mail: 60,
      oldestMailMs: 5_000,
      tombstones: 60,
      collectionsToPurge: 60,
    });
    const one = Buffer.byteLength('bytes of b');
    const each = { collections: 60, objects: 60, bytes: 60 * one };
    assert.deepEqual(byKind.calendar, { ...each, collectionsToIndex: 0, objectsToIndex: 0 });
    assert.deepEqual(byKind.addressbook, { ...each, collectionsToIndex: 60, objectsToIndex: 60 });
  });

  it('let others work in between', async () => {
    let turns = 0;
    const turn = setInterval(() => (turns += 1), 0);
    await storedSizes(database, upToDate);
    clearInterval(turn);
    assert.ok(turns > 0, 'the event loop turned');
  });

  it('are no longer counted once nobody wants to know', async () => {
    const stopping = new AbortController();
    stopping.abort();
    const { accounts, tombstones } = await storedSizes(database, { ...upToDate, signal: stopping.signal });
    assert.deepEqual([accounts.enabled, tombstones], [0, 0]);
  });
});
