/** Write locks (RFC 4918 §6), so that every process that serves the database heeds them. */
import type { Migration } from './migration.js';
import { createTable, type Table } from './table.js';

const resourceLock: Table = {
  // `root` is the path of the resource that was locked, `deep` says that what is below it is locked too. `owner` is the
  // element that the client sent, `timeout` is in seconds.
  name: 'resource_lock',
  columns: {
    account_id: 'number',
    token: 'ordered-text',
    root: 'text',
    deep: 'flag',
    shared: 'flag',
    owner: 'text?',
    timeout: 'number',
    expires_at: 'number',
  },
  key: ['account_id', 'token'],
  clustered: true,
};

export const locks: Migration = { name: '0006-locks', statements: [createTable(resourceLock)] };
