/** What queries find while an object cannot be read, and when it can be read again. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { reindexStaleObjects } from '../../dav/index.js';
import { caldav, carddav } from '../../dav/xml/names.js';
import { element } from '../../dav/xml/write.js';
import { statement } from '../../storage/statement.js';
import { multistatus } from './answers.js';
import { addressbookQueryBody, calendarQueryBody } from './bodies.js';
import { breakObject } from './broken-object.js';
import { davSuite } from './dav-suite.js';
import { card, event } from './requests.js';

/** As after an upgrade whose index is another one. */
const forgetIndexes = statement()((db) => db.updateTable('collection').set({ indexed_as: 'earlier' }));

describe('An object that cannot be read when its index is made anew', () => {
  const suite = davSuite();

  const reindex = async (): Promise<number> => {
    let failures = 0;
    const onFailure = (): void => void (failures += 1);
    await reindexStaleObjects(suite.server.database, new AbortController().signal, { onFailure });
    return failures;
  };
  const found = async (path: string, body: string): Promise<string[]> => {
    const answer = await suite.send('REPORT', path, { headers: { Depth: '1' }, body });
    assert.equal(answer.status, 207, answer.body);
    return multistatus(answer.body).map(({ href }) => href.slice(path.length));
  };

  it('is in no time range, stays out of the way of the others, and is found as soon as it can be read', async () => {
    const path = await suite.newCollection();
    for (const name of ['a', 'b']) await suite.put(path + name, event(name));
    const range = element(caldav('time-range'), '', ' start="20260101T000000Z" end="20260201T000000Z"');
    const query = calendarQueryBody(element(caldav('comp-filter'), range, ' name="VEVENT"'));
    await breakObject(suite.server.database, 'b', 'BEGIN:VCALENDAR');
    await suite.server.database.write((writer) => writer.run(forgetIndexes, {}));
    assert.deepEqual(await found(path, query), ['a'], 'before');
    assert.equal(await reindex(), 1);
    assert.deepEqual(await found(path, query), ['a'], 'after');
    assert.equal(await reindex(), 1, 'tried again');
    await breakObject(suite.server.database, 'b', event('b'));
    assert.deepEqual((await found(path, query)).sort(), ['a', 'b'], 'at once');
    assert.equal(await reindex(), 0);
    assert.deepEqual(await found(path, query), ['a', 'b']);
  });

  it('meets no condition on a card, whatever it is, until it can be read', async () => {
    const path = await suite.newCollection('addressbooks');
    for (const name of ['c', 'd']) await suite.put(path + name, card(name, 'Anna', ['NOTE:x']));
    const whose = (name: string, content: string): string =>
      addressbookQueryBody(element(carddav('prop-filter'), content, ` name="${name}"`));
    const queries = [
      whose('FN', element(carddav('text-match'), 'anna')),
      whose('NOTE', ''),
      whose('EMAIL', element(carddav('is-not-defined'), '')),
    ];
    await breakObject(suite.server.database, 'd', 'BEGIN:VCARD');
    await suite.server.database.write((writer) => writer.run(forgetIndexes, {}));
    assert.equal(await reindex(), 1);
    for (const query of queries) assert.deepEqual(await found(path, query), ['c']);
    await breakObject(suite.server.database, 'd', card('d', 'Anna', ['NOTE:x']));
    assert.equal(await reindex(), 0);
    for (const query of queries) assert.deepEqual(await found(path, query), ['c', 'd']);
  });
});
