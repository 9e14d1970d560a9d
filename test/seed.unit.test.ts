import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';

describe('Properties', () => {
  it('are tried with the same cases each time, unless others are asked for', () => {
    const isSeeded = process.env['TEST_SEED'] !== 'random';
    const cases = (): readonly number[] => {
      const tried: number[] = [];
      fc.assert(fc.property(fc.integer(), (value) => void tried.push(value)));
      return tried;
    };
    assert.equal(isDeepStrictEqual(cases(), cases()), isSeeded);
  });
});
