import { readComponents, propertyOf, type Component } from '../content-lines.js';
import { invalidData } from '../errors.js';
import { defaultCalendarLimits } from '../limits.js';
import { ianaZone } from './iana.js';
import { namedZone } from './names.js';
import { checkVtimezone, vtimezoneZone } from './vtimezone.js';
import { utcZone, type Zone } from './zone.js';

export { checkVtimezone } from './vtimezone.js';
export { changesOf, isDaylightAt, offsetAt, type Change } from './changes.js';
export { vtimezoneStart, vtimezoneText, VTIMEZONE_VERSION } from './vtimezone-text.js';
export { utcZone, type Zone } from './zone.js';

/** Where the VTIMEZONEs of one object are found, by TZID. */
export interface ZoneSource {
  readonly timezones: ReadonlyMap<string, Component>;
}

/**
 * The zone of a TZID: by its name when that is an IANA or Windows one, otherwise by the object's own VTIMEZONE, which
 * counts for this object only. Undefined when neither is known: the time is then floating.
 */
export function resolveZone(tzid: string, object?: ZoneSource): Zone | undefined {
  const named = namedZone(tzid);
  if (named || !object) return named;
  const component = object.timezones.get(tzid.trim());
  if (!component) return undefined;
  return vtimezoneZone(component) ?? locationZone(component);
}

/** X-LIC-LOCATION carries the IANA name in VTIMEZONEs made by libical. */
function locationZone(component: Component): Zone | undefined {
  const location = propertyOf(component, 'X-LIC-LOCATION')?.value;
  return location === undefined ? undefined : namedZone(location);
}

/** True for a name (IANA, Windows, or decorated) that needs no VTIMEZONE. */
export function isKnownZone(name: string): boolean {
  return namedZone(name) !== undefined;
}

/** True for a name that is IANA's own, which everybody who knows time zones knows. */
export function isIanaZone(name: string): boolean {
  return isKnownZone(name) && ianaZone(name) !== undefined;
}

/** The first use of a zone loads ICU's data, which takes 25 ms: at start nobody waits for it. */
export function loadZoneData(): void {
  namedZone('Europe/Berlin')?.toLocal(0);
}

/**
 * The zone of what `zoneOfVtimezone` gave earlier: a name, or the VTIMEZONE of a zone without one. UTC when this Node no
 * longer knows the name.
 */
export function zoneOrUtc(zone: string): Zone {
  return (zone.includes('\n') ? zoneOfText(zone) : namedZone(zone)) ?? utcZone;
}

const ofTexts = new Map<string, Zone | undefined>();
const maxTexts = 50;

function zoneOfText(text: string): Zone | undefined {
  if (ofTexts.has(text)) return ofTexts.get(text);
  if (ofTexts.size >= maxTexts) ofTexts.clear();
  const zone = vtimezoneZone(timezoneIn(text));
  ofTexts.set(text, zone);
  return zone;
}

/**
 * The zone of a `CALDAV:calendar-timezone` value (RFC 4791 §5.2.2), for `zoneOrUtc`: its IANA name, or the value itself
 * where it names no zone known here.
 * @throws CalendarDataError `valid-calendar-data` when it is not one VCALENDAR with exactly one VTIMEZONE.
 */
export function zoneOfVtimezone(text: string): string {
  const timezone = timezoneIn(text);
  checkVtimezone(timezone);
  const tzid = propertyOf(timezone, 'TZID')?.value.trim() ?? '';
  return (namedZone(tzid) ?? locationZone(timezone))?.name ?? text;
}

function timezoneIn(text: string): Component {
  const [calendar, ...others] = readComponents(text, defaultCalendarLimits);
  const [timezone, ...more] = calendar?.components ?? [];
  if (
    calendar?.name !== 'VCALENDAR' ||
    others.length > 0 ||
    timezone?.name !== 'VTIMEZONE' ||
    more.length > 0
  ) {
    throw invalidData('A time zone is given as one VCALENDAR with exactly one VTIMEZONE in it.');
  }
  return timezone;
}

/** The TZID in a `CALDAV:calendar-timezone` value that was found valid when it was stored. */
export function tzidOfVtimezone(text: string): string | undefined {
  const [calendar] = readComponents(text, defaultCalendarLimits);
  const timezone = calendar?.components.find(({ name }) => name === 'VTIMEZONE');
  return timezone && propertyOf(timezone, 'TZID')?.value.trim();
}
