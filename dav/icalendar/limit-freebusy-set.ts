import type { CalendarObject } from './calendar-object.js';
import type { Property } from './content-lines.js';
import { join, piecesOf, selectionEdits } from './selection.js';
import type { BoundedRange } from './time-range.js';
import { Clocks, endOfPeriod } from './timing.js';
import { readPeriod, tzidOf } from './values.js';
import { contentLine } from './write-line.js';
import { zoneOrUtc } from './zones/index.js';

/**
 * RFC 4791 §9.6.7: the object's text with those FREEBUSY values alone that meet the range. A line that keeps all of its
 * values stays byte for byte, one that keeps none goes.
 * @param zone IANA zone for floating times
 */
export function limitFreebusySet(object: CalendarObject, range: BoundedRange, zone: string): string {
  const { text, calendar } = object;
  const clocks = new Clocks(object, zoneOrUtc(zone));
  const lineEnd = /\r?\n/.exec(text)?.[0] ?? '\r\n';
  const edits = selectionEdits<null>(calendar, null, {
    property: (property, owner) =>
      owner.name === 'VFREEBUSY' && property.name === 'FREEBUSY'
        ? limited(property, range, clocks, lineEnd)
        : undefined,
    component: () => undefined,
  });
  return join(piecesOf(text, { start: 0, end: text.length }, edits), null);
}

function limited(
  property: Property,
  { start, end }: BoundedRange,
  clocks: Clocks,
  lineEnd: string,
): string | undefined {
  const tzid = tzidOf(property);
  const values = property.value.trimEnd().split(',');
  const kept = values.filter((value) => {
    const period = readPeriod(value, tzid);
    return period && clocks.instant(period.start) < end && endOfPeriod(period, clocks) > start;
  });
  if (kept.length === values.length) return undefined;
  return kept.length === 0 ? '' : contentLine(property.name, property.parameters, kept.join(','), lineEnd);
}
