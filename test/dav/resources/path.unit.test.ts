import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { encodeSegment, parsePath, pathOfHref } from '../../../dav/resources/path.js';

describe('Paths below /dav/', () => {
  it('name the fixed layout, with and without the slash at the end', () => {
    assert.deepEqual(parsePath('/'), { kind: 'root' });
    for (const slash of ['', '/']) {
      assert.deepEqual(parsePath(`/dav${slash}`), { kind: 'dav' });
      assert.deepEqual(parsePath(`/dav/principals/alice${slash}`), { kind: 'principal', account: 'alice' });
      assert.deepEqual(parsePath(`/dav/calendars${slash}`), { kind: 'homes', home: 'calendars' });
      assert.deepEqual(parsePath(`/dav/addressbooks/alice${slash}`), {
        kind: 'home',
        home: 'addressbooks',
        account: 'alice',
      });
      assert.deepEqual(parsePath(`/dav/calendars/alice/work${slash}`), {
        kind: 'collection',
        home: 'calendars',
        account: 'alice',
        name: 'work',
      });
    }
    assert.deepEqual(parsePath('/dav/calendars/alice/work/a%20b%40c.ics?x#y'), {
      kind: 'object',
      home: 'calendars',
      account: 'alice',
      collection: 'work',
      name: 'a b@c.ics',
    });
  });

  it('end at objects: deeper nothing can be', () => {
    for (const path of ['/dav/calendars/a/b/c/d', '/dav/addressbooks/a/b/c/d/e/'])
      assert.deepEqual(parsePath(path), { kind: 'beyond' });
  });

  for (const path of ['/elsewhere', '/dav/files/', '/dav/principals/alice/x', '/dav/principals/a/b/c/d']) {
    it(`have nothing at ${path}`, () => {
      assert.deepEqual(parsePath(path), { kind: 'nothing' });
    });
  }

  for (const path of [
    'dav/',
    '/dav/../etc',
    '/dav/calendars/alice/%2e%2e/x',
    '/dav/calendars/alice/a%2fb/x',
    '/dav/calendars/alice/a%5cb/x',
    '/dav/calendars/alice/a%00b/x',
    '/dav/calendars/alice/%ff/x',
    '/dav/calendars/alice/%zz/x',
    '/dav//alice/',
    `/dav/calendars/alice/${'a'.repeat(256)}/`,
  ]) {
    it(`are malformed as ${path.slice(0, 60)}`, () => {
      assert.equal(parsePath(path), undefined);
    });
  }

  it('come back from their one written form, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (name) => {
        fc.pre(!Array.from(name).some((character) => character < ' ' || '/\\\u007f'.includes(character)));
        fc.pre(name !== '.' && name !== '..');
        const parsed = parsePath(`/dav/calendars/alice/work/${encodeSegment(name)}`);
        assert.equal(parsed?.kind === 'object' ? parsed.name : undefined, name);
      }),
    );
  });
});

describe('RFC 4918 §8.3: hrefs', () => {
  it('are paths or absolute URLs, whatever host a proxy made of ours', () => {
    assert.equal(pathOfHref(' /dav/a '), '/dav/a');
    assert.equal(pathOfHref('https://example.org:8443/dav/a?b'), '/dav/a');
    assert.equal(pathOfHref('http://example.org'), '/');
  });

  for (const href of ['dav/a', '//example.org/dav/a', 'ftp://example.org/dav/a', '']) {
    it(`are refused as ${JSON.stringify(href)}`, () => {
      assert.equal(pathOfHref(href), undefined);
    });
  }
});
