/** The reports of CalDAV (RFC 4791 §7). */
import { reportOnCollection } from '../http/collection-report.js';
import type { DataRequest } from '../http/collection-report.js';
import { answerMultiget, readHrefs } from '../http/multiget.js';
import type { Report } from '../report.js';
import type { XmlElement } from '../xml/element.js';
import { caldav } from '../xml/names.js';
import { calendarDataName, readCalendarDataRequest } from './calendar-data.js';

const calendarMultiget: Report = {
  name: caldav('calendar-multiget'),
  appliesTo: ['calendar'],
  run: async (exchange, body) => {
    const hrefs = readHrefs(body, exchange.services.limits.maxHrefs);
    await reportOnCollection(exchange, body, dataRequest(body), (report) =>
      answerMultiget(exchange, report, hrefs),
    );
  },
};

export const caldavReports: readonly Report[] = [calendarMultiget];

const dataRequest = (body: XmlElement): DataRequest => ({
  kind: 'calendar',
  dataProperty: calendarDataName,
  project: readCalendarDataRequest(body),
});
