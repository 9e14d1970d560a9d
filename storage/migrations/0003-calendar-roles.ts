/** What a calendar is for: whether its objects are busy time, and what it subscribes to. */
import { statement } from '../statement.js';
import type { Migration } from './migration.js';

// 1: its objects are no busy time of the account's; null as 0.
const addTransparent = statement()((db, _, dialect) =>
  db.schema.alterTable('collection').addColumn('transparent', dialect === 'sqlite' ? 'integer' : 'smallint'),
);
// The address of the calendar that it subscribes to; null for one of the account's own.
const addSource = statement()((db) => db.schema.alterTable('collection').addColumn('source', 'text'));

export const calendarRoles: Migration = {
  name: '0003-calendar-roles',
  statements: [addTransparent, addSource],
};
