// BDAY, ANNIVERSARY, REV, TZ and GEO: RFC 2426 §3.1.5, §3.4, §3.6.4 and RFC 6350 §6.2.5, §6.2.6, §6.5, §6.7.4.
import { parameterOf, withParameters, type CardLine } from '../card-line.js';
import {
  basicFormat,
  extendedFormat,
  extendedOffset,
  readDateAndOrTime,
  readOffset,
  type DateAndOrTime,
} from '../dates.js';
import { unescapeText } from '../text.js';
import { uriOf } from './uri.js';

/** vCard 3.0 has no date without a year: Apple writes one that does not count and says which. */
const omitYear = 'X-APPLE-OMIT-YEAR';
const noYear = '1604';

const without = (line: CardLine, ...names: readonly string[]): CardLine['parameters'] =>
  withParameters(line.parameters, Object.fromEntries(names.map((name) => [name, undefined])));

/** A date of a 3.0 card; undefined for a text. The year that Apple's parameter names is none. */
export function dateOf(line: CardLine): DateAndOrTime | undefined {
  if (parameterOf(line, 'VALUE') === 'text') return undefined;
  const value = readDateAndOrTime(unescapeText(line.raw));
  if (value?.date === undefined) return value;
  const omitted = parameterOf(line, omitYear);
  if (omitted === undefined || value.date.year !== omitted) return value;
  if (value.date.day === undefined) return value;
  return { ...value, date: { ...value.date, year: undefined } };
}

export function dateToVersion4(line: CardLine): CardLine {
  const value = dateOf(line);
  if (value === undefined)
    return { ...line, parameters: withParameters(line.parameters, { VALUE: ['text'] }) };
  return { ...line, raw: basicFormat(value), parameters: without(line, 'VALUE', omitYear) };
}

export function dateToVersion3(line: CardLine): CardLine {
  const value = parameterOf(line, 'VALUE') === 'text' ? undefined : readDateAndOrTime(line.raw);
  if (value === undefined)
    return { ...line, parameters: withParameters(line.parameters, { VALUE: ['text'] }) };
  const { date, time } = value;
  if (date === undefined) {
    const parameters = withParameters(line.parameters, { VALUE: ['time'] });
    return { ...line, raw: extendedFormat(value), parameters };
  }
  const isWhole = date.month !== undefined && date.day !== undefined;
  const type = time !== undefined ? 'date-time' : isWhole && date.year !== undefined ? undefined : 'date';
  const changes = { VALUE: type === undefined ? undefined : [type] };
  if (date.year === undefined && isWhole) {
    return {
      ...line,
      raw: extendedFormat({ date: { ...date, year: noYear }, time }),
      parameters: withParameters(line.parameters, { ...changes, [omitYear]: [noYear] }),
    };
  }
  return { ...line, raw: extendedFormat(value), parameters: withParameters(line.parameters, changes) };
}

/** RFC 6350 §4.3.5: a timestamp has a date and a time. RFC 2426 §3.6.4 lets the time be left out. */
function timestamp(line: CardLine, format: (value: DateAndOrTime) => string): CardLine {
  const value = readDateAndOrTime(unescapeText(line.raw));
  const parameters = without(line, 'VALUE');
  if (value?.date?.day === undefined) return { ...line, parameters };
  const time = value.time ?? { hour: '00', minute: '00', second: '00', zone: 'Z' };
  return { ...line, parameters, raw: format({ date: value.date, time }) };
}

export const timestampToVersion4 = (line: CardLine): CardLine => timestamp(line, basicFormat);
export const timestampToVersion3 = (line: CardLine): CardLine => timestamp(line, extendedFormat);

/** An offset in 3.0 unless VALUE says text, a text in 4.0 unless VALUE says otherwise. */
export function zoneToVersion4(line: CardLine): CardLine {
  const type = parameterOf(line, 'VALUE');
  const offset = type === 'text' || type === 'uri' ? undefined : readOffset(line.raw);
  if (offset !== undefined)
    return {
      ...line,
      raw: offset,
      parameters: withParameters(line.parameters, { VALUE: ['utc-offset'] }),
    };
  return type === 'uri' ? line : { ...line, parameters: without(line, 'VALUE') };
}

export function zoneToVersion3(line: CardLine): CardLine {
  const type = parameterOf(line, 'VALUE') ?? 'text';
  const offset = type === 'utc-offset' ? readOffset(line.raw) : undefined;
  if (offset !== undefined)
    return { ...line, raw: extendedOffset(offset), parameters: without(line, 'VALUE') };
  const stays = type === 'uri' ? 'uri' : 'text';
  return { ...line, parameters: withParameters(line.parameters, { VALUE: [stays] }) };
}

const number = '[+-]?\\d+(?:\\.\\d+)?';
const pairOfDegrees = new RegExp(`^\\s*(${number})\\s*[;,]\\s*(${number})\\s*$`);
const plainGeoUri = new RegExp(`^geo:(${number}),(${number})$`, 'i');

/** `latitude;longitude` in 3.0, a geo: URI in 4.0. */
export function placeToVersion4(line: CardLine): CardLine {
  const match = pairOfDegrees.exec(unescapeText(line.raw));
  const parameters = without(line, 'VALUE');
  if (match === null) return { ...line, raw: uriOf(line.raw), parameters };
  return { ...line, raw: `geo:${match[1] ?? ''},${match[2] ?? ''}`, parameters };
}

export function placeToVersion3(line: CardLine): CardLine {
  const raw = uriOf(line.raw);
  const match = plainGeoUri.exec(raw);
  if (match !== null)
    return { ...line, raw: `${match[1] ?? ''};${match[2] ?? ''}`, parameters: without(line, 'VALUE') };
  const value = /^geo:/i.test(raw) ? ['uri'] : undefined;
  return { ...line, raw, parameters: withParameters(line.parameters, { VALUE: value }) };
}
