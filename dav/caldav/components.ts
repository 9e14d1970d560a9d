/** The component types of calendars (RFC 4791 §5.2.3). */

/** What a calendar can be made for (RFC 5545 §3.6; RFC 7953 §3.1). */
export const storableComponents: readonly string[] = [
  'VEVENT',
  'VTODO',
  'VJOURNAL',
  'VFREEBUSY',
  'VAVAILABILITY',
];

/** What a calendar takes whose maker did not say; the RFC leaves it to the server. */
export const defaultComponents: readonly string[] = ['VEVENT', 'VTODO'];

/** The component types that a calendar takes. */
export const componentsOf = (calendar: {
  readonly components: readonly string[] | null;
}): readonly string[] => calendar.components ?? defaultComponents;
