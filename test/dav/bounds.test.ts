/** What one request may ask for: each bound is a 4xx with a sentence, and nothing is done. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { carddav } from '../../dav/xml/names.js';
import { element } from '../../dav/xml/write.js';
import { addressbookQueryBody } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { card, cardType } from './requests.js';

const elements = (count: number): string =>
  Array.from({ length: count }, (_, number) => `<p${number} xmlns="urn:x"/>`).join('');

describe('Bounds of one request', () => {
  const suite = davSuite();

  it('has a most of properties that PROPFIND names, since each is answered for every member', async () => {
    const path = await suite.firstCollection();
    const ask = (count: number) =>
      suite.send('PROPFIND', path, {
        headers: { Depth: '1' },
        body: `<propfind xmlns="DAV:"><prop>${elements(count)}</prop></propfind>`,
      });
    assert.equal((await ask(1000)).status, 207);
    assertRefused(await ask(1001), 400);
  });

  it('has a most of properties that PROPPATCH sets or removes', async () => {
    const path = await suite.firstCollection();
    const change = (part: 'set' | 'remove', count: number) =>
      suite.send('PROPPATCH', path, {
        body: `<propertyupdate xmlns="DAV:"><${part}><prop>${elements(count)}</prop></${part}></propertyupdate>`,
      });
    assert.equal((await change('remove', 1000)).status, 207);
    assertRefused(await change('set', 1001), 400);
  });

  it('has a longest text that a filter looks for', async () => {
    const path = await suite.firstCollection('addressbooks');
    const search = (length: number) =>
      suite.send('REPORT', path, {
        body: `<C:addressbook-query xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns="DAV:"><prop><getetag/></prop><C:filter><C:prop-filter name="FN"><C:text-match>${'x'.repeat(length)}</C:text-match></C:prop-filter></C:filter></C:addressbook-query>`,
      });
    assert.equal((await search(4096)).status, 207);
    assertRefused(await search(4097), 400);
  });

  it('has a most of conditions that a filter for cards has (RFC 6352 §8.6, supported-filter)', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}a`, card('a'));
    const text = (value: string) => element(carddav('text-match'), value);
    const whose = (name: string, content: string) =>
      element(carddav('prop-filter'), content, ` name="${name}"`);
    const type = element(carddav('param-filter'), '', ' name="TYPE"');
    const search = (filters: string) =>
      suite.send('REPORT', path, { headers: { Depth: '1' }, body: addressbookQueryBody(filters) });
    for (const [of, one] of [
      ['properties', (number: number) => whose(`X-${number}`, '')],
      ['texts', (number: number) => whose('NOTE', text(`${number}`))],
      ['texts and parameters of one property', (number: number) => text(`${number}`) + type],
    ] as const) {
      const filters = (count: number): string => {
        const each = Array.from({ length: count }, (_, number) => one(number)).join('');
        return of.endsWith('one property') ? whose('TEL', each) : each;
      };
      const most = of.endsWith('one property') ? 32 : 64;
      assert.equal((await search(filters(most))).status, 207, of);
      assertRefused(await search(filters(most + 1)), 403, carddav('supported-filter'), of);
    }
  });
});

describe('RFC 6352 §6.3.2.1: a UID that looks like one that stands in for a missing one', () => {
  const suite = davSuite();

  it('is a UID like others: whose place it has taken is refused as a conflict', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}a.vcf`, card('urn:latchkey:name:b.vcf'));
    const body = card('x').replace('UID:x\r\n', '');
    const answer = await suite.send('PUT', `${path}b.vcf`, { headers: cardType, body });
    assertRefused(answer, 409, carddav('no-uid-conflict'));
    assert.ok(answer.body.includes(`${path}a.vcf`));
    assert.equal((await suite.send('PUT', `${path}c.vcf`, { headers: cardType, body })).status, 201);
  });
});
