/** Nobody writes the calendar of birthdays but the server. */
import { findCollection } from '../../storage/index.js';
import { needPrivileges } from '../http/errors.js';
import type { Exchange } from '../http/exchange.js';
import { collectionPath, parsePath, pathOfHref } from '../resources/path.js';
import type { DavPath } from '../resources/path.js';
import { dav } from '../xml/names.js';
import { isBirthdayCalendar } from './visibility.js';

/** Names and colours are everybody's own: PROPPATCH is not among them. */
const writing: ReadonlySet<string> = new Set([
  ...['PUT', 'POST', 'DELETE', 'MOVE', 'MKCOL', 'MKCALENDAR', 'LOCK'],
]);

/**
 * Refuses what would change the members of the calendar, or the calendar itself.
 * @throws DavError 403 DAV:need-privileges
 */
export async function refuseChangesOfBirthdays(exchange: Exchange): Promise<void> {
  const { request, actor, path } = exchange;
  const method = request.method ?? '';
  if (actor.birthdayCalendar === null) return;
  const touched = writing.has(method) ? [path] : [];
  if (method === 'COPY' || method === 'MOVE') {
    const destination = pathOfHref(String(request.headers['destination'] ?? ''));
    const parsed = destination === undefined ? undefined : parsePath(destination);
    if (parsed !== undefined) touched.push(parsed);
  }
  for (const each of touched) await refuseInside(exchange, each);
}

async function refuseInside({ services, actor }: Exchange, path: DavPath): Promise<void> {
  if ((path.kind !== 'collection' && path.kind !== 'object') || path.home !== 'calendars') return;
  // Who does not see it is told that there is nothing.
  if (!actor.services.has('calendars') || !actor.services.has('contacts')) return;
  const name = path.kind === 'collection' ? path.name : path.collection;
  const collection = await services.database.read((reader) =>
    findCollection(reader, actor.accountId, 'calendar', name),
  );
  if (collection === undefined || !isBirthdayCalendar(collection, actor)) return;
  throw needPrivileges(
    collectionPath('calendars', actor.accountName, name),
    dav(path.kind === 'collection' ? 'unbind' : 'write-content'),
    'This calendar is made from the contacts: change those, or switch it off in the console.',
  );
}
