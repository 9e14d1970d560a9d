import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import {
  changeDeadProperties,
  abandonCollectionCopy,
  beginCollectionCopy,
  continueCollectionCopy,
  deleteObject,
  findCollection,
  findCollectionById,
  hasDeletedCollections,
  isCopyOf,
  listCollections,
  objectResource,
  listDeadPropertiesOfMembers,
  ObjectId,
  pageObjectsWithContent,
  publishCollectionCopy,
  purgeDeletedCollections,
  putObject,
} from '../../storage/index.js';
import type { Collection, CollectionCopy } from '../../storage/index.js';
import { contentOf, insertCollection, temporaryDatabase } from './temporary-database.js';
import type { TemporaryDatabase } from './temporary-database.js';

const OBJECTS = 250;

describe('Copying a collection in several units of work', () => {
  let temporary: TemporaryDatabase;
  let source: Collection;
  before(async () => {
    temporary = await temporaryDatabase();
    source = await insertCollection(temporary.database);
    await temporary.database.write(async (writer) => {
      for (let count = 0; count < OBJECTS; count += 1) {
        const { object } = await putObject(writer, source, contentOf(`o${count}`));
        const resource = objectResource(source, object.id);
        await changeDeadProperties(writer, source.accountId, resource, new Map([['p', `<p>${count}</p>`]]));
      }
    });
  });
  after(() => temporary.dispose());

  const current = async (): Promise<Collection> => {
    const found = await temporary.database.read((reader) => findCollectionById(reader, source));
    assert.ok(found);
    return found;
  };
  const begin = async (): Promise<CollectionCopy> => {
    const from = await current();
    return temporary.database.write((writer) => beginCollectionCopy(writer, from, Date.now()));
  };
  const fill = async (begun: CollectionCopy): Promise<CollectionCopy> => {
    let copy = begun;
    while (!copy.complete) {
      const reached = copy;
      copy = await temporary.database.write((writer) => continueCollectionCopy(writer, reached, 9));
    }
    return copy;
  };

  it('is seen by nobody before it is published, and then is all there', async () => {
    const { database } = temporary;
    const copy = await fill(await begin());
    await purgeDeletedCollections(database);
    const ofAccount = (): Promise<readonly Collection[]> =>
      database.read((reader) => listCollections(reader, source.accountId, 'calendar'));
    assert.equal((await ofAccount()).length, 1);
    const from = await current();
    await database.write((writer) => publishCollectionCopy(writer, copy, from, 'copy', 10));
    assert.equal(await database.read(hasDeletedCollections), false);
    const published = await database.read((reader) =>
      findCollection(reader, source.accountId, 'calendar', 'copy'),
    );
    assert.ok(published);
    const { revision, objectCount, bytesUsed } = await current();
    assert.deepEqual(
      [published.revision, published.tombstonesSince, published.objectCount, published.bytesUsed],
      [revision, revision, objectCount, bytesUsed],
    );
    const members = (of: Collection): Promise<object[]> =>
      database.read(async (reader) =>
        (await pageObjectsWithContent(reader, of, 0, 1000)).map((object) => ({
          ...object,
          createdAt: 0,
          modifiedAt: 0,
        })),
      );
    const copied = await members(published);
    assert.equal(copied.length, OBJECTS);
    assert.deepEqual(copied, await members(source));
    const properties = (of: Collection): Promise<readonly object[]> =>
      database.read((reader) => listDeadPropertiesOfMembers(reader, of, 0, ObjectId(1e9)));
    assert.deepEqual(await properties(published), await properties(source));
  });

  it('is worth nothing when its source has changed', async () => {
    const copy = await begin();
    assert.equal(isCopyOf(copy, await current()), true);
    await temporary.database.write((writer) => putObject(writer, source, contentOf('another')));
    assert.equal(isCopyOf(copy, await current()), false);
    await temporary.database.write((writer) => abandonCollectionCopy(writer, copy));
  });

  it('is worth nothing when a dead property of a member has changed, be it no longer and no shorter', async () => {
    const { database } = temporary;
    const copy = await begin();
    const [member] = await database.read((reader) => pageObjectsWithContent(reader, source, 0, 1));
    assert.ok(member);
    const resource = objectResource(source, member.id);
    await database.write((writer) =>
      changeDeadProperties(writer, source.accountId, resource, new Map([['p', '<p>9</p>']])),
    );
    assert.equal(isCopyOf(copy, await current()), false);
    await database.write((writer) => abandonCollectionCopy(writer, copy));
  });

  it('leaves nothing behind when it is abandoned', async () => {
    const { database } = temporary;
    const copy = await fill(await begin());
    await database.write((writer) => abandonCollectionCopy(writer, copy));
    assert.equal(await database.read(hasDeletedCollections), true);
    await purgeDeletedCollections(database);
    const left = await database.read((reader) => pageObjectsWithContent(reader, copy.ref, 0, 10));
    assert.deepEqual(left, []);
    assert.equal(await database.read(hasDeletedCollections), false);
  });

  it('copies what is left when the source has lost objects before it began', async () => {
    const { database } = temporary;
    const [first] = await database.read((reader) => pageObjectsWithContent(reader, source, 0, 1));
    assert.ok(first);
    await database.write((writer) => deleteObject(writer, source, first, 11));
    const copy = await fill(await begin());
    const from = await current();
    await database.write((writer) => publishCollectionCopy(writer, copy, from, 'less', 12));
    const published = await database.read((reader) =>
      findCollection(reader, source.accountId, 'calendar', 'less'),
    );
    assert.equal(published?.objectCount, (await current()).objectCount);
    const members = await database.read((reader) => pageObjectsWithContent(reader, copy.ref, 0, 1000));
    assert.equal(members.length, published.objectCount);
  });
});
