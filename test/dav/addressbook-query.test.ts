import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { text } from '../../dav/xml/element.js';
import { carddav, dav } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import { addressbookQueryBody } from './bodies.js';
import { breakObject } from './broken-object.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { describeReportFixtures } from './report-fixtures.js';
import { card } from './requests.js';

const whose = (name: string, value: string): string =>
  element(carddav('prop-filter'), element(carddav('text-match'), value), ` name="${name}"`);

describe('RFC 6352 §8.6: addressbook-query', () => {
  const suite = davSuite();
  describeReportFixtures(suite, 'addressbook-query', 'addressbooks');

  const query = async (
    path: string,
    filters: string,
    headers: Readonly<Record<string, string>> = { Depth: '1' },
  ): Promise<string[]> => {
    const answer = await suite.send('REPORT', path, { headers, body: addressbookQueryBody(filters) });
    assert.equal(answer.status, 207, answer.body);
    return multistatus(answer.body).map(({ href }) => href.slice(path.length));
  };

  it('§8.6.3: carries the properties of the card that are asked for, and no others', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(
      `${path}a`,
      card('a', 'Anna', ['NICKNAME:me', 'NOTE:secret', 'item1.EMAIL:a@example.org']),
    );
    const asked = ['VERSION', 'UID', 'NICKNAME', 'EMAIL', 'FN']
      .map((name) => element(carddav('prop'), '', ` name="${name}"`))
      .join('');
    const body = document(
      carddav('addressbook-query'),
      element(dav('prop'), element(carddav('address-data'), asked)) +
        element(carddav('filter'), whose('NICKNAME', 'me')),
    );
    const [response] = multistatus(
      (await suite.send('REPORT', path, { headers: { Depth: '1' }, body })).body,
    );
    assert.deepEqual(text(property(response, carddav('address-data'))).split('\r\n'), [
      'BEGIN:VCARD',
      'VERSION:3.0',
      'UID:a',
      'FN:Anna',
      'NICKNAME:me',
      'item1.EMAIL:a@example.org',
      'END:VCARD',
      '',
    ]);
  });

  it('whatever Depth says, the members are searched', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}a`, card('a', 'Anna'));
    for (const headers of [{ Depth: '1' }, { Depth: 'infinity' }, {}, { Depth: '0' }]) {
      assert.deepEqual(await query(path, whose('FN', 'anna'), headers as Record<string, string>), ['a']);
    }
    assertRefused(
      await suite.send('REPORT', path, { headers: { Depth: 'x' }, body: addressbookQueryBody('') }),
      400,
    );
  });

  it('one card that cannot be read breaks no query over the rest', async () => {
    const path = await suite.newCollection('addressbooks');
    for (const name of ['good-1', 'bad', 'good-2'])
      await suite.put(path + name, card(name, 'Anna', ['TEL;TYPE=WORK:1']));
    await breakObject(suite.server.database, 'bad', 'BEGIN:VCARD');
    // No index knows parameters, so that every card is looked into.
    const work = element(carddav('param-filter'), element(carddav('text-match'), 'work'), ' name="TYPE"');
    assert.deepEqual(await query(path, element(carddav('prop-filter'), work, ' name="TEL"')), [
      'good-1',
      'good-2',
    ]);
    assert.equal((await suite.send('DELETE', `${path}bad`)).status, 204);
  });

  it('what people search by is answered by the index alone: no card is read', async () => {
    const path = await suite.newCollection('addressbooks');
    const lines = [
      'NICKNAME:Ännchen,Nan',
      'EMAIL;TYPE=home:anna@example.org',
      'item1.TEL:+49 (30) 901-820',
      'ORG:Verein Ümläut;Chor',
      'NOTE:likes \\, commas',
      'CATEGORIES:Friends,Choir',
    ];
    for (const name of ['indexed-1', 'indexed-2']) await suite.put(path + name, card(name, 'Anna', lines));
    await suite.put(`${path}other`, card('other', 'Berta'));
    for (const name of ['indexed-1', 'indexed-2', 'other'])
      await breakObject(suite.server.database, name, 'no card');
    for (const [name, sought, type] of [
      ['FN', 'ANNA', 'equals'],
      ['N', 'example', 'starts-with'],
      ['NICKNAME', 'ännchen', 'equals'],
      ['NICKNAME', 'nan', 'equals'],
      ['EMAIL', 'example.org', 'ends-with'],
      ['TEL', '901-820', 'contains'],
      ['ORG', 'ÜMLÄUT', 'contains'],
      ['NOTE', 'likes , commas', 'equals'],
      ['CATEGORIES', 'choir', 'equals'],
    ] as const) {
      const match = element(carddav('text-match'), sought, ` match-type="${type}"`);
      const found = await query(path, element(carddav('prop-filter'), match, ` name="${name}"`));
      const all = name === 'N' ? ['indexed-1', 'indexed-2', 'other'] : ['indexed-1', 'indexed-2'];
      assert.deepEqual(found, all, `${name} ${sought}`);
    }
  });

  it('finds the current version of a card, and nothing that was deleted', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}a`, card('a', 'Anna'));
    await suite.put(`${path}a`, card('a', 'Berta'));
    assert.deepEqual(
      [await query(path, whose('FN', 'anna')), await query(path, whose('FN', 'BERTA'))],
      [[], ['a']],
    );
    await suite.send('DELETE', `${path}a`);
    assert.deepEqual(await query(path, whose('FN', 'berta')), []);
  });

  it('a long value is searched to its end', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}a`, card('a', 'Anna', [`NOTE:${'Lorem ipsum '.repeat(2_000)}needle`]));
    await suite.put(`${path}b`, card('b', 'Berta', [`NOTE:${'Lorem ipsum '.repeat(2_000)}`]));
    assert.deepEqual(await query(path, whose('NOTE', 'NEEDLE')), ['a']);
  });

  it('without a filter every card is meant, as Evolution has it', async () => {
    const path = await suite.newCollection('addressbooks');
    for (const name of ['a', 'b']) await suite.put(path + name, card(name));
    const body = document(carddav('addressbook-query'), element(dav('prop'), element(dav('getetag'), '')));
    const answer = await suite.send('REPORT', path, { headers: { Depth: '0' }, body });
    assert.deepEqual(
      multistatus(answer.body).map(({ href }) => href.slice(path.length)),
      ['a', 'b'],
    );
  });

  it('is a report of address books alone', async () => {
    for (const path of ['/dav/addressbooks/alice/', await suite.firstCollection(), '/dav/']) {
      assertRefused(
        await suite.send('REPORT', path, { body: addressbookQueryBody('') }),
        403,
        dav('supported-report'),
      );
    }
  });
});

describe('RFC 6352 §8.6.2: more matches than the server gives out', () => {
  const suite = davSuite({ limits: { maxResults: 3 } });

  it('the lower of both limits counts, and 507 on the request-URI is not counted', async () => {
    const path = await suite.firstCollection('addressbooks');
    for (const name of ['a', 'b', 'c', 'd']) await suite.put(path + name, card(name, 'Anna'));
    for (const [limit, names] of [
      [1, ['a']],
      [3, ['a', 'b', 'c']],
      [100, ['a', 'b', 'c']],
    ] as const) {
      const body = addressbookQueryBody(whose('FN', 'anna'), { limit });
      const responses = multistatus((await suite.send('REPORT', path, { body })).body);
      assert.deepEqual(
        responses.map(({ href, status }) => [href, status]),
        [...names.map((name) => [path + name, undefined]), [path, 507]],
      );
    }
  });
});
