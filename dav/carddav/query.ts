/**
 * CARDDAV:addressbook-query (RFC 6352 §8.6): a search over ten thousand cards reads only those that the property index
 * cannot decide.
 */
import { cardsMatching } from '../../storage/index.js';
import type { CardCondition, Collection, IndexMatch, Reader, StoredObject } from '../../storage/index.js';
import { answerQuery } from '../http/query.js';
import type { ObjectReport } from '../http/object-responses.js';
import { defaultCardLimits, matchesCardFilter, parseCard, planCardFilter } from '../vcard/index.js';
import type { CardFilter } from '../vcard/index.js';
import { cardIndexedAs } from './indexing.js';

/** Streams the answer to a query; `limit` is what the client asked for (§8.6.1), undefined for no limit. */
export async function answerCardQuery(
  report: ObjectReport,
  filter: CardFilter,
  limit: number | undefined,
): Promise<void> {
  const { parent, context, member } = report;
  const plan = planCardFilter(filter);
  await answerQuery(report, {
    candidates:
      member === undefined
        ? candidates(context.reader, parent.collection, plan.condition, plan.exact)
        : only(member),
    matches: (bytes) => matchesCardFilter(parseCard(bytes, defaultCardLimits), filter),
    limit: Math.min(limit ?? Number.POSITIVE_INFINITY, context.limits.maxResults),
  });
}

/** §8: asked of one card, the filter is held against that card alone. */
async function* only(object: StoredObject): AsyncGenerator<readonly IndexMatch[]> {
  yield [{ object, certain: false }];
}

async function* candidates(
  reader: Reader,
  addressbook: Collection,
  condition: CardCondition,
  exact: boolean,
): AsyncGenerator<readonly IndexMatch[]> {
  // While an index is being made anew it is not asked (storage/reindexing.ts): answers stay right meanwhile.
  const current = addressbook.indexedAs === cardIndexedAs();
  for await (const page of cardsMatching(reader, addressbook, current ? condition : { kind: 'any' })) {
    yield page.map(({ object, certain }) => ({ object, certain: certain && exact && current }));
  }
}
