import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  checkWriteConditions,
  depthOf,
  isNotModified,
  parseEntityTags,
} from '../../../dav/http/conditional.js';
import { DavError } from '../../../dav/http/errors.js';
import { preferencesOf } from '../../../dav/http/prefer.js';

const modifiedAt = Date.parse('2026-01-02T03:04:05Z');
const current = { etag: 'abc-_1', modifiedAt };
const fails = (work: () => unknown, status: number): void => {
  assert.throws(work, (error) => error instanceof DavError && error.status === status);
};

describe('RFC 9110 §8.8.3: entity tags', () => {
  for (const header of [
    '"abc-_1"',
    'W/"abc-_1"',
    '"x", "abc-_1"',
    'abc-_1',
    '""abc-_1""',
    '"\\"abc-_1\\""',
  ]) {
    it(`are recognised as ${header}`, () => {
      assert.ok(parseEntityTags(header).includes('abc-_1'));
    });
  }
});

describe('RFC 9110 §8.8.3: a long list of entity tags', () => {
  it('is read in one pass', () => {
    // A pattern that goes back and tries again would need a minute.
    assert.equal(parseEntityTags(`x${'"'.repeat(100_000)}x`).length, 1);
  });
});

describe('RFC 9110 §13.1: conditions of a write', () => {
  it('If-Match holds for the current tag and for *', () => {
    checkWriteConditions({ 'if-match': '"abc-_1"' }, current);
    checkWriteConditions({ 'if-match': '*' }, current);
  });

  it('If-Match fails for another tag, and where nothing is', () => {
    fails(() => checkWriteConditions({ 'if-match': '"other"' }, current), 412);
    fails(() => checkWriteConditions({ 'if-match': '*' }, undefined), 412);
    fails(() => checkWriteConditions({ 'if-match': '' }, current), 412);
  });

  it('If-None-Match fails for the current tag and for *, and holds where nothing is', () => {
    fails(() => checkWriteConditions({ 'if-none-match': '*' }, current), 412);
    fails(() => checkWriteConditions({ 'if-none-match': '"abc-_1"' }, current), 412);
    checkWriteConditions({ 'if-none-match': '*' }, undefined);
    checkWriteConditions({ 'if-none-match': '"other"' }, current);
  });

  it('If-Unmodified-Since fails for an earlier time, and is ignored beside If-Match or as no date', () => {
    const early = 'Fri, 02 Jan 2026 03:04:04 GMT';
    fails(() => checkWriteConditions({ 'if-unmodified-since': early }, current), 412);
    checkWriteConditions({ 'if-unmodified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' }, current);
    checkWriteConditions({ 'if-unmodified-since': early, 'if-match': '*' }, current);
    checkWriteConditions({ 'if-unmodified-since': 'yesterday' }, current);
  });
});

describe('RFC 9110 §13.2: conditions of a read', () => {
  it('answer 304 for the tag that the client has, or the time', () => {
    assert.equal(isNotModified({ 'if-none-match': 'W/"abc-_1"' }, current), true);
    assert.equal(isNotModified({ 'if-none-match': '"other"' }, current), false);
    assert.equal(isNotModified({ 'if-modified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' }, current), true);
    assert.equal(isNotModified({ 'if-modified-since': 'Fri, 02 Jan 2026 03:04:04 GMT' }, current), false);
    assert.equal(isNotModified({}, current), false);
  });

  it('If-None-Match stands above If-Modified-Since', () => {
    const headers = { 'if-none-match': '"other"', 'if-modified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' };
    assert.equal(isNotModified(headers, current), false);
  });
});

describe('RFC 4918 §10.2: Depth', () => {
  it('is 0, 1, infinity or absent', () => {
    assert.equal(depthOf({}), undefined);
    assert.equal(depthOf({ depth: ' Infinity ' }), 'infinity');
    assert.equal(depthOf({ depth: '1' }), '1');
    for (const depth of ['2', '', '-1', '1,1', 'infinity, noroot']) fails(() => depthOf({ depth }), 400);
  });
});

describe('RFC 8144 §2: Prefer: return=minimal', () => {
  for (const headers of [
    { prefer: 'return=minimal' },
    { prefer: 'return-minimal' },
    { prefer: 'respond-async, return=minimal' },
    { prefer: 'return="minimal"' },
    { brief: 't' },
  ]) {
    it(`is understood as ${JSON.stringify(headers)}`, () => {
      assert.equal(preferencesOf(headers).minimal, true);
      assert.equal(preferencesOf(headers).headers['Preference-Applied'], 'return=minimal');
    });
  }
  for (const headers of [
    {},
    { prefer: 'return=representation' },
    { prefer: 'xreturn=minimalist' },
    { brief: 'f' },
  ]) {
    it(`is not read into ${JSON.stringify(headers)}`, () => {
      const { minimal, headers: told } = preferencesOf(headers);
      assert.deepEqual({ minimal, told }, { minimal: false, told: {} });
    });
  }
});
