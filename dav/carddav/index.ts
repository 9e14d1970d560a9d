/** The reports of CardDAV (RFC 6352 §8). */
import { reportOnCollection } from '../http/collection-report.js';
import type { DataRequest } from '../http/collection-report.js';
import { answerMultiget, readHrefs } from '../http/multiget.js';
import type { Report } from '../report.js';
import type { CardFilter } from '../vcard/index.js';
import { readLimit } from '../webdav/limit-request.js';
import type { XmlElement } from '../xml/element.js';
import { child } from '../xml/element.js';
import { carddav } from '../xml/names.js';
import { addressDataName, readAddressDataRequest } from './address-data.js';
import { readCardFilter } from './filter-request.js';
import { answerCardQuery } from './query.js';

const addressbookMultiget: Report = {
  name: carddav('addressbook-multiget'),
  appliesTo: ['addressbook', 'address-object'],
  run: async (exchange, body) => {
    const hrefs = readHrefs(body, exchange.services.limits.maxHrefs);
    await reportOnCollection(exchange, body, dataRequest(body), (report) =>
      answerMultiget(exchange, report, hrefs),
    );
  },
};

/** §8.6 wants a filter; Evolution lists an address book without one, and means every card. */
const everyCard: CardFilter = { test: 'anyof', propFilters: [] };

const addressbookQuery: Report = {
  name: carddav('addressbook-query'),
  appliesTo: ['addressbook', 'address-object'],
  run: async (exchange, body) => {
    const filter = child(body, carddav('filter'));
    const wanted = filter === undefined ? everyCard : readCardFilter(filter);
    const limit = readLimit(body, carddav('limit'), carddav('nresults'));
    await reportOnCollection(exchange, body, dataRequest(body), (report) =>
      answerCardQuery(report, wanted, limit),
    );
  },
};

export const carddavReports: readonly Report[] = [addressbookMultiget, addressbookQuery];

const dataRequest = (body: XmlElement): DataRequest => ({
  kind: 'addressbook',
  dataProperty: addressDataName,
  ...readAddressDataRequest(body),
});
