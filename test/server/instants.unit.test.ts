import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Instants } from '../../server/observability/instants.js';

describe('instants in the log', () => {
  it('are written as ISO 8601 in UTC, with milliseconds, whatever came before', () => {
    let instant = 0;
    const instants = new Instants(() => instant);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1e12, max: 1e12 + 3000 }))),
        (each) => {
          for (instant of each) assert.equal(instants.now(), new Date(instant).toISOString());
        },
      ),
    );
  });
});
