/** What a browser gets from DAV is never to be taken for a page, nor shown inside one (OWASP ASVS 5.0, 3.2.1, 3.4.3, 3.4.4, 3.4.6). */
import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { dav } from '../../dav/xml/names.js';
import { propfindBody, propertyUpdate } from './bodies.js';
import { davSuite } from './dav-suite.js';
import { event } from './requests.js';
import type { RequestOptions } from './requests.js';

describe('Answers of DAV with a body', () => {
  const suite = davSuite();
  let calendar: string;
  before(async () => {
    calendar = await suite.firstCollection();
    await suite.put(`${calendar}a.ics`, event('a'));
  });
  const nobody = { name: 'x', authorization: 'Basic eDp5' };

  for (const [method, status, path, options] of [
    ['GET', 200, 'a.ics', {}],
    ['PROPFIND', 207, '', { headers: { Depth: '1' }, body: propfindBody(dav('getetag')) }],
    [
      'PROPPATCH',
      207,
      '',
      { body: propertyUpdate({ set: '<D:displayname xmlns:D="DAV:">x</D:displayname>' }) },
    ],
    ['PROPFIND', 404, 'nothing/x', {}],
    ['PUT', 403, 'b.ics', { body: '<script>alert(1)</script>' }],
    ['REPORT', 400, '', { body: '<not-closed' }],
  ] as readonly (readonly [string, number, string, RequestOptions])[])
    it(`${method} ${status}`, async () => {
      const answer = await suite.send(method, calendar + path, options);
      assert.equal(answer.status, status, answer.body);
      assert.notEqual(answer.body, '');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(
        answer.headers.get('content-security-policy'),
        "default-src 'none'; frame-ancestors 'none'",
      );
      assert.match(answer.headers.get('content-type') ?? '', /; charset=utf-8/);
    });

  it('401', async () => {
    const answer = await suite.send('PROPFIND', calendar, {}, nobody);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  });

  it('and of the time zone service, which is open to everybody', async () => {
    const answer = await suite.send('GET', '/dav/timezones/capabilities', {}, nobody);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
  });
});
