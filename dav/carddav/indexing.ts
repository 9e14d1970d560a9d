/** The index of cards as storage keeps it, and what it depends on. */
import type { ObjectIndex } from '../../storage/index.js';
import { CARD_INDEX_VERSION, indexCard } from '../vcard/index.js';
import type { Card } from '../vcard/index.js';

/** The version of the code and of the Unicode data that folds letters: an index made as something else is not asked. */
export const cardIndexedAs = (): string => `card ${CARD_INDEX_VERSION} ${process.versions['unicode'] ?? ''}`;

/** The index of a card, in the shape that storage keeps. */
export function cardIndex(card: Card): ObjectIndex {
  return {
    firstStart: null,
    lastEnd: null,
    windowStart: null,
    windowEnd: null,
    unbounded: false,
    floating: false,
    spans: [],
    version: CARD_INDEX_VERSION,
    properties: indexCard(card),
  };
}
