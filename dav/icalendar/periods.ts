import type { BoundedRange } from './time-range.js';

/** Busy time as VFREEBUSY tells it (RFC 5545 §3.2.9); what is free is not told. */
export type BusyType = 'BUSY' | 'BUSY-UNAVAILABLE' | 'BUSY-TENTATIVE';

/** Epoch seconds, half-open, not empty. */
export interface BusyPeriod extends BoundedRange {
  readonly type: BusyType;
}

/** FBTYPE and BUSYTYPE (RFC 7953 §3.2): what is not known is BUSY, and FREE is no busy time. */
export function busyTypeOf(value: string): BusyType | undefined {
  const type = value.trim().toUpperCase();
  if (type === 'FREE') return undefined;
  return type === 'BUSY-UNAVAILABLE' || type === 'BUSY-TENTATIVE' ? type : 'BUSY';
}

/** The part of a period that lies inside the range; undefined when there is none. */
export function clipped<Period extends BoundedRange>(
  period: Period,
  range: BoundedRange,
): Period | undefined {
  if (period.start >= range.start && period.end <= range.end)
    return period.end > period.start ? period : undefined;
  const [start, end] = [Math.max(period.start, range.start), Math.min(period.end, range.end)];
  return end > start ? { ...period, start, end } : undefined;
}

/** In order; those of one type that overlap or follow on each other are one (RFC 4791 §7.10). */
export function coalesced(periods: readonly BusyPeriod[]): BusyPeriod[] {
  const last = new Map<BusyType, number>();
  const joined: BusyPeriod[] = [];
  for (const period of [...periods].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const at = last.get(period.type) ?? -1;
    const before = joined[at];
    if (before && period.start <= before.end) {
      joined[at] = { ...before, end: Math.max(before.end, period.end) };
    } else {
      last.set(period.type, joined.length);
      joined.push(period);
    }
  }
  return joined;
}

/** What is left of coalesced periods outside the holes. */
export function without(periods: readonly BusyPeriod[], holes: readonly BoundedRange[]): BusyPeriod[] {
  const cut = coalesced(holes.map(({ start, end }) => ({ start, end, type: 'BUSY' })));
  const left: BusyPeriod[] = [];
  let first = 0;
  for (const period of periods) {
    while ((cut[first]?.end ?? Number.POSITIVE_INFINITY) <= period.start) first += 1;
    let { start } = period;
    for (let at = first; start < period.end; at += 1) {
      const hole = cut[at];
      const end = Math.min(hole?.start ?? period.end, period.end);
      if (end > start) left.push({ ...period, start, end });
      if (!hole) break;
      start = Math.max(start, hole.end);
    }
  }
  return left;
}
