import type { CalendarComponent } from './calendar-component.js';
import type { CalendarObject } from './calendar-object.js';
import { parameterOf, type Component, type Parameter, type Property } from './content-lines.js';
import { ExpansionError } from './errors.js';
import { instancesIn } from './instances.js';
import { BudgetExceeded } from './recurrence/index.js';
import { RecurrenceSet, type Instance } from './recurrence-set.js';
import {
  inOrder,
  join,
  lineWithoutValue,
  piecesOf,
  selectionEdits,
  selectionOf,
  selectsProperty,
  type CompSelection,
  type Edit,
  type Piece,
  type Rewriting,
} from './selection.js';
import type { BoundedRange } from './time-range.js';
import { later } from './timing.js';
import { formatTime, inUtc } from './utc-values.js';
import type { DateTime } from './values.js';
import { contentLine } from './write-line.js';
import { zoneOrUtc } from './zones/index.js';

/** What one object may be expanded to. */
export interface ExpansionLimits {
  readonly maxInstances: number;
  /** Of the text, for more than one instance. */
  readonly maxCharacters: number;
}

export interface ExpandOptions extends ExpansionLimits {
  readonly range: BoundedRange;
  /** IANA zone for floating times and dates. */
  readonly zone: string;
  readonly selection: CompSelection | null;
}

/**
 * RFC 4791 §9.6.5: the object's instances in the range, one component each, without time zones and recurrence properties.
 * Times with a time zone are in UTC; dates and floating times have none, and stay what they are. An instance of a
 * recurring component has a RECURRENCE-ID, the first one too. A VAVAILABILITY, which the RFC does not know, and rules in
 * another calendar than the Gregorian (RFC 7529) are not expanded: the object comes as it is stored.
 * @throws ExpansionError when it has more instances, or they take more work, than one object may
 */
export function expandCalendarObject(object: CalendarObject, options: ExpandOptions): string | undefined {
  const set = new RecurrenceSet(object, zoneOrUtc(options.zone));
  if (set.isUnknown || object.component === 'VAVAILABILITY') return undefined;
  return new Expansion(object, set, options).text();
}

const recurrenceProperties = new Set(['RRULE', 'RDATE', 'EXDATE', 'EXRULE']);
const timeProperties = new Set(['DTSTART', 'DTEND', 'DUE', 'DURATION']);

class Expansion {
  private readonly lineEnd: string;
  private readonly templates = new Map<CalendarComponent, readonly Piece<Instance>[]>();
  private readonly generic: Rewriting<Instance>;

  constructor(
    private readonly object: CalendarObject,
    private readonly set: RecurrenceSet,
    private readonly options: ExpandOptions,
  ) {
    this.lineEnd = /\r?\n/.exec(object.text)?.[0] ?? '\r\n';
    this.generic = {
      property: (property, _owner, withoutValue) => this.property(property, withoutValue),
      component: () => undefined,
    };
  }

  text(): string {
    const { object, options } = this;
    const sources = new Map(object.components.map((component) => [component.source, component]));
    const [first] = object.components;
    const isWanted = selectionOf(options.selection, object.component) !== undefined;
    const instances = isWanted ? this.instances() : '';
    const edits = selectionEdits<null>(object.calendar, options.selection, {
      property: (property, _owner, withoutValue) => this.property(property, withoutValue),
      component: (component) => {
        if (component.name === 'VTIMEZONE') return '';
        if (!sources.has(component)) return undefined;
        return component === first?.source ? instances : '';
      },
    });
    return join(piecesOf(object.text, { start: 0, end: object.text.length }, edits), null);
  }

  private instances(): string {
    const { maxInstances, maxCharacters, range } = this.options;
    const instances = this.search(range, maxInstances);
    let text = '';
    for (const instance of instances) {
      text += join(this.templateOf(instance.component), instance);
      if (text.length > maxCharacters && instances.length > 1) {
        throw new ExpansionError(`Its instances take more than ${maxCharacters} characters.`);
      }
    }
    return text;
  }

  private search(range: BoundedRange, maxInstances: number): Instance[] {
    try {
      const instances = instancesIn(this.set, range, maxInstances + 1);
      if (instances.length <= maxInstances) return instances;
    } catch (error) {
      if (!(error instanceof BudgetExceeded)) throw error;
      throw new ExpansionError('Its recurrence rules take more work than one object may take.');
    }
    throw new ExpansionError(`It has more than ${maxInstances} instances in that time.`);
  }

  private templateOf(component: CalendarComponent): readonly Piece<Instance>[] {
    const known = this.templates.get(component);
    if (known) return known;
    const { object, options } = this;
    const { source } = component;
    const selection = selectionOf(options.selection, source.name) ?? null;
    const edits = selectionEdits<Instance>(source, selection, {
      ...this.generic,
      property: (property, owner, withoutValue) => {
        const own = owner === source ? this.timeOf(component, property, withoutValue) : undefined;
        return own ?? this.property(property, withoutValue);
      },
    });
    const made = piecesOf(object.text, source, inOrder([...edits, this.added(component, selection)]));
    this.templates.set(component, made);
    return made;
  }

  /** What an instance says in place of a property that is its own; undefined for others. */
  private timeOf(
    component: CalendarComponent,
    property: Property,
    withoutValue: boolean,
  ): Piece<Instance> | undefined {
    const { name } = property;
    if (recurrenceProperties.has(name)) return '';
    const line = (value: string): string => this.line(property, withoutValue ? '' : value);
    if (name === 'RECURRENCE-ID') return (instance) => line(this.recurrenceId(component, instance));
    const { start, end } = component;
    const anchor = start ?? end;
    if (!anchor || !timeProperties.has(name)) return undefined;
    if (name === 'DURATION')
      return end ? '' : (instance) => this.duration(component, property, instance, withoutValue);
    const isAnchor = name === 'DTSTART' || !start;
    const like = isAnchor ? anchor : end;
    if (!like) return undefined;
    return (instance) => {
      const utc = isAnchor ? instance.start : (instance.end ?? instance.start);
      return instance.local === null
        ? (this.property(property, withoutValue) ?? this.sliceOf(property))
        : line(this.time(like, utc));
    };
  }

  private duration(
    { start, duration }: CalendarComponent,
    property: Property,
    instance: Instance,
    withoutValue: boolean,
  ): string {
    const { local, end } = instance;
    if (!start || !duration || local === null || end === null || withoutValue) {
      return withoutValue ? lineWithoutValue(this.object.text, property) : this.sliceOf(property);
    }
    const zone = this.set.clocks.of(start);
    const length = end - instance.start;
    // A day on the clock may be 23 hours of UTC; and a period of RDATE has an end of its own.
    const isNominal =
      (start.isDate || this.isFloating(start)) && end === later(zone, local, instance.start, duration);
    const isSame = isNominal || length === duration.days * 86_400 + duration.seconds;
    return isSame ? this.sliceOf(property) : this.line(property, `PT${Math.max(length, 0)}S`);
  }

  /** What an instance has although its component has it not: RECURRENCE-ID, and the end of a period of RDATE. */
  private added(component: CalendarComponent, selection: CompSelection | null): Edit<Instance> {
    const { source, start, end, duration, recurrenceId } = component;
    const at = source.properties.findLast(({ name }) => timeProperties.has(name)) ?? source.properties[0];
    const position = at?.end ?? source.end;
    const endName = source.name === 'VTODO' ? 'DUE' : 'DTEND';
    const needsEnd =
      start !== null && end === null && duration === null && selectsProperty(selection, endName);
    const needsId = recurrenceId === null && this.set.recurs && selectsProperty(selection, 'RECURRENCE-ID');
    const isDate = (start ?? end)?.isDate === true;
    const parameters = isDate ? [{ name: 'VALUE', values: ['DATE'] }] : [];
    const text = (instance: Instance): string => {
      let lines = '';
      if (needsEnd && instance.end !== null)
        lines += contentLine(endName, parameters, this.time(start, instance.end), this.lineEnd);
      if (needsId)
        lines += contentLine(
          'RECURRENCE-ID',
          parameters,
          this.recurrenceId(component, instance),
          this.lineEnd,
        );
      return lines;
    };
    return { start: position, end: position, text };
  }

  private recurrenceId({ recurrenceId, start, end }: CalendarComponent, instance: Instance): string {
    const like = recurrenceId ?? start ?? end;
    return like ? this.time(like, instance.recurrenceId) : '';
  }

  /** An instant written in the form of a value. */
  private time(like: DateTime, utc: number): string {
    return formatTime(like, utc, this.set.clocks.of(like), this.isFloating(like));
  }

  private isFloating(value: DateTime): boolean {
    return !value.utc && value.tzid === null;
  }

  private property(property: Property, withoutValue: boolean): string | undefined {
    if (parameterOf(property, 'TZID') !== undefined)
      return this.line(property, withoutValue ? '' : inUtc(property, this.set.clocks));
    return withoutValue ? lineWithoutValue(this.object.text, property) : undefined;
  }

  private sliceOf({ start, end }: Component | Property): string {
    return this.object.text.slice(start, end);
  }

  private line({ name, parameters }: Property, value: string): string {
    return contentLine(name, parameters.filter(isKept), value, this.lineEnd);
  }
}

/** One instance is not a RANGE of them, and refers to no time zone. */
function isKept({ name }: Parameter): boolean {
  return name !== 'TZID' && name !== 'RANGE';
}
