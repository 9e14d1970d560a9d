// Cards as they are meant, and a writer for them: what the tests compare the reader with.
import fc from 'fast-check';
import { supportedCollations, type MatchType } from '../../../dav/collation/index.js';
import type { CardFilter, CardParamFilter, CardPropFilter, TextMatch } from '../../../dav/vcard/index.js';

export interface PropertyModel {
  readonly group: string | undefined;
  readonly name: string;
  readonly parameters: readonly (readonly [string, readonly string[]])[];
  /** Parts between separators, unescaped. */
  readonly parts: readonly string[];
  readonly separator: ',' | ';';
}

export function escapeText(text: string): string {
  return text.replace(/[\\,;]/g, (special) => `\\${special}`).replaceAll('\n', '\\n');
}

export function encodeParameter(value: string): string {
  const encoded = value.replaceAll('^', '^^').replaceAll('\n', '^n').replaceAll('"', "^'");
  return /[,;:]/.test(encoded) ? `"${encoded}"` : encoded;
}

export function writeLine(property: PropertyModel): string {
  const group = property.group === undefined ? '' : `${property.group}.`;
  const parameters = property.parameters.map(
    ([name, values]) => `;${name}=${values.map(encodeParameter).join(',')}`,
  );
  return `${group}${property.name}${parameters.join('')}:${property.parts.map(escapeText).join(property.separator)}`;
}

export function writeCard(properties: readonly PropertyModel[]): string {
  return ['BEGIN:VCARD', 'VERSION:4.0', 'FN:Ä. Person', ...properties.map(writeLine), 'END:VCARD', ''].join(
    '\r\n',
  );
}

/** What XML and UTF-8 can carry, and no CR: that is only in line breaks. */
export const text = fc
  .string({ unit: 'binary', maxLength: 20 })
  .map((any) => any.replace(/[\0-\x08\x0b-\x1f\ufffe\uffff]/g, '\n'));

/** Few letters, so that random filters meet random values. */
const letters = fc.string({
  unit: fc.constantFrom('a', 'A', 'b', 'é', 'e\u0301', 'ß', ',', ';', '\\', '\n'),
  maxLength: 4,
});

const name = fc.constantFrom('EMAIL', 'NICKNAME', 'CATEGORIES', 'NOTE', 'X-COLOUR', 'FN');
const group = fc.option(fc.constantFrom('item1', 'ITEM1', 'g'), { nil: undefined });

export const property: fc.Arbitrary<PropertyModel> = fc.record({
  group,
  name,
  parameters: fc.oneof(
    fc.constant([]),
    fc
      .array(
        letters.map((value) => value.replaceAll(',', '')),
        { minLength: 1, maxLength: 2 },
      )
      .map((values): PropertyModel['parameters'] => [['TYPE', values]]),
  ),
  parts: fc.oneof(
    { weight: 20, arbitrary: fc.array(letters, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: letters.map((end) => ['x'.repeat(1023) + end + 'a'.repeat(9)]) },
  ),
  separator: fc.constantFrom(',', ';'),
});

export const properties = fc.oneof(
  { weight: 20, arbitrary: fc.array(property, { maxLength: 5 }) },
  {
    weight: 1,
    arbitrary: property.map((one) => [...Array.from({ length: 105 }, () => ({ ...one, parts: ['q'] })), one]),
  },
);

const test = fc.constantFrom('anyof' as const, 'allof' as const);

const textMatch: fc.Arbitrary<TextMatch> = fc.record({
  collation: fc.constantFrom(...supportedCollations),
  matchType: fc.constantFrom<MatchType>('equals', 'contains', 'starts-with', 'ends-with'),
  negate: fc.boolean(),
  value: letters,
});

const paramFilter: fc.Arbitrary<CardParamFilter> = fc.oneof(
  fc.constant({ name: 'type', isNotDefined: true, textMatch: undefined }),
  fc.record({
    name: fc.constantFrom('TYPE', 'PREF'),
    isNotDefined: fc.constant(false),
    textMatch: fc.option(textMatch, { nil: undefined }),
  }),
);

const propFilter: fc.Arbitrary<CardPropFilter> = fc.oneof(
  fc.record({
    name,
    group,
    test,
    isNotDefined: fc.constant(true),
    textMatches: fc.constant([]),
    paramFilters: fc.constant([]),
  }),
  fc.record({
    name: fc.oneof(name, fc.constant('email')),
    group: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: group }),
    test,
    isNotDefined: fc.constant(false),
    textMatches: fc.array(textMatch, { maxLength: 2 }),
    paramFilters: fc.oneof(fc.constant([]), fc.array(paramFilter, { maxLength: 2 })),
  }),
);

export const cardFilter: fc.Arbitrary<CardFilter> = fc.record({
  test,
  propFilters: fc.array(propFilter, { maxLength: 3 }),
});
