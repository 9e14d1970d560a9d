/** CARDDAV:filter as it stands in a request (RFC 6352 §10.5), read into what `vcard/filter.ts` matches. */
import type { CardFilter, CardParamFilter, CardPropFilter, TextMatch } from '../vcard/index.js';
import { parsePropertyName } from '../vcard/index.js';
import type { MatchType } from '../collation/index.js';
import { DavError } from '../http/errors.js';
import { readTextMatch } from '../http/text-match-request.js';
import type { XmlElement } from '../xml/element.js';
import { child, children, childrenNamed } from '../xml/element.js';
import { carddav } from '../xml/names.js';

const matchTypes: readonly MatchType[] = ['contains', 'equals', 'starts-with', 'ends-with'];

/**
 * Conditions of one filter: property, parameter and text filters together. Each may be compared with every value of every
 * card; clients send a dozen.
 */
const MOST_CONDITIONS = 64;

const invalidFilter = (sentence: string): DavError =>
  new DavError(403, sentence, { precondition: carddav('supported-filter') });

/** @throws DavError 403 CARDDAV:supported-filter, also for too many conditions, or CARDDAV:supported-collation */
export function readCardFilter(filter: XmlElement): CardFilter {
  if (countConditions(filter) > MOST_CONDITIONS)
    throw invalidFilter(`A filter may have at most ${MOST_CONDITIONS} conditions.`);
  return {
    test: testOf(filter),
    propFilters: childrenNamed(filter, carddav('prop-filter')).map(readPropFilter),
  };
}

function countConditions(filter: XmlElement): number {
  let count = 0;
  for (const propFilter of childrenNamed(filter, carddav('prop-filter'))) {
    const texts = childrenNamed(propFilter, carddav('text-match'));
    const parameters = childrenNamed(propFilter, carddav('param-filter'));
    count += Math.max(texts.length + parameters.length, 1);
  }
  return count;
}

function testOf(element: XmlElement): 'anyof' | 'allof' {
  const test = element.attributes.get('test') ?? 'anyof';
  if (test !== 'anyof' && test !== 'allof') throw invalidFilter('The test of a filter is anyof or allof.');
  return test;
}

function readPropFilter(element: XmlElement): CardPropFilter {
  const { group, name } = parsePropertyName(nameOf(element));
  requireOneKind(element);
  return {
    name,
    group,
    test: testOf(element),
    isNotDefined: child(element, carddav('is-not-defined')) !== undefined,
    textMatches: childrenNamed(element, carddav('text-match')).map(readMatch),
    paramFilters: childrenNamed(element, carddav('param-filter')).map(readParamFilter),
  };
}

function readParamFilter(element: XmlElement): CardParamFilter {
  const match = child(element, carddav('text-match'));
  requireOneKind(element);
  return {
    name: nameOf(element),
    isNotDefined: child(element, carddav('is-not-defined')) !== undefined,
    textMatch: match === undefined ? undefined : readMatch(match),
  };
}

/** §10.5.1, §10.5.2: what is not to be there has no further conditions. */
function requireOneKind(element: XmlElement): void {
  if (child(element, carddav('is-not-defined')) === undefined || children(element).length === 1) return;
  throw invalidFilter('A filter for what is not defined has no other conditions.');
}

function readMatch(element: XmlElement): TextMatch {
  const asked = element.attributes.get('match-type') ?? 'contains';
  const matchType = matchTypes.find((known) => known === asked);
  if (matchType === undefined) throw invalidFilter(`The match type ${JSON.stringify(asked)} is not known.`);
  return { ...readTextMatch(element, 'i;unicode-casemap', carddav('supported-collation')), matchType };
}

function nameOf(element: XmlElement): string {
  const name = element.attributes.get('name');
  if (name === undefined || name === '') throw invalidFilter('A filter needs the name of what it filters.');
  return name.toUpperCase();
}
