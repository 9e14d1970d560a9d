import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  foldText,
  matchesText,
  resolveCollation,
  supportedCollations,
  type MatchType,
} from '../../../dav/collation/index.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom(...Array.from('aZ1 éÉßſKﬁǆΐᾳᾼიᲘ각각\u0301\u0323\u0345ﾞｶ𐐨')),
    maxLength: 8,
  }),
);
const matchTypes: readonly MatchType[] = ['equals', 'contains', 'starts-with', 'ends-with'];

describe('RFC 4790 §3.1 and §9 collation identifiers', () => {
  it('knows the collations it announces', () => {
    for (const name of supportedCollations) assert.equal(resolveCollation(name, 'i;octet'), name);
  });
  it('takes a missing name and "default" as the default of the protocol', () => {
    assert.equal(resolveCollation(undefined, 'i;unicode-casemap'), 'i;unicode-casemap');
    assert.equal(resolveCollation('default', 'i;ascii-casemap'), 'i;ascii-casemap');
  });
  it('does not know others, nor wildcards', () => {
    for (const name of ['i;ascii-numeric', 'i;basic', 'i;*', '*', '', 'I;OCTET', '__proto__'])
      assert.equal(resolveCollation(name, 'i;octet'), undefined, name);
  });
});

describe('RFC 4790 §9.2 i;ascii-casemap', () => {
  it('ignores the case of US-ASCII letters only', () => {
    assert.equal(foldText('i;ascii-casemap', 'aZ-éß{'), 'AZ-éß{');
    assert.ok(matchesText('i;ascii-casemap', 'equals', 'Daboo', 'dABOO'));
    assert.ok(!matchesText('i;ascii-casemap', 'equals', 'ÉMILE', 'émile'));
  });
});

describe('RFC 4790 §9.3 i;octet', () => {
  it('compares as it is', () => {
    assert.ok(matchesText('i;octet', 'contains', 'Cyrus Daboo', 's D'));
    assert.ok(!matchesText('i;octet', 'contains', 'Cyrus Daboo', 's d'));
  });
  it('finds an empty text everywhere, and equal to itself only', () => {
    for (const matchType of matchTypes.slice(1)) assert.ok(matchesText('i;octet', matchType, 'x', ''));
    assert.ok(!matchesText('i;octet', 'equals', 'x', ''));
    assert.ok(matchesText('i;octet', 'equals', '', ''));
  });
});

describe('RFC 5051 §2 i;unicode-casemap', () => {
  const folds: readonly (readonly [string, string, string])[] = [
    [
      'the example of step 2: a digraph takes its titlecase, its parts keep their case',
      '\u01c4\u01c5\u01c6',
      'Dz\u030cDz\u030cDz\u030c',
    ],
    ['a decomposed letter is titlecased before, not after', '\ufb01', 'fi'],
    ['one code point for one: sharp s has no titlecase in UnicodeData.txt', 'ß', 'ß'],
    ['accents are split off', 'éÉ', 'E\u0301E\u0301'],
    ['compatibility forms', '１ⅳ', '1IV'],
    ['iota subscript stays below', '\u1f80', '\u0391\u0313\u0345'],
    ['a Georgian letter is its own titlecase', '\u10d8', '\u10d8'],
    ['long s and dotless i have a titlecase', 'ſı', 'SI'],
    ['beyond the BMP', '𐐨', '𐐀'],
    ['marks stay in the order they have', 'e\u0301\u0323', 'E\u0301\u0323'],
    ['a half-width sound mark', 'ｶﾞ', 'カ\u3099'],
  ];
  for (const [meaning, from, to] of folds)
    it(meaning, () => assert.equal(foldText('i;unicode-casemap', from), to));

  it('ignores case beyond ASCII, and finds an accented letter by the plain one', () => {
    assert.ok(matchesText('i;unicode-casemap', 'equals', 'ÉMILE', 'e\u0301mile'));
    assert.ok(matchesText('i;unicode-casemap', 'contains', 'André', 'ndre'));
    assert.ok(!matchesText('i;unicode-casemap', 'equals', 'André', 'andre'));
  });

  it('joins: the form of a joined text is the joined forms, however it is computed', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const whole = foldText('i;unicode-casemap', a + b);
        assert.equal(whole, foldText('i;unicode-casemap', a) + foldText('i;unicode-casemap', b));
      }),
      { numRuns: 2000 },
    );
  });

  it('folds each code point as it does inside a text that takes the slow path', () => {
    // A mark in front forces the code-point-wise way; the answer must not depend on the way.
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 1) {
      if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue;
      const character = String.fromCodePoint(codePoint);
      const alone = foldText('i;unicode-casemap', character);
      if (foldText('i;unicode-casemap', `\u0301${character}`) !== `\u0301${alone}`)
        assert.fail(`U+${codePoint.toString(16)}`);
    }
  });
});

describe('collations compared', () => {
  it('whatever matches under i;octet or i;ascii-casemap matches under i;unicode-casemap', () => {
    fc.assert(
      fc.property(text, text, text, (before, sought, after) => {
        const candidates: readonly (readonly [MatchType, string])[] = [
          ['equals', sought],
          ['contains', before + sought + after],
          ['starts-with', sought + after],
          ['ends-with', before + sought],
        ];
        for (const [matchType, whole] of candidates) {
          assert.ok(matchesText('i;octet', matchType, whole, sought));
          assert.ok(matchesText('i;ascii-casemap', matchType, whole, sought));
          assert.ok(matchesText('i;unicode-casemap', matchType, whole, sought));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
