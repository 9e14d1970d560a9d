import { propertiesOf, propertyOf, type Component } from '../content-lines.js';
import { invalidData, quoted } from '../errors.js';
import {
  Budget,
  BudgetExceeded,
  Occurrences,
  parseRecurrenceRule,
  type RecurrenceRule,
} from '../recurrence/index.js';
import { dateTimeOf, readDateTime, readPeriod, readUtcOffset } from '../values.js';
import { dayOf, endOfYears, secondsPerDay } from '../civil.js';
import { Transitions, type Zone } from './zone.js';

/** RFC 5545 §3.6.5: a STANDARD or DAYLIGHT part. Times are local, on the clock of `offsetFrom`. */
interface Observance {
  readonly start: number;
  readonly offsetFrom: number;
  readonly offsetTo: number;
  readonly rules: readonly RecurrenceRule[];
  readonly dates: readonly number[];
}

/** Changes of one zone beyond this many are left out: no zone on earth has had as many. */
const maxTransitions = 20_000;
const firstHorizon = dayOf(2100, 1, 1) * secondsPerDay;
const lastHorizon = endOfYears * secondsPerDay;
/** How much further the changes are computed at once when a later time is asked for. */
const horizonStep = 100 * 366 * secondsPerDay;

/** The zone that a VTIMEZONE defines, for the one object it stands in. */
class VtimezoneZone implements Zone {
  private horizon = firstHorizon;
  private transitions: Transitions;

  constructor(
    readonly name: string,
    private readonly observances: readonly Observance[],
  ) {
    this.transitions = transitionsOf(observances, this.horizon);
  }

  toUtc(local: number): number {
    return this.upTo(local).toUtc(local);
  }

  toLocal(utc: number): number {
    return this.upTo(utc).toLocal(utc);
  }

  private upTo(seconds: number): Transitions {
    if (seconds + 2 * secondsPerDay > this.horizon && this.horizon < lastHorizon) {
      this.horizon = Math.min(seconds, lastHorizon) + horizonStep;
      this.transitions = transitionsOf(this.observances, this.horizon);
    }
    return this.transitions;
  }
}

const zones = new WeakMap<Component, Zone | { broken: true }>();

/** The zone that a VTIMEZONE component defines; undefined when it has no part that can be used. */
export function vtimezoneZone(component: Component): Zone | undefined {
  const known = zones.get(component);
  if (known) return 'broken' in known ? undefined : known;
  const zone = makeZone(component);
  zones.set(component, zone ?? { broken: true });
  return zone;
}

function makeZone(component: Component): Zone | undefined {
  try {
    const observances = observancesOf(component);
    return observances.length === 0
      ? undefined
      : new VtimezoneZone(propertyOf(component, 'TZID')?.value.trim() ?? '', observances);
  } catch {
    return undefined;
  }
}

/** @throws CalendarDataError `valid-calendar-data` when the VTIMEZONE is not one by RFC 5545 §3.6.5. */
export function checkVtimezone(component: Component): void {
  if (!propertyOf(component, 'TZID')?.value.trim()) throw invalidData('A VTIMEZONE has no TZID.');
  if (observancesOf(component).length === 0)
    throw invalidData('A VTIMEZONE has neither a STANDARD nor a DAYLIGHT part.');
}

function observancesOf(component: Component): Observance[] {
  return component.components
    .filter(({ name }) => name === 'STANDARD' || name === 'DAYLIGHT')
    .map(observanceOf);
}

function observanceOf(component: Component): Observance {
  const start = propertyOf(component, 'DTSTART');
  if (!start) throw invalidData(`The ${component.name} part of a VTIMEZONE has no DTSTART.`);
  return {
    start: dateTimeOf(start).local,
    offsetFrom: offsetOf(component, 'TZOFFSETFROM'),
    offsetTo: offsetOf(component, 'TZOFFSETTO'),
    rules: propertiesOf(component, 'RRULE').map(({ value }) => parseRecurrenceRule(value)),
    dates: propertiesOf(component, 'RDATE').flatMap(({ value }) => value.split(',').map(dateOf)),
  };
}

function dateOf(text: string): number {
  const value = readDateTime(text, null) ?? readPeriod(text, null)?.start;
  if (!value) throw invalidData(`RDATE in a VTIMEZONE is no date or time that exists: ${quoted(text)}.`);
  return value.local;
}

function offsetOf(component: Component, name: string): number {
  const property = propertyOf(component, name);
  const offset = property && readUtcOffset(property.value.trimEnd());
  if (offset === undefined)
    throw invalidData(`The ${component.name} part of a VTIMEZONE has no valid ${name}.`);
  return offset;
}

function transitionsOf(observances: readonly Observance[], horizon: number): Transitions {
  const changes: { utc: number; observance: Observance }[] = [];
  const budget = new Budget(200_000);
  for (const observance of observances) {
    for (const local of onsetsOf(observance, horizon, budget)) {
      changes.push({ utc: local - observance.offsetFrom, observance });
    }
  }
  changes.sort((a, b) => a.utc - b.utc);
  const transitions = new Transitions(changes[0]?.observance.offsetFrom ?? 0);
  for (const { utc, observance } of changes) transitions.add(utc, observance.offsetTo);
  return transitions;
}

function onsetsOf(observance: Observance, horizon: number, budget: Budget): number[] {
  const onsets = [observance.start, ...observance.dates];
  for (const rule of observance.rules) {
    if (!rule.expandable) continue;
    const { until } = rule;
    const end = until === null ? horizon : until.utc ? until.local + observance.offsetFrom : until.local;
    const occurrences = new Occurrences(rule, observance.start, false, {
      last: Math.min(end, horizon),
      budget,
    });
    try {
      for (let local = occurrences.next(); !Number.isNaN(local); local = occurrences.next()) {
        onsets.push(local);
        if (onsets.length > maxTransitions) break;
      }
    } catch (error) {
      if (!(error instanceof BudgetExceeded)) throw error;
    }
  }
  return onsets;
}
