import { secondsPerDay } from './civil.js';
import type { Start } from './start-stream.js';
import type { Clocks } from './timing.js';
import type { DateTime } from './values.js';

/** Identifies an instance: by its day where the set is of dates, otherwise by its instant. */
export class InstanceKeys<Value> {
  private readonly byDay = new Map<number, Value>();
  private readonly byInstant = new Map<number, Value>();

  constructor(
    private readonly clocks: Clocks,
    private readonly ofDates: boolean,
  ) {}

  set(date: DateTime, value: Value): void {
    if (this.ofDates || date.isDate) this.byDay.set(Math.floor(date.local / secondsPerDay), value);
    else this.byInstant.set(this.clocks.instant(date), value);
  }

  get({ local, utc }: Start): Value | undefined {
    const found = this.byInstant.size > 0 ? this.byInstant.get(utc) : undefined;
    if (found !== undefined || this.byDay.size === 0) return found;
    return this.byDay.get(Math.floor(local / secondsPerDay));
  }
}
