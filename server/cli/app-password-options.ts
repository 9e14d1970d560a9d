/** What the options of `latchkey app-password add` mean. */
import { InvalidArgumentError } from 'commander';
import type { Service } from '../../auth/index.js';

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

const EXPECTED = 'Expected a date such as 2027-01-31, or with time and zone, 2027-01-31T18:00:00Z.';

/**
 * An instant in epoch milliseconds. A date alone means until the end of that day in UTC; a time needs its zone, since the
 * server's own would be a guess.
 */
export function parseExpiry(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/i.exec(
    text,
  );
  const [, date = '', time] = match ?? [];
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes 31 February for 3 March.
  const exists = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
  const at = time === undefined ? Date.parse(`${date}T23:59:59.999Z`) : Date.parse(text.toUpperCase());
  if (match === null || !exists || Number.isNaN(at)) throw new InvalidArgumentError(EXPECTED);
  return at;
}

/** As above, or `never`. */
export const parseExpiryOrNever = (text: string): number | 'never' =>
  text === 'never' ? 'never' : parseExpiry(text);
