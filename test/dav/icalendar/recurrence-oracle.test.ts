import 'temporal-polyfill/global';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RRuleTemporal } from 'rrule-temporal';
import { Budget, Occurrences, parseRecurrenceRule } from '../../../dav/icalendar/recurrence/index.js';
import { iso, seconds } from './objects.js';
import { rule, start } from './random-rules.js';

const wanted = 15;
const last = seconds('2045-01-01T00:00:00Z');

function ours(text: string, from: number): string[] {
  const occurrences = new Occurrences(parseRecurrenceRule(text), from, false, { last, budget: new Budget() });
  const found: string[] = [];
  for (
    let local = occurrences.next();
    !Number.isNaN(local) && found.length < wanted;
    local = occurrences.next()
  ) {
    found.push(iso(local));
  }
  return found;
}

/** Undefined where rrule-temporal gives up: it bounds its candidates, and throws on rules that never match. */
function theirs(text: string, from: number): string[] | undefined {
  const found: string[] = [];
  const compact = iso(from).replace(/[-:]/g, '');
  try {
    const engine = new RRuleTemporal({
      rruleString: `DTSTART:${compact}\nRRULE:${text};UNTIL=20450101T000000Z`,
      includeDtstart: true,
    });
    engine.all((occurrence) => {
      found.push(iso(Date.parse(occurrence.toString().replace(/\[.*/, '')) / 1000));
      return found.length < wanted;
    });
    return found;
  } catch {
    return undefined;
  }
}

/**
 * rrule-temporal as oracle. Left out are combinations in which it departs from the table of §3.3.10: in YEARLY rules it
 * drops BYMONTHDAY beside BYWEEKNO or BYYEARDAY, BYDAY with numbers beside BYMONTHDAY or BYYEARDAY, and the plain days of
 * a BYDAY that has numbered ones too. Those are in fixtures/icalendar/recurrence.
 */
describe('RFC 5545 §3.3.10: random rules beside rrule-temporal', () => {
  it('gives the same instants', () => {
    let compared = 0;
    fc.assert(
      fc.property(rule, start, (text, from) => {
        const expected = theirs(text, from);
        if (expected === undefined) return;
        compared += 1;
        assert.deepEqual(ours(text, from), expected, text);
      }),
      { seed: 20_260_101, numRuns: 150 },
    );
    assert.ok(compared > 120, `only ${compared} rules were compared`);
  }).timeout(60_000);
});
