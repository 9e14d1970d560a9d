/** The reports of CardDAV (RFC 6352 §8). */
import { reportOnCollection } from '../http/collection-report.js';
import type { DataRequest } from '../http/collection-report.js';
import { answerMultiget, readHrefs } from '../http/multiget.js';
import type { Report } from '../report.js';
import type { XmlElement } from '../xml/element.js';
import { carddav } from '../xml/names.js';
import { addressDataName, readAddressDataRequest } from './address-data.js';

const addressbookMultiget: Report = {
  name: carddav('addressbook-multiget'),
  appliesTo: ['addressbook'],
  run: async (exchange, body) => {
    const hrefs = readHrefs(body, exchange.services.limits.maxHrefs);
    await reportOnCollection(exchange, body, dataRequest(body), (report) =>
      answerMultiget(exchange, report, hrefs),
    );
  },
};

export const carddavReports: readonly Report[] = [addressbookMultiget];

const dataRequest = (body: XmlElement): DataRequest => ({
  kind: 'addressbook',
  dataProperty: addressDataName,
  project: readAddressDataRequest(body),
});
