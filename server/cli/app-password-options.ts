/** What the options of `latchkey app-password add` mean. */
import { InvalidArgumentError } from 'commander';
import type { Service } from '../../auth/index.js';
import { parseEnd } from './instant-options.js';

const services: readonly Service[] = ['calendars', 'contacts'];

/** `calendars`, `contacts`, or both with a comma between. */
export function parseServices(text: string): ReadonlySet<Service> {
  const parts = text.split(',').map((part) => part.trim());
  const known = services.filter((service) => parts.includes(service));
  if (known.length === 0 || parts.some((part) => !services.some((service) => service === part))) {
    throw new InvalidArgumentError('Expected calendars, contacts, or calendars,contacts.');
  }
  return new Set(known);
}

/** Until when it works, in epoch milliseconds: a date alone means until the end of that day in UTC; or `never`. */
export const parseExpiryOrNever = (text: string): number | 'never' =>
  text === 'never' ? 'never' : parseEnd(text);
