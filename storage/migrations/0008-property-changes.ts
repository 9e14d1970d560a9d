/** How often dead properties of a collection and of its members were changed, for who has to know whether they were. */
import { statement } from '../statement.js';
import type { Migration } from './migration.js';

const addCount = statement()((db) =>
  db.schema
    .alterTable('collection')
    .addColumn('property_changes', 'bigint', (column) => column.notNull().defaultTo(0)),
);

export const propertyChanges: Migration = { name: '0008-property-changes', statements: [addCount] };
