/** The bytes that a collection uses are those of its dead properties too. */
import { sql } from 'kysely';
import { statement } from '../statement.js';
import type { Migration } from './migration.js';

const countProperties = statement()((db) => ({
  compile: () =>
    sql`update collection set bytes_used = bytes_used + coalesce((
      select sum(octet_length(name) + octet_length(xml)) from dead_property
      where dead_property.account_id = collection.account_id
        and (resource = 'collection:' || cast(collection.id as text)
          or substr(resource, 1, length(cast(collection.id as text)) + 8)
            = 'object:' || cast(collection.id as text) || ':')), 0)`.compile(db),
}));

export const propertyBytes: Migration = { name: '0004-property-bytes', statements: [countProperties] };
