// LABEL and SORT-STRING, which are properties in vCard 3.0 (RFC 2426 §3.2.2, §3.6.5) and parameters in 4.0 (RFC 6350 §6.3.1, §5.9).
import { withParameters, type CardLine } from '../card-line.js';
import { escapeText } from '../../directory-text.js';
import { unescapeText } from '../text.js';

const isEmptyAddress = (raw: string): boolean => /^[;,\s]*$/.test(raw);

/** The group, and the types that say what the address is, not how much it is preferred. */
function kindOf({ group, parameters }: CardLine): string {
  const types = new Set((parameters.get('TYPE') ?? []).map((type) => type.toLowerCase()));
  types.delete('pref');
  return `${group?.toLowerCase() ?? ''}.${[...types].sort().join()}`;
}

/** Each LABEL becomes the parameter of the address before it, or of the first of its kind that has none. */
export function attachLabels(given: readonly CardLine[]): readonly CardLine[] {
  const lines = given.map(labelAlone);
  if (!lines.some(({ name }) => name === 'LABEL')) return given;
  const labels = new Map<CardLine, string>();
  const placed = new Set<CardLine>();
  const place = (label: CardLine, address: CardLine): void => {
    labels.set(address, unescapeText(label.raw));
    placed.add(label);
  };
  for (const [at, line] of lines.entries()) {
    const before = lines[at - 1];
    if (line.name !== 'LABEL' || before === undefined || !takesLabel(before)) continue;
    if (kindOf(line) === kindOf(before)) place(line, before);
  }
  const free = new Map<string, CardLine[]>();
  for (const line of lines.toReversed())
    if (takesLabel(line) && !labels.has(line)) {
      const kind = kindOf(line);
      const others = free.get(kind);
      if (others === undefined) free.set(kind, [line]);
      else others.push(line);
    }
  for (const line of lines) {
    const address = line.name === 'LABEL' && !placed.has(line) ? free.get(kindOf(line))?.pop() : undefined;
    if (address !== undefined) place(line, address);
  }
  return lines.flatMap((line) => {
    if (placed.has(line)) return [];
    const label = labels.get(line);
    if (label !== undefined)
      return [{ ...line, parameters: withParameters(line.parameters, { LABEL: [label] }) }];
    return [line.name === 'LABEL' ? labelledAddress(line) : line];
  });
}

const takesLabel = ({ name, parameters, raw }: CardLine): boolean =>
  name === 'ADR' && !parameters.has('LABEL') && !isEmptyAddress(raw);

/** An address that is nothing but its label, as some programs write in 3.0 too, is the same as the property. */
function labelAlone(line: CardLine): CardLine {
  const isLabel = line.name === 'ADR' && line.parameters.has('LABEL') && isEmptyAddress(line.raw);
  return isLabel ? (detachLabel(line)[0] ?? line) : line;
}

/** A LABEL without an address: RFC 6350 has room for it on an address that says nothing else. */
function labelledAddress(label: CardLine): CardLine {
  return {
    group: label.group,
    name: 'ADR',
    parameters: withParameters(label.parameters, { LABEL: [unescapeText(label.raw)] }),
    raw: ';;;;;;',
  };
}

/** The LABEL parameter of an address as a property behind it. */
export function detachLabel(line: CardLine): readonly CardLine[] {
  const text = line.name === 'ADR' ? line.parameters.get('LABEL')?.join(',') : undefined;
  if (text === undefined) return [line];
  const parameters = withParameters(line.parameters, { LABEL: undefined });
  const label = { group: line.group, name: 'LABEL', parameters, raw: escapeText(text) };
  return isEmptyAddress(line.raw) ? [label] : [{ ...line, parameters }, label];
}

/** SORT-STRING becomes the SORT-AS of the name, where the name has none. */
export function attachSortString(lines: readonly CardLine[]): readonly CardLine[] {
  const sortString = lines.find(({ name }) => name === 'SORT-STRING');
  const name = lines.find((line) => line.name === 'N');
  if (sortString === undefined || name === undefined || name.parameters.has('SORT-AS')) return lines;
  const parameters = withParameters(name.parameters, { 'SORT-AS': [unescapeText(sortString.raw)] });
  return lines.flatMap((line) => {
    if (line === sortString) return [];
    return [line === name ? { ...line, parameters } : line];
  });
}

/** The only SORT-AS of a name as a property behind it, where the card has none. */
export function detachSortString(lines: readonly CardLine[]): readonly CardLine[] {
  if (lines.some(({ name }) => name === 'SORT-STRING')) return lines;
  const name = lines.find((line) => line.name === 'N');
  const [first, ...more] = name?.parameters.get('SORT-AS') ?? [];
  if (name === undefined || first === undefined || more.length > 0) return lines;
  return lines.flatMap((line) => {
    if (line !== name) return [line];
    const sortString = {
      group: line.group,
      name: 'SORT-STRING',
      parameters: new Map(),
      raw: escapeText(first),
    };
    return [{ ...line, parameters: withParameters(line.parameters, { 'SORT-AS': undefined }) }, sortString];
  });
}
