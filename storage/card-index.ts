/**
 * The searchable properties of cards: one row a card, a column a property. A search reads the rows of a book side by side,
 * and a card that is written costs one page of the log, where a row a property would cost one for each.
 */
import type { CollectionRef } from './collections.js';
import type { Writer } from './database.js';
import type { ObjectId } from './ids.js';
import { inCollection, type InCollection } from './objects.js';
import type { CardColumn } from './schema.js';
import { statement } from './statement.js';

/** The columns of `card_text`, by the names of properties; those with a semicolon are derived (dav/vcard). */
export const cardColumns = {
  CATEGORIES: 'categories',
  EMAIL: 'email',
  FN: 'fn',
  IMPP: 'impp',
  KIND: 'kind',
  N: 'n',
  'N;FAMILY': 'n_family',
  'N;GIVEN': 'n_given',
  'N;ADDITIONAL': 'n_additional',
  NICKNAME: 'nickname',
  NOTE: 'note',
  ORG: 'org',
  TEL: 'tel',
  'TEL;DIGITS': 'tel_digits',
  TITLE: 'title',
  UID: 'uid',
  URL: 'url',
} as const satisfies Record<string, CardColumn>;

export type CardPropertyName = keyof typeof cardColumns;

/** A value of a searchable property of a card. */
export interface IndexedProperty {
  readonly name: CardPropertyName;
  /** The value without case, as searches compare it. */
  readonly folded: string;
  /** The card has more under this name than is stored: it may match anything. */
  readonly cut: boolean;
}

/** Stands before and behind each value of a column, so that a search can ask for a whole value, its start or its end. */
export const edge = '\u0001';
/** The first character of a column that does not hold all that the card has under the name. */
export const cutMark = '\u0002';

/** The two above would be misread, and PostgreSQL has no text with the third. */
const unstorable = [edge, cutMark, '\u0000'];

/** In UTF-16 units; what is longer is cut, so that rows stay narrow enough for the tree they lie in. */
const maxColumnLength = 4_096;

const columns: readonly CardColumn[] = Object.values(cardColumns);
type CardText = InCollection & { objectId: ObjectId } & Record<CardColumn, string>;

const insertCardText = statement<CardText>()((db, $) =>
  db.insertInto('card_text').values({
    account_id: $.accountId,
    collection_id: $.collectionId,
    object_id: $.objectId,
    categories: $.categories,
    email: $.email,
    fn: $.fn,
    impp: $.impp,
    kind: $.kind,
    n: $.n,
    n_family: $.n_family,
    n_given: $.n_given,
    n_additional: $.n_additional,
    nickname: $.nickname,
    note: $.note,
    org: $.org,
    tel: $.tel,
    tel_digits: $.tel_digits,
    title: $.title,
    uid: $.uid,
    url: $.url,
  }),
);
const deleteCardText = statement<InCollection & { objectId: ObjectId }>()((db, $) =>
  db
    .deleteFrom('card_text')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('object_id', '=', $.objectId),
);

/** Writes the row of a card that has none; one without searchable properties needs none. */
export async function insertCardIndex(
  writer: Writer,
  ref: CollectionRef,
  objectId: ObjectId,
  properties: readonly IndexedProperty[],
): Promise<void> {
  if (properties.length === 0) return;
  await writer.runEach(insertCardText, [{ ...inCollection(ref), objectId, ...cardText(properties) }]);
}

export async function deleteCardIndex(writer: Writer, ref: CollectionRef, objectId: ObjectId): Promise<void> {
  await writer.runEach(deleteCardText, [{ ...inCollection(ref), objectId }]);
}

/** The columns of a card; empty where it has nothing of the name. */
export function cardText(properties: readonly IndexedProperty[]): Record<CardColumn, string> {
  const text = Object.fromEntries(columns.map((column) => [column, ''])) as Record<CardColumn, string>;
  const cut = new Set<CardColumn>();
  for (const property of properties) {
    const column = cardColumns[property.name];
    const stored = text[column];
    const before = stored === '' ? edge : stored;
    const { folded } = property;
    const fits = before.length + folded.length < maxColumnLength;
    const plain = !unstorable.some((character) => folded.includes(character));
    if (fits && plain) text[column] = `${before}${folded}${edge}`;
    if (property.cut || !fits || !plain) cut.add(column);
  }
  for (const column of cut) text[column] = cutMark + text[column];
  return text;
}
