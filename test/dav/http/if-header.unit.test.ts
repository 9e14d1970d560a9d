import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { DavError } from '../../../dav/http/errors.js';
import { parseIfHeader, someListHolds } from '../../../dav/http/if-header.js';

const holds = (header: string, etags: Readonly<Record<string, string>> = {}): Promise<boolean> =>
  someListHolds(parseIfHeader(header), (resource) =>
    Promise.resolve({ etag: etags[resource ?? ''], tokens: new Set<string>() }),
  );

describe('RFC 4918 §10.4: the If header', () => {
  it('§10.4.6: a list holds when all of its conditions do, the header when one of its lists does', async () => {
    const header = '(<urn:uuid:181d4fae> ["I am an ETag"]) (["I am another ETag"])';
    assert.equal(await holds(header, { '': 'I am another ETag' }), true);
    assert.equal(await holds(header, { '': 'I am an ETag' }), false);
    assert.equal(await holds(header), false);
  });

  it('§10.4.7: Not turns a condition round', async () => {
    assert.equal(await holds('(Not <urn:uuid:181d4fae> <urn:uuid:58f202ac>)'), false);
    assert.equal(await holds('(Not ["a"])', { '': 'b' }), true);
    assert.equal(await holds('(Not ["a"])', { '': 'a' }), false);
  });

  it('§10.4.8: DAV:no-lock never holds, so its negation always does', async () => {
    assert.equal(await holds('(<urn:uuid:181d4fae>) (Not <DAV:no-lock>)'), true);
  });

  it('§10.4.9: tagged lists speak of the resource that they name', async () => {
    const header = '<http://example.org/a> (["1"]) <http://example.org/b> (["2"] ["2"])';
    assert.equal(await holds(header, { 'http://example.org/b': '2' }), true);
    assert.equal(await holds(header, { 'http://example.org/a': '2', '': '1' }), false);
  });

  it('compares tags without quotes and weakness, as clients send them', async () => {
    for (const tag of ['["a"]', '[W/"a"]', '[a]', '[ "a" ]'])
      assert.equal(await holds(`(${tag})`, { '': 'a' }), true, tag);
  });

  for (const header of [
    '',
    '()',
    '(',
    '["a"]',
    '("a")',
    '(Not)',
    '(Not Not ["a"])',
    '<urn:x>',
    '(["a"]) x',
    '((["a"]))',
    '<urn:x> <urn:y> (["a"])',
    '(["a"]) <urn:x>',
    '<urn:x> (["a"]) <urn:y>',
    '(["a"]) <urn:x> (["b"])',
  ]) {
    it(`is refused with 400 as ${JSON.stringify(header)}`, () => {
      assert.throws(
        () => parseIfHeader(header),
        (error) => error instanceof DavError && error.status === 400,
      );
    });
  }

  it('is refused at once when it is long and malformed', () => {
    // A pattern that goes back and tries again would need minutes, and hours for the 16 KB that headers may have.
    for (const filler of [' ', '"', ' "', 'W/', '[', '(', '<'])
      assert.throws(
        () => parseIfHeader(`([${filler.repeat(4_000)}x`),
        (error) => error instanceof DavError && error.status === 400,
      );
  });
});
