/** Which reports there are: one line a standard. */
import { aclReports } from './acl/reports.js';
import { caldavReports } from './caldav/index.js';
import { carddavReports } from './carddav/index.js';
import { hasReport } from './report.js';
import type { Report } from './report.js';
import type { Resource } from './resources/resource.js';
import { syncCollection } from './sync/index.js';
import { expandProperty } from './webdav/expand-property.js';
import type { Name } from './xml/names.js';

const reports: readonly Report[] = [
  expandProperty,
  syncCollection,
  ...aclReports,
  ...caldavReports,
  ...carddavReports,
];
const byName: ReadonlyMap<Name, Report> = new Map(reports.map((report) => [report.name, report]));
/** The report whose request has that root element. */
export const reportOf = (root: Name): Report | undefined => byName.get(root);

/** What DAV:supported-report-set lists on a resource. */
export const reportNamesOf = (resource: Resource): readonly Name[] =>
  reports.filter((report) => hasReport(resource, report)).map(({ name }) => name);
