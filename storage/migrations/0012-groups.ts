/** Groups of accounts, as administrators put them together: principals of RFC 3744 that have members. */
import type { Migration } from './migration.js';
import { createIndex, createTable, type Table } from './table.js';

const group: Table = {
  name: 'account_group',
  columns: {
    // The name in URLs, as it was given, and in the form in which names are compared.
    name: 'text',
    name_key: 'ordered-text',
    display_name: 'text?',
    created_at: 'number',
  },
  key: ['name_key'],
  clustered: true,
};

const member: Table = {
  name: 'group_member',
  columns: { account_id: 'number', group_key: 'ordered-text', created_at: 'number' },
  key: ['account_id', 'group_key'],
  clustered: true,
};

export const groups: Migration = {
  name: '0012-groups',
  statements: [
    createTable(group),
    createTable(member),
    createIndex({ table: 'group_member', by: 'group', columns: ['group_key', 'account_id'] }),
  ],
};
