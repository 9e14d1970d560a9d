/** xCal (RFC 6321): iCalendar as XML. */
import { readComponents, type Component } from '../content-lines.js';
import { CalendarDataError, invalidData } from '../errors.js';
import type { CalendarLimits } from '../limits.js';
import { child, children, childrenNamed, text as textIn, type XmlElement } from '../../xml/element.js';
import { name as clark, splitName, type Name } from '../../xml/names.js';
import { parseXml, XmlSyntaxError } from '../../xml/parse.js';
import { escapeText } from '../../xml/write.js';
import { calendarText, type TypedComponent } from './component-tree.js';
import {
  defaultTypeOf,
  numericRecurParts,
  parameterTypeOf,
  recurParts,
  structures,
} from './property-types.js';
import { typedPropertyOf, type TypedProperty } from './typed-property.js';
import type { PeriodParts, Recur, TypedValue } from './typed-values.js';

const NAMESPACE = 'urn:ietf:params:xml:ns:icalendar-2.0';
const xcal = (local: string): Name => clark(NAMESPACE, local);

/**
 * Calendar data as xCal.
 * @throws CalendarDataError `valid-calendar-data` for text that is no calendar data, or has a name that XML cannot write
 */
export function toXcal(text: string, limits: CalendarLimits): string {
  const roots = readComponents(text, limits).map(componentXml).join('');
  return `<?xml version="1.0" encoding="utf-8"?>\n<icalendar xmlns="${NAMESPACE}">${roots}</icalendar>`;
}

function tag(name: string, content: string): string {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw invalidData(`XML has no element for the name ${name}.`);
  return `<${name}>${content}</${name}>`;
}

function componentXml({ name, properties, components }: Component): string {
  const written = properties.map((property) => propertyXml(typedPropertyOf(property))).join('');
  const inside = components.map(componentXml).join('');
  return tag(
    name.toLowerCase(),
    (written === '' ? '' : tag('properties', written)) + (inside === '' ? '' : tag('components', inside)),
  );
}

function propertyXml({ name, parameters, type, values, structure }: TypedProperty): string {
  const given = [...parameters].map(([key, list]) =>
    tag(key, list.map((value) => tag(parameterTypeOf(key), parameterText(key, value))).join('')),
  );
  const parts = structures.get(name) ?? [];
  const written = structure
    ? structure.map((value, index) => tag(parts[index] ?? 'data', valueXml(value)))
    : values.map((value) => tag(type, valueXml(value)));
  return tag(name, (given.length === 0 ? '' : tag('parameters', given.join(''))) + written.join(''));
}

function parameterText(key: string, value: string): string {
  return escapeText(parameterTypeOf(key) === 'boolean' ? value.toLowerCase() : value);
}

function valueXml(value: TypedValue): string {
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Map) return recurXml(value as Recur);
  const [start, end] = value as PeriodParts;
  return tag('start', start) + tag(/^[+-]?P/.test(end) ? 'duration' : 'end', end);
}

function recurXml(recur: Recur): string {
  const order = [...recurParts, ...[...recur.keys()].filter((part) => !recurParts.includes(part))];
  return order
    .flatMap((part) => (recur.get(part) ?? []).map((value) => tag(part, escapeText(String(value)))))
    .join('');
}

/**
 * The iCalendar text of one xCal object.
 * @throws CalendarDataError `valid-calendar-data` for what is no xCal
 */
export function fromXcal(bytes: Uint8Array, limits: CalendarLimits): string {
  const root = parse(bytes, limits);
  const [calendar, ...others] = root.name === xcal('icalendar') ? children(root) : [];
  if (calendar?.name !== xcal('vcalendar') || others.length > 0)
    throw invalidData('The calendar data is no icalendar element with exactly one vcalendar.');
  return calendarText(componentOf(calendar));
}

function parse(bytes: Uint8Array, limits: CalendarLimits): XmlElement {
  const { maxDepth, maxProperties } = limits;
  try {
    return parseXml(bytes, {
      maxBytes: bytes.byteLength,
      maxDepth: 2 * maxDepth + 8,
      maxElements: 10 * maxProperties,
    });
  } catch (error) {
    if (error instanceof XmlSyntaxError) throw new CalendarDataError('valid-calendar-data', error.message);
    throw error;
  }
}

/** Elements of other namespaces are extensions that are passed over (RFC 6321 §3.1). */
function own(parent: XmlElement | undefined): { readonly local: string; readonly element: XmlElement }[] {
  return (parent === undefined ? [] : children(parent)).flatMap((element) => {
    const { namespace, local } = splitName(element.name);
    return namespace === NAMESPACE ? [{ local, element }] : [];
  });
}

function componentOf(element: XmlElement): TypedComponent {
  const properties = childrenNamed(element, xcal('properties')).flatMap(own);
  const components = childrenNamed(element, xcal('components')).flatMap(own);
  return {
    name: splitName(element.name).local,
    properties: properties.map(({ local, element: property }) => propertyOf(local, property)),
    components: components.map(({ element: inner }) => componentOf(inner)),
  };
}

function propertyOf(name: string, element: XmlElement): TypedProperty {
  const parameters = new Map(
    own(child(element, xcal('parameters'))).map(({ local, element: parameter }) => [
      local,
      own(parameter).map((value) => parameterOf(value.local, textIn(value.element))),
    ]),
  );
  const values = own(element).filter(({ local }) => local !== 'parameters');
  const [first] = values;
  if (!first) throw invalidData(`The property ${name} of the xCal has no value.`);
  if (structures.has(name)) {
    const type = defaultTypeOf(name);
    const isStructured = values.every(({ local }) => structures.get(name)?.includes(local));
    if (isStructured) {
      const structure = values.map((value) => valueOf(type, value.element));
      return { name, parameters, type, values: [], structure };
    }
  }
  if (values.some(({ local }) => local !== first.local))
    throw invalidData(`The values of the property ${name} are of different types.`);
  return {
    name,
    parameters,
    type: first.local,
    values: values.map((value) => valueOf(first.local, value.element)),
  };
}

/** A boolean is TRUE or FALSE in iCalendar (RFC 5545 §3.3.2), true or false in XML. */
function parameterOf(type: string, content: string): string {
  return type === 'boolean' ? content.trim().toUpperCase() : content;
}

function valueOf(type: string, element: XmlElement): TypedValue {
  const content = textIn(element);
  switch (type) {
    case 'recur':
      return recurOf(element);
    case 'period': {
      const [start, end] = own(element).map((part) => textIn(part.element).trim());
      return [start ?? '', end ?? ''];
    }
    case 'integer':
    case 'float':
      return content.trim() === '' ? Number.NaN : Number(content);
    case 'boolean':
      return /^(true|1)$/.test(content.trim());
    case 'text':
    case 'unknown':
      return content;
    default:
      return content.trim();
  }
}

function recurOf(element: XmlElement): Recur {
  const parts = new Map<string, (string | number)[]>();
  for (const { local, element: part } of own(element)) {
    const content = textIn(part).trim();
    const value = numericRecurParts.has(local) && /^[+-]?\d+$/.test(content) ? Number(content) : content;
    const list = parts.get(local);
    if (list) list.push(value);
    else parts.set(local, [value]);
  }
  return parts;
}
