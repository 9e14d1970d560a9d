// What a 4.0 property's value is, apart from how it is written: what jCard (RFC 7095 §3.3 to §3.5) and xCard (RFC 6351 §5) share.
import { parameterOf, withParameters, type CardLine } from './card-line.js';
import { componentCounts, propertyTypeOf, type ValueShape } from './property-types.js';
import { splitEscaped, unescapeText } from './text.js';
import { escapeText, splitUnescaped } from '../directory-text.js';

/** A value with its type, its escapes undone. */
export type TypedValue =
  | { readonly type: string; readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly type: string; readonly kind: 'components'; readonly values: readonly (readonly string[])[] };

/** Parameters that hold lists, in quotes or not (RFC 6350 §5.5, §5.6, §5.9). */
export const listParameters: ReadonlySet<string> = new Set(['PID', 'TYPE', 'SORT-AS']);

/** A type without a definition, whose values are taken over as they are (RFC 7095 §5, RFC 6351 §6). */
export const unknownType = 'unknown';
/** Types in which a comma always separates (RFC 6350 §4). */
const numbers: ReadonlySet<string> = new Set(['integer', 'float', 'boolean']);
/** Far more than any card needs; what is beyond it stays in the last part. */
const maxParts = 10_000;

/** The value of a line of a 4.0 card. */
export function readValue(line: CardLine): TypedValue {
  const known = propertyTypeOf(line.name);
  const type = parameterOf(line, 'VALUE') ?? known?.type ?? unknownType;
  const shape = type === 'text' || numbers.has(type) ? (known?.shape ?? 'single') : 'single';
  if (shape === 'components' || shape === 'lists')
    return { type, kind: 'components', values: components(line, shape) };
  if (numbers.has(type)) return { type, kind: 'values', values: line.raw.split(',') };
  if (type !== 'text') return { type, kind: 'values', values: [line.raw] };
  return {
    type,
    kind: 'values',
    values: shape === 'list' ? splitEscaped(line.raw, ',', maxParts) : [unescapeText(line.raw)],
  };
}

function components(line: CardLine, shape: ValueShape): readonly (readonly string[])[] {
  const written = splitUnescaped(line.raw, ';', maxParts);
  const missing = Math.max(0, (componentCounts.get(line.name) ?? 0) - written.length);
  const all = [...written, ...Array<string>(missing).fill('')];
  return all.map((component) =>
    shape === 'lists' ? splitEscaped(component, ',', maxParts) : [unescapeText(component)],
  );
}

/** The line with that value, and with a VALUE parameter where its type needs one. */
export function withValue(line: CardLine, value: TypedValue): CardLine {
  const isDefault = value.type === unknownType || value.type === propertyTypeOf(line.name)?.type;
  return {
    ...line,
    raw: writeValue(value),
    parameters: withParameters(line.parameters, { VALUE: isDefault ? undefined : [value.type] }),
  };
}

export function writeValue({ type, kind, values }: TypedValue): string {
  const write = (part: string): string => (type === 'text' ? escapeText(part) : oneLine(part));
  return kind === 'values'
    ? values.map(write).join(',')
    : values.map((list) => list.map(write).join(',')).join(';');
}

/** Only texts can hold line breaks. */
const oneLine = (part: string): string => part.replace(/\r\n?|\n/g, '\\n');
