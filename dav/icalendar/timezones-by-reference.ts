import { parameterOf, readComponents, type Component } from './content-lines.js';
import type { CalendarLimits } from './limits.js';
import { join, piecesOf, type Edit } from './selection.js';
import { isIanaZone, vtimezoneText } from './zones/index.js';

/** What RFC 7809 §7.1 lets a client say: with all VTIMEZONEs, or without those that everybody knows. */
export type TimezonesWanted = 'T' | 'F';

/**
 * Calendar data with a VTIMEZONE for each TZID that stands in it, or without those of IANA zones (RFC 7809 §3.1.3). Zones
 * that only their VTIMEZONE defines keep it, and a TZID that nobody knows stays without one.
 * @throws CalendarDataError for text that is no calendar data
 */
export function withTimezones(text: string, wanted: TimezonesWanted, limits: CalendarLimits): string {
  const edits = readComponents(text, limits).flatMap((root) =>
    wanted === 'F' ? removals(root) : additions(root),
  );
  return edits.length === 0 ? text : join(piecesOf(text, { start: 0, end: text.length }, edits), null);
}

function tzidOfTimezone({ properties }: Component): string {
  return properties.find(({ name }) => name === 'TZID')?.value.trim() ?? '';
}

function removals({ components }: Component): Edit<null>[] {
  return components
    .filter((each) => each.name === 'VTIMEZONE' && isIanaZone(tzidOfTimezone(each)))
    .map(({ start, end }) => ({ start, end, text: '' }));
}

function additions(calendar: Component): Edit<null>[] {
  const [first] = calendar.components;
  if (!first) return [];
  const needed = new Set<string>();
  collectTzids(calendar, needed);
  for (const each of calendar.components) if (each.name === 'VTIMEZONE') needed.delete(tzidOfTimezone(each));
  const text = [...needed].map((tzid) => vtimezoneText(tzid) ?? '').join('');
  return text === '' ? [] : [{ start: first.start, end: first.start, text }];
}

/** More zones than that are in no calendar object; each of them may have to be computed. */
const maxAdded = 20;

function collectTzids(component: Component, into: Set<string>): void {
  for (const property of component.properties) {
    const tzid = parameterOf(property, 'TZID');
    if (tzid !== undefined && into.size < maxAdded) into.add(tzid.trim());
  }
  for (const child of component.components) if (child.name !== 'VTIMEZONE') collectTzids(child, into);
}
