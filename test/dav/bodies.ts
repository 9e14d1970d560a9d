/** Request bodies that more than one test file sends. */
import { caldav, carddav, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { document, element, escapeText } from '../../dav/xml/write.js';

const prop = (names: readonly Name[]): string =>
  element(dav('prop'), names.map((each) => element(each, '')).join(''));

/** PROPFIND for those properties (RFC 4918 §14.20). */
export const propfindBody = (...names: readonly Name[]): string => document(dav('propfind'), prop(names));

/** What to set or to remove, as written property elements. */
export interface Patch {
  readonly set?: string;
  readonly remove?: string;
}

/** PROPPATCH with those instructions, in order (RFC 4918 §14.19). */
export function propertyUpdate(...instructions: readonly Patch[]): string {
  const written = instructions.map(({ set, remove }) =>
    element(dav(set === undefined ? 'remove' : 'set'), element(dav('prop'), set ?? remove ?? '')),
  );
  return document(dav('propertyupdate'), written.join(''));
}

/** LOCK for a write lock, with a written DAV:owner (RFC 4918 §14.11). */
export const lockBody = (
  scope: 'exclusive' | 'shared' = 'exclusive',
  owner = element(dav('owner'), 'me'),
): string =>
  document(
    dav('lockinfo'),
    element(dav('lockscope'), element(dav(scope), '')) +
      element(dav('locktype'), element(dav('write'), '')) +
      owner,
  );

/** CALDAV:mkcalendar that sets those written properties (RFC 4791 §9.2). */
export const mkcalendarBody = (properties: string): string =>
  document(caldav('mkcalendar'), element(dav('set'), element(dav('prop'), properties)));

/** DAV:mkcol that sets those written properties (RFC 5689 §5.1). */
export const mkcolBody = (...properties: readonly string[]): string =>
  document(dav('mkcol'), properties.map((each) => element(dav('set'), element(dav('prop'), each))).join(''));

/** DAV:resourcetype with those types. */
export const resourceType = (...types: readonly Name[]): string =>
  element(dav('resourcetype'), types.map((type) => element(type, '')).join(''));

/** A multiget for ETags and data (RFC 4791 §9.10; RFC 6352 §8.7). */
export function multigetBody(kind: 'calendar' | 'addressbook', hrefs: readonly string[]): string {
  const [root, data] =
    kind === 'calendar'
      ? [caldav('calendar-multiget'), caldav('calendar-data')]
      : [carddav('addressbook-multiget'), carddav('address-data')];
  return document(
    root,
    prop([dav('getetag'), data]) + hrefs.map((href) => element(dav('href'), escapeText(href))).join(''),
  );
}

/** A calendar-query for ETags around the written content of the VCALENDAR comp-filter (RFC 4791 §9.5). */
export function calendarQueryBody(content = '', properties: readonly Name[] = [dav('getetag')]): string {
  const calendar = element(caldav('comp-filter'), content, ' name="VCALENDAR"');
  return document(caldav('calendar-query'), prop(properties) + element(caldav('filter'), calendar));
}

/** An addressbook-query for ETags around written prop-filters (RFC 6352 §10.3). */
export function addressbookQueryBody(
  propFilters: string,
  { test = '', limit }: { readonly test?: string; readonly limit?: number | string } = {},
): string {
  const filter = element(carddav('filter'), propFilters, test === '' ? '' : ` test="${test}"`);
  const limited =
    limit === undefined ? '' : element(carddav('limit'), element(carddav('nresults'), String(limit)));
  return document(carddav('addressbook-query'), prop([dav('getetag')]) + filter + limited);
}
