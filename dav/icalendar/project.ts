import { calendarTextOf, parseCalendarObject } from './calendar-object.js';
import { readComponents, type Component } from './content-lines.js';
import { expandCalendarObject, type ExpansionLimits } from './expand.js';
import type { CalendarLimits } from './limits.js';
import { limitFreebusySet } from './limit-freebusy-set.js';
import { overridesOutside } from './limit-recurrence-set.js';
import { join, lineWithoutValue, piecesOf, selectionEdits, type CompSelection } from './selection.js';
import type { BoundedRange } from './time-range.js';

/** RFC 4791 §9.6: how a report wants to see calendar objects. At most one of the first two ranges is there. */
export interface CalendarProjection {
  readonly selection: CompSelection | null;
  readonly expand: BoundedRange | null;
  readonly limitRecurrenceSet: BoundedRange | null;
  readonly limitFreebusySet: BoundedRange | null;
}

export interface ProjectionOptions extends ExpansionLimits {
  /** IANA zone for floating times and dates. */
  readonly zone: string;
  readonly limits: CalendarLimits;
}

/**
 * The part of a stored object that is asked for; lines that stay are the stored ones, byte for byte.
 * @throws CalendarDataError for bytes that are no calendar object
 * @throws ExpansionError for more instances than one object may be expanded to
 */
export function projectCalendarData(
  bytes: Uint8Array,
  projection: CalendarProjection,
  options: ProjectionOptions,
): string {
  const { selection, expand, limitRecurrenceSet, limitFreebusySet: busyRange } = projection;
  if (busyRange) {
    const whole = parseCalendarObject(bytes, options.limits);
    if (whole.component === 'VFREEBUSY') {
      const limited = Buffer.from(limitFreebusySet(whole, busyRange, options.zone));
      return projectCalendarData(limited, { ...projection, limitFreebusySet: null }, options);
    }
  }
  if (!expand && !limitRecurrenceSet) {
    const text = calendarTextOf(bytes);
    return select(text, readComponents(text, options.limits), selection, new Set());
  }
  const object = parseCalendarObject(bytes, options.limits);
  const expanded = expand && expandCalendarObject(object, { ...options, range: expand, selection });
  if (expanded !== null && expanded !== undefined) return expanded;
  const dropped = limitRecurrenceSet ? overridesOutside(object, limitRecurrenceSet, options.zone) : [];
  return select(object.text, [object.calendar], selection, new Set([...dropped].map(({ source }) => source)));
}

function select(
  text: string,
  roots: readonly Component[],
  selection: CompSelection | null,
  dropped: ReadonlySet<Component>,
): string {
  const edits = roots.flatMap((root) =>
    selectionEdits<null>(root, selection, {
      property: (property, _owner, withoutValue) =>
        withoutValue ? lineWithoutValue(text, property) : undefined,
      component: (component) => (dropped.has(component) ? '' : undefined),
    }),
  );
  return join(piecesOf(text, { start: 0, end: text.length }, edits), null);
}
