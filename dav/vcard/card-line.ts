// A property as it stands in a line, and how to change one: what converting and writing work on.
import type { CardProperty } from './card.js';

/** A property without what reading derives from it. */
export type CardLine = Pick<CardProperty, 'group' | 'name' | 'parameters' | 'raw'>;

/** The parameters with some changed: an empty list or undefined takes one away. */
export function withParameters(
  parameters: CardLine['parameters'],
  changes: Readonly<Record<string, readonly string[] | undefined>>,
): CardLine['parameters'] {
  const changed = new Map(parameters);
  for (const [name, values] of Object.entries(changes)) {
    if (values === undefined || values.length === 0) changed.delete(name);
    else changed.set(name, values);
  }
  return changed;
}

/** The first value of a parameter, in lower case; undefined where there is none. */
export function parameterOf(line: Pick<CardLine, 'parameters'>, name: string): string | undefined {
  return line.parameters.get(name)?.[0]?.toLowerCase();
}

/** Whether the TYPE parameter lists a type, in whatever case. */
export function hasType(line: Pick<CardLine, 'parameters'>, type: string): boolean {
  return line.parameters.get('TYPE')?.some((each) => each.toLowerCase() === type) ?? false;
}

/** In the order of RFC 6351 appendix A, which its schema wants; what it does not name comes behind. */
const order: ReadonlyMap<string, number> = new Map(
  [
    'VALUE',
    'ENCODING',
    'LANGUAGE',
    'ALTID',
    'PID',
    'PREF',
    'TYPE',
    'MEDIATYPE',
    'CALSCALE',
    'SORT-AS',
    'GEO',
    'TZ',
    'LABEL',
  ].map((name, at) => [name, at]),
);

/** The parameters in one order, whatever was changed last: cards that say the same are then written the same. */
export function sortedParameters({
  parameters,
}: Pick<CardLine, 'parameters'>): Iterable<readonly [string, readonly string[]]> {
  if (parameters.size < 2) return parameters;
  const rank = (name: string): number => order.get(name) ?? order.size;
  return [...parameters].sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1));
}
