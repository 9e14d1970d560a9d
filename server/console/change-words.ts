/** What was changed of an app password or an account, in words, from what its activity noted. */
import type { ActivityEntry } from '../../auth/index.js';
import { day, text } from './text.js';

/** Empty where nothing is said of it. `timeZone` as accounts have it. */
export function changeWords({ event, detail }: ActivityEntry, timeZone: string | null): string {
  if (event === 'account.renamed')
    return text('changed.name', { from: String(detail['from']), to: String(detail['to']) });
  if (event !== 'app-password.changed') return '';
  const { labelBefore, services, access, collections, addresses, expiresAt } = detail;
  const said: string[] = [];
  if (typeof labelBefore === 'string') said.push(text('changed.label', { name: labelBefore }));
  if (typeof services === 'string') said.push(text(`rights.${kindsOf(services)}`));
  if (access === 'read' || access === 'write') said.push(text(`new.access.${access}`));
  if (typeof collections === 'string') said.push(text('changed.collections', { names: collections }));
  if (collections === null) said.push(text('changed.collections.all'));
  if (typeof addresses === 'string')
    said.push(text('changed.addresses', { addresses: addresses.replaceAll(' ', ', ') }));
  if (addresses === null) said.push(text('changed.addresses.all'));
  if (typeof expiresAt === 'number') said.push(text('changed.expires', { day: day(expiresAt, timeZone) }));
  if (expiresAt === null) said.push(text('changed.expires.never'));
  return said.join(' · ');
}

function kindsOf(services: string): 'both' | 'calendars' | 'contacts' {
  if (services === 'calendars' || services === 'contacts') return services;
  return 'both';
}
