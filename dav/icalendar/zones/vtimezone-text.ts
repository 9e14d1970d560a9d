/**
 * A VTIMEZONE (RFC 5545 §3.6.5) of a zone that has only a name, for clients that want the whole of it: each change of its
 * clock since 2000, and the rule by which they go on where the last years follow one.
 */
import { civilOf, dayOf, daysInMonth, secondsPerDay, weekdayOf } from '../civil.js';
import { contentLine } from '../write-line.js';
import { namedZone } from './names.js';
import type { Zone } from './zone.js';

interface Change {
  /** On the clock as it is before it. */
  readonly local: number;
  readonly from: number;
  readonly to: number;
  readonly isDaylight: boolean;
}

/** Changes of one kind: each day by itself, or by a rule from the first on. */
interface Observance extends Pick<Change, 'from' | 'to' | 'isDaylight'> {
  readonly onsets: readonly number[];
  readonly rule: string | null;
}

/** Asking ICU about a year takes a millisecond, and nobody waits for the years that nobody looks at any more. */
const firstYear = 2000;
/** What ICU tells of later years repeats the last rules. */
const lastYear = 2037;
/** A rule must hold in so many of the last years. */
const yearsOfRule = 10;
const step = 7 * secondsPerDay;
/** Summer time is taken back within a year. */
const longestSummer = 330 * secondsPerDay;
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

const texts = new Map<string, string>();
const maxTexts = 600;

/** The lines from BEGIN:VTIMEZONE to END:VTIMEZONE, each with its CRLF; undefined for a name that is no zone's. */
export function vtimezoneText(tzid: string): string | undefined {
  const known = texts.get(tzid);
  if (known !== undefined) return known;
  const zone = namedZone(tzid);
  if (!zone) return undefined;
  const made = writeVtimezone(tzid, zone);
  if (texts.size >= maxTexts) texts.clear();
  texts.set(tzid, made);
  return made;
}

function writeVtimezone(tzid: string, zone: Zone): string {
  const lines = ['BEGIN:VTIMEZONE', contentLine('TZID', [], tzid, '\r\n').trimEnd()];
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
  const start = dayOf(firstYear, 1, 1) * secondsPerDay;
  const offset = zone.toLocal(start) - start;
  const changes = changesOf(zone, start, offset);
  const { rules, before } = rulesAtEnd(changes);
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
  const initial: Observance = { from: offset, to: offset, isDaylight: false, onsets: [start], rule: null };
  return [initial, ...listed, ...rules];
}

function changesOf(zone: Zone, start: number, firstOffset: number): Change[] {
  const end = dayOf(lastYear + 1, 1, 1) * secondsPerDay;
  const found: { utc: number; from: number; to: number }[] = [];
  let offset = firstOffset;
  for (let at = start; at < end; at += step) {
    const next = Math.min(at + step, end);
    const offsetThen = zone.toLocal(next) - next;
    if (offsetThen === offset) continue;
    found.push({ utc: changeBetween(zone, at, next, offset), from: offset, to: offsetThen });
    offset = offsetThen;
  }
  return found.map(({ utc, from, to }, index) => {
    const next = found[index + 1];
    const isDaylight = to > from && (!next || (next.to < to && next.utc - utc < longestSummer));
    return { local: utc + from, from, to, isDaylight };
  });
}

/** The second at which the offset is no longer `offset`. */
function changeBetween(zone: Zone, from: number, to: number, offset: number): number {
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.toLocal(middle) - middle === offset) low = middle;
    else high = middle;
  }
  return high;
}

/** Splits off the changes that follow rules up to the last year; as many rules as there are changes in a year, or none. */
function rulesAtEnd(changes: readonly Change[]): { rules: Observance[]; before: readonly Change[] } {
  const inYear = (year: number): Change[] => changes.filter(({ local }) => yearOf(local) === year);
  const model = inYear(lastYear);
  const none = { rules: [], before: changes };
  if (model.length === 0) return none;
  const rules = model.map((change, index) => {
    const sample = Array.from({ length: yearsOfRule }, (_, back) => inYear(lastYear - back)[index]);
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
  let first = lastYear;
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
  for (let earliest = Math.max(1, date - 6); earliest <= date && earliest <= 22; earliest += 1) {
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
