/** The precondition elements of RFC 4791 §5.3.2.1 that stored calendar data can fail. */
export type CalendarPrecondition =
  | 'supported-calendar-data'
  | 'valid-calendar-data'
  | 'valid-calendar-object-resource'
  | 'supported-calendar-component'
  | 'max-instances'
  | 'max-attendees-per-instance'
  | 'min-date-time'
  | 'max-date-time';

/**
 * Calendar data that cannot be stored. `precondition` is the element (in the CalDAV namespace) that RFC 4791 §5.3.2.1
 * names for the reason, `message` a sentence for a person; the status (403 or 409) is the caller's.
 */
export class CalendarDataError extends Error {
  readonly precondition: CalendarPrecondition;

  constructor(precondition: CalendarPrecondition, message: string) {
    super(message);
    this.name = 'CalendarDataError';
    this.precondition = precondition;
  }
}

/** The error for text that is not iCalendar by RFC 5545: `valid-calendar-data`. */
export function invalidData(message: string): CalendarDataError {
  return new CalendarDataError('valid-calendar-data', message);
}

/** Text of the client's, shortened so that it can stand in a message. */
export function quoted(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 57)}...` : text}"`;
}

/** An object that cannot be expanded (RFC 4791 §9.6.5) within what one object may take; `message` says of "it" why. */
export class ExpansionError extends Error {
  override readonly name = 'ExpansionError';
}
