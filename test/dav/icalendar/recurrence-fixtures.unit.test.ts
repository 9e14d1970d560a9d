import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  defaultCalendarLimits,
  indexCalendarObject,
  instancesOf,
  matchesTimeRange,
  parseCalendarObject,
  type CalendarObject,
} from '../../../dav/icalendar/index.js';
import { iso, seconds } from './objects.js';

interface Expected {
  readonly section: string;
  readonly reason: string;
  readonly zone?: string;
  readonly from?: string;
  readonly until?: string;
  readonly starts: readonly string[];
}

const folder = join(process.cwd(), 'fixtures/icalendar/recurrence');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.ics'))
  .map((name) => name.slice(0, -4));

describe('recurrence fixtures: an .ics and the instants it must give', () => {
  it('has fixtures to check', () => assert.ok(names.length >= 60));

  for (const name of names) {
    const expected = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Expected;
    const zone = expected.zone ?? 'UTC';
    const starts = expected.starts.map(seconds);
    const range = {
      start: expected.from === undefined ? undefined : seconds(expected.from),
      end: expected.until === undefined ? undefined : seconds(expected.until),
      zone,
    };
    const object = (): CalendarObject =>
      parseCalendarObject(readFileSync(join(folder, `${name}.ics`)), defaultCalendarLimits);

    it(`${expected.section}: ${name}`, () => {
      const found = instancesOf(object(), range, starts.length + 5);
      assert.deepEqual(
        found.map(({ start }) => iso(start)),
        starts.map(iso),
      );
    });

    it(`${name}: time-range and index agree with the instants`, () => {
      const parsed = object();
      for (const [at, start] of starts.entries()) {
        assert.ok(matchesTimeRange(parsed, { start, end: start + 1, zone }), `${iso(start)} is not found`);
        const index = indexCalendarObject(parsed, { zone, now: start });
        const isInside = index.windowEnd === null || start < index.windowEnd;
        const hit = index.spans.some((span) => span.start <= start && span.end > start);
        assert.ok(hit || (!isInside && index.unbounded), `${iso(start)} (${at}) is not in the index`);
        assert.ok((index.firstStart ?? start) <= start && (index.lastEnd ?? start + 1) > start);
      }
    });
  }
});
