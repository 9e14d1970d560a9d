/** The searchable properties of a card in one row; those of stored cards are made anew in the background. */
import { statement } from '../statement.js';
import type { Migration } from './migration.js';
import { describeMoreToPlanner } from './statistics.js';
import { createTable, type Table } from './table.js';

const cardText: Table = {
  // A column a property: the values without case, each between two U+0001, all that the card has of the name unless the
  // first character is U+0002; empty where it has none (`card-index.ts`).
  name: 'card_text',
  columns: {
    account_id: 'number',
    collection_id: 'number',
    object_id: 'number',
    categories: 'text',
    email: 'text',
    fn: 'text',
    impp: 'text',
    kind: 'text',
    n: 'text',
    n_family: 'text',
    n_given: 'text',
    n_additional: 'text',
    nickname: 'text',
    note: 'text',
    org: 'text',
    tel: 'text',
    tel_digits: 'text',
    title: 'text',
    uid: 'text',
    url: 'text',
  },
  key: ['account_id', 'collection_id', 'object_id'],
  clustered: true,
};

const dropCardProperty = statement()((db) => db.schema.dropTable('card_property'));

export const cardTextTable: Migration = {
  name: '0002-card-text',
  statements: [
    dropCardProperty,
    createTable(cardText),
    ...describeMoreToPlanner([{ table: 'card_text', index: 'card_text', rows: [1e6, 20_000, 10_000, 1] }]),
  ],
};
