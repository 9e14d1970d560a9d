/** What stands in the query of a request to the time zone service (RFC 7808 §5). */
import { Problem } from './problem.js';
import type { ProblemCode } from './problem.js';

/** A parameter that may be there once. @throws Problem 400 with that code where it is there again */
export function single(query: URLSearchParams, name: string, code: ProblemCode): string | undefined {
  const values = query.getAll(name);
  if (values.length > 1) throw new Problem(400, code, `The parameter ${name} is there more than once.`);
  return values[0];
}

/** Epoch seconds of a UTC date-time (RFC 3339); undefined for anything else. */
export function readInstant(written: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(written)) return undefined;
  const milliseconds = Date.parse(written);
  return Number.isNaN(milliseconds) || writeInstant(milliseconds / 1000) !== written
    ? undefined
    : milliseconds / 1000;
}

/** A UTC date-time (RFC 3339) of epoch seconds. */
export const writeInstant = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
