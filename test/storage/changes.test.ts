import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  changesSince,
  deleteObject,
  earliestChangeSince,
  entryChangesSince,
  findCollectionById,
  findObject,
  pruneTombstones,
  putObject,
  Revision,
  type Change,
  type Collection,
  type ObjectEntry,
  type Reader,
} from '../../storage/index.js';
import {
  contentOf,
  insertCollection,
  temporaryDatabase,
  type TemporaryDatabase,
} from './temporary-database.js';

type Step =
  | { readonly kind: 'put'; readonly name: string; readonly version: number }
  | { readonly kind: 'delete'; readonly name: string }
  | { readonly kind: 'sync'; readonly client: number; readonly limit: number };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), name, version: fc.nat() }),
  fc.record({ kind: fc.constant('delete' as const), name }),
  fc.record({
    kind: fc.constant('sync' as const),
    client: fc.nat({ max: 2 }),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
);

/** The change as `entryChangesSince` tells it. */
function shortened(change: Change): Change<ObjectEntry> {
  if (change.deleted) return change;
  const { id, name, component, etag, revision } = change.object;
  return { ...change, object: { id, name, component, etag, revision } };
}

/** A client: what it believes is there, and the revision up to which it has heard. */
class Replica {
  readonly objects = new Map<string, string>();
  after = Revision(0);

  take(changes: readonly Change[]): void {
    for (const change of changes) {
      assert.ok(change.revision > this.after, 'in the order of revisions, none twice');
      this.after = change.revision;
      if (change.deleted) this.objects.delete(change.name);
      else this.objects.set(change.name, change.object.etag);
    }
  }

  async sync(reader: Reader, collection: Collection, limit: number): Promise<number> {
    const current = await findCollectionById(reader, collection);
    assert.ok(current);
    const query = { after: this.after, upTo: current.revision, limit };
    const changes = await changesSince(reader, collection, query);
    assert.deepEqual(await entryChangesSince(reader, collection, query), changes.map(shortened));
    assert.ok(changes.length <= limit);
    this.take(changes);
    if (changes.length < limit) this.after = current.revision;
    return changes.length;
  }
}

describe('RFC 6578 §3 changes of a collection', () => {
  let temporary: TemporaryDatabase;
  let calendar: Collection;

  beforeEach(async () => {
    temporary = await temporaryDatabase();
    calendar = await insertCollection(temporary.database);
  });
  afterEach(() => temporary.dispose());

  it('bring every client to what is there, however they are mixed with writes and cut into pages', async () => {
    const nothing = new Error('rolled back, so that the next case begins with an empty calendar');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const unit = temporary.database.write(async (writer) => {
          const server = new Map<string, string>();
          const clients = [new Replica(), new Replica(), new Replica()];
          for (const each of steps) {
            if (each.kind === 'put') {
              const etag = `"${each.version}"`;
              await putObject(writer, calendar, contentOf(each.name, { etag }));
              server.set(each.name, etag);
            } else if (each.kind === 'delete') {
              const object = await findObject(writer, calendar, each.name);
              assert.equal(object !== undefined, server.delete(each.name));
              if (object !== undefined) await deleteObject(writer, calendar, object, 2_000);
            } else await clients[each.client]?.sync(writer, calendar, each.limit);
          }
          for (const client of clients) {
            while ((await client.sync(writer, calendar, 2)) === 2);
            assert.deepEqual(new Map([...client.objects].sort()), new Map([...server].sort()));
          }
          throw nothing;
        });
        await assert.rejects(unit, (error) => {
          if (error !== nothing) throw error;
          return true;
        });
      }),
      { numRuns: 150 },
    );
  });

  it('tell a new client of no deletions', async () => {
    const changes = await temporary.database.write(async (writer) => {
      const { object } = await putObject(writer, calendar, contentOf('a'));
      await putObject(writer, calendar, contentOf('b'));
      await deleteObject(writer, calendar, object, 2_000);
      return changesSince(writer, calendar, { after: Revision(0), upTo: Revision(3), limit: 10 });
    });
    assert.deepEqual(
      changes.map((change) => [change.name, change.deleted, change.revision]),
      [['b', false, 2]],
    );
  });

  it('stop at the revision that is asked for', async () => {
    const changes = await temporary.database.write(async (writer) => {
      await putObject(writer, calendar, contentOf('a'));
      await putObject(writer, calendar, contentOf('b'));
      return changesSince(writer, calendar, { after: Revision(0), upTo: Revision(1), limit: 10 });
    });
    assert.deepEqual(
      changes.map((change) => change.name),
      ['a'],
    );
  });

  it('tell when the earliest of them was made', async () => {
    const times = await temporary.database.write(async (writer) => {
      const { object } = await putObject(writer, calendar, contentOf('a', { now: 1_000 }));
      await putObject(writer, calendar, contentOf('b', { now: 2_000 }));
      await deleteObject(writer, calendar, object, 3_000);
      await putObject(writer, calendar, contentOf('b', { now: 4_000 }));
      return Promise.all([0, 2, 3, 4].map((after) => earliestChangeSince(writer, calendar, Revision(after))));
    });
    assert.deepEqual(times, [3_000, 3_000, 4_000, undefined]);
  });

  it('say from which revision on deletions are still known, after old ones are forgotten', async () => {
    const since = await temporary.database.write(async (writer) => {
      for (const [index, each] of ['a', 'b', 'c'].entries()) {
        const { object } = await putObject(writer, calendar, contentOf(each));
        await deleteObject(writer, calendar, object, 1_000 * (index + 1));
      }
      assert.equal(await pruneTombstones(writer, calendar, { before: 3_000, limit: 1 }), 1);
      assert.equal((await findCollectionById(writer, calendar))?.tombstonesSince, 2);
      assert.equal(await pruneTombstones(writer, calendar, { before: 3_000, limit: 10 }), 1);
      assert.equal(await pruneTombstones(writer, calendar, { before: 3_000, limit: 10 }), 0);
      const kept = await changesSince(writer, calendar, { after: Revision(4), upTo: Revision(6), limit: 10 });
      assert.deepEqual(
        kept.map((change) => [change.name, change.deleted]),
        [['c', true]],
      );
      return (await findCollectionById(writer, calendar))?.tombstonesSince;
    });
    assert.equal(since, 4);
  });
});
