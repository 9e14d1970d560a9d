/** jCal (RFC 7265): iCalendar as JSON. */
import { readComponents, type Component } from '../content-lines.js';
import { invalidData } from '../errors.js';
import type { CalendarLimits } from '../limits.js';
import { calendarText, type TypedComponent } from './component-tree.js';
import { typedPropertyOf, type TypedProperty } from './typed-property.js';
import type { Recur, TypedValue } from './typed-values.js';

/**
 * Calendar data as jCal; several VCALENDARs as an array of them (RFC 7265 §3.2).
 * @throws CalendarDataError `valid-calendar-data` for text that is no calendar data
 */
export function toJcal(text: string, limits: CalendarLimits): string {
  const roots = readComponents(text, limits).map(componentJson);
  return roots.length === 1 ? (roots[0] ?? '') : `[${roots.join(',')}]`;
}

function componentJson({ name, properties, components }: Component): string {
  const head = JSON.stringify(name.toLowerCase());
  const inside = properties.map((property) => propertyJson(typedPropertyOf(property))).join(',');
  return `[${head},[${inside}],[${components.map(componentJson).join(',')}]]`;
}

function propertyJson({ name, parameters, type, values, structure }: TypedProperty): string {
  const given = [...parameters].map(
    ([key, list]) => `${JSON.stringify(key)}:${JSON.stringify(list.length === 1 ? list[0] : list)}`,
  );
  const written = structure ? [`[${structure.map(valueJson).join(',')}]`] : values.map(valueJson);
  return `[${JSON.stringify(name)},{${given.join(',')}},${JSON.stringify(type)},${written.join(',')}]`;
}

function valueJson(value: TypedValue): string {
  if (!(value instanceof Map)) return JSON.stringify(value);
  const parts = [...(value as Recur)].map(
    ([part, list]) => `${JSON.stringify(part)}:${JSON.stringify(list.length === 1 ? list[0] : list)}`,
  );
  return `{${parts.join(',')}}`;
}

/**
 * The iCalendar text of one jCal object.
 * @throws CalendarDataError `valid-calendar-data` for what is no jCal
 */
export function fromJcal(json: string, { maxDepth }: CalendarLimits): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw invalidData('The calendar data is no JSON.');
  }
  return calendarText(componentOf(parsed, maxDepth));
}

function componentOf(value: unknown, depth: number): TypedComponent {
  if (depth <= 0) throw invalidData('Components are nested too deep.');
  const [name, properties, components] = list(value);
  if (typeof name !== 'string') throw invalidData('A component of jCal begins with its name.');
  return {
    name,
    properties: list(properties).map(propertyOf),
    components: list(components ?? []).map((each) => componentOf(each, depth - 1)),
  };
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw invalidData('Components and properties of jCal are arrays.');
}

function propertyOf(value: unknown): TypedProperty {
  const [name, parameters, type, ...values] = list(value);
  if (typeof name !== 'string' || typeof type !== 'string' || values.length === 0 || !isObject(parameters))
    throw invalidData('A property of jCal has a name, parameters, a type and values.');
  const shared = { name, parameters: parametersOf(parameters), type };
  const [first] = values;
  return type !== 'period' && Array.isArray(first) && values.length === 1
    ? { ...shared, values: [], structure: first.map((part) => valueOf(type, part)) }
    : { ...shared, values: values.map((each) => valueOf(type, each)) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parametersOf(object: Readonly<Record<string, unknown>>): Map<string, readonly string[]> {
  return new Map(Object.entries(object).map(([name, value]) => [name, strings(value)]));
}

function strings(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!values.every((each) => typeof each === 'string'))
    throw invalidData('A parameter of jCal is a string or an array of strings.');
  return values;
}

function valueOf(type: string, value: unknown): TypedValue {
  if (type === 'recur' && isObject(value)) return recurOf(value);
  if (type === 'period') {
    const [start, end, ...more] = strings(value);
    if (start !== undefined && end !== undefined && more.length === 0) return [start, end];
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw invalidData(`A value of jCal is not as its type ${JSON.stringify(type.slice(0, 40))} has it.`);
}

function recurOf(object: Readonly<Record<string, unknown>>): Recur {
  return new Map(
    Object.entries(object).map(([part, value]) => {
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      const isValid = (each: unknown): each is string | number =>
        typeof each === 'string' || typeof each === 'number';
      if (!values.every(isValid)) throw invalidData('A part of a recurrence rule is a string or a number.');
      return [part, values];
    }),
  );
}
