// The value types of vCard 4 properties: RFC 6350 §5.2 and §6, RFC 6474, RFC 6715, RFC 8605.
import { parameterOf, withParameters, type CardLine } from './card-line.js';

/** How the value of a property is made up. */
export type ValueShape =
  /** One value. */
  | 'single'
  /** Values separated by commas. */
  | 'list'
  /** Components separated by semicolons. */
  | 'components'
  /** Components separated by semicolons, each a list separated by commas. */
  | 'lists';

export interface PropertyType {
  /** The type of a value without a VALUE parameter. */
  readonly type: string;
  readonly shape: ValueShape;
}

const texts = [
  'FN',
  'KIND',
  'XML',
  'TEL',
  'EMAIL',
  'TZ',
  'TITLE',
  'ROLE',
  'NOTE',
  'PRODID',
  'VERSION',
  'BIRTHPLACE',
  'DEATHPLACE',
  'EXPERTISE',
  'HOBBY',
  'INTEREST',
];
const uris = [
  'SOURCE',
  'PHOTO',
  'IMPP',
  'GEO',
  'LOGO',
  'MEMBER',
  'RELATED',
  'SOUND',
  'UID',
  'URL',
  'KEY',
  'FBURL',
  'CALADRURI',
  'CALURI',
  'ORG-DIRECTORY',
  'CONTACT-URI',
];
const dates = ['BDAY', 'ANNIVERSARY', 'DEATHDATE'];

const known: ReadonlyMap<string, PropertyType> = new Map<string, PropertyType>([
  ...texts.map((name): [string, PropertyType] => [name, { type: 'text', shape: 'single' }]),
  ...uris.map((name): [string, PropertyType] => [name, { type: 'uri', shape: 'single' }]),
  ...dates.map((name): [string, PropertyType] => [name, { type: 'date-and-or-time', shape: 'single' }]),
  ['NICKNAME', { type: 'text', shape: 'list' }],
  ['CATEGORIES', { type: 'text', shape: 'list' }],
  ['ORG', { type: 'text', shape: 'components' }],
  ['GENDER', { type: 'text', shape: 'components' }],
  ['CLIENTPIDMAP', { type: 'text', shape: 'components' }],
  ['N', { type: 'text', shape: 'lists' }],
  ['ADR', { type: 'text', shape: 'lists' }],
  ['LANG', { type: 'language-tag', shape: 'single' }],
  ['REV', { type: 'timestamp', shape: 'single' }],
]);

/** What a vCard 4 property is by its definition; undefined for an extension that is not known here. */
export function propertyTypeOf(name: string): PropertyType | undefined {
  return known.get(name);
}

/** Components that a value of the property always has (RFC 6350 §6.2.2, §6.3.1). */
export const componentCounts: ReadonlyMap<string, number> = new Map([
  ['N', 5],
  ['ADR', 7],
]);

/** The line without a VALUE parameter that says nothing new. */
export function withoutDefaultValue(line: CardLine): CardLine {
  const value = parameterOf(line, 'VALUE');
  return value === undefined || value !== propertyTypeOf(line.name)?.type
    ? line
    : { ...line, parameters: withParameters(line.parameters, { VALUE: undefined }) };
}
