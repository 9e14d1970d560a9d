/**
 * A VTIMEZONE (RFC 5545 §3.6.5) of a zone that has only a name, for clients that want the whole of it: each change of its
 * clock since 2000, and the rule by which they go on where the last years follow one.
 */
import { civilOf, dayOf, daysInMonth, secondsPerDay, weekdayOf } from '../civil.js';
import { contentLine } from '../write-line.js';
import { changesOf, isDaylightAt, offsetAt } from './changes.js';
import type { Change } from './changes.js';
import { namedZone } from './names.js';
import type { Zone } from './zone.js';

/** Changes of one kind: each day by itself, or by a rule from the first on. */
interface Observance extends Pick<Change, 'from' | 'to' | 'isDaylight'> {
  readonly onsets: readonly number[];
  readonly rule: string | null;
}

interface RulesAtEnd {
  readonly rules: readonly Observance[];
  /** Those before the first year that the rules hold for. */
  readonly before: readonly Change[];
}

/** Asking ICU about a year takes a millisecond, and nobody waits for the years that nobody looks at any more. */
const firstYear = 2000;
/** What ICU tells of later years repeats the last rules of most zones. */
const lastYear = 2037;
/** Of the others, such as those that put their clocks back for Ramadan, each change is told: ICU's last is of 2087. */
const lastYearWithoutRule = 2099;
/** A rule must hold in so many of the last years. */
const yearsOfRule = 10;
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** What stands after the TZID, by the name of the zone in lower case: how a client spells it makes no new entry. */
const bodies = new Map<string, string>();
const maxBodies = 700;

/** What `vtimezoneText` writes for the same time zone data; another number where it writes something else. */
export const VTIMEZONE_VERSION = 2;
/** Before this instant (epoch seconds) the VTIMEZONEs say nothing; the first part begins with it. */
export const vtimezoneStart = dayOf(firstYear, 1, 1) * secondsPerDay;

/** The lines from BEGIN:VTIMEZONE to END:VTIMEZONE, each with its CRLF; undefined for a name that is no zone's. */
export function vtimezoneText(tzid: string): string | undefined {
  const zone = namedZone(tzid);
  if (!zone) return undefined;
  return `BEGIN:VTIMEZONE\r\n${contentLine('TZID', [], tzid, '\r\n')}${bodyOf(zone)}`;
}

function bodyOf(zone: Zone): string {
  const key = zone.name.toLowerCase();
  const known = bodies.get(key);
  if (known !== undefined) return known;
  const made = writeBody(zone);
  if (bodies.size >= maxBodies) bodies.clear();
  bodies.set(key, made);
  return made;
}

function writeBody(zone: Zone): string {
  const lines: string[] = [];
  for (const { isDaylight, onsets, from, to, rule } of observancesOf(zone)) {
    const name = isDaylight ? 'DAYLIGHT' : 'STANDARD';
    const [first = 0, ...more] = onsets.map(formatLocal);
    lines.push(`BEGIN:${name}`, `DTSTART:${first}`);
    lines.push(`TZOFFSETFROM:${formatOffset(from)}`, `TZOFFSETTO:${formatOffset(to)}`);
    if (rule !== null) lines.push(`RRULE:${rule}`);
    lines.push(...more.map((onset) => `RDATE:${onset}`), `END:${name}`);
  }
  return [...lines, 'END:VTIMEZONE', ''].join('\r\n');
}

function observancesOf(zone: Zone): Observance[] {
  const offset = offsetAt(zone, vtimezoneStart);
  const { rules, before } = changesAndRules(zone);
  const groups = new Map<string, Change[]>();
  for (const change of before) {
    const key = `${change.from} ${change.to} ${change.isDaylight}`;
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  const listed = [...groups.values()].flatMap(([first, ...more]): Observance[] =>
    first ? [{ ...first, onsets: [first, ...more].map(({ local }) => local), rule: null }] : [],
  );
  const initial: Observance = {
    from: offset,
    to: offset,
    isDaylight: isDaylightAt(zone, vtimezoneStart),
    onsets: [vtimezoneStart + offset],
    rule: null,
  };
  return [initial, ...listed, ...rules];
}

function changesAndRules(zone: Zone): RulesAtEnd {
  const until = (year: number): Change[] =>
    changesOf(zone, vtimezoneStart, dayOf(year + 1, 1, 1) * secondsPerDay);
  const changes = until(lastYear);
  const atEnd = rulesAtEnd(changes, lastYear);
  const goesOn = atEnd.rules.length === 0 && changes.some(({ local }) => yearOf(local) === lastYear);
  return goesOn ? rulesAtEnd(until(lastYearWithoutRule), lastYearWithoutRule) : atEnd;
}

/** Splits off the changes that follow rules up to the last year; as many rules as there are changes in a year, or none. */
function rulesAtEnd(changes: readonly Change[], last: number): RulesAtEnd {
  const inYear = (year: number): Change[] => changes.filter(({ local }) => yearOf(local) === year);
  const model = inYear(last);
  const none = { rules: [], before: changes };
  if (model.length === 0) return none;
  const rules = model.map((change, index) => {
    const sample = Array.from({ length: yearsOfRule }, (_, back) => inYear(last - back)[index]);
    return candidatesOf(change.local).find((rule) =>
      sample.every(
        (each) => each && isAlike(each, change) && onsetIn(rule, yearOf(each.local)) === each.local,
      ),
    );
  });
  const sure = rules.filter((rule) => rule !== undefined);
  if (sure.length < rules.length) return none;
  const holds = (year: number): boolean => {
    const changed = inYear(year);
    return (
      changed.length === model.length &&
      changed.every((change, index) => {
        const [rule, like] = [sure[index], model[index]];
        return rule && like && isAlike(change, like) && onsetIn(rule, year) === change.local;
      })
    );
  };
  let first = last;
  while (first > firstYear && holds(first - 1)) first -= 1;
  return {
    rules: model.map((change, index) => ({
      ...change,
      onsets: [inYear(first)[index]?.local ?? change.local],
      rule: sure[index]?.text ?? null,
    })),
    before: changes.filter(({ local }) => yearOf(local) < first),
  };
}

function isAlike(one: Change, other: Change): boolean {
  return one.from === other.from && one.to === other.to && one.isDaylight === other.isDaylight;
}

/** One day of each year at one time: the weekday `weekday` on or after day `earliest` of the month. */
interface YearlyRule {
  readonly text: string;
  readonly month: number;
  readonly weekday: number;
  readonly time: number;
  /** A day of the month; negative ones are counted from its end: -7 is the first day of its last week. */
  readonly earliest: number;
}

/** The rules that a change on that day may follow: the last or the nth such weekday, or the one on or after a date. */
function candidatesOf(local: number): YearlyRule[] {
  const day = Math.floor(local / secondsPerDay);
  const { year, month, day: date } = civilOf(day);
  const weekday = weekdayOf(day);
  const name = weekdays[weekday] ?? '';
  const shared = { month, weekday, time: local - day * secondsPerDay };
  const rule = (earliest: number, byDay: string): YearlyRule => ({
    ...shared,
    earliest,
    text: `FREQ=YEARLY;BYMONTH=${month};${byDay}`,
  });
  const found: YearlyRule[] = [];
  if (date > daysInMonth(year, month) - 7) found.push(rule(-7, `BYDAY=-1${name}`));
  const ordinal = Math.ceil(date / 7);
  if (ordinal < 5) found.push(rule(ordinal * 7 - 6, `BYDAY=${ordinal}${name}`));
  const latest = (month === 2 ? 28 : daysInMonth(year, month)) - 6;
  for (let earliest = Math.max(1, date - 6); earliest <= Math.min(date, latest); earliest += 1) {
    const days = Array.from({ length: 7 }, (_, index) => earliest + index);
    found.push(rule(earliest, `BYMONTHDAY=${days.join(',')};BYDAY=${name}`));
  }
  return found;
}

function onsetIn({ month, weekday, time, earliest }: YearlyRule, year: number): number {
  const first = dayOf(year, month, earliest > 0 ? earliest : daysInMonth(year, month) + 1 + earliest);
  return (first + ((weekday - weekdayOf(first) + 7) % 7)) * secondsPerDay + time;
}

function yearOf(local: number): number {
  return civilOf(Math.floor(local / secondsPerDay)).year;
}

function formatLocal(local: number): string {
  const day = Math.floor(local / secondsPerDay);
  const time = local - day * secondsPerDay;
  const { year, month, day: date } = civilOf(day);
  const clock = [Math.floor(time / 3600), Math.floor((time % 3600) / 60), time % 60];
  return `${year}${[month, date].map(twoDigits).join('')}T${clock.map(twoDigits).join('')}`;
}

function formatOffset(offset: number): string {
  const size = Math.abs(offset);
  const parts = [Math.floor(size / 3600), Math.floor((size % 3600) / 60), size % 60];
  return `${offset < 0 ? '-' : '+'}${(parts[2] === 0 ? parts.slice(0, 2) : parts).map(twoDigits).join('')}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
