import { civilOf, dayOf, endOfYears, secondsPerDay, weekdayOf } from '../civil.js';
import type { Budget } from './budget.js';
import { DaySelection } from './days.js';
import type { RecurrenceRule } from './rule.js';
import { positions, TickTimes, timesOfDay, type DayTimes } from './times.js';

/** A run of days, each with the same times, or a list of picked places in it. */
export interface Period {
  readonly days: readonly number[];
  readonly times: DayTimes;
  readonly picked: readonly number[] | null;
}

/** The Gregorian calendar repeats itself, weekdays included, every 400 years. */
const daysInCycle = 146_097;

/** Walks the rule's periods in order; `firstDay` never goes back. */
export interface PeriodWalk {
  /** Null when the period selects nothing. */
  readonly current: Period | null;
  /** No day of this or a later period is before it. */
  readonly firstDay: number;
  readonly isOver: boolean;
  /** Days from one period to the next, where all are alike but the first; otherwise null. */
  readonly uniformStep: number | null;
  /** Goes on by so many periods. */
  advance(periods?: number): void;
}

export function sizeOf(period: Period): number {
  return period.picked ? period.picked.length : period.days.length * period.times.length;
}

export function placeOf(period: Period, index: number): number {
  const place = period.picked ? (period.picked[index] ?? 0) : index;
  const perDay = period.times.length;
  const day = Math.floor(place / perDay);
  return (period.days[day] ?? 0) * secondsPerDay + (period.times[place - day * perDay] ?? 0);
}

/** The walk through a rule's periods from the one that holds `skipToDay`, or a little earlier. */
export function walkOf(
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
  readonly uniformStep: number | null;
  private readonly isImpossible: boolean;
  private number: number;
  private emptyRun = 0;
  current: Period | null = null;
  firstDay = 0;
  isOver = false;

  constructor(
    private readonly rule: RecurrenceRule,
    private readonly selection: DaySelection,
    private readonly times: DayTimes,
    private readonly steps: Steps,
    skipToDay: number,
  ) {
    const { interval } = rule;
    const isUniform =
      rule.frequency === 'DAILY'
        ? selection.allowsAll
        : rule.frequency === 'WEEKLY' && rule.byMonth.length === 0;
    this.uniformStep = isUniform ? interval * (rule.frequency === 'DAILY' ? 1 : 7) : null;
    // One period early: the days of a year's last week may lie in the next year.
    const skipped = Math.floor((steps.numberOf(skipToDay) - 1 - steps.first) / interval);
    this.isImpossible = times.length === 0 || !selection.isPossible();
    this.number = steps.first + Math.max(0, skipped) * interval;
    this.enter();
  }

  advance(periods = 1): void {
    this.number += this.rule.interval * periods;
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
    this.isOver = this.firstDay >= endOfYears || this.emptyRun > this.steps.cycle || this.isImpossible;
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
  readonly uniformStep: number | null;
  private readonly isImpossible: boolean;
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
    this.uniformStep = ticks.isConstant && days.allowsAll && !isDate ? 1 : null;
    this.isImpossible = ticks.never || !days.isPossible();
    this.enter();
  }

  advance(periods = 1): void {
    const day = this.firstDay + periods - 1;
    const next = this.current ? day + 1 : this.days.nextMonthAllowed(day);
    this.firstDay = this.ticks.nextDay(Math.max(next, day + 1) - 1);
    this.enter();
  }

  private enter(): void {
    this.current = null;
    this.isOver = this.isImpossible || this.firstDay >= endOfYears;
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
