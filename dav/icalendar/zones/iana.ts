import { Transitions, utcZone, type Zone } from './zone.js';

/** A mean Gregorian year in seconds: 400 of them are exactly the 146,097 days after which the calendar repeats. */
const chunkSeconds = 31_556_952;
const chunksPerCycle = 400;
/** Chunks from 2038 on stand for all later ones that lie a multiple of 400 years after them. */
const firstRepeated = 68;
/** Before 1800 every zone is on its first (local mean time) offset. */
const earliestChunk = -170;
const margin = 2 * 86_400;
/** No zone has kept an offset for a shorter time than this since ICU's data begins, but for a handful before 1950. */
const probe = 7 * 86_400;
/** Zone-years kept over all zones; beyond it everything is forgotten and computed again. */
const maxChunks = 20_000;
const maxZones = 700;

const zones = new Map<string, Zone | null>();
let chunkCount = 0;
let generation = 0;

/**
 * The zone of an IANA name (any case, links such as `US/Eastern` too) from Node's ICU data; undefined when there is none.
 * Offsets are asked of Intl once for each year used and kept.
 */
export function ianaZone(name: string): Zone | undefined {
  const key = name.toLowerCase();
  const known = zones.get(key);
  if (known !== undefined) return known ?? undefined;
  const made = makeZone(name, key);
  if (zones.size >= maxZones) zones.clear();
  zones.set(key, made);
  return made ?? undefined;
}

function makeZone(name: string, key: string): Zone | null {
  if (!/^[a-z][a-z0-9_+-]*(?:\/[a-z0-9_+-]+){0,3}$/.test(key) || key.length > 64) return null;
  if (key === 'utc' || key === 'etc/utc' || key === 'z') return utcZone;
  const format = formatOf(name);
  return format && new IanaZone(name, format);
}

function formatOf(name: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      timeZoneName: 'longOffset',
    });
  } catch {
    return null;
  }
}

class IanaZone implements Zone {
  private chunks = new Map<number, Transitions>();
  private generation = 0;

  constructor(
    readonly name: string,
    private readonly format: Intl.DateTimeFormat,
  ) {}

  toUtc(local: number): number {
    const shift = shiftOf(local);
    return this.chunkAt(local - shift).toUtc(local - shift) + shift;
  }

  toLocal(utc: number): number {
    const shift = shiftOf(utc);
    return this.chunkAt(utc - shift).toLocal(utc - shift) + shift;
  }

  private chunkAt(seconds: number): Transitions {
    const number = Math.max(earliestChunk, Math.floor(seconds / chunkSeconds));
    if (this.generation !== generation) {
      this.chunks = new Map();
      this.generation = generation;
    }
    const known = this.chunks.get(number);
    if (known) return known;
    if (chunkCount >= maxChunks) {
      generation += 1;
      chunkCount = 0;
      return this.chunkAt(seconds);
    }
    const made = this.compute(number);
    this.chunks.set(number, made);
    chunkCount += 1;
    return made;
  }

  private compute(number: number): Transitions {
    const end = (number + 1) * chunkSeconds + margin;
    let at = number * chunkSeconds - margin;
    let offset = this.offsetAt(at);
    const transitions = new Transitions(offset);
    while (at < end) {
      const next = Math.min(at + probe, end);
      const offsetThen = this.offsetAt(next);
      if (offsetThen !== offset) transitions.add(this.changeBetween(at, next, offset), offsetThen);
      at = next;
      offset = offsetThen;
    }
    return transitions;
  }

  /** The second at which the offset is no longer `offset`. */
  private changeBetween(from: number, to: number, offset: number): number {
    let [low, high] = [from, to];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetAt(middle) === offset) low = middle;
      else high = middle;
    }
    return high;
  }

  private offsetAt(utc: number): number {
    // "11/24/2026, GMT+01:00"; seconds only where a zone was on local mean time.
    const match = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(this.format.format(utc * 1000));
    const size = Number(match?.[2] ?? 0) * 3600 + Number(match?.[3] ?? 0) * 60 + Number(match?.[4] ?? 0);
    return match?.[1] === '-' ? -size : size;
  }
}

function shiftOf(seconds: number): number {
  const number = Math.floor(seconds / chunkSeconds);
  if (number < firstRepeated + chunksPerCycle) return 0;
  const cycles = Math.floor((number - firstRepeated) / chunksPerCycle);
  return cycles * chunksPerCycle * chunkSeconds;
}
