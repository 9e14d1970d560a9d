import { secondsPerDay } from '../civil.js';
import type { Budget } from './budget.js';
import type { RecurrenceRule } from './rule.js';

/** Seconds of a day, in order. Typed arrays: growing a plain one to 86,400 entries takes ten times as long. */
export type DayTimes = ArrayLike<number>;

/** The seconds of the day at which a DAILY or rarer rule has its instances. */
export function timesOfDay(rule: RecurrenceRule, startTime: number): DayTimes {
  const hours = rule.byHour.length > 0 ? rule.byHour : [Math.floor(startTime / 3600)];
  const minutes = rule.byMinute.length > 0 ? rule.byMinute : [Math.floor((startTime % 3600) / 60)];
  const seconds = secondsOf(rule, startTime % 60);
  const times = new Int32Array(hours.length * minutes.length * seconds.length);
  let length = 0;
  for (const time of combine(combine([0], hours, 3600), minutes, 60)) {
    for (const second of seconds) {
      times[length] = time + second;
      length += 1;
    }
  }
  return times;
}

/** No clock here has a second 60, so BYSECOND=60 selects a time that does not exist and is ignored (§3.3.10). */
function secondsOf(rule: RecurrenceRule, startSecond: number): number[] {
  return rule.bySecond.length > 0 ? rule.bySecond.filter((second) => second < 60) : [startSecond];
}

function combine(bases: readonly number[], values: readonly number[], unit: number): number[] {
  return bases.flatMap((base) => values.map((value) => base + value * unit));
}

/** Where a day's times are put together before they are copied out: used within one call only. */
const scratch = new Int32Array(secondsPerDay);

/** Picks the BYSETPOS-th of `length` places; all of them when there is no BYSETPOS. */
export function positions(bySetPos: readonly number[], length: number): number[] {
  const found = new Set<number>();
  for (const position of bySetPos) {
    if (Math.abs(position) <= length) found.add(position > 0 ? position - 1 : length + position);
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * The times of an HOURLY, MINUTELY or SECONDLY rule, a day at a time. A tick is an hour, minute or second that INTERVAL
 * selects, counted from DTSTART's own; inside each tick lie the same offsets (BYMINUTE and BYSECOND expand an hour,
 * BYSECOND a minute), so BYSETPOS can be applied to the offsets once.
 */
export class TickTimes {
  private readonly unit: number;
  private readonly ticksPerDay: number;
  private readonly offsets: readonly number[];
  private readonly firstTick: number;
  private readonly isLimited: boolean;
  /** The times of every day, where INTERVAL divides the day. */
  private constant: DayTimes | null = null;
  /** True when INTERVAL is no longer than a day. */
  readonly everyDay: boolean;
  /** True when no day has a time at all. */
  readonly never: boolean;

  constructor(
    private readonly rule: RecurrenceRule,
    start: number,
  ) {
    this.unit = rule.frequency === 'HOURLY' ? 3600 : rule.frequency === 'MINUTELY' ? 60 : 1;
    this.ticksPerDay = secondsPerDay / this.unit;
    this.everyDay = rule.interval <= this.ticksPerDay;
    this.firstTick = Math.floor(start / this.unit);
    this.isLimited = [rule.byHour, rule.byMinute, rule.bySecond].some((list) => list.length > 0);
    this.offsets = this.offsetsInTick(start);
    this.never = this.offsets.length === 0 || !this.isReachable();
  }

  /** The seconds of the day at which the rule has instances on that epoch day, in order. */
  on(day: number, budget: Budget): DayTimes {
    if (this.constant) return this.constant;
    const { interval } = this.rule;
    const dayTick = day * this.ticksPerDay;
    const behind = (((dayTick - this.firstTick) % interval) + interval) % interval;
    const times = this.from(behind === 0 ? 0 : interval - behind, interval, budget);
    if (this.isConstant) this.constant = times;
    return times;
  }

  /** True when every day has the same times. */
  get isConstant(): boolean {
    return this.ticksPerDay % this.rule.interval === 0;
  }

  /** The day of the next tick after this day's end: more than the next day when INTERVAL is longer than a day. */
  nextDay(day: number): number {
    const { interval } = this.rule;
    if (this.everyDay) return day + 1;
    const dayTick = (day + 1) * this.ticksPerDay;
    const behind = (((dayTick - this.firstTick) % interval) + interval) % interval;
    return Math.floor((dayTick + (behind === 0 ? 0 : interval - behind)) / this.ticksPerDay);
  }

  private from(first: number, step: number, budget: Budget): DayTimes {
    const { ticksPerDay, unit, offsets } = this;
    let length = 0;
    let looked = 0;
    for (let tick = first; tick < ticksPerDay; tick += step) {
      looked += 1;
      if (this.isLimited) {
        const blocked = this.blockedUntil(tick);
        // The loop's own step follows.
        if (blocked > tick) {
          tick += (Math.ceil((blocked - tick) / step) - 1) * step;
          continue;
        }
      }
      for (const offset of offsets) {
        scratch[length] = tick * unit + offset;
        length += 1;
      }
    }
    // A day has at most 86,400 ticks, so it is enough to pay for it afterwards.
    budget.spend(Math.ceil((looked + length) / 16));
    return scratch.slice(0, length);
  }

  /** The tick itself when BYHOUR, BYMINUTE and BYSECOND let it pass, otherwise the first one that might. */
  private blockedUntil(tick: number): number {
    const { rule, unit } = this;
    const second = tick * unit;
    if (rule.byHour.length > 0) {
      const hour = Math.floor(second / 3600);
      if (!rule.byHour.includes(hour)) return ((hour + 1) * 3600) / unit;
    }
    if (unit === 3600) return tick;
    if (rule.byMinute.length > 0) {
      const minute = Math.floor(second / 60);
      if (!rule.byMinute.includes(minute % 60)) return ((minute + 1) * 60) / unit;
    }
    if (unit === 60) return tick;
    return rule.bySecond.length > 0 && !rule.bySecond.includes(second % 60) ? tick + 1 : tick;
  }

  private offsetsInTick(start: number): number[] {
    const { rule } = this;
    let offsets = [0];
    if (rule.frequency === 'HOURLY') {
      const startMinute = Math.floor((((start % 3600) + 3600) % 3600) / 60);
      offsets = combine([0], rule.byMinute.length > 0 ? rule.byMinute : [startMinute], 60);
    }
    if (rule.frequency !== 'SECONDLY')
      offsets = combine(offsets, secondsOf(rule, ((start % 60) + 60) % 60), 1);
    if (rule.bySetPos.length === 0) return offsets;
    return positions(rule.bySetPos, offsets.length).map((position) => offsets[position] ?? 0);
  }

  /** Whether any tick of the day that INTERVAL can ever reach passes the limits. */
  private isReachable(): boolean {
    const step = gcd(this.rule.interval, this.ticksPerDay);
    const first = ((this.firstTick % step) + step) % step;
    let tick = first;
    while (tick < this.ticksPerDay) {
      const blocked = this.blockedUntil(tick);
      if (blocked === tick) return true;
      tick += Math.ceil((blocked - tick) / step) * step;
    }
    return false;
  }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
