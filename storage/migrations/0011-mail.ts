/** Mail that is to be sent, what an account holder may decide about it, and accounts that are being deleted. */
import { statement } from '../statement.js';
import type { Migration } from './migration.js';
import { createIndex, createTable, type Table } from './table.js';

const outbox: Table = {
  // `sealed` is the mail, encrypted under the key `key_id`: it may hold a link that carries a right. `next_at` is when it is
  // tried the next time; who tries it moves that on first. After `expires_at` it is given up.
  name: 'outbox',
  columns: {
    account_id: 'number',
    id: 'ordered-text',
    kind: 'text',
    sealed: 'bytes',
    key_id: 'text',
    attempts: 'number',
    queued_at: 'number',
    next_at: 'number',
    expires_at: 'number',
  },
  key: ['account_id', 'id'],
  clustered: false,
};

// The address that somebody wants to have, until they have shown that mail to it reaches them.
const addNewEmail = statement()((db) => db.schema.alterTable('account').addColumn('new_email', 'text'));

// Whether notices are mailed that the holder may do without; those about security are always.
const addNotices = statement()((db, _, dialect) =>
  db.schema
    .alterTable('account')
    .addColumn('all_notices', dialect === 'sqlite' ? 'integer' : 'smallint', (column) =>
      column.notNull().defaultTo(1),
    ),
);

// When its deletion was asked for: from then on it is as if it were not there, and its rows are removed little by little.
const addDeletedAt = statement()((db) => db.schema.alterTable('account').addColumn('deleted_at', 'bigint'));

export const mail: Migration = {
  name: '0011-mail',
  statements: [
    createTable(outbox),
    createIndex({ table: 'outbox', by: 'next', columns: ['next_at'] }),
    addNewEmail,
    addNotices,
    addDeletedAt,
  ],
};
