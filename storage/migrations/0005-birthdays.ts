/** The calendar that the server makes from the birthdays of an account's cards, and the language of descriptions. */
import { statement } from '../statement.js';
import type { Migration } from './migration.js';

// The collection's number; null where the account has no such calendar.
const addCalendar = statement()((db) =>
  db.schema.alterTable('account').addColumn('birthday_calendar', 'bigint'),
);
// The address books that it was made from, and up to which revision of each (`birthdays.ts`).
const addSources = statement()((db) => db.schema.alterTable('account').addColumn('birthday_sources', 'text'));
// xml:lang of the description (RFC 4791 §5.2.1, RFC 6352 §6.2.1).
const addLanguage = statement()((db) =>
  db.schema.alterTable('collection').addColumn('description_language', 'text'),
);

export const birthdays: Migration = {
  name: '0005-birthdays',
  statements: [addCalendar, addSources, addLanguage],
};
