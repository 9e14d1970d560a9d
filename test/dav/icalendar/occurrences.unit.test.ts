import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Budget, Occurrences, parseRecurrenceRule } from '../../../dav/icalendar/recurrence/index.js';
import { rule, start } from './random-rules.js';

describe('Occurrences', () => {
  it('gives the same from the middle on as from the beginning', () => {
    fc.assert(
      fc.property(
        rule,
        start,
        fc.integer({ min: 0, max: 800 }),
        fc.option(fc.integer({ min: 1, max: 40 })),
        (text, from, days, count) => {
          const parsed = parseRecurrenceRule(count === null ? text : `${text};COUNT=${count}`);
          const middle = from + days * 86_400 + 4_711;
          const end = middle + 400 * 86_400;
          const all = new Occurrences(parsed, from, false, {
            last: end,
            budget: new Budget(10_000_000, 1_000),
          });
          const late = new Occurrences(parsed, from, false, {
            from: middle,
            last: end,
            budget: new Budget(10_000_000, 1_000),
          });
          let expected = all.next();
          while (expected < middle) expected = all.next();
          for (let index = 0; index < 30; index += 1) {
            assert.equal(late.next(), expected, text);
            if (Number.isNaN(expected)) break;
            expected = all.next();
          }
        },
      ),
      { seed: 20_260_102, numRuns: 300 },
    );
  }).timeout(30_000);
});
