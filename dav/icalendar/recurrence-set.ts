import type { CalendarComponent } from './calendar-component.js';
import type { CalendarObject } from './calendar-object.js';
import { secondsPerDay } from './civil.js';
import { InstanceKeys } from './instance-keys.js';
import type { Budget } from './recurrence/index.js';
import {
  localBound,
  ListedStarts,
  MergedStarts,
  RuleStarts,
  type Anchor,
  type Start,
  type StartStream,
} from './start-stream.js';
import { Clocks, endOfPeriod, openStart, Timing, type Span } from './timing.js';
import type { DateTime } from './values.js';
import type { Zone } from './zones/index.js';

/** One instance of an object: a member of its recurrence set (RFC 5545 §3.8.5), or an overridden one. */
export interface Instance {
  /** The component whose properties hold for it. */
  readonly component: CalendarComponent;
  /** Its start on that component's clock; null for a component without one. */
  readonly local: number | null;
  /** Its start in epoch seconds; the span's for a component without one. */
  readonly start: number;
  /** Its end by DTEND, DUE, DURATION or the period; null where none of them is there. */
  readonly end: number | null;
  readonly span: Span;
  /** The start that the rule gives it, before any override, in epoch seconds. */
  readonly recurrenceId: number;
}

interface ShiftedTail {
  readonly from: number;
  readonly timing: Timing;
  /** Seconds by which the override moved its own instance, on its own clock. */
  readonly shift: number;
}

/**
 * All instances of an object: DTSTART, RRULE and RDATE without EXDATE, with overridden instances in their place and
 * RECURRENCE-ID;RANGE=THISANDFUTURE carried on. Floating times and dates are read on `floating`.
 *
 * A rule in another calendar than the Gregorian (RFC 7529) yields its first instance only; `isUnknown` says so.
 */
export class RecurrenceSet {
  readonly clocks: Clocks;
  readonly main: Timing | null;
  readonly isUnknown: boolean;
  /** True when the main component has a rule without UNTIL and COUNT. */
  readonly isEndless: boolean;
  readonly recurs: boolean;
  private readonly overrides: ReadonlyMap<CalendarComponent, readonly Instance[]>;
  private readonly overridden: InstanceKeys<true> | null;
  private readonly excluded: InstanceKeys<true> | null;
  /** From the last to the first. */
  private readonly tails: readonly ShiftedTail[];
  private readonly tailAt: ReadonlyMap<CalendarComponent, number>;
  private readonly extraDates: readonly Start[];
  private measured: { readonly before: number; readonly after: number } | undefined;

  constructor(object: CalendarObject, floating: Zone) {
    this.clocks = new Clocks(object, floating);
    const { main } = object;
    this.main = main && new Timing(main, this.clocks);
    const rules = main?.rules ?? [];
    const hasAnchor = this.main?.anchor !== null && this.main !== null;
    this.recurs = hasAnchor && (rules.length > 0 || (main?.recurrenceDates.length ?? 0) > 0);
    this.isUnknown = rules.some((rule) => !rule.expandable);
    this.isEndless = rules.some((rule) => rule.count === null && rule.until === null);
    this.overrides = new Map(
      object.overrides.map((component) => [component, this.instancesOfOverride(component)]),
    );
    const ofDates = this.main?.anchor?.isDate ?? false;
    this.overridden = this.keysOf(
      object.overrides.map((override) => override.recurrenceId),
      ofDates,
    );
    this.excluded = this.keysOf(main?.exceptionDates ?? [], ofDates);
    this.tails = this.tailsOf(object);
    this.tailAt = new Map(this.tails.map(({ timing }, index) => [timing.component, index]));
    this.extraDates = this.extraDatesOf();
  }

  private keysOf(dates: readonly (DateTime | null)[], ofDates: boolean): InstanceKeys<true> | null {
    if (dates.length === 0) return null;
    const keys = new InstanceKeys<true>(this.clocks, ofDates);
    for (const date of dates) if (date) keys.set(date, true);
    return keys;
  }

  private instancesOfOverride(component: CalendarComponent): Instance[] {
    const timing = new Timing(component, this.clocks);
    const { anchor } = timing;
    const recurrenceId = component.recurrenceId ? this.clocks.instant(component.recurrenceId) : 0;
    if (!anchor) {
      return timing
        .spansWithoutAnchor()
        .map((span) => ({ component, local: null, start: span.start, end: null, span, recurrenceId }));
    }
    return [instanceAt(timing, { local: anchor.local, utc: this.clocks.instant(anchor) }, recurrenceId)];
  }

  private tailsOf(object: CalendarObject): ShiftedTail[] {
    const tails: ShiftedTail[] = [];
    for (const component of object.overrides) {
      if (!component.thisAndFuture || !component.recurrenceId || !component.start) continue;
      const timing = new Timing(component, this.clocks);
      const from = this.clocks.instant(component.recurrenceId);
      tails.push({ from, timing, shift: component.start.local - timing.zone.toLocal(from) });
    }
    return tails.sort((a, b) => b.from - a.from);
  }

  private extraDatesOf(): Start[] {
    const { main, clocks } = this;
    if (!main?.anchor) return [];
    const dates = main.component.recurrenceDates.map((date) => {
      const value = 'start' in date ? date.start : date;
      // A date beside a timed DTSTART is that day at DTSTART's time; a time beside a date is its day.
      const time = main.anchor && value.isDate ? modulo(main.anchor.local, secondsPerDay) : 0;
      const isDay = main.anchor?.isDate === true;
      const zone = value.isDate || isDay ? main.zone : clocks.of(value);
      const local = isDay ? value.local - modulo(value.local, secondsPerDay) : value.local + time;
      const utc = zone.toUtc(local);
      const end = 'start' in date ? endOfPeriod(date, clocks) : null;
      return { local: zone === main.zone ? local : main.zone.toLocal(utc), utc, end };
    });
    return dates.sort((a, b) => a.local - b.local);
  }

  /**
   * By how much an instance's span may begin before, or end after, the start that the rule gives it. Nominal lengths and
   * moves differ by what the clock changes within them.
   */
  private reach(): { readonly before: number; readonly after: number } {
    this.measured ??= this.measure();
    return this.measured;
  }

  private measure(): { readonly before: number; readonly after: number } {
    const reach = { before: 0, after: 1 };
    const measure = (timing: Timing, shift: number, slack: { before: number; after: number }): void => {
      const local = timing.anchor?.local ?? 0;
      const utc = timing.zone.toUtc(local);
      const span = timing.spanAt(local, utc);
      reach.after = Math.max(reach.after, span.end - utc + shift + slack.after);
      reach.before = Math.max(reach.before, utc - span.start - shift + slack.before);
    };
    if (this.main?.anchor)
      measure(this.main, 0, { before: 0, after: this.main.isNominal ? secondsPerDay : 0 });
    const moved = { before: 2 * secondsPerDay, after: 2 * secondsPerDay };
    for (const { timing, shift } of this.tails) measure(timing, shift, moved);
    for (const { utc, end } of this.extraDates)
      if (end !== null) reach.after = Math.max(reach.after, end - utc);
    return reach;
  }

  /** No instance's span begins before it, whether or not an instance is there. Epoch seconds. */
  get earliestStart(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { span } of this.overriddenInstances()) earliest = Math.min(earliest, span.start);
    const { main } = this;
    if (!main?.anchor) return earliest;
    const { before } = this.reach();
    const own = main.zone.toUtc(main.anchor.local);
    const inGap = Math.max(0, main.zone.toLocal(own) - main.anchor.local);
    earliest = Math.min(earliest, own - inGap - before);
    for (const { utc } of this.extraDates) earliest = Math.min(earliest, utc - before);
    return earliest;
  }

  /** No instance's span ends after it; null when that is not known without walking the set. Epoch seconds. */
  get latestEnd(): number | null {
    let latest = openStart;
    for (const { span } of this.overriddenInstances()) latest = Math.max(latest, span.end);
    const { main } = this;
    if (!main?.anchor) return latest;
    const { after } = this.reach();
    latest = Math.max(latest, main.zone.toUtc(main.anchor.local) + after);
    for (const { utc } of this.extraDates) latest = Math.max(latest, utc + after);
    for (const { until } of main.component.rules) {
      if (!until) return null;
      const last = (until.utc ? until.local : main.zone.toUtc(until.local)) + secondsPerDay;
      latest = Math.max(latest, last + after);
    }
    return latest;
  }

  /** No instance that follows this one in `ruledInstances`, and not it itself, has a span that begins before it. */
  earliestFrom({ recurrenceId, local, start }: Instance): number {
    if (this.tails.length > 0) return recurrenceId - this.reach().before;
    // A reading inside a gap stands for a later instant than the readings that follow it.
    const inGap = this.main && local !== null ? Math.max(0, this.main.zone.toLocal(start) - local) : 0;
    return recurrenceId - inGap - 1;
  }

  private *overriddenInstances(): Generator<Instance, void, undefined> {
    for (const instances of this.overrides.values()) yield* instances;
  }

  /**
   * Overridden instances, and components without a start, which no rule leads to.
   * @param only when given, those of that component
   */
  *fixedInstances(only?: CalendarComponent): Generator<Instance, void, undefined> {
    if (only === undefined) yield* this.overriddenInstances();
    else yield* this.overrides.get(only) ?? [];
    if (!this.main || this.main.anchor) return;
    const { component } = this.main;
    if (only !== undefined && only !== component) return;
    for (const span of this.main.spansWithoutAnchor()) {
      yield { component, local: null, start: span.start, end: null, span, recurrenceId: span.start };
    }
  }

  /**
   * The other instances in order of the start that the rule gives them; all whose span meets [from, until) are among
   * them, a few others may be. Epoch seconds; infinite where open.
   * @param component when given, the stretch in which it holds is enough to walk; others' instances may be among them
   * @throws BudgetExceeded
   */
  *ruledInstances(
    from: number,
    until: number,
    budget: Budget,
    component?: CalendarComponent,
  ): Generator<Instance, void, undefined> {
    const { main } = this;
    if (!main?.anchor) return;
    // An override of one instance has none by the rule.
    if (component !== undefined && component !== main.component && !this.tailAt.has(component)) return;
    const { before, after } = this.reach();
    const held = this.stretchOf(component);
    const range = {
      from: localBound(main.zone, Math.max(from - after, held.from), -1),
      last: localBound(main.zone, Math.min(until + before, held.until), 1),
    };
    const excludedByRule = this.exceptionsByRule(main, range, budget);
    const starts = this.starts(main, range, budget);
    // Each step of the merge looks at every rule.
    const cost = 1 + Math.floor((main.component.rules.length + main.component.exceptionRules.length) / 8);
    for (let start = starts.next(); start; start = starts.next()) {
      budget.spend(cost);
      if (this.excluded?.get(start) || this.overridden?.get(start) || excludedByRule(start.local)) continue;
      yield this.instanceOf(main, start);
    }
  }

  /** Between which of the rule's starts a component's properties hold. */
  private stretchOf(component: CalendarComponent | undefined): { from: number; until: number } {
    const always = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
    if (component === undefined) return always;
    if (component === this.main?.component)
      return { ...always, until: this.tails.at(-1)?.from ?? always.until };
    const index = this.tailAt.get(component) ?? -1;
    const from = this.tails[index]?.from ?? Number.POSITIVE_INFINITY;
    return { from, until: this.tails[index - 1]?.from ?? always.until };
  }

  /** The recurrence set before exceptions. RDATEs come first: a PERIOD says more than the rule about the same start. */
  private starts(main: Timing, range: { from: number; last: number }, budget: Budget): StartStream {
    const anchor = anchorOf(main);
    if (!anchor) return new ListedStarts([]);
    const rules = main.component.rules.filter((rule) => rule.expandable);
    const streams: StartStream[] = rules.map((rule) => new RuleStarts(rule, anchor, range, budget));
    const inRange = ({ local }: Start): boolean => local >= range.from && local <= range.last;
    if (rules.length === 0) {
      const own = { local: anchor.value.local, utc: this.clocks.instant(anchor.value), end: null };
      if (inRange(own)) streams.unshift(new ListedStarts([own]));
    }
    if (this.extraDates.length > 0) streams.unshift(new ListedStarts(this.extraDates.filter(inRange)));
    const [only, ...others] = streams;
    return only && others.length === 0 ? only : new MergedStarts(streams);
  }

  private exceptionsByRule(
    main: Timing,
    range: { from: number; last: number },
    budget: Budget,
  ): (local: number) => boolean {
    const anchor = anchorOf(main);
    const rules = main.component.exceptionRules.filter((rule) => rule.expandable);
    if (rules.length === 0 || !anchor) return () => false;
    const merged = new MergedStarts(rules.map((rule) => new RuleStarts(rule, anchor, range, budget)));
    let head = merged.next();
    return (local) => {
      while (head && head.local < local) head = merged.next();
      return head?.local === local;
    };
  }

  /** The last of the overrides of this and all future instances that begins by then. */
  private tailFor(utc: number): ShiftedTail | undefined {
    let [low, high] = [0, this.tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (utc >= (this.tails[middle]?.from ?? 0)) high = middle;
      else low = middle + 1;
    }
    return this.tails[low];
  }

  private instanceOf(main: Timing, start: Start): Instance {
    const tail = this.tailFor(start.utc);
    if (tail) {
      const { zone } = tail.timing;
      const local = zone.toLocal(start.utc) + tail.shift;
      return instanceAt(tail.timing, { local, utc: zone.toUtc(local) }, start.utc);
    }
    if (start.end === null) return instanceAt(main, start, start.utc);
    const span = { start: start.utc, end: Math.max(start.end, start.utc + 1) };
    return {
      component: main.component,
      local: start.local,
      start: start.utc,
      end: start.end,
      span,
      recurrenceId: start.utc,
    };
  }
}

function anchorOf(timing: Timing): Anchor | null {
  return timing.anchor && { value: timing.anchor, zone: timing.zone };
}

function instanceAt(
  timing: Timing,
  { local, utc }: { local: number; utc: number },
  recurrenceId: number,
): Instance {
  const { component } = timing;
  const end = timing.endOf(local, utc);
  return { component, local, start: utc, end, span: timing.spanAt(local, utc), recurrenceId };
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
