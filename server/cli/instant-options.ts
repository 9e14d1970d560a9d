/** What an option that takes an instant means: a date, or a date with time and zone. */
import { InvalidArgumentError } from 'commander';

const EXPECTED = 'Expected a date such as 2027-01-31, or with time and zone, 2027-01-31T18:00:00Z.';

/** In epoch milliseconds; a date alone is the beginning of that day in UTC. */
export const parseBeginning = (text: string): number => parseInstant(text, 'T00:00:00Z');

/** In epoch milliseconds; a date alone is the end of that day in UTC. */
export const parseEnd = (text: string): number => parseInstant(text, 'T23:59:59.999Z');

/** A time needs its zone, since the server's own would be a guess. */
function parseInstant(text: string, timeOfDay: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/i.exec(
    text,
  );
  const [, date = '', time] = match ?? [];
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes 31 February for 3 March.
  const exists = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
  const at = Date.parse(time === undefined ? `${date}${timeOfDay}` : text.toUpperCase());
  if (match === null || !exists || Number.isNaN(at)) throw new InvalidArgumentError(EXPECTED);
  return at;
}
