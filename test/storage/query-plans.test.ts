import assert from 'node:assert/strict';
import Driver from 'better-sqlite3';
import {
  cardsMatching,
  changeDeadProperties,
  changesSince,
  createCollection,
  deleteCollection,
  deleteObject,
  earliestChangeSince,
  entryChangesSince,
  findCollection,
  findObjectsWithContent,
  listCollections,
  listDeadPropertiesOfMembers,
  objectResource,
  objectsInTimeRange,
  pageEntries,
  pageObjects,
  pageObjectsWithContent,
  pruneTombstones,
  putObject,
  quotaOfAccount,
  readContent,
  replaceIndex,
  Revision,
  updateCollection,
  usedBytes,
  type CardCondition,
  type CollectionChange,
  type Writer,
} from '../../storage/index.js';
import { bind, type SqlValue, type Statement } from '../../storage/statement.js';
import { contentOf, emptyIndex, insertCollection, temporarySqlite } from './temporary-database.js';

/** Notes what it is asked to run. */
class RecordingWriter implements Writer {
  readonly seen = new Map<string, SqlValue[]>();

  constructor(private readonly writer: Writer) {}

  all<Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<Row[]> {
    this.note(statement, parameters);
    return this.writer.all(statement, parameters);
  }

  get<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row | undefined> {
    this.note(statement, parameters);
    return this.writer.get(statement, parameters);
  }

  getEach<Parameters, Row>(
    statement: Statement<Parameters, Row>,
    each: readonly Parameters[],
  ): Promise<(Row | undefined)[]> {
    for (const parameters of each) this.note(statement, parameters);
    return this.writer.getEach(statement, each);
  }

  run<Parameters>(statement: Statement<Parameters, unknown>, parameters: Parameters): Promise<number> {
    this.note(statement, parameters);
    return this.writer.run(statement, parameters);
  }

  runEach<Parameters>(statement: Statement<Parameters, unknown>, each: readonly Parameters[]): Promise<void> {
    for (const parameters of each) this.note(statement, parameters);
    return this.writer.runEach(statement, each);
  }

  changed(change: CollectionChange): void {
    this.writer.changed(change);
  }

  private note<Parameters>(statement: Statement<Parameters, unknown>, parameters: Parameters): void {
    const compiled = statement.compiled.sqlite;
    this.seen.set(compiled.sql, bind(compiled, parameters as Record<string, unknown>));
  }
}

const text: CardCondition = { kind: 'text', property: 'EMAIL', matchType: 'contains', foldedValue: 'x' };

describe('Query plans: what must not grow with the collection', () => {
  it('read by an index, never a whole table, and sort nothing', async () => {
    const { database, file, dispose } = await temporarySqlite();
    const calendar = await insertCollection(database);
    const statements = await database.write(async (plain) => {
      const writer = new RecordingWriter(plain);
      const { accountId } = calendar;
      const book = await createCollection(writer, accountId, { kind: 'addressbook', name: 'b', now: 0 });
      await updateCollection(writer, book, { color: '#000000' }, 0);
      await findCollection(writer, accountId, 'calendar', 'default');
      await listCollections(writer, accountId, 'calendar');
      await usedBytes(writer, accountId);
      await quotaOfAccount(writer, accountId);
      const index = { ...emptyIndex, firstStart: 0, lastEnd: 9, spans: [{ start: 0, end: 9 }] };
      const { object } = await putObject(writer, calendar, contentOf('a', { index }));
      await putObject(writer, calendar, contentOf('a', { index }));
      await putObject(writer, book, {
        ...contentOf('b'),
        index: { ...emptyIndex, properties: [{ name: 'EMAIL', folded: 'x', cut: false }] },
      });
      await replaceIndex(writer, calendar, object, index);
      await readContent(writer, calendar, object.id);
      await findObjectsWithContent(writer, calendar, ['a', 'b']);
      await pageObjects(writer, calendar, 0, 10);
      await pageEntries(writer, calendar, 0, 10);
      await pageObjectsWithContent(writer, calendar, 0, 10);
      for (const [start, end] of [
        [0, 10],
        [0, 1e9],
        [0, null],
        [null, 10],
      ] as const)
        for await (const page of objectsInTimeRange(writer, calendar, { components: null, start, end }, 10))
          assert.ok(page.length <= 1);
      for (const condition of [
        text,
        { kind: 'not-defined', property: 'EMAIL' },
        { kind: 'or', conditions: [text, text] },
      ] as const)
        for await (const page of cardsMatching(writer, book, condition)) assert.ok(page.length <= 1);
      const resource = objectResource(calendar, object.id);
      await changeDeadProperties(writer, accountId, resource, new Map([['p', '']]));
      await listDeadPropertiesOfMembers(writer, calendar, 0, object.id);
      await changeDeadProperties(writer, accountId, resource, new Map([['p', undefined]]));
      await deleteObject(writer, calendar, object, 1);
      await changesSince(writer, calendar, { after: Revision(1), upTo: Revision(9), limit: 10 });
      await entryChangesSince(writer, calendar, { after: Revision(1), upTo: Revision(9), limit: 10 });
      await earliestChangeSince(writer, calendar, Revision(1));
      await pruneTombstones(writer, calendar, { before: 2, limit: 10 });
      await deleteCollection(writer, book, 3);
      return writer.seen;
    });
    const driver = new Driver(file, { readonly: true });
    for (const [source, values] of statements) {
      // Bound as it is, a limit makes SQLite plan again at each execution.
      assert.doesNotMatch(source, /limit \?(?! \+ 0)/);
      const plan = driver
        .prepare<SqlValue[], { detail: string }>(`explain query plan ${source}`)
        .all(...values)
        .map(({ detail }) => detail);
      for (const detail of plan) {
        assert.doesNotMatch(
          detail,
          /^SCAN (?!CONSTANT ROW)|USE TEMP B-TREE/,
          `${source}\n${plan.join('\n')}`,
        );
        // A stretch of an index by the collection alone is all of the collection, unless it ends early.
        if (!source.includes('limit'))
          assert.doesNotMatch(
            detail,
            /SEARCH (?!doomed_collection).*\(account_id=\? AND collection_id=\?\)$/,
            `${source}\n${plan.join('\n')}`,
          );
      }
    }
    assert.ok(statements.size > 40, String(statements.size));
    driver.close();
    await dispose();
  });
});
