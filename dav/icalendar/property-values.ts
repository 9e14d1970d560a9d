/** iCalendar data that clients keep in WebDAV properties: availability (RFC 7953 §7.2.4) and default alarms. */
import { calendarComponentOf, type CalendarComponent } from './calendar-component.js';
import { readCalendarData } from './calendar-data.js';
import { propertiesOf, propertyOf, readComponents, type Component } from './content-lines.js';
import { invalidData } from './errors.js';
import type { CalendarLimits } from './limits.js';
import { readDateTime, readDuration } from './values.js';

/**
 * The components of a `CALDAV:calendar-availability` value: one VCALENDAR with VAVAILABILITY components, and VTIMEZONEs.
 * @throws CalendarDataError `valid-calendar-data`, `supported-calendar-data`
 */
export function readAvailability(text: string, limits: CalendarLimits): readonly CalendarComponent[] {
  const [data, ...others] = readCalendarData(text, limits);
  const components = data?.components ?? [];
  const isAvailability = components.every(({ source }) => source.name === 'VAVAILABILITY');
  if (!data || others.length > 0 || components.length === 0 || !isAvailability)
    throw invalidData('Availability is one VCALENDAR with VAVAILABILITY components in it.');
  if (propertyOf(data.source, 'METHOD')) throw invalidData('Availability has no METHOD.');
  for (const { source } of components) source.components.forEach(requireUid);
  components.forEach(({ source }) => requireUid(source));
  return components;
}

function requireUid(source: Component): void {
  if (source.name !== 'VAVAILABILITY' && source.name !== 'AVAILABLE') return;
  if ((propertyOf(source, 'UID')?.value.trim() ?? '') === '')
    throw invalidData(`The ${source.name} has no UID.`);
}

/**
 * Checks default alarms: VALARM components, each with the time when it goes off; or nothing, for no alarm.
 * @throws CalendarDataError `valid-calendar-data`
 */
export function checkAlarms(text: string, limits: CalendarLimits): void {
  if (text.trim() === '') return;
  for (const alarm of readComponents(text, limits)) {
    if (alarm.name !== 'VALARM')
      throw invalidData(`Default alarms are VALARM components, and no ${alarm.name}.`);
    const [trigger, ...more] = propertiesOf(alarm, 'TRIGGER');
    const value = trigger?.value.trimEnd() ?? '';
    if (more.length > 0 || (!readDuration(value) && readDateTime(value, null)?.isDate !== false))
      throw invalidData('A VALARM needs one TRIGGER: a duration, or a date with a time.');
  }
}

/** The first RSCALE of rules that are not computed here (RFC 7529 §10), those of AVAILABLE too. */
export function unsupportedRscale(components: readonly CalendarComponent[]): string | undefined {
  for (const { rules, exceptionRules, source } of components) {
    const other = [...rules, ...exceptionRules].find(({ expandable }) => !expandable);
    if (other) return other.rscale ?? '';
    if (source.name !== 'VAVAILABILITY') continue;
    const available = source.components.filter(({ name }) => name === 'AVAILABLE').map(calendarComponentOf);
    const inside = unsupportedRscale(available);
    if (inside !== undefined) return inside;
  }
  return undefined;
}
