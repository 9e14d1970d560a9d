// Collations of the text filters: RFC 4790 (i;ascii-casemap, i;octet) and RFC 5051 (i;unicode-casemap), as CalDAV
// (RFC 4791 §7.5) and CardDAV (RFC 6352 §8.3) use them: equality and substring, no ordering.
import { unicodeCasemap } from './unicode-casemap.js';

/** The identifier of a collation that this server supports. */
export type Collation = 'i;ascii-casemap' | 'i;octet' | 'i;unicode-casemap';

/** RFC 6352 §10.5.4; CalDAV knows `contains` only. */
export type MatchType = 'equals' | 'contains' | 'starts-with' | 'ends-with';

/** What `supported-collation-set` announces, in alphabetical order. */
export const supportedCollations: readonly Collation[] = ['i;ascii-casemap', 'i;octet', 'i;unicode-casemap'];

/**
 * The collation that a request names, or undefined if it is not supported (answer `supported-collation`). A missing name
 * and the special identifier "default" (RFC 4790 §3.1) mean `defaultCollation`: `i;ascii-casemap` in CalDAV,
 * `i;unicode-casemap` in CardDAV. Wildcards are not allowed in either, so they are unknown names.
 */
export function resolveCollation(
  requested: string | undefined,
  defaultCollation: Collation,
): Collation | undefined {
  if (requested === undefined || requested === 'default') return defaultCollation;
  return supportedCollations.find((name) => name === requested);
}

/**
 * The form of a text in which the collation compares octet by octet. Texts must be well-formed (no lone surrogates), then
 * comparing UTF-16 finds the same as comparing UTF-8.
 */
export function foldText(collation: Collation, text: string): string {
  switch (collation) {
    case 'i;octet':
      return text;
    case 'i;ascii-casemap':
      return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
    case 'i;unicode-casemap':
      return unicodeCasemap(text);
  }
}

/** The match operation over two texts that are already in a collation's form (`foldText`). */
export function matchesFolded(matchType: MatchType, folded: string, foldedSought: string): boolean {
  switch (matchType) {
    case 'equals':
      return folded === foldedSought;
    case 'contains':
      return folded.includes(foldedSought);
    case 'starts-with':
      return folded.startsWith(foldedSought);
    case 'ends-with':
      return folded.endsWith(foldedSought);
  }
}

/** Whether `text` equals, contains, starts or ends with `sought` under the collation. An empty text is in every text. */
export function matchesText(
  collation: Collation,
  matchType: MatchType,
  text: string,
  sought: string,
): boolean {
  return matchesFolded(matchType, foldText(collation, text), foldText(collation, sought));
}
