/** The reports of CalDAV (RFC 4791 §7). A query without Depth is taken as Depth 1, since clients send it so. */
import { reportOnCollection } from '../http/collection-report.js';
import type { DataRequest } from '../http/collection-report.js';
import { badRequest } from '../http/errors.js';
import type { Exchange } from '../http/exchange.js';
import { answerMultiget, readHrefs } from '../http/multiget.js';
import type { Report } from '../report.js';
import type { XmlElement } from '../xml/element.js';
import { child } from '../xml/element.js';
import { caldav } from '../xml/names.js';
import { calendarDataName, readCalendarDataRequest } from './calendar-data.js';
import { freeBusyQuery } from './free-busy-query.js';
import { readCalendarFilter } from './filter-request.js';
import { answerCalendarQuery } from './query.js';
import { timezonesWanted, zoneOfQuery } from './timezone.js';

const calendarMultiget: Report = {
  name: caldav('calendar-multiget'),
  appliesTo: ['calendar', 'calendar-object'],
  ofObjects: true,
  run: async (exchange, body) => {
    const hrefs = readHrefs(body, exchange.services.limits.maxHrefs);
    await reportOnCollection(exchange, body, dataRequest(exchange, body), (report) =>
      answerMultiget(exchange, report, hrefs),
    );
  },
};

const calendarQuery: Report = {
  name: caldav('calendar-query'),
  appliesTo: ['calendar', 'calendar-object'],
  ofObjects: true,
  run: async (exchange, body) => {
    const filter = child(body, caldav('filter'));
    if (filter === undefined) throw badRequest('CALDAV:calendar-query needs a CALDAV:filter element.');
    const query = { filter: readCalendarFilter(filter), zone: zoneOfQuery(body) };
    await reportOnCollection(exchange, body, dataRequest(exchange, body, query.zone), (report) =>
      answerCalendarQuery(report, query),
    );
  },
};

export const caldavReports: readonly Report[] = [calendarMultiget, calendarQuery, freeBusyQuery];

const dataRequest = ({ request, services }: Exchange, body: XmlElement, zone?: string): DataRequest => ({
  kind: 'calendar',
  dataProperty: calendarDataName,
  ...readCalendarDataRequest(body, {
    limits: services.limits,
    zone,
    timezones: timezonesWanted(request.headers),
  }),
});
