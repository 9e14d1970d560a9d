/** What changed in a home, so that it can be synchronized as its collections are (RFC 6578). */
import { sql } from 'kysely';
import { statement } from '../statement.js';
import type { Migration } from './migration.js';
import { createTable, type Table } from './table.js';

const collectionTombstone: Table = {
  // Collections that were deleted or renamed: the last time that nothing was under the name any more.
  name: 'collection_tombstone',
  columns: {
    account_id: 'number',
    kind: 'text',
    name: 'ordered-text',
    revision: 'number',
    deleted_at: 'number',
  },
  key: ['account_id', 'kind', 'name'],
  clustered: true,
};

// When the collection came under its name, as a number of the account's that also counts collections.
const addHomeRevision = statement()((db) =>
  db.schema
    .alterTable('collection')
    .addColumn('home_revision', 'bigint', (column) => column.notNull().defaultTo(0)),
);
const fillHomeRevision = statement()((db) => ({
  compile: () => sql`update collection set home_revision = id`.compile(db),
}));

export const homeChanges: Migration = {
  name: '0007-home-changes',
  statements: [createTable(collectionTombstone), addHomeRevision, fillHomeRevision],
};
