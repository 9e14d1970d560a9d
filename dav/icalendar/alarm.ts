import type { CalendarComponent } from './calendar-component.js';
import { parameterOf, propertyOf, type Component } from './content-lines.js';
import type { InstanceSearch, TimeRange } from './time-range.js';
import { readDateTime, readDuration, type Duration } from './values.js';

/** RFC 5545 §3.6.6: how often, and after how many seconds, an alarm comes again. */
interface Repetition {
  readonly count: number;
  readonly every: number;
}

/**
 * Whether an alarm of `owner` goes off inside the range, its repetitions too (RFC 4791 §9.9). An alarm whose TRIGGER
 * cannot be read goes off never.
 */
export function overlapsAlarm(
  alarm: Component,
  owner: CalendarComponent,
  range: TimeRange,
  search: InstanceSearch,
): boolean {
  const trigger = propertyOf(alarm, 'TRIGGER');
  if (!trigger) return false;
  const text = trigger.value.trimEnd();
  const repetition = repetitionOf(alarm);
  const absolute = readDateTime(text, null);
  if (absolute) return goesOff(search.instant(absolute), repetition, range);
  const offset = readDuration(text);
  if (!offset) return false;
  const atEnd = parameterOf(trigger, 'RELATED')?.toUpperCase() === 'END';
  return search.some(reachOf(offset, repetition, range), owner, (instance) => {
    const base = atEnd ? (instance.end ?? instance.start) : instance.start;
    return goesOff(base + secondsOf(offset), repetition, range);
  });
}

/** Days of a trigger are taken as exact: a client that counts them nominally is off by the change of its clock. */
function secondsOf({ days, seconds }: Duration): number {
  return days * 86_400 + seconds;
}

function repetitionOf(alarm: Component): Repetition {
  const count = Number(propertyOf(alarm, 'REPEAT')?.value.trim() ?? 0);
  const duration = readDuration(propertyOf(alarm, 'DURATION')?.value.trim() ?? '');
  const every = duration ? secondsOf(duration) : 0;
  return Number.isSafeInteger(count) && count > 0 && every > 0 ? { count, every } : { count: 0, every: 0 };
}

/** Whether one of first, first + every, ... lies inside the range. */
function goesOff(first: number, { count, every }: Repetition, { start, end }: TimeRange): boolean {
  const behind = start === undefined || start <= first ? 0 : start - first;
  const times = behind === 0 ? 0 : every === 0 ? Number.POSITIVE_INFINITY : Math.ceil(behind / every);
  return times <= count && (end === undefined || first + times * every < end);
}

/** The range in which an instance must lie for its alarm to go off in `range`. */
function reachOf(offset: Duration, { count, every }: Repetition, { start, end }: TimeRange): TimeRange {
  const first = secondsOf(offset);
  const last = first + count * every;
  return {
    start: start === undefined ? undefined : start - Math.max(last, 0) - 1,
    end: end === undefined ? undefined : end - Math.min(first, 0) + 1,
  };
}
