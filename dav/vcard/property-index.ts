// What is stored beside a card so that searching needs no parsing.
import { foldText } from '../collation/index.js';
import type { Card, CardProperty } from './card.js';
import { textsOf } from './filter.js';
import { isIndexed, type IndexedPropertyName } from './property-names.js';
import { splitEscaped } from './text.js';

/** Goes up when `indexCard` gives other rows for the same card, so that stored ones are made anew. */
export const CARD_INDEX_VERSION = 2;

/** `N;FAMILY`, `N;GIVEN` and `N;ADDITIONAL` are the parts of N that are not empty, `TEL;DIGITS` the digits of a number. */
type DerivedName = 'N;FAMILY' | 'N;GIVEN' | 'N;ADDITIONAL' | 'TEL;DIGITS';

/** One value of the index of a card. */
export interface IndexedProperty {
  /** A property name in upper case, or a derived one, which has a semicolon and so cannot be a property's. */
  readonly name: IndexedPropertyName | DerivedName;
  /** The value under `i;unicode-casemap`. */
  readonly folded: string;
  /**
   * The card has more text under this name than the row holds. Such a row must be taken as one that could match anything;
   * what it really says only the card itself tells.
   */
  readonly cut: boolean;
}

/** A longer value is cut, in UTF-16 units. */
const maxValueLength = 1024;
/** More rows of one name are replaced by one that is cut. */
const maxRowsOfName = 100;

/**
 * The rows of a card. Every property that `isIndexed` names has at least one, an empty one too, so that "is not
 * defined" is answered exactly; a list (CATEGORIES) has one for the whole and one for each of its values.
 */
export function indexCard(card: Card): readonly IndexedProperty[] {
  const index = new RowsByName();
  for (const property of card.properties) {
    const { name } = property;
    if (!isIndexed(name) || index.isFull(name)) continue;

    for (const text of textsOf(property, maxRowsOfName)) index.add(name, text);
    addDerived(index, property);
  }
  return index.rows;
}

function addDerived(index: RowsByName, property: CardProperty): void {
  if (property.name === 'N') {
    const [family, given, additional] = splitEscaped(property.raw.slice(0, maxValueLength), ';', 3);
    index.addIfAny('N;FAMILY', family);
    index.addIfAny('N;GIVEN', given);
    index.addIfAny('N;ADDITIONAL', additional);
  } else if (property.name === 'TEL') {
    index.addIfAny('TEL;DIGITS', digitsOf(property.value.slice(0, maxValueLength)));
  }
}

/** Digits of any script's compatibility form; the parameters of a tel: URI (`;ext=`) are not of the number. */
function digitsOf(number: string): string {
  const end = /^tel:/i.test(number) ? number.indexOf(';') : -1;
  const digits = end === -1 ? number : number.slice(0, end);
  return foldText('i;unicode-casemap', digits).replace(/[^0-9]/g, '');
}

class RowsByName {
  readonly rows: IndexedProperty[] = [];
  private readonly counts = new Map<IndexedProperty['name'], number>();

  isFull(name: IndexedProperty['name']): boolean {
    return (this.counts.get(name) ?? 0) > maxRowsOfName;
  }

  add(name: IndexedProperty['name'], text: string): void {
    if (this.isFull(name)) return;
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    if (count > maxRowsOfName) this.rows.push({ name, folded: '', cut: true });
    else {
      const value = cutText(text);
      this.rows.push({
        name,
        folded: foldText('i;unicode-casemap', value),
        cut: value.length < text.length,
      });
    }
  }

  addIfAny(name: DerivedName, text: string | undefined): void {
    if (text !== undefined && text !== '') this.add(name, text);
  }
}

/** Not between the two halves of a character beyond the BMP: a half could not be stored as UTF-8. */
function cutText(text: string): string {
  if (text.length <= maxValueLength) return text;
  const last = text.charCodeAt(maxValueLength - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxValueLength - 1 : maxValueLength);
}
