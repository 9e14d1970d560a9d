/** What mail programs are told of calendars and contacts (Mozilla's autoconfiguration; client need 8). */
import assert from 'node:assert/strict';
import { DOMParser } from '@xmldom/xmldom';
import { Visitor, house } from './house.js';
import type { House } from './house.js';

describe('Autoconfiguration for mail programs', () => {
  let home: House;
  before(async () => (home = await house()));
  after(() => home.dispose());

  const textsOf = (xml: string, name: string): readonly string[] =>
    Array.from(new DOMParser().parseFromString(xml, 'text/xml').getElementsByTagName(name)).map(
      ({ textContent }) => textContent ?? '',
    );

  for (const path of ['/.well-known/autoconfig/mail/config-v1.1.xml', '/mail/config-v1.1.xml'])
    it(`is at ${path}, for everybody`, async () => {
      const answer = await new Visitor(home.origin).request('GET', `${path}?emailaddress=anna%40Example.org`);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('Content-Type') ?? '', /^application\/xml/);
      assert.equal(answer.headers.get('Set-Cookie'), null);
      assert.deepEqual(textsOf(answer.body, 'domain'), ['example.org']);
      const urls = [`${home.origin}/dav/addressbooks/`, `${home.origin}/dav/calendars/`];
      assert.deepEqual(textsOf(answer.body, 'serverURL'), urls);
      assert.deepEqual(textsOf(answer.body, 'authentication'), ['basic', 'basic']);
      assert.match(answer.body, /<addressBook type="carddav">/);
      assert.match(answer.body, /<calendar type="caldav">/);
    });

  it('names the server where no address is given, or what is given is none', async () => {
    for (const given of [
      '',
      '?emailaddress=',
      '?emailaddress=x',
      '?emailaddress=a@b%3C%3E.c',
      '?emailaddress=a@b.c&emailaddress=d@e.f',
    ]) {
      const { body } = await new Visitor(home.origin).request('GET', `/mail/config-v1.1.xml${given}`);
      assert.deepEqual(textsOf(body, 'domain'), ['localhost'], given);
    }
  });
});
