/** Values as jCal and xCal both have them (RFC 7265 §3.6; RFC 6321 §3.3), from iCalendar's and back. */
import { escapeText } from '../../directory-text.js';
import { unescapeText } from '../values.js';
import { numericRecurParts } from './property-types.js';

/** The parts of a rule (RFC 5545 §3.3.10) by their names in lower case, in the order in which they stand there. */
export type Recur = ReadonlyMap<string, readonly (string | number)[]>;
/** A period's start and its end or duration. */
export type PeriodParts = readonly [string, string];
export type TypedValue = string | number | boolean | PeriodParts | Recur;

/** A value of iCalendar text; undefined where it is none of that type. */
export function typedValueOf(type: string, text: string): TypedValue | undefined {
  switch (type) {
    case 'text':
      return unescapeText(text);
    case 'date':
      return extendedDate(text);
    case 'date-time':
      return extendedDateTime(text);
    case 'time':
      return replaced(text, /^(\d\d)(\d\d)(\d\d)(Z?)$/, '$1:$2:$3$4');
    case 'utc-offset':
      return (
        replaced(text, /^([+-]\d\d)(\d\d)$/, '$1:$2') ??
        replaced(text, /^([+-]\d\d)(\d\d)(\d\d)$/, '$1:$2:$3')
      );
    case 'duration':
      return durationShape.test(text) ? text : undefined;
    case 'period':
      return periodOf(text);
    case 'integer':
      return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'float':
      return /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
    case 'boolean':
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined;
    case 'recur':
      return recurOf(text);
    default:
      return text;
  }
}

/** Back to iCalendar text; undefined where the value is none of that type. */
export function textOfValue(type: string, value: TypedValue): string | undefined {
  if (type === 'recur') return value instanceof Map ? recurText(value) : undefined;
  if (type === 'period')
    return Array.isArray(value) ? periodText(value as unknown as PeriodParts) : undefined;
  if (typeof value === 'number') return numberText(type, value);
  if (typeof value === 'boolean') return type === 'boolean' ? String(value).toUpperCase() : undefined;
  if (typeof value !== 'string') return undefined;
  switch (type) {
    case 'text':
      return escapeText(value);
    case 'date':
      return basicDate(value);
    case 'date-time':
      return basicDateTime(value);
    case 'time':
      return replaced(value, /^(\d\d):(\d\d):(\d\d)(Z?)$/, '$1$2$3$4');
    case 'utc-offset':
      return replaced(value, /^([+-]\d\d):(\d\d)(?::(\d\d))?$/, '$1$2$3');
    case 'duration':
      return durationShape.test(value) ? value : undefined;
    case 'integer':
    case 'float':
    case 'boolean':
      return undefined;
    default:
      return /[\r\n]/.test(value) ? undefined : value;
  }
}

const durationShape =
  /^[+-]?P(?=[\dT])(?:\d{1,9}W|(?:\d{1,9}D)?(?:T(?=\d)(?:\d{1,9}H)?(?:\d{1,9}M)?(?:\d{1,9}S)?)?)$/;

function replaced(text: string, shape: RegExp, by: string): string | undefined {
  return shape.test(text) ? text.replace(shape, by) : undefined;
}

function extendedDate(text: string): string | undefined {
  return replaced(text, /^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
}
function extendedDateTime(text: string): string | undefined {
  return replaced(text, /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$/, '$1-$2-$3T$4:$5:$6$7');
}
function basicDate(text: string): string | undefined {
  return replaced(text, /^(\d{4})-(\d\d)-(\d\d)$/, '$1$2$3');
}
function basicDateTime(text: string): string | undefined {
  return replaced(text, /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(Z?)$/, '$1$2$3T$4$5$6$7');
}

function periodOf(text: string): PeriodParts | undefined {
  const [first = '', second = '', ...more] = text.split('/');
  const start = extendedDateTime(first);
  const end = durationShape.test(second) ? second : extendedDateTime(second);
  return start === undefined || end === undefined || more.length > 0 ? undefined : [start, end];
}
function periodText([first, second]: PeriodParts): string | undefined {
  const start = basicDateTime(first);
  const end = durationShape.test(second) ? second : basicDateTime(second);
  return start === undefined || end === undefined ? undefined : `${start}/${end}`;
}

function numberText(type: string, value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (type === 'integer') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (type !== 'float') return undefined;
  const plain = String(value);
  return plain.includes('e') ? undefined : plain;
}

const partShape = /^[A-Za-z-]{1,40}$/;
const partValueShape = /^[A-Za-z0-9+-]{1,40}$/;

function recurOf(text: string): Recur | undefined {
  const parts = new Map<string, readonly (string | number)[]>();
  for (const part of text.trimEnd().split(';')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0)).toLowerCase();
    const values = part.slice(equals + 1).split(',');
    if (!partShape.test(name) || parts.has(name) || !values.every((value) => partValueShape.test(value)))
      return undefined;
    const typed =
      name === 'until' ? values.map(extendedUntil) : values.map((value) => recurValue(name, value));
    if (typed.some((value) => value === undefined)) return undefined;
    parts.set(name, typed as (string | number)[]);
  }
  return parts;
}

function extendedUntil(value: string): string | undefined {
  return extendedDate(value) ?? extendedDateTime(value);
}
function recurValue(name: string, value: string): string | number | undefined {
  if (!numericRecurParts.has(name)) return value;
  if (/^[+-]?\d{1,15}$/.test(value)) return Number(value);
  // RFC 7529 §4.2: a leap month.
  return name === 'bymonth' && /^\d{1,2}L$/i.test(value) ? value : undefined;
}

function recurText(recur: Recur): string | undefined {
  const parts: string[] = [];
  for (const [name, values] of recur) {
    const texts = values.map((value) =>
      name === 'until' && typeof value === 'string'
        ? (basicDate(value) ?? basicDateTime(value))
        : String(value),
    );
    const isValid = texts.every((text) => text !== undefined && partValueShape.test(text));
    if (!partShape.test(name) || texts.length === 0 || !isValid) return undefined;
    parts.push(`${name.toUpperCase()}=${texts.join(',')}`);
  }
  return parts.length === 0 ? undefined : parts.join(';');
}
