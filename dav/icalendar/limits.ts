/** What one calendar object may hold. Every limit is checked while reading, so that work stays in proportion to it. */
export interface CalendarLimits {
  /** Components inside components, VCALENDAR counted as one. */
  readonly maxDepth: number;
  /** Components of every kind in the object. */
  readonly maxComponents: number;
  /** Properties in the object. */
  readonly maxProperties: number;
  /** Characters of one content line after unfolding. */
  readonly maxLineLength: number;
  /** Parameters, and values of them, on one content line. */
  readonly maxParameters: number;
  /** Overridden instances (components with a RECURRENCE-ID) and the main component: `max-instances`. */
  readonly maxInstances: number;
  /** ATTENDEE properties of one component: `max-attendees-per-instance`. */
  readonly maxAttendees: number;
  /** Earliest and latest date-time, epoch seconds, or null: `min-date-time`, `max-date-time`. */
  readonly minDateTime: number | null;
  readonly maxDateTime: number | null;
}

/** Far above what clients send; a resource-size limit of the caller's comes before any of them in practice. */
export const defaultCalendarLimits: CalendarLimits = {
  maxDepth: 10,
  maxComponents: 20_000,
  maxProperties: 200_000,
  maxLineLength: 8 * 1024 * 1024,
  maxParameters: 500,
  maxInstances: 5_000,
  maxAttendees: 2_000,
  minDateTime: null,
  maxDateTime: null,
};
