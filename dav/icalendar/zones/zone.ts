/** A time zone: UTC instants to and from local clock readings, both in seconds (see civil.ts). */
export interface Zone {
  /** The IANA name, or the TZID of a zone that only its VTIMEZONE defines. */
  readonly name: string;
  /**
   * The instant of a local time. One that exists twice is the first of the two, one that does not exist is read with the
   * offset before the gap (RFC 5545 §3.3.5).
   */
  toUtc(local: number): number;
  toLocal(utc: number): number;
}

export const utcZone: Zone = { name: 'UTC', toUtc: (local) => local, toLocal: (utc) => utc };

/** Times at which a zone's offset changes: from `utc[i]` on it is `offsets[i]`. The first stands for all time before. */
export class Transitions {
  private readonly utc: number[] = [];
  private readonly local: number[] = [];
  private readonly offsets: number[] = [];

  constructor(firstOffset: number) {
    this.utc.push(Number.NEGATIVE_INFINITY);
    this.local.push(Number.NEGATIVE_INFINITY);
    this.offsets.push(firstOffset);
  }

  /** Adds a later change; one that changes nothing is left out. */
  add(utc: number, offset: number): void {
    const before = this.offsets[this.offsets.length - 1] ?? 0;
    if (offset === before) return;
    this.utc.push(utc);
    // Until then the offset before holds: in a gap for the readings that are skipped, in an overlap for the first pass.
    this.local.push(utc + Math.max(before, offset));
    this.offsets.push(offset);
  }

  toUtc(local: number): number {
    return local - (this.offsets[lastNotAfter(this.local, local)] ?? 0);
  }

  toLocal(utc: number): number {
    return utc + (this.offsets[lastNotAfter(this.utc, utc)] ?? 0);
  }
}

function lastNotAfter(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
