/** A property with its values typed: what jCal and xCal write and read, each in its own notation. */
import { decodeParameterValue, encodeParameterValue, splitUnescaped } from '../../directory-text.js';
import type { Parameter, Property } from '../content-lines.js';
import { invalidData, quoted } from '../errors.js';
import { contentLine } from '../write-line.js';
import { defaultTypeOf, listedProperties, structures } from './property-types.js';
import { textOfValue, typedValueOf, type TypedValue } from './typed-values.js';

export interface TypedProperty {
  /** In lower case. */
  readonly name: string;
  /** By name in lower case, without VALUE; values as text, nothing in them encoded. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  /** In lower case; `unknown` where the value is the unprocessed text. */
  readonly type: string;
  readonly values: readonly TypedValue[];
  /** Of a structured property: its one value's parts, in place of `values`. */
  readonly structure?: readonly TypedValue[];
}

/** Reads a property of iCalendar. A value that is not of its type comes as it stands, as of an unknown type. */
export function typedPropertyOf(property: Property): TypedProperty {
  const name = property.name.toLowerCase();
  const parameters = parametersOf(property.parameters);
  const type = parameters.get('value')?.[0]?.toLowerCase() ?? defaultTypeOf(name);
  parameters.delete('value');
  const unprocessed = { name, parameters, type: 'unknown', values: [property.value] };
  const structure = structures.get(name);
  if (structure) {
    const parts = splitUnescaped(property.value, ';').map((part) => typedValueOf(type, part));
    return isTyped(parts) && parts.length <= structure.length && parts.length >= 2
      ? { name, parameters, type, values: [], structure: parts }
      : unprocessed;
  }
  const values = (listedProperties.has(name) ? splitUnescaped(property.value, ',') : [property.value]).map(
    (value) => typedValueOf(type, type === 'text' || type === 'unknown' ? value : value.trim()),
  );
  return isTyped(values) ? { name, parameters, type, values } : unprocessed;
}

function isTyped(values: readonly (TypedValue | undefined)[]): values is readonly TypedValue[] {
  return values.every((value) => value !== undefined);
}

function parametersOf(parameters: readonly Parameter[]): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { name, values } of parameters) {
    const key = name.toLowerCase();
    found.set(key, [...(found.get(key) ?? []), ...values.map(decodeParameterValue)]);
  }
  return found;
}

const nameShape = /^[a-z0-9-]+$/i;
const lineEnd = '\r\n';

/**
 * The content line of a typed property.
 * @throws CalendarDataError `valid-calendar-data` for a name that is none, or a value that is not of its type
 */
export function contentLineOf(property: TypedProperty): string {
  const { name, type, structure } = property;
  if (!nameShape.test(name)) throw invalidData(`${quoted(name)} is no name of a property.`);
  if (!nameShape.test(type)) throw invalidData(`${quoted(type)} is no type of a value.`);
  const value = structure
    ? structure.map((part) => written(property, part)).join(';')
    : property.values.map((each) => written(property, each)).join(',');
  const isDefault = type === 'unknown' || type === defaultTypeOf(name.toLowerCase());
  const parameters = [...property.parameters].map(([key, values]) => parameterOf(key, values));
  if (!isDefault) parameters.push({ name: 'VALUE', values: [type.toUpperCase()] });
  return contentLine(name.toUpperCase(), parameters, value, lineEnd);
}

function written({ name, type }: TypedProperty, value: TypedValue): string {
  const text = textOfValue(type, value);
  if (text === undefined)
    throw invalidData(`A value of ${name.toUpperCase()} is not of type ${quoted(type)}.`);
  return text;
}

function parameterOf(name: string, values: readonly string[]): Parameter {
  if (!nameShape.test(name) || name.toLowerCase() === 'value')
    throw invalidData(`${quoted(name)} is no name of a parameter.`);
  return { name: name.toUpperCase(), values: values.map(encodeParameterValue) };
}
