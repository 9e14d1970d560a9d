import type { BusyPeriod } from './periods.js';
import type { BoundedRange } from './time-range.js';
import { formatUtc } from './utc-values.js';

/** Who wrote it (RFC 5545 §3.7.3). */
export const PRODUCT_ID = '-//Latchkey//Latchkey//EN';

export interface FreeBusy {
  readonly range: BoundedRange;
  readonly periods: readonly BusyPeriod[];
  readonly uid: string;
  /** When it was computed: epoch seconds. */
  readonly stamp: number;
}

/**
 * An iCalendar object with one VFREEBUSY (RFC 4791 §7.10; RFC 5545 §3.6.4). Periods are written with their end, which
 * everybody reads; none of these lines is as long as one that is folded.
 */
export function freeBusyCalendar({ range, periods, uid, stamp }: FreeBusy): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    `PRODID:${PRODUCT_ID}`,
    'BEGIN:VFREEBUSY',
    `UID:${uid}`,
    `DTSTAMP:${formatUtc(stamp)}`,
    `DTSTART:${formatUtc(range.start)}`,
    `DTEND:${formatUtc(range.end)}`,
    ...periods.map(({ start, end, type }) => `FREEBUSY;FBTYPE=${type}:${formatUtc(start)}/${formatUtc(end)}`),
    'END:VFREEBUSY',
    'END:VCALENDAR',
  ];
  return `${lines.join('\r\n')}\r\n`;
}
