import assert from 'node:assert/strict';
import fc from 'fast-check';
import { splitEscaped, unescapeText } from '../../../dav/vcard/text.js';
import { escapeText, text } from './card-model.js';

describe('RFC 6350 §3.4 separators', () => {
  it('splits where a separator is not escaped', () => {
    const separator = fc.constantFrom<',' | ';'>(',', ';');
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), separator, (parts, mark) => {
        assert.deepEqual(splitEscaped(parts.map(escapeText).join(mark), mark, Infinity), parts);
      }),
    );
  });
  it('knows an escaped backslash from one that escapes', () => {
    assert.deepEqual(splitEscaped('a\\\\,b\\,c,', ',', Infinity), ['a\\', 'b,c', '']);
    assert.deepEqual(splitEscaped('a,b;c', ';', Infinity), ['a,b', 'c']);
  });
  it('stops at the greatest number of parts', () => {
    assert.deepEqual(splitEscaped('a,b,c,d', ',', 2), ['a', 'b']);
    assert.deepEqual(splitEscaped('a,b', ',', 2), ['a', 'b']);
  });
});

describe('RFC 6350 §3.4 escapes, and those that Apple and Google write', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a\\nb\\Nc', 'a\nb\nc'],
    ['\\\\n', '\\n'],
    ['\\,\\;\\:\\"', ',;:"'],
    ['\\x\\', '\\x\\'],
    ['\\\\\\', '\\\\'],
    ['', ''],
  ];
  for (const [raw, value] of cases)
    it(JSON.stringify(raw), () => {
      assert.equal(unescapeText(raw), value);
    });
});
