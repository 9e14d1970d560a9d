import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matchesText } from '../../../dav/collation/index.js';
import {
  couldMatch,
  indexCard,
  matchesCardFilter,
  needsCard,
  parseCard,
  parsePropertyName,
  planCardFilter,
  type CardFilter,
  type CardParamFilter,
  type CardPropFilter,
  type TextMatch,
} from '../../../dav/vcard/index.js';
import { cardFilter, properties, writeCard, type PropertyModel } from './card-model.js';

const formattedName: PropertyModel = {
  group: undefined,
  name: 'FN',
  parameters: [],
  parts: ['Ä. Person'],
  separator: ',',
};

const contains: TextMatch = {
  collation: 'i;unicode-casemap',
  matchType: 'contains',
  negate: false,
  value: 'Jür',
};

describe('RFC 6352 §10.5 filter', () => {
  it('compares with each value of a list up to a bound, and with the whole list beyond it', () => {
    const parts = Array.from({ length: 5001 }, (_, at) => `c${at}`);
    const models = [0, 1].map(() => ({ ...formattedName, name: 'CATEGORIES', parts }));
    const second = { ...formattedName, name: 'CATEGORIES', parts: ['a', 'last'] };
    const card = parseCard(Buffer.from(writeCard([...models, second])));
    const matches = (matchType: TextMatch['matchType'], value: string): boolean =>
      matchesCardFilter(card, {
        test: 'anyof',
        propFilters: [{ ...anyProperty('CATEGORIES'), textMatches: [{ ...contains, matchType, value }] }],
      });
    assert.ok(matches('equals', 'c5000'));
    assert.ok(!matches('equals', 'last'));
    assert.ok(matches('ends-with', 'last'));
  });

  it('agrees with a plain reading of the section', () => {
    fc.assert(
      fc.property(properties, cardFilter, (models, filter) => {
        const card = parseCard(Buffer.from(writeCard(models)));
        assert.equal(matchesCardFilter(card, filter), expected([formattedName, ...models], filter));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('The property index as an answer to RFC 6352 §10.5', () => {
  it('never excludes a card that matches, and where it claims to be exact, it is', () => {
    let answeredByIndex = 0;
    fc.assert(
      fc.property(properties, cardFilter, (models, filter) => {
        const card = parseCard(Buffer.from(writeCard(models)));
        const rows = indexCard(card);
        const plan = planCardFilter(filter);
        const matches = matchesCardFilter(card, filter);
        if (matches) assert.ok(couldMatch(plan, rows));
        if (needsCard(plan, rows)) return;
        answeredByIndex += 1;
        assert.equal(couldMatch(plan, rows), matches);
      }),
      { numRuns: 3000 },
    );
    assert.ok(answeredByIndex > 300, 'the generator must reach the exact answers too');
  });

  it('answers the query that address books send for every letter typed', () => {
    const plan = planCardFilter({
      test: 'anyof',
      propFilters: ['fn', 'EMAIL'].map((name) => ({ ...anyProperty(name), textMatches: [contains] })),
    });
    assert.deepEqual(plan, {
      condition: {
        kind: 'or',
        conditions: [
          { kind: 'text', property: 'FN', matchType: 'contains', foldedValue: 'JU\u0308R' },
          { kind: 'text', property: 'EMAIL', matchType: 'contains', foldedValue: 'JU\u0308R' },
        ],
      },
      exact: true,
      properties: ['FN', 'EMAIL'],
    });
  });

  it('is exact about a property that is there or not, even an empty one', () => {
    const rows = indexCard(
      parseCard(Buffer.from(writeCard([{ ...formattedName, name: 'NOTE', parts: [''] }]))),
    );
    const notDefined = planCardFilter({
      test: 'anyof',
      propFilters: [{ ...anyProperty('NOTE'), isNotDefined: true }],
    });
    assert.ok(notDefined.exact);
    assert.ok(!couldMatch(notDefined, rows));
    assert.ok(couldMatch(planCardFilter({ test: 'anyof', propFilters: [anyProperty('note')] }), rows));
  });

  it('leaves it to the card whether one property meets all conditions', () => {
    const emails = ['a@x', 'b@x'].map((value) => ({ ...formattedName, name: 'EMAIL', parts: [value] }));
    const card = parseCard(Buffer.from(writeCard(emails)));
    const textMatches = ['a', 'b'].map((value) => ({ ...contains, value }));
    const filter: CardFilter = {
      test: 'anyof',
      propFilters: [{ ...anyProperty('EMAIL'), test: 'allof', textMatches }],
    };
    const plan = planCardFilter(filter);
    assert.ok(couldMatch(plan, indexCard(card)));
    assert.ok(needsCard(plan, indexCard(card)));
    assert.ok(!matchesCardFilter(card, filter));
  });

  it('leaves it to the card what stands in a text that is cut', () => {
    const long = { ...formattedName, name: 'NOTE', parts: ['x'.repeat(2000)] };
    const rows = indexCard(parseCard(Buffer.from(writeCard([long]))));
    const planFor = (name: string) =>
      planCardFilter({ test: 'anyof', propFilters: [{ ...anyProperty(name), textMatches: [contains] }] });
    assert.ok(couldMatch(planFor('NOTE'), rows));
    assert.ok(needsCard(planFor('NOTE'), rows));
    assert.ok(!couldMatch(planFor('FN'), rows));
    assert.ok(!needsCard(planFor('FN'), rows));
  });

  it('is not exact about properties, groups and parameters that it does not hold', () => {
    for (const propFilter of [
      anyProperty('PHOTO'),
      { ...anyProperty('EMAIL'), group: 'item1' },
      { ...anyProperty('EMAIL'), group: 'item1', isNotDefined: true },
      {
        ...anyProperty('EMAIL'),
        paramFilters: [{ name: 'TYPE', isNotDefined: false, textMatch: undefined }],
      },
    ])
      assert.equal(planCardFilter({ test: 'allof', propFilters: [propFilter] }).exact, false);
  });
});

describe('RFC 6352 §10.4.2 and §10.5.1 property names', () => {
  it('takes the part before a dot as the group', () => {
    assert.deepEqual(parsePropertyName('tel'), { group: undefined, name: 'TEL' });
    assert.deepEqual(parsePropertyName('X-ABC.Tel'), { group: 'X-ABC', name: 'TEL' });
  });
});

function anyProperty(name: string): CardPropFilter {
  return { name, group: undefined, test: 'anyof', isNotDefined: false, textMatches: [], paramFilters: [] };
}

/** The section, sentence by sentence, over what the card means. */
function expected(models: readonly PropertyModel[], filter: CardFilter): boolean {
  const results = filter.propFilters.map((propFilter) => expectedOfProperty(models, propFilter));
  if (results.length === 0) return true;
  return filter.test === 'anyof' ? results.includes(true) : !results.includes(false);
}

function expectedOfProperty(models: readonly PropertyModel[], filter: CardPropFilter): boolean {
  const same = models.filter(
    (model) =>
      model.name.toLowerCase() === filter.name.toLowerCase() &&
      (filter.group === undefined || model.group?.toLowerCase() === filter.group.toLowerCase()),
  );
  if (filter.isNotDefined) return same.length === 0;
  return same.some((model) => {
    const results = [
      ...filter.textMatches.map((match) => expectedOfText(textsOfModel(model), match)),
      ...filter.paramFilters.map((paramFilter) => expectedOfParameter(model, paramFilter)),
    ];
    if (results.length === 0) return true;
    return filter.test === 'anyof' ? results.includes(true) : !results.includes(false);
  });
}

function textsOfModel(model: PropertyModel): readonly string[] {
  const whole = model.parts.join(model.separator);
  const isList = (model.name === 'NICKNAME' || model.name === 'CATEGORIES') && model.separator === ',';
  return isList ? [whole, ...model.parts] : [whole];
}

function expectedOfParameter(model: PropertyModel, filter: CardParamFilter): boolean {
  const parameter = model.parameters.find(([name]) => name.toLowerCase() === filter.name.toLowerCase());
  if (filter.isNotDefined) return parameter === undefined;
  if (parameter === undefined) return false;
  return filter.textMatch === undefined || expectedOfText(parameter[1], filter.textMatch);
}

function expectedOfText(texts: readonly string[], match: TextMatch): boolean {
  const found = texts.some((one) => matchesText(match.collation, match.matchType, one, match.value));
  return match.negate ? !found : found;
}
