// How much of a CARDDAV:filter (RFC 6352 §10.5) the property index can answer, so that storage selects before anything
// is parsed.
import { foldText, matchesFolded, type MatchType } from '../collation/index.js';
import type { CardFilter, CardPropFilter, TextMatch } from './filter.js';
import type { IndexedProperty } from './property-index.js';
import { isIndexed, type IndexedPropertyName } from './property-names.js';

/** A condition on the index of one card, compared octet by octet. How it is asked of the database: storage/card-query.ts. */
export type CardQueryCondition =
  /** Any card. */
  | { readonly kind: 'any' }
  /** There is a value of this name. */
  | { readonly kind: 'defined'; readonly property: IndexedPropertyName }
  /** There is none. */
  | { readonly kind: 'not-defined'; readonly property: IndexedPropertyName }
  /** There is a value of this name that is cut, or that matches when folded. */
  | {
      readonly kind: 'text';
      readonly property: IndexedPropertyName;
      readonly matchType: MatchType;
      readonly foldedValue: string;
    }
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly CardQueryCondition[] };

export interface CardQueryPlan {
  /** Holds for every card that matches the filter, and perhaps for others. */
  readonly condition: CardQueryCondition;
  /**
   * The condition holds only for cards that match, those excepted that have a cut row of one of `properties`. If false,
   * each card found must be read and tested with `matchesCardFilter`.
   */
  readonly exact: boolean;
  /** The names that occur in `text` conditions. */
  readonly properties: readonly IndexedProperty['name'][];
}

interface PartialPlan {
  readonly condition: CardQueryCondition;
  readonly exact: boolean;
}

const anyCard: CardQueryCondition = { kind: 'any' };

/** What the property index can answer of a filter. */
export function planCardFilter(filter: CardFilter): CardQueryPlan {
  const parts = filter.propFilters.map(planPropFilter);
  const { condition, exact } =
    parts.length === 0 ? { condition: anyCard, exact: true } : join(filter.test, parts);
  const properties = new Set<IndexedPropertyName>();
  collectTextProperties(condition, properties);
  return { condition, exact, properties: [...properties] };
}

/** The plan's condition over the rows of one card, as storage evaluates it in SQL. */
export function couldMatch(plan: CardQueryPlan, rows: readonly IndexedProperty[]): boolean {
  return holds(plan.condition, rows);
}

/** Whether a card for which the condition holds must still be read and tested. */
export function needsCard(plan: CardQueryPlan, rows: readonly IndexedProperty[]): boolean {
  return !plan.exact || rows.some((row) => row.cut && plan.properties.includes(row.name));
}

function planPropFilter(filter: CardPropFilter): PartialPlan {
  const property = filter.name.toUpperCase();
  // The index knows no groups: a property in another group would answer for the one that is asked for.
  const exact = filter.group === undefined;
  if (!isIndexed(property)) return { condition: anyCard, exact: false };
  if (filter.isNotDefined)
    return exact ? { condition: { kind: 'not-defined', property }, exact } : { condition: anyCard, exact };
  const defined: CardQueryCondition = { kind: 'defined', property };
  const texts = filter.textMatches.map((textMatch) => planTextMatch(property, textMatch));
  if (texts.length + filter.paramFilters.length === 0) return { condition: defined, exact };
  // Parameters are not in the index. That one property meets several conditions, rows cannot tell.
  const parameters = filter.paramFilters.map((): PartialPlan => ({ condition: defined, exact: false }));
  const joined = join(filter.test, [...texts, ...parameters]);
  const single = filter.test === 'anyof' || texts.length === 1;
  return { condition: joined.condition, exact: exact && single && joined.exact };
}

function planTextMatch(
  property: IndexedPropertyName,
  { collation, matchType, negate, value }: TextMatch,
): PartialPlan {
  // The other values of a list are rows too, so a row that does not match proves nothing.
  if (negate) return { condition: { kind: 'defined', property }, exact: false };
  // What matches under another collation matches under this one (see unicodeCasemap), but not the other way round.
  const foldedValue = foldText('i;unicode-casemap', value);
  return {
    condition: { kind: 'text', property, matchType, foldedValue },
    exact: collation === 'i;unicode-casemap',
  };
}

function join(test: 'anyof' | 'allof', parts: readonly PartialPlan[]): PartialPlan {
  const exact = parts.every((part) => part.exact);
  const conditions = parts.map((part) => part.condition);
  const isAny = (condition: CardQueryCondition): boolean => condition.kind === 'any';
  if (test === 'anyof' && conditions.some(isAny)) return { condition: anyCard, exact };
  const [first = anyCard, ...rest] = conditions.filter((condition) => !isAny(condition));
  if (rest.length === 0) return { condition: first, exact };
  return { condition: { kind: test === 'anyof' ? 'or' : 'and', conditions: [first, ...rest] }, exact };
}

function collectTextProperties(condition: CardQueryCondition, names: Set<IndexedPropertyName>): void {
  if (condition.kind === 'text') names.add(condition.property);
  else if (condition.kind === 'and' || condition.kind === 'or')
    for (const part of condition.conditions) collectTextProperties(part, names);
}

function holds(condition: CardQueryCondition, rows: readonly IndexedProperty[]): boolean {
  switch (condition.kind) {
    case 'any':
      return true;
    case 'defined':
      return rows.some((row) => row.name === condition.property);
    case 'not-defined':
      return rows.every((row) => row.name !== condition.property);
    case 'text':
      return rows.some(
        (row) =>
          row.name === condition.property &&
          (row.cut || matchesFolded(condition.matchType, row.folded, condition.foldedValue)),
      );
    case 'and':
      return condition.conditions.every((part) => holds(part, rows));
    case 'or':
      return condition.conditions.some((part) => holds(part, rows));
  }
}
