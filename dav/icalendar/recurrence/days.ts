import { civilOf, dayOf, daysInMonth, daysInYear, weekdayOf } from '../civil.js';
import type { RecurrenceRule, WeekdayNumber } from './rule.js';

/**
 * Which days a rule selects in one of its periods (RFC 5545 §3.3.10, the table of expanding and limiting rule parts).
 * Days are epoch days. `start` is DTSTART's day, from which missing parts are taken.
 */
export class DaySelection {
  private readonly months: boolean[] | null;
  private readonly weekdays: boolean[] | null;
  private readonly startDate;
  private readonly startWeekday: number;

  constructor(
    private readonly rule: RecurrenceRule,
    start: number,
  ) {
    this.months = rule.byMonth.length === 0 ? null : flags(rule.byMonth, 13);
    const plain = rule.byDay.filter((entry) => entry.ordinal === 0).map((entry) => entry.weekday);
    this.weekdays = rule.byDay.length === 0 ? null : flags(plain, 7);
    this.startDate = civilOf(start);
    this.startWeekday = weekdayOf(start);
  }

  /** True when every day passes `allows`. */
  get allowsAll(): boolean {
    const { rule } = this;
    return !this.months && !this.weekdays && rule.byMonthDay.length === 0 && rule.byYearDay.length === 0;
  }

  /**
   * False when BYMONTH, BYMONTHDAY and BYYEARDAY exclude each other (30 February), so that no search is needed. Days of
   * the week need no look: in 400 years every date, 29 February too, falls on each of them.
   */
  isPossible(): boolean {
    const { rule, months } = this;
    if (rule.skip !== 'OMIT') return true;
    if (rule.byMonthDay.length === 0 && (rule.byYearDay.length === 0 || !months)) return true;
    return [2023, 2024].some((year) => {
      const first = dayOf(year, 1, 1);
      if (rule.byYearDay.length > 0) {
        return numbered(rule.byYearDay, first, daysInYear(year)).some((day) => this.passesDate(day));
      }
      for (let month = 1; month <= 12; month += 1) {
        if (months && months[month] !== true) continue;
        if (numbered(rule.byMonthDay, 1, daysInMonth(year, month)).length > 0) return true;
      }
      return false;
    });
  }

  /** True when the day passes BYMONTH, BYYEARDAY, BYMONTHDAY and BYDAY as limits: DAILY and more frequent rules. */
  allows(day: number): boolean {
    const { rule } = this;
    if (this.weekdays && this.weekdays[weekdayOf(day)] !== true) return false;
    if (!this.passesDate(day)) return false;
    if (rule.byYearDay.length === 0) return true;
    const { year } = civilOf(day);
    const yearDay = day - dayOf(year, 1, 1) + 1;
    return rule.byYearDay.includes(yearDay) || rule.byYearDay.includes(yearDay - daysInYear(year) - 1);
  }

  /** The first day after `day` whose month passes BYMONTH. */
  nextMonthAllowed(day: number): number {
    if (!this.months) return day + 1;
    let { year, month } = civilOf(day);
    if (this.months[month] === true) return day + 1;
    do {
      month += 1;
      if (month === 13) [month, year] = [1, year + 1];
    } while (this.months[month] !== true);
    return dayOf(year, month, 1);
  }

  /** The days of a week that begins on `weekStart` (an epoch day): WEEKLY rules. */
  inWeek(weekStart: number): number[] {
    const days: number[] = [];
    for (let day = weekStart; day < weekStart + 7; day += 1) {
      const weekday = weekdayOf(day);
      if (this.weekdays ? this.weekdays[weekday] !== true : weekday !== this.startWeekday) continue;
      if (this.months && this.months[civilOf(day).month] !== true) continue;
      days.push(day);
    }
    return days;
  }

  /** The days of a month: MONTHLY rules, and YEARLY ones with BYMONTH. */
  inMonth(year: number, month: number): number[] {
    if (this.months && this.months[month] !== true) return [];
    const { rule } = this;
    const first = dayOf(year, month, 1);
    const length = daysInMonth(year, month);
    if (rule.byMonthDay.length > 0) {
      const days = this.monthDays(rule.byMonthDay, year, month);
      return rule.byDay.length === 0
        ? days
        : days.filter((day) => this.isSelectedWeekday(day, first, length));
    }
    if (rule.byDay.length > 0) return this.selectedWeekdays(first, length);
    return this.monthDays([this.startDate.day], year, month);
  }

  /**
   * The days of a month by their numbers. One that the month does not have is left out, or becomes its last day or the
   * first of the next month, as SKIP says. Of the numbers counted from its end none is ever moved: the day before the first
   * is no invalid day of this month.
   */
  private monthDays(numbers: readonly number[], year: number, month: number): number[] {
    const first = dayOf(year, month, 1);
    const length = daysInMonth(year, month);
    const days = numbered(numbers, first, length);
    const { skip, frequency, interval } = this.rule;
    if (skip === 'OMIT' || numbers.every((number) => number <= length)) return days;
    const next = first + length;
    if (skip === 'BACKWARD') return days.at(-1) === next - 1 ? days : [...days, next - 1];
    // A next month that has its first day by itself has it once.
    const isWalked = interval === 1 || frequency === 'YEARLY';
    const hasFirst = isWalked && numbers.includes(1) && (!this.months || this.months[month + 1] === true);
    return hasFirst ? days : [...days, next];
  }

  /** The days of a year: YEARLY rules. Week 1 and 52/53 may reach into the neighbouring years. */
  inYear(year: number): number[] {
    const { rule } = this;
    const first = dayOf(year, 1, 1);
    const length = daysInYear(year);
    if (rule.byYearDay.length > 0) {
      const days = this.yearDays(first, length).filter((day) => this.passes(day));
      return rule.byWeekNo.length === 0 ? days : intersect(days, this.inWeeks(year, false));
    }
    if (rule.byWeekNo.length > 0) {
      const weeks = this.inWeeks(year, rule.byDay.length === 0 && rule.byMonthDay.length === 0);
      return weeks.filter((day) => this.passes(day));
    }
    if (rule.byMonthDay.length === 0 && rule.byDay.length > 0 && !this.months)
      return this.selectedWeekdays(first, length);
    if (rule.byMonthDay.length === 0 && rule.byDay.length === 0 && !this.months) {
      return this.inMonth(year, this.startDate.month);
    }
    if (rule.byMonthDay.length > 0 && rule.byDay.length > 0 && !this.months)
      return this.monthDaysByYear(year);
    const days: number[] = [];
    for (let month = 1; month <= 12; month += 1) days.push(...this.inMonth(year, month));
    return days;
  }

  /** The days of a year by their numbers; day 366 of a year without one as SKIP says. */
  private yearDays(first: number, length: number): number[] {
    const { skip, byYearDay, interval } = this.rule;
    const days = numbered(byYearDay, first, length);
    if (skip === 'OMIT' || length === 366 || !byYearDay.includes(366)) return days;
    const next = first + length;
    if (skip === 'BACKWARD') return days.at(-1) === next - 1 ? days : [...days, next - 1];
    return interval === 1 && byYearDay.includes(1) ? days : [...days, next];
  }

  /** BYMONTHDAY and BYDAY without BYMONTH: an ordinal counts within the year. */
  private monthDaysByYear(year: number): number[] {
    const first = dayOf(year, 1, 1);
    const days: number[] = [];
    for (let month = 1; month <= 12; month += 1) {
      days.push(...this.monthDays(this.rule.byMonthDay, year, month));
    }
    return days.filter((day) => this.isSelectedWeekday(day, first, daysInYear(year)));
  }

  /** BYMONTH and BYMONTHDAY as limits. */
  private passesDate(date: number): boolean {
    const { rule, months } = this;
    if (!months && rule.byMonthDay.length === 0) return true;
    const { year, month, day } = civilOf(date);
    if (months && months[month] !== true) return false;
    if (rule.byMonthDay.length === 0 || rule.byMonthDay.includes(day)) return true;
    return rule.byMonthDay.includes(day - daysInMonth(year, month) - 1);
  }

  /** BYMONTH, BYMONTHDAY and BYDAY as limits on a day found by BYYEARDAY or BYWEEKNO. */
  private passes(day: number): boolean {
    if (!this.passesDate(day)) return false;
    if (this.rule.byDay.length === 0) return true;
    const { year, month } = civilOf(day);
    if (this.months) return this.isSelectedWeekday(day, dayOf(year, month, 1), daysInMonth(year, month));
    return this.isSelectedWeekday(day, dayOf(year, 1, 1), daysInYear(year));
  }

  private inWeeks(year: number, onlyStartWeekday: boolean): number[] {
    const first = weekOne(year, this.rule.weekStart);
    const weeks = (weekOne(year + 1, this.rule.weekStart) - first) / 7;
    const days: number[] = [];
    for (const start of numbered(this.rule.byWeekNo, 0, weeks).map((week) => first + week * 7)) {
      for (let day = start; day < start + 7; day += 1) {
        if (!onlyStartWeekday || weekdayOf(day) === this.startWeekday) days.push(day);
      }
    }
    return days;
  }

  private selectedWeekdays(first: number, length: number): number[] {
    const days = new Set<number>();
    for (const entry of this.rule.byDay) {
      const early = first + ((entry.weekday - weekdayOf(first) + 7) % 7);
      const count = Math.floor((first + length - 1 - early) / 7) + 1;
      if (entry.ordinal === 0) for (let n = 0; n < count; n += 1) days.add(early + n * 7);
      else if (Math.abs(entry.ordinal) <= count) {
        days.add(early + (entry.ordinal > 0 ? entry.ordinal - 1 : count + entry.ordinal) * 7);
      }
    }
    return [...days].sort(ascending);
  }

  private isSelectedWeekday(day: number, first: number, length: number): boolean {
    return this.rule.byDay.some((entry) => isEntry(entry, day, first, length));
  }
}

function isEntry(entry: WeekdayNumber, day: number, first: number, length: number): boolean {
  if (weekdayOf(day) !== entry.weekday) return false;
  if (entry.ordinal === 0) return true;
  const ordinal =
    entry.ordinal > 0 ? Math.floor((day - first) / 7) + 1 : -(Math.floor((first + length - 1 - day) / 7) + 1);
  return ordinal === entry.ordinal;
}

/** The epoch day on which week number one of a year begins: the first week with at least four days in the year. */
function weekOne(year: number, weekStart: number): number {
  const first = dayOf(year, 1, 1);
  const into = (weekdayOf(first) - weekStart + 7) % 7;
  return into <= 3 ? first - into : first - into + 7;
}

/** 1, 2, -1 ... of a run of `length` days (or weeks) from `first`, sorted, without duplicates. */
function numbered(numbers: readonly number[], first: number, length: number): number[] {
  const found = new Set<number>();
  for (const number of numbers) {
    if (Math.abs(number) <= length) found.add(number > 0 ? first + number - 1 : first + length + number);
  }
  return [...found].sort(ascending);
}

function intersect(days: number[], others: number[]): number[] {
  const set = new Set(others);
  return days.filter((day) => set.has(day));
}

function flags(numbers: readonly number[], size: number): boolean[] {
  const list = new Array<boolean>(size).fill(false);
  for (const number of numbers) list[number] = true;
  return list;
}

function ascending(a: number, b: number): number {
  return a - b;
}
