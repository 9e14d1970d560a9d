/** Work that no request waits for is done soon after the change that left it. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { startBackgroundWork } from '../../server/background.js';
import type { BackgroundWork } from '../../server/background.js';
import { loadConfig } from '../../server/config.js';
import { openCore, openDatabase } from '../../server/core.js';
import type { Core } from '../../server/core.js';
import { createLog } from '../../server/observability/log.js';
import {
  deleteCollection,
  findCollectionById,
  hasDeletedCollections,
  listCollections,
  putObject,
  updateCollection,
} from '../../storage/index.js';
import type { Collection } from '../../storage/index.js';
import { statement } from '../../storage/statement.js';
import { until } from '../until.js';
import { contentOf, emptyIndex } from '../storage/temporary-database.js';
import { dataFolder } from './process.js';
import type { DataFolder } from './process.js';

const OBJECTS = 1_000;
const WITHIN_MS = 20_000;
const spans = Array.from({ length: 40 }, (_, number) => ({ start: number * 100, end: number * 100 + 1 }));
const index = { ...emptyIndex, spans };
const staleIndex = statement()((db) => db.updateTable('collection').set({ indexed_as: 'another version' }));

describe('Background work', function () {
  this.timeout(60_000);
  let folder: DataFolder;
  let core: Core;
  let background: BackgroundWork;
  let calendar: Collection;
  beforeEach(async () => {
    folder = await dataFolder();
    core = await openCore(loadConfig(folder.variables), createLog('silent', process.stderr));
    const { id } = await core.auth.accounts.create({ name: 'alice' }, { kind: 'shell' });
    const [first] = await core.database.read((reader) => listCollections(reader, id, 'calendar'));
    assert.ok(first);
    calendar = first;
    await core.database.write((writer) => writer.run(staleIndex, {}));
    background = startBackgroundWork(core);
    await until(async () => (await current())?.indexedAs !== 'another version', 'the first round', WITHIN_MS);
  });
  afterEach(async () => {
    await background.stop();
    await core.dispose();
    await folder.remove();
  });

  const current = (): Promise<Collection | undefined> =>
    core.database.read((reader) => findCollectionById(reader, calendar));

  it('indexes a calendar anew whose time zone has changed', async () => {
    const before = (await current())?.indexedAs;
    await core.database.write((writer) =>
      updateCollection(writer, calendar, { zone: 'Europe/Zurich' }, Date.now()),
    );
    await until(async () => (await current())?.indexedAs !== before, 'it is indexed anew', WITHIN_MS);
    assert.match((await current())?.indexedAs ?? '', /Europe\/Zurich$/);
  });

  it('removes what a big collection leaves behind that another process has deleted', async () => {
    const other = await openDatabase(core.config);
    for (let from = 0; from < OBJECTS; from += 100)
      await other.write(async (writer) => {
        for (let number = from; number < from + 100; number += 1)
          await putObject(writer, calendar, contentOf(`${number}`, { index }));
      });
    await other.write((writer) => deleteCollection(writer, calendar, Date.now()));
    assert.ok(await other.read(hasDeletedCollections), 'too big for one unit of work');
    await until(async () => !(await other.read(hasDeletedCollections)), 'the rest is removed', WITHIN_MS);
    await other.close();
  });

  it('removes what a deleted account has stored', async () => {
    const bob = await core.auth.accounts.create({ name: 'bob' }, { kind: 'shell' });
    const calendars = (): Promise<readonly Collection[]> =>
      core.database.read((reader) => listCollections(reader, bob.id, 'calendar'));
    const [first] = await calendars();
    assert.ok(first);
    for (let from = 0; from < OBJECTS; from += 100)
      await core.database.write(async (writer) => {
        for (let number = from; number < from + 100; number += 1)
          await putObject(writer, first, contentOf(`${number}`, { index }));
      });
    await core.auth.accounts.remove(bob.id, { kind: 'shell' });
    assert.equal((await calendars()).length, 1, 'too much for one unit of work');
    await until(async () => (await calendars()).length === 0, 'it is removed', WITHIN_MS);
    const left = statement<{ id: number }>()((db, $) =>
      db
        .selectFrom('object_data')
        .select('object_id')
        .where('account_id', '=', $.id as never)
        .limit(1),
    );
    await until(
      async () => (await core.database.read((reader) => reader.get(left, { id: bob.id }))) === undefined,
      'all of it is removed',
      WITHIN_MS,
    );
    assert.ok((await current()) !== undefined, 'and nothing of others');
  });
});
