/** Names that an account had before it was renamed, and that its devices still use. */
import { statement } from '../statement.js';
import type { Migration } from './migration.js';

// JSON, as `account-names.ts` reads it; null for an account that was never renamed. It is in the row that every request reads
// anyway. What such a name leads to stands in `account_name`, as of the kind `earlier`.
const addEarlierNames = statement()((db) =>
  db.schema.alterTable('account').addColumn('earlier_names', 'text'),
);

export const earlierNames: Migration = { name: '0013-earlier-names', statements: [addEarlierNames] };
