// jCard: vCard 4 as JSON (RFC 7095).
import { AddressDataError } from './address-data-error.js';
import { sortedParameters, type CardLine } from './card-line.js';
import {
  basicFormat,
  extendedFormat,
  extendedOffset,
  readDateAndOrTime,
  readOffset,
  readTime,
  writeTime,
} from './dates.js';
import { listParameters, readValue, withValue, type TypedValue } from './typed-value.js';

/** RFC 7095 §3.3: a value, a list of components, or components that are lists themselves. */
export type JcardValue = string | number | boolean | readonly JcardValue[];
export type JcardProperty = readonly [
  name: string,
  parameters: Readonly<Record<string, string | readonly string[]>>,
  type: string,
  ...values: JcardValue[],
];
export type Jcard = readonly ['vcard', readonly JcardProperty[]];

/** The jCard of the lines of a 4.0 card. */
export function writeJcard(lines: readonly CardLine[]): string {
  const properties: JcardProperty[] = [['version', {}, 'text', '4.0']];
  for (const line of lines) if (line.name !== 'VERSION') properties.push(propertyOf(line));
  const jcard: Jcard = ['vcard', properties];
  return JSON.stringify(jcard);
}

function propertyOf(line: CardLine): JcardProperty {
  const value = readValue(line);
  return [line.name.toLowerCase(), parametersOf(line), value.type, ...valuesOf(value)];
}

/** RFC 7095 §3.4 and §3.3.1.2. An own property of any name: `fromEntries` defines it, whatever it is called. */
function parametersOf(line: CardLine): JcardProperty[1] {
  const entries: [string, string | readonly string[]][] =
    line.group === undefined ? [] : [['group', line.group.toLowerCase()]];
  for (const [name, values] of sortedParameters(line)) {
    if (name === 'VALUE' || name === 'GROUP') continue;
    const listed = listParameters.has(name) ? values.flatMap((value) => value.split(',')) : values;
    const [first = '', ...more] = listed;
    entries.push([name.toLowerCase(), more.length === 0 ? first : listed]);
  }
  return Object.fromEntries(entries);
}

/** §3.3.1.3: a component that is a list is an array, and one component alone stands for itself. */
function valuesOf({ type, kind, values }: TypedValue): JcardValue[] {
  const write = (part: string): JcardValue => toJson(type, part);
  if (kind === 'values') return values.map(write);
  const components = values.map((list): JcardValue => {
    const [first = '', ...more] = list;
    return more.length === 0 ? write(first) : list.map(write);
  });
  return components.length === 1 && !Array.isArray(components[0]) ? components : [components];
}

/** §3.5: dates in extended format, numbers and booleans as JSON has them; what is none of them stays a text. */
function toJson(type: string, value: string): JcardValue {
  switch (type) {
    case 'integer':
    case 'float':
      return /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : value;
    case 'boolean':
      return /^true$/i.test(value) ? true : /^false$/i.test(value) ? false : value;
    default:
      return reformat(type, value, 'extended');
  }
}

type Format = 'basic' | 'extended';

function reformat(type: string, value: string, format: Format): string {
  switch (type) {
    case 'date':
    case 'date-time':
    case 'date-and-or-time':
    case 'timestamp': {
      const read = readDateAndOrTime(value);
      if (read === undefined) return value;
      return format === 'basic' ? basicFormat(read) : extendedFormat(read);
    }
    case 'time': {
      const time = readTime(value);
      return time === undefined ? value : writeTime(time, format === 'basic' ? '' : ':');
    }
    case 'utc-offset': {
      const offset = readOffset(value);
      if (offset === undefined) return value;
      return format === 'basic' ? offset : extendedOffset(offset);
    }
    default:
      return value;
  }
}

const broken = (sentence: string): AddressDataError => new AddressDataError('valid-address-data', sentence);
const nameOfSomething = /^[A-Za-z0-9_-]{1,100}$/;

/**
 * The lines of the one jCard in a text, as a 4.0 card has them.
 * @throws AddressDataError `valid-address-data` if it is no JSON or no jCard, `supported-address-data` if it is several
 */
export function readJcard(text: string): readonly CardLine[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw broken('The jCard is not JSON.');
  }
  if (!Array.isArray(json)) throw broken('A jCard is an array (RFC 7095 §3.2).');
  const [kind, properties] = json as readonly unknown[];
  if (Array.isArray(kind))
    throw new AddressDataError(
      'valid-address-data',
      'The text contains more than one jCard, or an array around one. Each must be stored as a resource of its own.',
    );
  if (kind !== 'vcard' || !Array.isArray(properties))
    throw broken('A jCard begins with "vcard" and an array of properties (RFC 7095 §3.2).');
  return properties.flatMap((property: unknown, at) => readProperty(property, at));
}

function readProperty(property: unknown, at: number): CardLine[] {
  const wrong = (): AddressDataError =>
    broken(`Property ${at + 1} of the jCard is not a name, an object, a type and a value (RFC 7095 §3.3).`);
  if (!Array.isArray(property)) throw wrong();
  const [name, parameters, type, ...values] = property as readonly unknown[];
  if (typeof name !== 'string' || !nameOfSomething.test(name) || values.length === 0) throw wrong();
  if (typeof type !== 'string' || !nameOfSomething.test(type)) throw wrong();
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) throw wrong();
  const upper = name.toUpperCase();
  if (upper === 'BEGIN' || upper === 'END') throw broken('BEGIN and END are no properties of a jCard.');
  if (upper === 'VERSION') {
    if (values[0] === '4.0') return [];
    throw new AddressDataError('supported-address-data', 'A jCard is of vCard version 4.0 here.');
  }
  const { group, others } = readParameters(Object.entries(parameters), wrong);
  const read = (value: unknown): string => fromJson(type.toLowerCase(), value, wrong);
  return [withValue({ group, name: upper, parameters: others, raw: '' }, readValues(type, values, read))];
}

function readParameters(
  entries: readonly (readonly [string, unknown])[],
  wrong: () => AddressDataError,
): { readonly group: string | undefined; readonly others: CardLine['parameters'] } {
  let group: string | undefined;
  const others = new Map<string, readonly string[]>();
  for (const [name, value] of entries) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!nameOfSomething.test(name) || !values.every((each) => typeof each === 'string')) throw wrong();
    if (name.toLowerCase() !== 'group') others.set(name.toUpperCase(), values);
    else if (values[0] !== undefined && nameOfSomething.test(values[0])) group = values[0];
    else throw wrong();
  }
  return { group, others };
}

function readValues(type: string, values: readonly unknown[], read: (value: unknown) => string): TypedValue {
  const [first, ...more] = values;
  if (!Array.isArray(first) || more.length > 0)
    return { type: type.toLowerCase(), kind: 'values', values: values.map(read) };
  const components = (first as readonly unknown[]).map((component) =>
    Array.isArray(component) ? component.map(read) : [read(component)],
  );
  return { type: type.toLowerCase(), kind: 'components', values: components };
}

function fromJson(type: string, value: unknown, wrong: () => AddressDataError): string {
  switch (typeof value) {
    case 'string':
      return reformat(type, value, 'basic');
    case 'boolean':
      return value ? 'TRUE' : 'FALSE';
    case 'number':
      if (!Number.isFinite(value) || Math.abs(value) >= 1e21) throw wrong();
      // RFC 7095 §3.5.9 and §3.5.10: no exponents, and no decimals in an integer.
      return type === 'integer' ? String(Math.trunc(value)) : plainNumber(value);
    default:
      throw wrong();
  }
}

function plainNumber(value: number): string {
  const written = String(value);
  return /e/i.test(written) ? value.toFixed(20).replace(/\.?0+$/, '') : written;
}
