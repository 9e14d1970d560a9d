/** Which reports there are: one line a standard. */
import { aclReports } from './acl/reports.js';
import { caldavReports } from './caldav/index.js';
import { carddavReports } from './carddav/index.js';
import type { Report } from './report.js';
import type { ResourceKind } from './resources/resource.js';
import { allKinds } from './resources/resource.js';
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
const namesByKind: ReadonlyMap<ResourceKind, readonly Name[]> = new Map(
  allKinds.map((kind) => [
    kind,
    reports.filter(({ appliesTo }) => appliesTo.includes(kind)).map(({ name }) => name),
  ]),
);

/** The report whose request has that root element. */
export const reportOf = (root: Name): Report | undefined => byName.get(root);

/** What DAV:supported-report-set lists on a kind of resource. */
export const reportNamesOf = (kind: ResourceKind): readonly Name[] => namesByKind.get(kind) ?? [];
