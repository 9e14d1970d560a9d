/**
 * Generated recurrence rules beside a second implementation: python3-icalendar and python3-recurring-ical-events of Debian,
 * which lean on dateutil. Each difference has to be explained by the text of RFC 5545.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { z } from 'zod';
import { defaultCalendarLimits, instancesOf, parseCalendarObject } from '../../dav/icalendar/index.js';
import { projectRoot } from '../../server/config.js';
import type { Check } from './check.js';
import type { Lab } from './lab.js';
import { output, runProgram } from './program.js';
import { recurrenceCases, withRule } from './recurrence-cases.js';
import type { RecurrenceCase } from './recurrence-cases.js';

const SCRIPT = join(projectRoot, 'test', 'interop', 'python-recurrence.py');
const PYTHON = '/usr/bin/python3';
/** A few may be too much for the other side; so many have to be compared. */
const MUST_COMPARE = 1_000;
/** Differences of a kind beyond these are not that kind. */
const MOST_OF_A_KIND = 60;

export async function hasPythonRecurrence(signal: AbortSignal): Promise<boolean> {
  try {
    const script = 'import icalendar, recurring_ical_events';
    return (await runProgram(PYTHON, ['-c', script], { environment: {}, signal })).code === 0;
  } catch {
    return false;
  }
}

const answerShape = z.union([z.object({ starts: z.array(z.number()) }), z.object({ error: z.string() })]);

/** The starts that the other side finds for each case, without duplicates; undefined where it found none in its time. */
async function theirs(
  cases: readonly RecurrenceCase[],
  home: string,
  signal: AbortSignal,
): Promise<(readonly number[] | undefined)[]> {
  const input = cases.map(({ calendar, from, until }) => JSON.stringify({ calendar, from, until }));
  const stdout = await output(PYTHON, [SCRIPT], {
    environment: { HOME: home, LANG: 'C.UTF-8' },
    signal,
    input: `${input.join('\n')}\n`,
  });
  const answers = stdout.trimEnd().split('\n');
  assert.equal(answers.length, cases.length, 'an answer for each case');
  return answers.map((line) => {
    const answer = answerShape.parse(JSON.parse(line));
    return 'starts' in answer ? [...new Set(answer.starts)] : undefined;
  });
}

function ours({ calendar, from, until }: RecurrenceCase): readonly number[] {
  const object = parseCalendarObject(Buffer.from(calendar), defaultCalendarLimits);
  const found = instancesOf(object, { start: from, end: until, zone: 'UTC' }, 100_000);
  return found.map(({ start }) => start).filter((start) => start >= from && start < until);
}

interface Explanation {
  readonly what: string;
  readonly applies: (rule: string) => boolean;
  /** The rule with what is explained said outright, or left out: about that both sides agree. */
  readonly inOtherWords: (made: RecurrenceCase) => RecurrenceCase;
}

const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

const explanations: readonly Explanation[] = [
  {
    what: 'BYWEEKNO without BYDAY: §3.3.10 takes what the rule does not say from DTSTART, so that its day of the week is meant; dateutil takes the whole week',
    applies: (rule) => rule.includes('BYWEEKNO') && !rule.includes('BYDAY'),
    inOtherWords: (made) => withRule(made, `${made.rule};BYDAY=${weekdays[made.weekday] ?? ''}`),
  },
  {
    what: 'BYSETPOS in a week: §3.3.10 has a set begin with the interval, not with DTSTART; dateutil counts from DTSTART in the first week',
    applies: (rule) => rule.includes('FREQ=WEEKLY') && rule.includes('BYSETPOS'),
    inOtherWords: (made) =>
      withRule(made, made.rule.replace(/;BYSETPOS=[^;]*/, '').replace(/;COUNT=\d+/, '')),
  },
];

const isSame = (one: readonly number[], other: readonly number[] | undefined): boolean =>
  one.length === other?.length && one.every((start, at) => start === other[at]);

export function recurrenceChecks(lab: Lab): Check[] {
  let different: readonly RecurrenceCase[] = [];
  const compare: Check = {
    name: `${recurrenceCases().length} generated rules give the same instances, but for what is explained`,
    run: async (signal) => {
      const cases = recurrenceCases();
      const answers = await theirs(cases, await lab.home(), signal);
      const compared = cases.filter((_, at) => answers[at] !== undefined);
      assert.ok(compared.length >= MUST_COMPARE, `only ${compared.length} were compared`);
      different = cases.filter((made, at) => answers[at] !== undefined && !isSame(ours(made), answers[at]));
      const unexplained = different.filter(({ rule }) => !explanations.some(({ applies }) => applies(rule)));
      assert.deepEqual(
        unexplained.map(({ lines }) => lines.join(' | ')),
        [],
      );
    },
  };
  const explain = explanations.map((explanation) => ({
    name: explanation.what,
    run: async (signal: AbortSignal): Promise<void> => {
      const of = different.filter(({ rule }) => explanation.applies(rule));
      assert.ok(of.length <= MOST_OF_A_KIND, `${of.length} differences`);
      const words = of.map(explanation.inOtherWords);
      const answers = await theirs(words, await lab.home(), signal);
      for (const [at, made] of words.entries()) assert.ok(isSame(ours(made), answers[at]), made.rule);
    },
  }));
  return [compare, ...explain];
}
