import { invalidData, quoted } from '../errors.js';
import { readDateTime, type DateTime } from '../values.js';

export type Frequency = 'YEARLY' | 'MONTHLY' | 'WEEKLY' | 'DAILY' | 'HOURLY' | 'MINUTELY' | 'SECONDLY';

/** One entry of BYDAY: weekday 0 is Sunday; ordinal 0 is "every". */
export interface WeekdayNumber {
  readonly ordinal: number;
  readonly weekday: number;
}

/** RFC 5545 §3.3.10, with RSCALE and SKIP of RFC 7529 §4. Lists are sorted, without duplicates; empty means absent. */
export interface RecurrenceRule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | null;
  readonly until: DateTime | null;
  readonly bySecond: readonly number[];
  readonly byMinute: readonly number[];
  readonly byHour: readonly number[];
  readonly byDay: readonly WeekdayNumber[];
  readonly byMonthDay: readonly number[];
  readonly byYearDay: readonly number[];
  readonly byWeekNo: readonly number[];
  readonly byMonth: readonly number[];
  readonly bySetPos: readonly number[];
  readonly weekStart: number;
  /** What becomes of a day that its month or year does not have (RFC 7529 §4.1). */
  readonly skip: Skip;
  /** The calendar that the rule counts in, in upper case (RFC 7529 §4); null where the rule has no RSCALE. */
  readonly rscale: string | null;
  /**
   * False for a rule in another calendar than the Gregorian: its instances are not known here and are never computed as
   * if it were Gregorian.
   */
  readonly expandable: boolean;
}

export type Skip = 'OMIT' | 'BACKWARD' | 'FORWARD';
/** The calendars that rules are computed in (RFC 7529 §10.1). */
export const supportedRscales: readonly string[] = ['GREGORIAN'];

const frequencies = new Set<string>([
  'YEARLY',
  'MONTHLY',
  'WEEKLY',
  'DAILY',
  'HOURLY',
  'MINUTELY',
  'SECONDLY',
]);
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
/** A list longer than this has only duplicates in it, whatever the rule part. */
const maxList = 800;

const partNames = new Set<string>([
  ...[
    'FREQ',
    'UNTIL',
    'COUNT',
    'INTERVAL',
    'BYSECOND',
    'BYMINUTE',
    'BYHOUR',
    'BYDAY',
    'BYMONTHDAY',
    'BYYEARDAY',
  ],
  ...['BYWEEKNO', 'BYMONTH', 'BYSETPOS', 'WKST', 'RSCALE', 'SKIP'],
]);

/**
 * Reads a RECUR value.
 * @throws CalendarDataError `valid-calendar-data` when it is not one by RFC 5545 §3.3.10: a part that is unknown, twice
 * there, out of range (BYMONTH=13, INTERVAL=0) or not allowed with this FREQ.
 */
export function parseRecurrenceRule(text: string): RecurrenceRule {
  const parts = readParts(text.trimEnd());
  const frequency = parts.get('FREQ') ?? '';
  if (!isFrequency(frequency)) throw broken(text, 'FREQ is missing or unknown');
  const until = parts.get('UNTIL');
  if (until !== undefined && parts.has('COUNT')) throw broken(text, 'UNTIL and COUNT exclude each other');
  const rscale = parts.get('RSCALE') ?? null;
  const skip = parts.get('SKIP') ?? 'OMIT';
  if (parts.has('SKIP') && rscale === null) throw broken(text, 'SKIP needs RSCALE');
  if (!isSkip(skip)) throw broken(text, 'SKIP is unknown');
  const rule: RecurrenceRule = {
    frequency,
    interval: positive(parts.get('INTERVAL'), text, 'INTERVAL') ?? 1,
    count: positive(parts.get('COUNT'), text, 'COUNT'),
    until: until === undefined ? null : untilOf(until, text),
    bySecond: numbers(parts, 'BYSECOND', text, { low: 0, high: 60 }),
    byMinute: numbers(parts, 'BYMINUTE', text, { low: 0, high: 59 }),
    byHour: numbers(parts, 'BYHOUR', text, { low: 0, high: 23 }),
    byDay: byDayOf(parts.get('BYDAY'), text),
    byMonthDay: numbers(parts, 'BYMONTHDAY', text, { low: 1, high: 31, signed: true }),
    byYearDay: numbers(parts, 'BYYEARDAY', text, { low: 1, high: 366, signed: true }),
    byWeekNo: numbers(parts, 'BYWEEKNO', text, { low: 1, high: 53, signed: true }),
    byMonth: numbers(parts, 'BYMONTH', text, {
      low: 1,
      high: rscale === null ? 12 : 13,
      leap: rscale !== null,
    }),
    bySetPos: numbers(parts, 'BYSETPOS', text, { low: 1, high: 366, signed: true }),
    weekStart: weekdayNumber(parts.get('WKST') ?? 'MO', text),
    skip,
    rscale,
    expandable: rscale === null || supportedRscales.includes(rscale),
  };
  checkCombination(rule, text);
  return rule;
}

function broken(text: string, reason: string): Error {
  return invalidData(`The recurrence rule ${quoted(text)} is broken: ${reason}.`);
}

function isFrequency(text: string): text is Frequency {
  return frequencies.has(text);
}

function isSkip(text: string): text is Skip {
  return text === 'OMIT' || text === 'BACKWARD' || text === 'FORWARD';
}

function readParts(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.toUpperCase().split(';', partNames.size + 1)) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0));
    if (!partNames.has(name)) throw broken(text, `${quoted(part)} is no part of a rule`);
    if (parts.has(name)) throw broken(text, `${name} stands there twice`);
    parts.set(name, part.slice(equals + 1));
  }
  return parts;
}

function positive(value: string | undefined, text: string, name: string): number | null {
  if (value === undefined) return null;
  if (!/^\d{1,15}$/.test(value) || Number(value) === 0) throw broken(text, `${name} is no positive number`);
  return Number(value);
}

function untilOf(value: string, text: string): DateTime {
  const until = readDateTime(value, null);
  if (!until) throw broken(text, 'UNTIL is no date or time that exists');
  return until;
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly signed?: boolean;
  /** RFC 7529 §4.2: a leap month is written with an L behind its number. */
  readonly leap?: boolean;
}

function numbers(parts: Map<string, string>, name: string, text: string, range: Range): number[] {
  const value = parts.get(name);
  if (value === undefined) return [];
  const found = new Set<number>();
  for (const item of listOf(value, text, name)) {
    const shape =
      range.signed === true ? /^[+-]?\d{1,3}$/ : range.leap === true ? /^\d{1,2}L?$/ : /^\d{1,3}$/;
    const number = Number.parseInt(item, 10);
    const size = Math.abs(number);
    if (!shape.test(item) || size < range.low || size > range.high)
      throw broken(text, `${name} has a value out of range`);
    found.add(number);
  }
  return [...found].sort((a, b) => a - b);
}

function listOf(value: string, text: string, name: string): string[] {
  const items = value.split(',', maxList + 1);
  if (items.length > maxList) throw broken(text, `${name} has too many values`);
  return items;
}

function weekdayNumber(value: string, text: string): number {
  const weekday = weekdays.indexOf(value);
  if (weekday === -1) throw broken(text, `${quoted(value)} is no day of the week`);
  return weekday;
}

function byDayOf(value: string | undefined, text: string): WeekdayNumber[] {
  if (value === undefined) return [];
  return listOf(value, text, 'BYDAY').map((item) => {
    const match = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(item);
    const ordinal = match?.[1] === undefined ? 0 : Number(match[1]);
    if (!match || Math.abs(ordinal) > 53 || (match[1] !== undefined && ordinal === 0)) {
      throw broken(text, 'BYDAY has a value that is no day of the week');
    }
    return { ordinal, weekday: weekdayNumber(match[2] ?? '', text) };
  });
}

/** The MUST NOTs of RFC 5545 §3.3.10. */
function checkCombination(rule: RecurrenceRule, text: string): void {
  const { frequency } = rule;
  const ordinals = rule.byDay.some((day) => day.ordinal !== 0);
  if (ordinals && frequency !== 'MONTHLY' && frequency !== 'YEARLY') {
    throw broken(text, `BYDAY takes no number with FREQ=${frequency}`);
  }
  if (ordinals && rule.byWeekNo.length > 0) throw broken(text, 'BYDAY takes no number beside BYWEEKNO');
  if (rule.byMonthDay.length > 0 && frequency === 'WEEKLY')
    throw broken(text, 'BYMONTHDAY is not for FREQ=WEEKLY');
  if (rule.byYearDay.length > 0 && ['DAILY', 'WEEKLY', 'MONTHLY'].includes(frequency)) {
    throw broken(text, `BYYEARDAY is not for FREQ=${frequency}`);
  }
  if (rule.byWeekNo.length > 0 && frequency !== 'YEARLY')
    throw broken(text, 'BYWEEKNO is for FREQ=YEARLY only');
  if (rule.bySetPos.length > 0 && !hasByPart(rule)) throw broken(text, 'BYSETPOS needs another BY part');
}

function hasByPart(rule: RecurrenceRule): boolean {
  const lists = [rule.bySecond, rule.byMinute, rule.byHour, rule.byDay, rule.byMonthDay, rule.byYearDay];
  return [...lists, rule.byWeekNo, rule.byMonth].some((list) => list.length > 0);
}
