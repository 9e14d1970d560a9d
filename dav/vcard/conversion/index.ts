// Cards from vCard 3.0 (RFC 2426) to 4.0 (RFC 6350) and back, without loss that the formats do not force.
// What has no counterpart keeps its name: both versions let a card hold properties that they do not define.
import type { Card } from '../card.js';
import type { CardLine } from '../card-line.js';
import { toVersion3 } from './to-version-3.js';
import { toVersion4 } from './to-version-4.js';

/** The lines of a card in the version that is asked for; its own where it has that version already. */
export function convertCard(card: Card, version: Card['version']): readonly CardLine[] {
  if (card.version === version) return card.properties;
  return version === '4.0' ? toVersion4(card.properties) : toVersion3(card.properties);
}
