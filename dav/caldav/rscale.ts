/** RFC 7529 §10: a rule in a calendar that is not computed here would never be found by its time. */
import { supportedRscales, unsupportedRscale } from '../icalendar/index.js';
import type { CalendarComponent } from '../icalendar/index.js';
import { DavError } from '../http/errors.js';
import { caldav } from '../xml/names.js';

/** @throws DavError 403 CALDAV:supported-rscale */
export function requireRscale(components: readonly CalendarComponent[]): void {
  const other = unsupportedRscale(components);
  if (other === undefined) return;
  const sentence = `Rules are computed in ${supportedRscales.join(', ')}, not in ${other}.`;
  throw new DavError(403, sentence, { precondition: caldav('supported-rscale') });
}
