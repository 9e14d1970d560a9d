import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  cardsMatching,
  putObject,
  type CardCondition,
  type Collection,
  type IndexedProperty,
  type IndexMatch,
  type Reader,
} from '../../storage/index.js';
import {
  contentOf,
  emptyIndex,
  insertCollection,
  temporaryDatabase,
  type TemporaryDatabase,
} from './temporary-database.js';

function compare(
  folded: string,
  { matchType, foldedValue }: Extract<CardCondition, { kind: 'text' }>,
): boolean {
  switch (matchType) {
    case 'equals':
      return folded === foldedValue;
    case 'contains':
      return folded.includes(foldedValue);
    case 'starts-with':
      return folded.startsWith(foldedValue);
    case 'ends-with':
      return folded.endsWith(foldedValue);
  }
}

function holds(condition: CardCondition, rows: readonly IndexedProperty[]): boolean {
  switch (condition.kind) {
    case 'any':
      return true;
    case 'and':
      return condition.conditions.every((part) => holds(part, rows));
    case 'or':
      return condition.conditions.some((part) => holds(part, rows));
    case 'defined':
      return rows.some(({ name }) => name === condition.property);
    case 'not-defined':
      return rows.every(({ name }) => name !== condition.property);
    case 'text':
      return rows.some(
        ({ name, folded, cut }) => name === condition.property && (cut || compare(folded, condition)),
      );
  }
}

function comparedNames(condition: CardCondition): readonly string[] {
  if (condition.kind === 'and' || condition.kind === 'or') return condition.conditions.flatMap(comparedNames);
  // Every value contains the empty text, also one that is cut.
  const compares =
    condition.kind === 'text' && !(condition.matchType === 'contains' && condition.foldedValue === '');
  return compares ? [condition.property] : [];
}

/** Where it is only asked whether there is a value, one of which something is stored is enough. */
function definedNames(condition: CardCondition): readonly string[] {
  if (condition.kind === 'and' || condition.kind === 'or') return condition.conditions.flatMap(definedNames);
  const asks = condition.kind === 'defined' || condition.kind === 'text';
  return asks && comparedNames(condition).length === 0 ? [condition.property] : [];
}

const propertyName = fc.constantFrom('EMAIL' as const, 'FN' as const, 'TEL' as const, 'N;FAMILY' as const);
const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'b', 'A', '%', '_', '\\', "'", 'é', '😀', '\u0001', '\u0002'),
    maxLength: 5,
  }),
  fc.string({ maxLength: 3 }).map((value) => value.replaceAll('\0', '')),
);
const properties = fc.array(
  fc.record({
    name: propertyName,
    folded: text,
    cut: fc.boolean().chain((cut) => (cut ? fc.boolean() : fc.constant(false))),
  }),
  { maxLength: 6 },
);
const { condition } = fc.letrec<{ condition: CardCondition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'condition' },
    fc.record({
      kind: fc.constant('text' as const),
      property: propertyName,
      matchType: fc.constantFrom('equals', 'contains', 'starts-with', 'ends-with'),
      foldedValue: text,
    }),
    fc.record({ kind: fc.constantFrom('defined', 'not-defined'), property: propertyName }),
    fc.constant<CardCondition>({ kind: 'any' }),
    fc.record({
      kind: fc.constantFrom('and', 'or'),
      conditions: fc.array(tie('condition'), { maxLength: 3, depthIdentifier: 'condition' }),
    }),
  ),
}));

async function collect(
  reader: Reader,
  addressBook: Collection,
  wanted: CardCondition,
): Promise<readonly IndexMatch[]> {
  const matches: IndexMatch[] = [];
  for await (const page of cardsMatching(reader, addressBook, wanted)) matches.push(...page);
  return matches;
}

const cardOf = (number: number, rows: readonly IndexedProperty[]) =>
  contentOf(`${number}.vcf`, {
    component: 'VCARD',
    index: { ...emptyIndex, properties: rows },
  });

describe('RFC 6352 §8.6 cards by the index of their properties', () => {
  let temporary: TemporaryDatabase;
  let addressBook: Collection;

  beforeEach(async () => {
    temporary = await temporaryDatabase();
    addressBook = await insertCollection(temporary.database, 'addressbook');
  });
  afterEach(() => temporary.dispose());

  it('finds what a look at every card would find, and says which of them the index cannot decide', async () => {
    const nothing = new Error('rolled back, so that the next case begins with an empty address book');
    await fc.assert(
      fc.asyncProperty(
        fc.array(properties, { maxLength: 12 }),
        fc.array(condition, { minLength: 1, maxLength: 5 }),
        async (cards, conditions) => {
          const unit = temporary.database.write(async (writer) => {
            for (const [number, rows] of cards.entries())
              await putObject(writer, addressBook, cardOf(number, rows));
            for (const wanted of conditions) {
              const names = comparedNames(wanted);
              const defined = definedNames(wanted);
              assert.deepEqual(
                (await collect(writer, addressBook, wanted)).map(({ object, certain }) => [
                  object.name,
                  certain,
                ]),
                cards.flatMap((rows, number) => {
                  // What stands for the edges of values in a column cannot be in one.
                  const indexed = rows.map((row) => {
                    const stored = !row.folded.includes('\u0001') && !row.folded.includes('\u0002');
                    return { ...row, stored, cut: row.cut || !stored };
                  });
                  const unknown = ({ name }: IndexedProperty): boolean =>
                    indexed.every((row) => row.name !== name || !row.stored);
                  const certain = !indexed.some(
                    (row) =>
                      (row.cut && names.includes(row.name)) || (defined.includes(row.name) && unknown(row)),
                  );
                  return holds(wanted, indexed) ? [[`${number}.vcf`, certain]] : [];
                }),
                JSON.stringify(wanted),
              );
            }
            throw nothing;
          });
          await assert.rejects(unit, (error) => {
            if (error !== nothing) throw error;
            return true;
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('goes through a book of more cards than it looks at in one query', async () => {
    const count = 2_345;
    await temporary.database.write(async (writer) => {
      for (let number = 0; number < count; number += 1)
        await putObject(
          writer,
          addressBook,
          cardOf(number, [{ name: 'FN', folded: number % 2 === 0 ? 'even' : 'odd', cut: false }]),
        );
    });
    const found = await temporary.database.read((reader) =>
      collect(reader, addressBook, {
        kind: 'text',
        property: 'FN',
        matchType: 'equals',
        foldedValue: 'odd',
      }),
    );
    assert.equal(found.length, Math.floor(count / 2));
    assert.equal(new Set(found.map(({ object }) => object.id)).size, found.length);
  });

  it('takes a property of more text than a column holds for one that may match', async () => {
    const rows = Array.from({ length: 9 }, (_, number) => {
      return { name: 'NOTE', folded: String(number).repeat(1_000), cut: false } as const;
    });
    await temporary.database.write((writer) => putObject(writer, addressBook, cardOf(1, rows)));
    for (const [property, foldedValue, expected] of [
      ['NOTE', '00', [false]],
      ['NOTE', 'x', [false]],
      ['FN', 'x', []],
    ] as const) {
      const wanted: CardCondition = { kind: 'text', property, matchType: 'contains', foldedValue };
      const found = await temporary.database.read((reader) => collect(reader, addressBook, wanted));
      assert.deepEqual(
        found.map(({ certain }) => certain),
        expected,
      );
    }
  });

  it('leaves a condition beyond its bounds to the caller, card by card', async () => {
    await temporary.database.write((writer) =>
      putObject(writer, addressBook, cardOf(1, [{ name: 'FN', folded: 'x', cut: false }])),
    );
    const leaf: CardCondition = { kind: 'not-defined', property: 'FN' };
    const wide: CardCondition = { kind: 'and', conditions: Array.from({ length: 65 }, () => leaf) };
    let deep: CardCondition = leaf;
    for (let depth = 0; depth < 9; depth += 1) deep = { kind: 'and', conditions: [deep] };
    for (const wanted of [wide, deep]) {
      const found = await temporary.database.read((reader) => collect(reader, addressBook, wanted));
      assert.deepEqual(
        found.map(({ object, certain }) => [object.name, certain]),
        [['1.vcf', false]],
      );
    }
  });
});
