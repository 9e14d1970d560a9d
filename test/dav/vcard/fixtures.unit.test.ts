import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  AddressDataError,
  couldMatch,
  indexCard,
  matchesCardFilter,
  parseCard,
  parsePropertyName,
  planCardFilter,
  selectAddressData,
  type CardFilter,
} from '../../../dav/vcard/index.js';

/** Each NAME.vcf has a NAME.json beside it that says what is expected of it; a new pair is a new test. */
const fixtures = new URL('../../../../fixtures/vcard/', import.meta.url);

function pairs(folder: string): readonly { name: string; bytes: Buffer; expected: unknown }[] {
  const directory = new URL(`${folder}/`, fixtures);
  const names = readdirSync(directory).filter((name) => name.endsWith('.vcf'));
  assert.ok(names.length > 0);
  return names.map((name) => ({
    name: name.slice(0, -'.vcf'.length),
    bytes: readFileSync(new URL(name, directory)),
    expected: JSON.parse(readFileSync(new URL(name.replace(/vcf$/, 'json'), directory), 'utf8')) as unknown,
  }));
}

const propertyShape = z.strictObject({
  group: z.string().optional(),
  name: z.string(),
  parameters: z.record(z.string(), z.array(z.string())).default({}),
  value: z.string(),
  raw: z.string().optional(),
});
const parseShape = z.union([
  z.strictObject({ about: z.string(), precondition: z.string(), message: z.string() }),
  z.strictObject({
    about: z.string(),
    uid: z.string().nullable(),
    version: z.string(),
    properties: z.array(propertyShape),
  }),
]);

describe('RFC 6352 §5.1 address object resources (fixtures/vcard/parse)', () => {
  for (const { name, bytes, expected } of pairs('parse')) {
    const shape = parseShape.parse(expected);
    it(`${name}: ${shape.about}`, () => {
      if ('precondition' in shape)
        assert.throws(
          () => parseCard(bytes),
          (error) =>
            error instanceof AddressDataError &&
            error.precondition === shape.precondition &&
            new RegExp(shape.message).test(error.message),
        );
      else assert.deepEqual(readCard(bytes, shape.properties), { ...shape, about: undefined });
    });
  }
});

/** In the shape of the expectations, which give the raw value only where they care for it. */
function readCard(bytes: Uint8Array, expected: readonly z.infer<typeof propertyShape>[]): unknown {
  const card = parseCard(bytes);
  const properties = card.properties.map(({ group, name, parameters, value, raw }, at) => ({
    ...(group === undefined ? {} : { group }),
    name,
    parameters: Object.fromEntries(parameters),
    value,
    ...(expected[at]?.raw === undefined ? {} : { raw }),
  }));
  return { about: undefined, uid: card.uid ?? null, version: card.version, properties };
}

const textMatchShape = z.strictObject({
  collation: z.enum(['i;ascii-casemap', 'i;octet', 'i;unicode-casemap']).default('i;unicode-casemap'),
  matchType: z.enum(['equals', 'contains', 'starts-with', 'ends-with']).default('contains'),
  negate: z.boolean().default(false),
  value: z.string(),
});
const testShape = z.enum(['anyof', 'allof']).default('anyof');
const paramFilterShape = z
  .strictObject({
    name: z.string(),
    isNotDefined: z.boolean().default(false),
    textMatch: textMatchShape.optional(),
  })
  .transform((shape) => ({ ...shape, textMatch: shape.textMatch }));
const propFilterShape = z
  .strictObject({
    name: z.string(),
    test: testShape,
    isNotDefined: z.boolean().default(false),
    textMatches: z.array(textMatchShape).default([]),
    paramFilters: z.array(paramFilterShape).default([]),
  })
  .transform((shape) => ({ ...shape, ...parsePropertyName(shape.name) }));
const filterCases = z.array(
  z.strictObject({
    about: z.string(),
    filter: z.strictObject({ test: testShape, propFilters: z.array(propFilterShape) }),
    matches: z.boolean(),
  }),
);

describe('RFC 6352 §10.5 filter (fixtures/vcard/filter)', () => {
  for (const { name, bytes, expected } of pairs('filter'))
    for (const { about, filter, matches } of filterCases.parse(expected))
      it(`${name}: ${about}: ${matches ? 'matches' : 'does not match'}`, () => {
        const card = parseCard(bytes);
        const typed: CardFilter = filter;
        assert.equal(matchesCardFilter(card, typed), matches);
        const plan = planCardFilter(typed);
        if (matches || plan.exact) assert.equal(couldMatch(plan, indexCard(card)), matches);
      });
});

const selectCases = z.array(
  z.strictObject({
    about: z.string(),
    properties: z.array(z.strictObject({ name: z.string(), noValue: z.boolean().default(false) })),
    selected: z.string(),
  }),
);

describe('RFC 6352 §10.4.2 partial retrieval (fixtures/vcard/select)', () => {
  for (const { name, bytes, expected } of pairs('select'))
    for (const { about, properties, selected } of selectCases.parse(expected))
      it(`${name}: ${about}`, () => {
        const selection = properties.map((property) => ({
          ...property,
          ...parsePropertyName(property.name),
        }));
        assert.equal(selectAddressData(bytes.toString('utf8'), selection), selected);
      });
});

// Real exports are not in the repository; where they lie beside it, every one must be read or refused with a sentence.
const corpus = new URL('../../../../../shared/corpus/vcard/', import.meta.url);

(existsSync(corpus) ? describe : describe.skip)('Cards exported by real programs', () => {
  for (const name of existsSync(corpus) ? readdirSync(corpus).filter((file) => file.endsWith('.vcf')) : [])
    it(name, () => {
      const bytes = readFileSync(new URL(name, corpus));
      try {
        const card = parseCard(bytes);
        assert.ok(indexCard(card).some((row) => row.name === 'FN'));
        const selection = card.properties.map((property) => ({
          ...property,
          group: undefined,
          noValue: false,
        }));
        assert.equal(
          selectAddressData(bytes.toString('utf8'), selection).replace(/\s/g, ''),
          bytes.toString('utf8').replace(/\s/g, ''),
        );
      } catch (error) {
        if (!(error instanceof AddressDataError)) throw error;
        assert.match(error.message, /^[A-Z].*\.$/);
      }
    });
});
