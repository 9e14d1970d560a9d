// From vCard 4.0 to 3.0 (RFC 2426).
import { parameterOf, withParameters, type CardLine } from '../card-line.js';
import { propertyTypeOf, withoutDefaultValue } from '../property-types.js';
import { escapeText } from '../../directory-text.js';
import { unescapeText } from '../text.js';
import { attachLabels, detachLabel, detachSortString } from './addresses.js';
import { dateToVersion3, placeToVersion3, timestampToVersion3, zoneToVersion3 } from './dates.js';
import { fromDataUri, mediaProperties } from './media.js';
import { namesToVersion3, namesToVersion4 } from './names.js';
import { preferencesToVersion3, preferenceToVersion4 } from './preference.js';
import { numberOfTelephone } from './telephone.js';
import { isUri, uriOf } from './uri.js';

export function toVersion3(lines: readonly CardLine[]): readonly CardLine[] {
  // A 4.0 card may have been made from a 3.0 one without care.
  const named = namesToVersion4(lines.filter(({ name }) => name !== 'VERSION'));
  const valued = attachLabels(named).map(preferenceToVersion4).map(withoutDefaultValue).map(valueToVersion3);
  const preferred = preferencesToVersion3(valued).flatMap(detachLabel);
  return withName(detachSortString(namesToVersion3(preferred)));
}

type Change = (line: CardLine) => CardLine;

const changes: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['BDAY', dateToVersion3],
  ['ANNIVERSARY', dateToVersion3],
  ['DEATHDATE', dateToVersion3],
  ['REV', timestampToVersion3],
  ['TZ', zoneToVersion3],
  ['GEO', placeToVersion3],
  ['TEL', numberOfTelephone],
  ['UID', identifierToVersion3],
]);

function valueToVersion3(line: CardLine): CardLine {
  const change = changes.get(line.name);
  if (change !== undefined) return change(line);
  const type = parameterOf(line, 'VALUE') ?? propertyTypeOf(line.name)?.type;
  if (type !== 'uri') return line;
  const plain = { ...line, raw: uriOf(line.raw) };
  return mediaProperties.has(line.name) ? fromDataUri(plain) : plain;
}

function identifierToVersion3(line: CardLine): CardLine {
  const raw = isUri(uriOf(line.raw)) ? uriOf(line.raw) : line.raw;
  return { ...line, raw, parameters: withParameters(line.parameters, { VALUE: undefined }) };
}

/**
 * RFC 2426 §3.1.2 wants N. The formatted name as family name is what Apple's programs write, and want, for groups and
 * companies.
 */
function withName(lines: readonly CardLine[]): readonly CardLine[] {
  if (lines.some(({ name }) => name === 'N')) return lines;
  const at = lines.findIndex(({ name }) => name === 'FN');
  const raw = `${escapeText(unescapeText(lines[at]?.raw ?? ''))};;;;`;
  return lines.toSpliced(at + 1, 0, { group: undefined, name: 'N', parameters: new Map(), raw });
}
