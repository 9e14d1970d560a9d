// RFC 6352 §10.5: what a CARDDAV:filter means, over a card that has been read.
import { foldText, matchesFolded, type Collation, type MatchType } from '../collation/index.js';
import type { Card, CardProperty } from './card.js';
import { isListProperty } from './property-names.js';
import { splitEscaped } from './text.js';

/** §10.5. Without prop-filters it matches every card. */
export interface CardFilter {
  readonly test: 'anyof' | 'allof';
  readonly propFilters: readonly CardPropFilter[];
}

/** §10.5.1. `isNotDefined` excludes text-matches and param-filters; with none of the three the property must exist. */
export interface CardPropFilter {
  readonly name: string;
  readonly group: string | undefined;
  readonly test: 'anyof' | 'allof';
  readonly isNotDefined: boolean;
  readonly textMatches: readonly TextMatch[];
  readonly paramFilters: readonly CardParamFilter[];
}

/** §10.5.2 */
export interface CardParamFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly textMatch: TextMatch | undefined;
}

/** §10.5.4 */
export interface TextMatch {
  readonly collation: Collation;
  readonly matchType: MatchType;
  readonly negate: boolean;
  readonly value: string;
}

/**
 * Whether a card matches. Conditions of a prop-filter hold for one and the same property of the card (§10.5.1: "it
 * matches"), so with two addresses `allof` needs one that meets all of them, and a negated text-match needs one that does
 * not match.
 */
export function matchesCardFilter(card: Card, filter: CardFilter): boolean {
  if (filter.propFilters.length === 0) return true;
  const texts = new FoldedTexts();
  const matches = (propFilter: CardPropFilter): boolean => matchesPropFilter(card, propFilter, texts);
  return filter.test === 'anyof' ? filter.propFilters.some(matches) : filter.propFilters.every(matches);
}

function matchesPropFilter(card: Card, filter: CardPropFilter, texts: FoldedTexts): boolean {
  const name = filter.name.toUpperCase();
  const group = filter.group?.toLowerCase();
  const named = card.properties.filter(
    (property) => property.name === name && (group === undefined || property.group?.toLowerCase() === group),
  );
  if (filter.isNotDefined) return named.length === 0;
  if (filter.textMatches.length + filter.paramFilters.length === 0) return named.length > 0;
  return named.some((property) => meetsConditions(property, filter, texts));
}

function meetsConditions(property: CardProperty, filter: CardPropFilter, texts: FoldedTexts): boolean {
  const meetsText = (textMatch: TextMatch): boolean =>
    matchesOneOf(texts.of(property, textMatch.collation), textMatch);
  const meetsParameter = (paramFilter: CardParamFilter): boolean => matchesParamFilter(property, paramFilter);
  return filter.test === 'anyof'
    ? filter.textMatches.some(meetsText) || filter.paramFilters.some(meetsParameter)
    : filter.textMatches.every(meetsText) && filter.paramFilters.every(meetsParameter);
}

function matchesParamFilter(property: CardProperty, filter: CardParamFilter): boolean {
  const values = property.parameters.get(filter.name.toUpperCase());
  if (filter.isNotDefined) return values === undefined;
  if (values === undefined) return false;
  const { textMatch } = filter;
  if (textMatch === undefined) return true;
  return matchesOneOf(
    values.map((value) => foldText(textMatch.collation, value)),
    textMatch,
  );
}

/** A negated match holds if none of the values matches. */
function matchesOneOf(foldedValues: readonly string[], textMatch: TextMatch): boolean {
  const sought = soughtBy(textMatch);
  const found = foldedValues.some((folded) => matchesFolded(textMatch.matchType, folded, sought));
  return found !== textMatch.negate;
}

/** Folded once, however many values of however many cards it is compared with. */
const soughtTexts = new WeakMap<TextMatch, string>();

function soughtBy(textMatch: TextMatch): string {
  let sought = soughtTexts.get(textMatch);
  if (sought === undefined) {
    sought = foldText(textMatch.collation, textMatch.value);
    soughtTexts.set(textMatch, sought);
  }
  return sought;
}

/** In one card and one query; those after it are compared as part of the whole value only. */
const maxListValues = 10_000;

/** Folds each property once for a card, however many conditions ask: a photo may be megabytes, a filter many lines. */
class FoldedTexts {
  private readonly known = new Map<Collation, Map<CardProperty, readonly string[]>>();
  private listValuesLeft = maxListValues;

  of(property: CardProperty, collation: Collation): readonly string[] {
    const inCollation = this.known.get(collation) ?? new Map<CardProperty, readonly string[]>();
    this.known.set(collation, inCollation);
    let folded = inCollation.get(property);
    if (folded === undefined) {
      const texts = textsOf(property, this.listValuesLeft);
      this.listValuesLeft -= texts.length - 1;
      folded = texts.map((text) => foldText(collation, text));
      inCollation.set(property, folded);
    }
    return folded;
  }
}

/**
 * The texts of a property that a text-match compares with: the whole value, and if the property holds a list each
 * value in it up to `maxListValues`, since RFC 6350 §3.3 lets several values share a line: `equals` finds `VIP` in `CATEGORIES:VIP,Work`.
 */
export function textsOf(property: CardProperty, maxListValues: number): readonly string[] {
  if (!isListProperty(property.name) || !property.raw.includes(',')) return [property.value];
  return [property.value, ...splitEscaped(property.raw, ',', maxListValues)];
}
