// `TYPE=pref` in vCard 3.0 (RFC 2426 §3.2.1), `PREF=1` to `PREF=100` in 4.0 (RFC 6350 §5.3).
import { hasType, withParameters, type CardLine } from '../card-line.js';

/** A type of a 3.0 card, or of a 4.0 card that was made from one without care. */
export function preferenceToVersion4(line: CardLine): CardLine {
  if (!hasType(line, 'pref')) return line;
  const types = line.parameters.get('TYPE')?.filter((type) => type.toLowerCase() !== 'pref');
  const preference = [String(preferenceOf(line) ?? 1)];
  return { ...line, parameters: withParameters(line.parameters, { TYPE: types, PREF: preference }) };
}

/**
 * What is preferred most under its name is marked in the way of 3.0. A preference other than 1 stays beside it, as a
 * parameter that 3.0 does not know and that leads back to it.
 */
export function preferencesToVersion3(lines: readonly CardLine[]): readonly CardLine[] {
  const lowest = new Map<string, number>();
  for (const line of lines) {
    const preference = preferenceOf(line);
    if (preference !== undefined)
      lowest.set(line.name, Math.min(preference, lowest.get(line.name) ?? preference));
  }
  return lines.map((line) => {
    const preference = preferenceOf(line);
    if (preference === undefined || preference !== lowest.get(line.name)) return line;
    const changes = {
      TYPE: [...(line.parameters.get('TYPE') ?? []), ...(hasType(line, 'pref') ? [] : ['pref'])],
      ...(line.parameters.get('PREF')?.join() === '1' ? { PREF: undefined } : {}),
    };
    return { ...line, parameters: withParameters(line.parameters, changes) };
  });
}

function preferenceOf(line: CardLine): number | undefined {
  const written = line.parameters.get('PREF')?.[0];
  const preference = Number(written);
  return written !== undefined && Number.isInteger(preference) && preference >= 1 && preference <= 100
    ? preference
    : undefined;
}
