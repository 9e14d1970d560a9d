import assert from 'node:assert/strict';
import {
  calendarHomeResource,
  changeDeadProperties,
  CollectionExistsError,
  createCollection,
  deleteCollection,
  deleteObject,
  findCollection,
  findObject,
  findObjectsWithContent,
  listCollections,
  listDeadProperties,
  listDeadPropertiesOfMembers,
  objectResource,
  pageObjects,
  pageObjectsWithContent,
  collectionResource,
  principalResource,
  putObject,
  readContent,
  UidConflictError,
  updateCollection,
  usedBytes,
  type AccountId,
  type Collection,
  type NewContent,
  type PropertyResource,
} from '../../storage/index.js';
import {
  contentOf,
  insertBareAccount,
  temporaryDatabase,
  type TemporaryDatabase,
} from './temporary-database.js';

describe('Collections and objects', () => {
  let temporary: TemporaryDatabase;
  let accountId: AccountId;
  let calendar: Collection;

  beforeEach(async () => {
    temporary = await temporaryDatabase();
    accountId = await insertBareAccount(temporary.database, 'alice');
    calendar = await temporary.database.write((writer) =>
      createCollection(writer, accountId, { kind: 'calendar', name: 'work', now: 5 }),
    );
  });
  afterEach(() => temporary.dispose());

  const put = (name: string, changes: Partial<NewContent> = {}) =>
    temporary.database.write((writer) => putObject(writer, calendar, contentOf(name, changes)));
  const currentCalendar = async (): Promise<Collection> => {
    const found = await temporary.database.read((reader) =>
      findCollection(reader, accountId, 'calendar', 'work'),
    );
    assert.ok(found);
    return found;
  };

  it('keeps the properties of a collection, and changes only those that are named', async () => {
    await temporary.database.write(async (writer) => {
      await updateCollection(writer, calendar, { displayName: 'Work', components: ['VEVENT', 'VTODO'] }, 6);
      await updateCollection(writer, calendar, { color: '#ff0000', displayName: null }, 7);
    });
    assert.deepEqual(await currentCalendar(), {
      ...calendar,
      displayName: null,
      color: '#ff0000',
      components: ['VEVENT', 'VTODO'],
      modifiedAt: 7,
    });
  });

  it('refuses a second collection of the same kind and name, and gives no number twice', async () => {
    await assert.rejects(
      temporary.database.write((writer) =>
        createCollection(writer, accountId, { kind: 'calendar', name: 'work', now: 5 }),
      ),
      CollectionExistsError,
    );
    await temporary.database.write((writer) => deleteCollection(writer, calendar, 6));
    const again = await temporary.database.write((writer) =>
      createCollection(writer, accountId, { kind: 'calendar', name: 'work', now: 5 }),
    );
    assert.notEqual(again.id, calendar.id);
    const listed = await temporary.database.read((reader) => listCollections(reader, accountId, 'calendar'));
    assert.deepEqual(listed, [again]);
  });

  it('gives back the bytes that were put', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    const { object, created, revision } = await put('a.ics', { data: bytes });
    assert.deepEqual([created, revision, object.size], [true, 1, 5]);
    const { found, data } = await temporary.database.read(async (reader) => ({
      found: await findObject(reader, calendar, 'a.ics'),
      data: await readContent(reader, calendar, object.id),
    }));
    assert.deepEqual(found, object);
    assert.deepEqual(Buffer.from(data ?? []), bytes);
  });

  it('keeps identity and creation time of an object that is replaced', async () => {
    const first = await put('a.ics');
    const second = await put('a.ics', { data: Buffer.from('longer than before it was'), now: 2_000 });
    assert.equal(second.created, false);
    assert.deepEqual(second.object, {
      ...first.object,
      size: 25,
      revision: 2,
      modifiedAt: 2_000,
    });
    const { revision, objectCount, bytesUsed } = await currentCalendar();
    assert.deepEqual([revision, objectCount, bytesUsed], [2, 1, 25]);
  });

  it('counts objects and bytes through puts and deletions', async () => {
    await put('a.ics');
    const { object } = await put('b.ics');
    await temporary.database.write((writer) => deleteObject(writer, calendar, object, 3_000));
    const { objectCount, bytesUsed, revision } = await currentCalendar();
    assert.deepEqual([objectCount, bytesUsed, revision], [1, 14, 3]);
    assert.equal(await temporary.database.read((reader) => usedBytes(reader, accountId)), 14);
  });

  it('refuses a UID that another object of the collection has, and names that object', async () => {
    await put('a.ics', { uid: 'same' });
    await assert.rejects(
      put('b.ics', { uid: 'same' }),
      (error) => error instanceof UidConflictError && error.existingName === 'a.ics',
    );
    assert.equal((await currentCalendar()).revision, 1);
    const other = await temporary.database.write((writer) =>
      createCollection(writer, accountId, { kind: 'calendar', name: 'home', now: 5 }),
    );
    await temporary.database.write((writer) => putObject(writer, other, contentOf('b.ics', { uid: 'same' })));
  });

  it('finds several by name, each once, however many are asked for', async () => {
    for (let number = 0; number < 300; number += 1) await put(`${number}.ics`);
    const names = Array.from({ length: 330 }, (_, index) => `${index}.ics`);
    const found = await temporary.database.read((reader) =>
      findObjectsWithContent(reader, calendar, [...names, '7.ics']),
    );
    assert.deepEqual(
      found.map(({ data }) => data && Buffer.from(data).toString()).sort(),
      names
        .slice(0, 300)
        .map((name) => `bytes of ${name}`)
        .sort(),
    );
  });

  it('leaves the bytes of large ones out of a list, so that a list is never too much to hold', async () => {
    const data = Buffer.alloc(100_000, 'x');
    await put('large.ics', { data });
    const [listed, alone] = await temporary.database.read(async (reader) => {
      const found = await findObjectsWithContent(reader, calendar, ['large.ics']);
      const [first] = found;
      return [found, first && (await readContent(reader, calendar, first.id))];
    });
    assert.deepEqual(
      listed.map((object) => [object.name, object.size, object.data]),
      [['large.ics', 100_000, null]],
    );
    assert.ok(alone !== undefined && data.equals(alone));
  });

  it('walks through a collection page by page', async () => {
    for (const name of ['c', 'a', 'b']) await put(name);
    const pages = await temporary.database.read(async (reader) => {
      const first = await pageObjects(reader, calendar, 0, 2);
      const second = await pageObjectsWithContent(reader, calendar, first.at(-1)?.id ?? 0, 2);
      return [first, second];
    });
    assert.deepEqual(
      pages.map((page) => page.map(({ name }) => name)),
      [['c', 'a'], ['b']],
    );
  });

  it('keeps dead properties with their resource', async () => {
    const { object } = await put('a.ics');
    const { object: other } = await put('b.ics');
    const resource = objectResource(calendar, object.id);
    const listed = await temporary.database.write(async (writer) => {
      const set = (on: PropertyResource, name: string, xml: string) =>
        changeDeadProperties(writer, accountId, on, new Map([[name, xml]]));
      await set(resource, '{urn:x}p', '<p/>');
      await set(resource, '{urn:x}p', '<p>2</p>');
      await set(objectResource(calendar, other.id), 'q', '<q/>');
      await set(collectionResource(calendar.id), 'r', '<r/>');
      return listDeadPropertiesOfMembers(writer, calendar, 0, object.id);
    });
    assert.deepEqual(listed, [{ objectId: object.id, name: '{urn:x}p', xml: '<p>2</p>' }]);
    await temporary.database.write((writer) => deleteObject(writer, calendar, object, 3_000));
    const left = await temporary.database.read((reader) => listDeadProperties(reader, accountId, resource));
    assert.deepEqual(left, []);
  });

  it('counts the octets of dead properties, wherever they are', async () => {
    const used = (): Promise<number> => temporary.database.read((reader) => usedBytes(reader, accountId));
    const change = (on: PropertyResource, name: string, xml: string | undefined) =>
      temporary.database.write((writer) =>
        changeDeadProperties(writer, accountId, on, new Map([[name, xml]])),
      );
    const { object } = await put('a.ics');
    const start = await used();
    const onObject = objectResource(calendar, object.id);
    assert.equal(await change(onObject, 'ü', '<ü/>'), 7);
    assert.equal(await change(collectionResource(calendar.id), 'r', '<r/>'), 5);
    await change(principalResource, 'p', '<p/>');
    await change(calendarHomeResource, 'h', '<h>2</h>');
    assert.equal((await used()) - start, 7 + 5 + 5 + 9);
    assert.equal(await change(onObject, 'ü', '<a/>'), -1);
    assert.equal(await change(collectionResource(calendar.id), 'r', undefined), -5);
    assert.equal((await used()) - start, 6 + 5 + 9);
    await temporary.database.write((writer) => deleteObject(writer, calendar, object, 3_000));
    assert.equal((await used()) - start, 5 + 9 - object.size);
  });
});
