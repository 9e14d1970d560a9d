/** App passwords that are limited to some collections or networks, and what is kept of their latest requests. */
import { statement } from '../statement.js';
import type { Migration } from './migration.js';
import { createIndex, createTable, type Table } from './table.js';

const addColumns = [
  // The collections that the password sees, as numbers with commas between them; null for all that there are and will be.
  statement()((db) => db.schema.alterTable('app_password').addColumn('collections', 'text')),
  // The addresses and networks from which it is taken, with spaces between them; null for anywhere.
  statement()((db) => db.schema.alterTable('app_password').addColumn('addresses', 'text')),
  // Requests on the day, in the account's time zone, on which it was last used.
  statement()((db) => db.schema.alterTable('app_password').addColumn('requests_day', 'text')),
  statement()((db) =>
    db.schema
      .alterTable('app_password')
      .addColumn('requests_today', 'bigint', (column) => column.notNull().defaultTo(0)),
  ),
  // Which client sent the login password, in words.
  statement()((db) => db.schema.alterTable('account').addColumn('login_password_client', 'text')),
  // Whose name it was that has no collection any more: of names that were lost before, nobody knows.
  statement()((db) => db.schema.alterTable('collection_tombstone').addColumn('collection_id', 'bigint')),
];

const appPasswordRequest: Table = {
  // One row for requests that are alike, with how often and when. Those that no app password was found for have none.
  name: 'app_password_request',
  columns: {
    account_id: 'number',
    app_password_id: 'text',
    // A hash of what makes requests alike.
    alike: 'text',
    method: 'text',
    // JSON: what kind of resource, and its names.
    target: 'text',
    status: 'number',
    // A precondition, or why it was not let in.
    reason: 'text?',
    sentence: 'text?',
    // Of the last one.
    address: 'text',
    user_agent: 'text',
    count: 'number',
    first_at: 'number',
    last_at: 'number',
  },
  key: ['account_id', 'app_password_id', 'alike'],
  clustered: false,
};

export const appPasswordScopes: Migration = {
  name: '0010-app-password-scopes',
  statements: [
    ...addColumns,
    createTable(appPasswordRequest),
    createIndex({ table: 'app_password_request', by: 'age', columns: ['last_at'] }),
  ],
};
