import { availabilityOf, markAvailability, type Availability } from './availability.js';
import type { CalendarComponent } from './calendar-component.js';
import type { CalendarObject } from './calendar-object.js';
import { parameterOf, propertyOf } from './content-lines.js';
import { busyTypeOf, clipped, coalesced, type BusyPeriod, type BusyType } from './periods.js';
import { stretchesOf } from './stretches.js';
import type { BoundedRange } from './time-range.js';
import { Clocks, endOfPeriod } from './timing.js';
import { readPeriod, tzidOf } from './values.js';
import { zoneOrUtc } from './zones/index.js';

export interface BusyTimeOfObjectOptions {
  /** What is asked about: epoch seconds. */
  readonly range: BoundedRange;
  /** Periods that one object is told with; beyond them the gaps between its instances are busy too. */
  readonly maxPeriodsOfObject: number;
}

export interface BusyTimeOptions extends BusyTimeOfObjectOptions {
  /** Of all objects together. */
  readonly maxPeriods: number;
}

/** What one object tells: plain data. */
export interface BusyTimeOfObject {
  readonly periods: readonly BusyPeriod[];
  readonly availabilities: readonly Availability[];
}

/**
 * What an object tells of the range.
 * @param zone IANA zone for the object's floating times and dates
 */
export function busyTimeOf(
  object: CalendarObject,
  zone: string,
  { range, maxPeriodsOfObject }: BusyTimeOfObjectOptions,
): BusyTimeOfObject {
  switch (object.component) {
    case 'VEVENT':
      return { periods: busyTimeOfEvent(object, range, zone, maxPeriodsOfObject), availabilities: [] };
    case 'VFREEBUSY':
      return { periods: busyTimeOfFreeBusy(object, range, zone), availabilities: [] };
    case 'VAVAILABILITY': {
      const options = { range, zone, maxPeriods: maxPeriodsOfObject };
      const availabilities = object.components.flatMap(
        (component) => availabilityOf(object, component, options) ?? [],
      );
      return { periods: [], availabilities };
    }
    default:
      return { periods: [], availabilities: [] };
  }
}

/** There is more busy time in the range than one answer may tell. */
export class TooMuchBusyTime extends Error {
  override readonly name = 'TooMuchBusyTime';
}

/**
 * The busy time of many objects (RFC 4791 §7.10), with availability (RFC 7953 §4) underneath it. An event is busy unless it
 * is TRANSPARENT or CANCELLED, and tentatively so when it is TENTATIVE; a VFREEBUSY says of each period what it is.
 * Where finding its instances takes more work than one object may take, an event is tentatively busy from there on. Those
 * of rules in another calendar than the Gregorian (RFC 7529) are not known and not told.
 */
export class BusyTime {
  private periods: BusyPeriod[] = [];
  private readonly availabilities: Availability[] = [];

  constructor(private readonly options: BusyTimeOptions) {}

  /**
   * @param zone IANA zone for the object's floating times and dates
   * @throws TooMuchBusyTime
   */
  add(object: CalendarObject, zone: string): void {
    this.take(busyTimeOf(object, zone, this.options));
  }

  /**
   * As `add`, of what an object has told.
   * @throws TooMuchBusyTime
   */
  take({ periods, availabilities }: BusyTimeOfObject): void {
    const { maxPeriods } = this.options;
    for (const period of periods) this.periods.push(period);
    this.availabilities.push(...availabilities);
    if (this.count <= maxPeriods) return;
    this.periods = coalesced(this.periods);
    if (this.count > maxPeriods) throw new TooMuchBusyTime('There is more busy time than one answer tells.');
  }

  private get count(): number {
    return this.availabilities.reduce((sum, { free }) => sum + free.length + 1, this.periods.length);
  }

  /** In order, clipped to the range; those of one type neither overlap nor touch. */
  coalesced(): readonly BusyPeriod[] {
    return coalesced([...markAvailability(this.availabilities), ...this.periods]);
  }
}

function busyTimeOfEvent(
  object: CalendarObject,
  range: BoundedRange,
  zone: string,
  limit: number,
): BusyPeriod[] {
  if (object.components.every((component) => typeOfEvent(component) === undefined)) return [];
  const { found, unknownFrom } = stretchesOf(object, { range, zone, limit }, typeOfEvent);
  const periods = found.map(({ start, end, label }): BusyPeriod => ({ start, end, type: label }));
  if (unknownFrom !== null && unknownFrom < range.end)
    periods.push({ start: unknownFrom, end: range.end, type: 'BUSY-TENTATIVE' });
  return periods;
}

/** The table of RFC 4791 §7.10; undefined for FREE. */
function typeOfEvent({ source }: CalendarComponent): BusyType | undefined {
  const valueOf = (name: string): string => propertyOf(source, name)?.value.trim().toUpperCase() ?? '';
  const status = valueOf('STATUS');
  if (valueOf('TRANSP') === 'TRANSPARENT' || status === 'CANCELLED') return undefined;
  return status === 'TENTATIVE' ? 'BUSY-TENTATIVE' : 'BUSY';
}

function busyTimeOfFreeBusy(object: CalendarObject, range: BoundedRange, zone: string): BusyPeriod[] {
  const clocks = new Clocks(object, zoneOrUtc(zone));
  const periods: BusyPeriod[] = [];
  for (const { source } of object.components) {
    for (const property of source.properties) {
      if (property.name !== 'FREEBUSY') continue;
      const type = busyTypeOf(parameterOf(property, 'FBTYPE') ?? 'BUSY');
      if (type === undefined) continue;
      const tzid = tzidOf(property);
      for (const text of property.value.trimEnd().split(',')) {
        const period = readPeriod(text, tzid);
        if (!period) continue;
        const [start, end] = [clocks.instant(period.start), endOfPeriod(period, clocks)];
        const part = clipped({ start, end, type }, range);
        if (part) periods.push(part);
      }
    }
  }
  return periods;
}
