/** What has changed is told to those who wait for it, in this process and in others. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createCollection,
  deleteCollection,
  deleteObject,
  findObject,
  putObject,
  updateCollection,
} from '../../storage/index.js';
import type { Changes, Collection, CollectionChange, Database } from '../../storage/index.js';
import { engine } from '../engine.js';
import { until } from '../until.js';
import {
  contentOf,
  insertCollection,
  temporaryDatabase,
  type TemporaryDatabase,
} from './temporary-database.js';

type Told = CollectionChange | 'unknown';

describe('Changes', () => {
  let temporary: TemporaryDatabase;
  let database: Database;
  let calendar: Collection;
  beforeEach(async () => {
    temporary = await temporaryDatabase();
    ({ database } = temporary);
    calendar = await insertCollection(database);
  });
  afterEach(() => temporary.dispose());

  const subscribed = (changes: Changes): { told: Told[]; end: () => void } => {
    const told: Told[] = [];
    return { told, end: changes.subscribe((change) => told.push(change)) };
  };
  const known = (told: readonly Told[]): Told[] => told.filter((change) => change !== 'unknown');
  const put = (name: string): Promise<unknown> =>
    database.write((writer) => putObject(writer, calendar, contentOf(name)), { scope: calendar.accountId });
  const change = (
    what: CollectionChange['what'],
    { accountId, id }: Pick<Collection, 'accountId' | 'id'> = calendar,
  ) => ({
    accountId,
    id,
    what,
  });
  it('are told once they are committed: of members, and of collections', async () => {
    const { told, end } = subscribed(database.changes);
    await put('a');
    assert.deepEqual(known(told.splice(0)), [change('members')]);
    await database.write(async (writer) => {
      const object = await findObject(writer, calendar, 'a');
      assert.ok(object);
      await deleteObject(writer, calendar, object, 2);
      await putObject(writer, calendar, contentOf('b'));
    });
    assert.deepEqual(known(told.splice(0)), [change('members')], 'each once in a unit');
    await database.write((writer) => updateCollection(writer, calendar, { displayName: 'x' }, 3));
    assert.deepEqual(known(told.splice(0)), [change('collection')]);
    const made = await database.write((writer) =>
      createCollection(writer, calendar.accountId, { kind: 'calendar', name: 'other', now: 4 }),
    );
    assert.deepEqual(known(told.splice(0)), [change('collection', made)]);
    await database.write((writer) => deleteCollection(writer, made, 5));
    assert.deepEqual(known(told.splice(0)), [change('collection', made)]);
    end();
    await put('c');
    assert.deepEqual(known(told), []);
  });

  it('are not told of a unit that is taken back', async () => {
    const { told } = subscribed(database.changes);
    await assert.rejects(
      database.write(async (writer) => {
        await putObject(writer, calendar, contentOf('a'));
        throw new Error('taken back');
      }),
    );
    await put('b');
    assert.deepEqual(known(told), [change('members')]);
  });

  it('reach another process: what has changed where the engine can tell, that something has where it cannot', async () => {
    const other = await temporary.again();
    const { told, end } = subscribed(other.changes);
    await until(() => told.includes('unknown'), 'what was missed before is to be looked for');
    told.splice(0);
    await put('a');
    const expected = engine === 'postgres' ? change('members') : 'unknown';
    await until(() => told.some((each) => isDeepStrictEqual(each, expected)), 'it is told');
    end();
    await other.close();
  });

  it('of this process are not told as those of another', async () => {
    const { told, end } = subscribed(database.changes);
    await until(() => told.includes('unknown'), 'the beginning');
    told.splice(0);
    await put('a');
    await delay(1_200);
    assert.deepEqual(told, [change('members')]);
    end();
  });
});
