/** The time zones that the service gives, as RFC 7808 §6.2 lists them: those of Node's ICU data. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { isIanaZone, PRODUCT_ID, VTIMEZONE_VERSION } from '../icalendar/index.js';
import { writeInstant } from './parameters.js';
import { unlistedNames } from './unlisted-names.js';

/** A zone as the list and find actions tell it. */
export interface ListedZone {
  readonly tzid: string;
  readonly etag: string;
  readonly 'last-modified': string;
  readonly publisher: string;
  readonly version: string;
  readonly aliases?: readonly string[];
}

/** The IANA release that Node's data was made from, such as `2025c`. */
export const dataVersion = process.versions['tz'] ?? process.versions['icu'] ?? process.version;

/** What all answers follow from: the data, and the code that writes it. Another token where one of them is another. */
export const synctoken = hash(dataVersion, process.versions['icu'] ?? '', VTIMEZONE_VERSION, PRODUCT_ID);

/** The entity tag of a zone in a notation, without quotes; its data is a function of what is hashed. */
export const etagOf = (tzid: string, notation = 'ics'): string => hash(synctoken, tzid, notation);

function hash(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}

let listed: readonly ListedZone[] | undefined;

/** All of them, in the order of their names; put together when they are first asked for, which takes some 10 ms. */
export function zoneList(): readonly ListedZone[] {
  listed ??= makeList();
  return listed;
}

function makeList(): readonly ListedZone[] {
  const aliases = new Map<string, string[]>(Intl.supportedValuesOf('timeZone').map((tzid) => [tzid, []]));
  for (const name of unlisted()) {
    const tzid = canonicalOf(name);
    if (tzid === undefined) continue;
    const names = aliases.get(tzid) ?? [];
    if (name !== tzid) names.push(name);
    aliases.set(tzid, names);
  }
  // The data came with this Node.
  const modified = writeInstant(Math.floor(statSync(process.execPath).mtimeMs / 1000));
  return [...aliases.keys()].sort().map((tzid) => {
    const names = aliases.get(tzid) ?? [];
    return {
      tzid,
      etag: etagOf(tzid),
      'last-modified': modified,
      publisher: 'IANA',
      version: dataVersion,
      ...(names.length === 0 ? {} : { aliases: names }),
    };
  });
}

const unlisted = (): string[] =>
  Object.entries(unlistedNames).flatMap(([area, names]) =>
    names.split(' ').map((name) => (area === '' ? name : `${area}/${name}`)),
  );

/** What ICU calls a zone; undefined where this ICU has none of that name. */
function canonicalOf(name: string): string | undefined {
  if (!isIanaZone(name)) return undefined;
  return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
}
