/** When the clock of a zone changes, found by asking it: what a VTIMEZONE or a list of observances is made of. */
import { secondsPerDay } from '../civil.js';
import type { Zone } from './zone.js';

/** Offsets are seconds east of UTC. */
export interface Change {
  readonly utc: number;
  /** On the clock as it is before it. */
  readonly local: number;
  readonly from: number;
  readonly to: number;
  readonly isDaylight: boolean;
}

/** No zone has kept an offset for a shorter time. */
const step = 7 * secondsPerDay;
/** Summer time is taken back within a year. */
const longestSummer = 330 * secondsPerDay;

export const offsetAt = (zone: Zone, utc: number): number => zone.toLocal(utc) - utc;

/** The changes after `start` and before `end`, both epoch seconds, in order. */
export function changesOf(zone: Zone, start: number, end: number): Change[] {
  // What comes after them tells whether the last one begins a summer.
  const found = shiftsOf(zone, start, end + longestSummer);
  const within = found.filter(({ utc }) => utc < end);
  return within.map(({ utc, from, to }, index) => {
    const next = found[index + 1];
    return { utc, local: utc + from, from, to, isDaylight: to > from && endsSummer(next, utc) };
  });
}

/** Whether the clock is on summer time then: it is put back within a year. */
export function isDaylightAt(zone: Zone, utc: number): boolean {
  const next = shiftsOf(zone, utc, utc + longestSummer).find((each) => each.utc > utc);
  return endsSummer(next, utc);
}

type Shift = Pick<Change, 'utc' | 'from' | 'to'>;

function endsSummer(shift: Shift | undefined, since: number): boolean {
  return shift !== undefined && shift.to < shift.from && shift.utc - since < longestSummer;
}

function shiftsOf(zone: Zone, start: number, end: number): Shift[] {
  const found: Shift[] = [];
  let offset = offsetAt(zone, start);
  for (let at = start; at < end; at += step) {
    const next = Math.min(at + step, end);
    const offsetThen = offsetAt(zone, next);
    if (offsetThen === offset) continue;
    found.push({ utc: changeBetween(zone, at, next, offset), from: offset, to: offsetThen });
    offset = offsetThen;
  }
  return found;
}

/** The second at which the offset is no longer `offset`. */
function changeBetween(zone: Zone, from: number, to: number, offset: number): number {
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}
