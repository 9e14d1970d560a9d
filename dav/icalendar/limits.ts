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
  /** Octets of the UID: it goes into a unique index. */
  readonly maxUidLength: number;
  /**
   * Overridden instances (components with a RECURRENCE-ID) and the main component, and for themselves the values of RDATE
   * and EXDATE: `max-instances`.
   */
  readonly maxInstances: number;
  /** ATTENDEE properties of one component: `max-attendees-per-instance`. */
  readonly maxAttendees: number;
  /** Earliest and latest date-time, inclusive, epoch seconds, or null: `min-date-time`, `max-date-time`. */
  readonly minDateTime: number | null;
  readonly maxDateTime: number | null;
}

/**
 * Far above what clients send; a resource-size limit of the caller's comes before any of them in practice. What a PUT may
 * hold of instances, attendees and dates is configured or advertised, and what was once stored is read.
 */
export const defaultCalendarLimits: CalendarLimits = {
  maxDepth: 10,
  maxComponents: 20_000,
  maxProperties: 200_000,
  maxLineLength: 8 * 1024 * 1024,
  maxParameters: 500,
  maxUidLength: 1024,
  maxInstances: Number.POSITIVE_INFINITY,
  maxAttendees: Number.POSITIVE_INFINITY,
  minDateTime: null,
  maxDateTime: null,
};
