// From vCard 3.0 to 4.0 (RFC 6350 appendix A).
import { parameterOf, withParameters, type CardLine } from '../card-line.js';
import { propertyTypeOf, withoutDefaultValue } from '../property-types.js';
import { attachLabels, attachSortString } from './addresses.js';
import { dateToVersion4, placeToVersion4, timestampToVersion4, zoneToVersion4 } from './dates.js';
import { decodeLine } from './encoding.js';
import { isBase64, mediaProperties, moveMediaType, toDataUri } from './media.js';
import { namesToVersion4 } from './names.js';
import { preferenceToVersion4 } from './preference.js';
import { numberOfTelephone } from './telephone.js';
import { isUri, uriOf } from './uri.js';

export function toVersion4(lines: readonly CardLine[]): readonly CardLine[] {
  const named = namesToVersion4(lines.filter(({ name }) => name !== 'VERSION'));
  return attachLabels(attachSortString(named.map(decodeLine)))
    .map(preferenceToVersion4)
    .map(valueToVersion4);
}

type Change = (line: CardLine) => CardLine;

const changes: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['BDAY', dateToVersion4],
  ['ANNIVERSARY', dateToVersion4],
  ['DEATHDATE', dateToVersion4],
  ['REV', timestampToVersion4],
  ['TZ', zoneToVersion4],
  ['GEO', placeToVersion4],
  ['TEL', numberOfTelephone],
  ['UID', identifierToVersion4],
  ['KEY', keyToVersion4],
]);

function valueToVersion4(line: CardLine): CardLine {
  if (isBase64(line)) return toDataUri(line);
  const change = changes.get(line.name);
  if (change !== undefined) return change(line);
  const moved = withoutDefaultValue(mediaProperties.has(line.name) ? moveMediaType(line) : line);
  const type = parameterOf(line, 'VALUE') ?? propertyTypeOf(line.name)?.type;
  return type === 'uri' ? { ...moved, raw: uriOf(line.raw) } : moved;
}

/** RFC 6350 §6.7.6: a URI, or a text that says so. */
function identifierToVersion4(line: CardLine): CardLine {
  const raw = uriOf(line.raw);
  const parameters = (value: string | undefined): CardLine['parameters'] =>
    withParameters(line.parameters, { VALUE: value === undefined ? undefined : [value] });
  return isUri(raw)
    ? { ...line, raw, parameters: parameters(undefined) }
    : { ...line, parameters: parameters('text') };
}

function keyToVersion4(line: CardLine): CardLine {
  const moved = moveMediaType(line);
  const type = parameterOf(line, 'VALUE');
  const isText = type === 'text' || (type !== 'uri' && !isUri(uriOf(line.raw)));
  return {
    ...moved,
    raw: isText ? line.raw : uriOf(line.raw),
    parameters: withParameters(moved.parameters, { VALUE: isText ? ['text'] : undefined }),
  };
}
