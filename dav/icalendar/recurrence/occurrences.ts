import { civilOf, dayOf, endOfYears, secondsPerDay, weekdayOf } from '../civil.js';
import type { Budget } from './budget.js';
import { DaySelection } from './days.js';
import type { RecurrenceRule } from './rule.js';
import { positions, TickTimes, timesOfDay } from './times.js';

/** What part of a rule's occurrences is wanted. Local seconds on DTSTART's own clock. */
export interface OccurrenceOptions {
  /** Occurrences before it are counted but not yielded. */
  readonly from?: number | undefined;
  /** Nothing is looked for after it (inclusive): UNTIL, or the end of the range asked for, whichever is earlier. */
  readonly last?: number | undefined;
  readonly budget: Budget;
}

/** A run of days, each with the same times, or a list of picked places in it. */
interface Period {
  readonly days: readonly number[];
  readonly times: readonly number[];
  readonly picked: readonly number[] | null;
}

/** The Gregorian calendar repeats itself, weekdays included, every 400 years. */
const daysInCycle = 146_097;

/** Walks the rule's periods in order; `firstDay` never goes back. */
interface PeriodWalk {
  /** Null when the period selects nothing. */
  readonly current: Period | null;
  /** No day of this or a later period is before it. */
  readonly firstDay: number;
  readonly isOver: boolean;
  advance(): void;
}

/**
 * The occurrences of one rule (RFC 5545 §3.3.10) as local seconds, in order, without duplicates. DTSTART is always the
 * first, and COUNT counts it, whether or not it fits the rule (§3.8.5.3). The rule's UNTIL is the caller's to apply by
 * `last`, since it may be in UTC. Purely local arithmetic: gaps and overlaps of a time zone are the caller's too.
 * Years end with 9999.
 */
export class Occurrences {
  private readonly walk: PeriodWalk;
  private readonly from: number;
  private readonly last: number;
  private readonly budget: Budget;
  private remaining: number;
  private startPending: boolean;
  private place = 0;
  private period: Period | null = null;

  constructor(
    rule: RecurrenceRule,
    private readonly start: number,
    isDate: boolean,
    options: OccurrenceOptions,
  ) {
    this.from = options.from ?? start;
    this.last = Math.min(options.last ?? Number.POSITIVE_INFINITY, endOfYears * secondsPerDay - 1);
    this.budget = options.budget;
    this.remaining = rule.count ?? Number.POSITIVE_INFINITY;
    this.startPending = true;
    const skipTo = rule.count === null ? Math.max(this.from, start) : start;
    this.walk = walkOf(rule, start, isDate, Math.floor(skipTo / secondsPerDay), options.budget);
  }

  /**
   * The next occurrence, or NaN when there is none (any more).
   * @throws BudgetExceeded
   */
  next(): number {
    if (this.startPending) {
      this.startPending = false;
      this.remaining -= 1;
      if (this.start >= this.from && this.start <= this.last) return this.start;
    }
    while (this.remaining > 0) {
      this.budget.spend();
      if (!this.period && !this.enterPeriod()) return Number.NaN;
      const local = this.takePlace();
      if (Number.isNaN(local) || local <= this.start) continue;
      if (local > this.last) return Number.NaN;
      this.remaining -= 1;
      if (local >= this.from) return local;
    }
    return Number.NaN;
  }

  private enterPeriod(): boolean {
    while (!this.walk.isOver) {
      if (this.walk.firstDay * secondsPerDay > this.last) return false;
      const period = this.walk.current;
      if (period && !this.skipWhole(period)) {
        this.period = period;
        this.place = 0;
        return true;
      }
      this.budget.spend();
      this.walk.advance();
    }
    return false;
  }

  /** Counts a period that lies between DTSTART and `from` as a whole, without looking at its occurrences. */
  private skipWhole(period: Period): boolean {
    const size = sizeOf(period);
    if (size === 0) return true;
    if (placeOf(period, size - 1) >= this.from || placeOf(period, 0) <= this.start) return false;
    if (this.remaining < size) return false;
    this.remaining -= size;
    return this.remaining >= 0;
  }

  private takePlace(): number {
    const { period } = this;
    if (!period) return Number.NaN;
    if (this.place >= sizeOf(period)) {
      this.period = null;
      this.walk.advance();
      return Number.NaN;
    }
    const local = placeOf(period, this.place);
    this.place += 1;
    return local;
  }
}

function sizeOf(period: Period): number {
  return period.picked ? period.picked.length : period.days.length * period.times.length;
}

function placeOf(period: Period, index: number): number {
  const place = period.picked ? (period.picked[index] ?? 0) : index;
  const perDay = period.times.length;
  const day = Math.floor(place / perDay);
  return (period.days[day] ?? 0) * secondsPerDay + (period.times[place - day * perDay] ?? 0);
}

function walkOf(
  rule: RecurrenceRule,
  start: number,
  isDate: boolean,
  skipToDay: number,
  budget: Budget,
): PeriodWalk {
  const startDay = Math.floor(start / secondsPerDay);
  const days = new DaySelection(rule, startDay);
  const { frequency } = rule;
  if (frequency === 'HOURLY' || frequency === 'MINUTELY' || frequency === 'SECONDLY') {
    return new TickWalk(days, new TickTimes(rule, start), isDate, Math.max(startDay, skipToDay), budget);
  }
  const times = isDate ? [0] : timesOfDay(rule, start - startDay * secondsPerDay);
  return new DayWalk(rule, days, times, stepsOf(rule, days, startDay), skipToDay);
}

/** Periods of a YEARLY to DAILY rule, numbered; `cycle` of them in a row without a day means that none ever comes. */
interface Steps {
  readonly first: number;
  readonly cycle: number;
  numberOf(day: number): number;
  firstDay(number: number): number;
  days(number: number): number[];
}

/** Each `cycle` is 400 years, after which the calendar repeats itself. */
function stepsOf(rule: RecurrenceRule, days: DaySelection, startDay: number): Steps {
  const numberOfYear = (day: number): number => civilOf(day).year;
  const numberOfMonth = (day: number): number => civilOf(day).year * 12 + civilOf(day).month - 1;
  const weekStart = startDay - ((weekdayOf(startDay) - rule.weekStart + 7) % 7);
  const numberOfWeek = (day: number): number => Math.floor((day - weekStart) / 7);
  switch (rule.frequency) {
    case 'YEARLY':
      return {
        first: numberOfYear(startDay),
        cycle: 400,
        // Week 1 may begin up to three days before its year.
        numberOf: numberOfYear,
        firstDay: (number) => dayOf(number, 1, 1) - 3,
        days: (number) => days.inYear(number),
      };
    case 'MONTHLY':
      return {
        first: numberOfMonth(startDay),
        cycle: 4_800,
        numberOf: numberOfMonth,
        firstDay: (number) => dayOf(Math.floor(number / 12), (number % 12) + 1, 1),
        days: (number) => days.inMonth(Math.floor(number / 12), (number % 12) + 1),
      };
    case 'WEEKLY':
      return {
        first: 0,
        cycle: 20_871,
        numberOf: numberOfWeek,
        firstDay: (number) => weekStart + number * 7,
        days: (number) => days.inWeek(weekStart + number * 7),
      };
    default:
      return {
        first: startDay,
        cycle: daysInCycle,
        numberOf: (day) => day,
        firstDay: (number) => number,
        days: (number) => (days.allows(number) ? [number] : []),
      };
  }
}

class DayWalk implements PeriodWalk {
  private number: number;
  private emptyRun = 0;
  current: Period | null = null;
  firstDay = 0;
  isOver = false;

  constructor(
    private readonly rule: RecurrenceRule,
    private readonly selection: DaySelection,
    private readonly times: readonly number[],
    private readonly steps: Steps,
    skipToDay: number,
  ) {
    const { interval } = rule;
    // One period early: the days of a year's last week may lie in the next year.
    const skipped = Math.floor((steps.numberOf(skipToDay) - 1 - steps.first) / interval);
    this.number = steps.first + Math.max(0, skipped) * interval;
    this.enter();
  }

  advance(): void {
    this.number += this.rule.interval;
    if (!this.current && this.rule.frequency === 'DAILY') this.skipMonths();
    this.enter();
  }

  private skipMonths(): void {
    const { interval } = this.rule;
    const next = this.selection.nextMonthAllowed(this.number - interval);
    if (next > this.number) this.number += Math.ceil((next - this.number) / interval) * interval;
  }

  private enter(): void {
    this.firstDay = this.steps.firstDay(this.number);
    this.isOver = this.firstDay >= endOfYears || this.emptyRun > this.steps.cycle || this.times.length === 0;
    if (this.isOver) return;
    const days = this.steps.days(this.number);
    const size = days.length * this.times.length;
    const { bySetPos } = this.rule;
    this.current =
      size === 0
        ? null
        : { days, times: this.times, picked: bySetPos.length > 0 ? positions(bySetPos, size) : null };
    this.emptyRun = this.current ? 0 : this.emptyRun + 1;
  }
}

class TickWalk implements PeriodWalk {
  current: Period | null = null;
  isOver = false;
  firstDay: number;
  private lastAllowed: number;

  constructor(
    private readonly days: DaySelection,
    private readonly ticks: TickTimes,
    private readonly isDate: boolean,
    firstDay: number,
    private readonly budget: Budget,
  ) {
    this.firstDay = ticks.nextDay(firstDay - 1);
    this.lastAllowed = this.firstDay;
    this.enter();
  }

  advance(): void {
    const day = this.firstDay;
    const next = this.current ? day + 1 : this.days.nextMonthAllowed(day);
    this.firstDay = this.ticks.nextDay(Math.max(next, day + 1) - 1);
    this.enter();
  }

  private enter(): void {
    this.current = null;
    this.isOver = this.ticks.never || this.firstDay >= endOfYears;
    if (this.isOver) return;
    if (!this.days.allows(this.firstDay)) {
      this.isOver = this.ticks.everyDay && this.firstDay - this.lastAllowed > daysInCycle;
      return;
    }
    this.lastAllowed = this.firstDay;
    const times = this.ticks.on(this.firstDay, this.budget);
    // A rule of hours on a DATE has no time to carry: the day itself is the instance.
    if (times.length > 0)
      this.current = { days: [this.firstDay], times: this.isDate ? [0] : times, picked: null };
  }
}
