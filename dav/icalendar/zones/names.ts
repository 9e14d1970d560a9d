import { createRequire } from 'node:module';
import { ianaZone } from './iana.js';
import type { Zone } from './zone.js';

interface WindowsZone {
  readonly windowsName: string;
  readonly territory: string;
  readonly iana: readonly string[];
}

// The package is CommonJS behind a switch on NODE_ENV, which hides its named exports from an import.
const { WINDOWS_TO_IANA_MAP } = createRequire(import.meta.url)('windows-iana') as {
  WINDOWS_TO_IANA_MAP: readonly WindowsZone[];
};

/** Windows names in lower case to the zone that CLDR gives for no territory in particular (001). */
const windowsNames = new Map<string, string>();
for (const { windowsName, territory, iana } of WINDOWS_TO_IANA_MAP) {
  const first = iana[0];
  if (territory === '001' && first !== undefined) windowsNames.set(windowsName.toLowerCase(), first);
}

/**
 * Abbreviations that ICU takes from Java though tzdata has no such zones. They mean different things to different people
 * (IST: India, Ireland, Israel), so the object's own VTIMEZONE must count, or nothing.
 */
const abbreviations = new Set(
  'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST'
    .toLowerCase()
    .split(' '),
);

/** The zone that a name alone says: IANA names, Windows names, and the decorations that clients put around both. */
export function namedZone(tzid: string): Zone | undefined {
  const name = tzid
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
  if (name === '' || name.length > 200 || abbreviations.has(name.toLowerCase())) return undefined;
  const windows = windowsNames.get(name.toLowerCase());
  if (windows !== undefined) return ianaZone(windows);
  return ianaZone(name) ?? prefixedZone(name);
}

/**
 * `/freeassociation.sourceforge.net/Europe/Berlin`, `/mozilla.org/20070129_1/Europe/Berlin`,
 * `/softwarestudio.org/Olson_20011030_5/America/New_York`, `posix/Europe/Vaduz`: the longest tail that is a zone with an
 * area in its name.
 */
function prefixedZone(name: string): Zone | undefined {
  const parts = name.split('/');
  for (let from = Math.max(1, parts.length - 3); from < parts.length - 1; from += 1) {
    const zone = ianaZone(parts.slice(from).join('/'));
    if (zone) return zone;
  }
  return undefined;
}
