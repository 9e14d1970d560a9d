/** OPTIONS (RFC 4918 §9.1, §10.1): what each resource can do, truly. */
import { exists, resolve } from '../resources/resolve.js';
import type { Resource, ResourceKind, Vacancy } from '../resources/resource.js';
import { notFound } from './errors.js';
import { answer } from './exchange.js';
import type { Exchange } from './exchange.js';

const common = ['OPTIONS', 'PROPFIND'] as const;
const methodsOf: Readonly<Record<ResourceKind | Vacancy['kind'], readonly string[]>> = {
  root: common,
  principal: [...common, 'PROPPATCH'],
  'calendar-home': [...common, 'PROPPATCH'],
  'addressbook-home': [...common, 'PROPPATCH'],
  calendar: [...common, 'PROPPATCH', 'REPORT', 'DELETE'],
  addressbook: [...common, 'PROPPATCH', 'REPORT', 'DELETE'],
  'calendar-object': [...common, 'PROPPATCH', 'GET', 'HEAD', 'PUT', 'DELETE'],
  'address-object': [...common, 'PROPPATCH', 'GET', 'HEAD', 'PUT', 'DELETE'],
  'vacant-collection': ['OPTIONS', 'MKCOL', 'MKCALENDAR'],
  'vacant-object': ['OPTIONS', 'PUT'],
};

/** The methods that a resource answers, for Allow. */
export function allowOf(found: Resource | Vacancy): string {
  const methods = methodsOf[found.kind];
  if (found.kind !== 'vacant-collection') return methods.join(', ');
  return methods.filter((method) => method !== 'MKCALENDAR' || found.home === 'calendars').join(', ');
}

/** The DAV header: compliance classes, and the services that the app password may see. */
export function davHeader(exchange: Exchange): string {
  const { services } = exchange.actor;
  return [
    '1',
    '3',
    'extended-mkcol',
    ...(services.has('calendars') ? ['calendar-access'] : []),
    ...(services.has('contacts') ? ['addressbook'] : []),
  ].join(', ');
}

export async function options(exchange: Exchange): Promise<void> {
  const found = await exchange.services.database.read((reader) =>
    resolve(reader, exchange.actor, exchange.path),
  );
  if (found === undefined) throw notFound();
  if (!exists(found) && found.kind === 'vacant-object' && found.collection === undefined) throw notFound();
  answer(exchange, 200, { DAV: davHeader(exchange), Allow: allowOf(found) });
}
