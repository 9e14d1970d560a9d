import assert from 'node:assert/strict';
import fc from 'fast-check';

describe('Properties', () => {
  it('are tried with the same cases each time', function () {
    if (process.env['TEST_SEED'] === 'random') this.skip();
    const cases = (): readonly number[] => {
      const tried: number[] = [];
      fc.assert(fc.property(fc.integer(), (value) => void tried.push(value)));
      return tried;
    };
    assert.deepEqual(cases(), cases());
  });
});
