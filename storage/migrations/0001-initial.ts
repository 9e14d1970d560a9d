/**
 * The tables that Latchkey begins with. A key begins with the account, so that a table can be sharded by it; there are
 * no foreign keys, since each insert would pay for them and the verbs beside the tables keep rows together.
 */
import { sql, type SqlBool } from 'kysely';
import { statement } from '../statement.js';
import type { Migration } from './migration.js';
import { describeToPlanner, type ExpectedRows } from './statistics.js';
import { createIndex, createTable, type Index, type Table } from './table.js';

/** The one table whose key the database counts up; never reused, also after the last account is gone. */
const createAccount = statement()((db, _, dialect) => {
  const table = db.schema
    .createTable('account')
    .addColumn('id', dialect === 'sqlite' ? 'integer' : 'bigint', (it) =>
      dialect === 'sqlite' ? it.primaryKey().autoIncrement() : it.primaryKey().generatedByDefaultAsIdentity(),
    )
    // The login name as it was typed; `account_name` says whose a name is.
    .addColumn('name', 'text', (it) => it.notNull())
    .addColumn('display_name', 'text')
    .addColumn('email', 'text')
    // Null: the address does not sign in; once confirmed it also stands in `account_name`.
    .addColumn('email_confirmed_at', 'bigint')
    .addColumn('is_admin', dialect === 'sqlite' ? 'integer' : 'smallint', (it) => it.notNull())
    // Null: may sign in and sync.
    .addColumn('disabled_at', 'bigint')
    // Null until the account's first password is set through its link.
    .addColumn('password_hash', 'text')
    .addColumn('password_changed_at', 'bigint')
    // When the login password was last sent over DAV, where it opens nothing: shown as a warning.
    .addColumn('login_password_seen_at', 'bigint')
    // When the account holder said that the recovery codes are kept.
    .addColumn('recovery_confirmed_at', 'bigint')
    // IANA name; what floating times mean where the calendar names no zone.
    .addColumn('time_zone', 'text')
    .addColumn('locale', 'text')
    // Null: the server's default quota.
    .addColumn('quota_bytes', 'bigint')
    // The number given to the newest collection; counted up, so that a number never comes back.
    .addColumn('last_collection_id', 'bigint', (it) => it.notNull())
    .addColumn('created_at', 'bigint', (it) => it.notNull());
  return table;
});

const tables: readonly Table[] = [
  // Facts about the database itself: its epoch, the key's fingerprint, the version of the index.
  { name: 'server_meta', columns: { key: 'text', value: 'text' }, key: ['key'], clustered: true },
  {
    // Every name that finds an account: login names, mail addresses, and names that may not be taken.
    name: 'account_name',
    columns: { name_key: 'ordered-text', account_id: 'number', kind: 'text' },
    key: ['name_key'],
    clustered: true,
  },
  {
    // Authenticator apps. `secret` is encrypted with the key `key_id`; `last_step` refuses a code the second time.
    name: 'totp',
    columns: {
      account_id: 'number',
      id: 'ordered-text',
      label: 'text',
      secret: 'bytes',
      key_id: 'text',
      last_step: 'number',
      confirmed_at: 'number?',
      last_used_at: 'number?',
      created_at: 'number',
    },
    key: ['account_id', 'id'],
    clustered: true,
  },
  {
    // Codes for the day the authenticator is lost, by keyed hash.
    name: 'recovery_code',
    columns: {
      account_id: 'number',
      code_hash: 'bytes',
      key_id: 'text',
      used_at: 'number?',
      created_at: 'number',
    },
    key: ['account_id', 'code_hash'],
    clustered: true,
  },
  {
    // Console sessions. `factor_proved_at` is when the second factor was last shown (step-up).
    name: 'session',
    columns: {
      account_id: 'number',
      id: 'ordered-text',
      token_hash: 'bytes',
      stage: 'text',
      factor_proved_at: 'number?',
      address: 'text',
      user_agent: 'text',
      created_at: 'number',
      last_seen_at: 'number',
      expires_at: 'number',
    },
    key: ['account_id', 'id'],
    clustered: true,
  },
  {
    // What devices sign in with. The secret is kept as a keyed hash; services and access bound what it may do.
    name: 'app_password',
    columns: {
      account_id: 'number',
      id: 'ordered-text',
      secret_hash: 'bytes',
      key_id: 'text',
      label: 'text',
      device: 'text?',
      calendars: 'flag',
      contacts: 'flag',
      access: 'text',
      expires_at: 'number?',
      revoked_at: 'number?',
      last_used_at: 'number?',
      last_address: 'text?',
      last_user_agent: 'text?',
      last_refused_at: 'number?',
      request_count: 'number',
      created_at: 'number',
    },
    key: ['account_id', 'id'],
    clustered: true,
  },
  {
    // Links sent to people: set-up, invitation, reset, confirmation of an address. Valid once.
    name: 'link',
    columns: {
      token_hash: 'bytes',
      kind: 'text',
      account_id: 'number?',
      payload: 'text',
      created_at: 'number',
      expires_at: 'number',
      used_at: 'number?',
    },
    key: ['token_hash'],
    clustered: true,
  },
  {
    // What happened to an account, for its holder to read. `detail` is JSON.
    name: 'activity',
    columns: {
      account_id: 'number',
      id: 'ordered-text',
      at: 'number',
      event: 'text',
      actor: 'text',
      address: 'text?',
      user_agent: 'text?',
      detail: 'text',
    },
    key: ['account_id', 'id'],
    clustered: true,
  },
  {
    // Counted guesses, by source and by account.
    name: 'throttle',
    columns: { key: 'ordered-text', points: 'number', expires_at: 'number?' },
    key: ['key'],
    clustered: true,
  },
  {
    // `components` are names with commas (null: any); `timezone` the VTIMEZONE as it came and `zone` what it means.
    // `indexed_as` is what the objects' index was computed with; while it is not what the code would compute with now, the
    // index is not asked. `revision` counts changes; changes at or before `tombstones_since` can no longer be told.
    name: 'collection',
    columns: {
      account_id: 'number',
      id: 'number',
      kind: 'text',
      name: 'ordered-text',
      display_name: 'text?',
      description: 'text?',
      color: 'text?',
      sort_order: 'text?',
      components: 'text?',
      timezone: 'text?',
      zone: 'text?',
      indexed_as: 'text',
      revision: 'number',
      tombstones_since: 'number',
      object_count: 'number',
      bytes_used: 'number',
      created_at: 'number',
      modified_at: 'number',
    },
    key: ['account_id', 'id'],
    clustered: true,
  },
  {
    // `id` is the revision that created the object, `revision` that of its last change. `size` is in bytes.
    // `component` and `version` are what the Content-Type says. `first_start` and `last_end` enclose every occurrence;
    // `window_*` is the stretch whose occurrences are in `object_span`, and `unbounded` says that there are others.
    // `floating` says that the spans depend on the calendar's time zone.
    name: 'object',
    columns: {
      account_id: 'number',
      collection_id: 'number',
      id: 'number',
      name: 'ordered-text',
      uid: 'ordered-text',
      component: 'text',
      version: 'text',
      etag: 'text',
      size: 'number',
      revision: 'number',
      first_start: 'number?',
      last_end: 'number?',
      window_start: 'number?',
      window_end: 'number?',
      unbounded: 'flag',
      floating: 'flag',
      index_version: 'number',
      created_at: 'number',
      modified_at: 'number',
    },
    key: ['account_id', 'collection_id', 'id'],
    clustered: true,
  },
  {
    // The bytes as the client sent them. Not clustered: rows of this width make a poor tree.
    name: 'object_data',
    columns: { account_id: 'number', collection_id: 'number', object_id: 'number', data: 'bytes' },
    key: ['account_id', 'collection_id', 'object_id'],
    clustered: false,
  },
  {
    // Occurrences, grouped by length (see `time-range.ts`), so that those which touch a range lie side by side.
    name: 'object_span',
    columns: {
      account_id: 'number',
      collection_id: 'number',
      length_class: 'number',
      start_at: 'number',
      end_at: 'number',
      object_id: 'number',
    },
    key: ['account_id', 'collection_id', 'length_class', 'start_at', 'end_at', 'object_id'],
    clustered: true,
  },
  {
    // The properties of a card that can be searched. `folded` is the value without case; `cut` says that the card has
    // more under this name than the row.
    name: 'card_property',
    columns: {
      account_id: 'number',
      collection_id: 'number',
      name: 'ordered-text',
      object_id: 'number',
      position: 'number',
      value: 'text',
      folded: 'ordered-text',
      cut: 'flag',
    },
    key: ['account_id', 'collection_id', 'name', 'object_id', 'position'],
    clustered: true,
  },
  {
    // Objects that were deleted, so that clients hear of it. Gone again when the name is used anew.
    name: 'tombstone',
    columns: {
      account_id: 'number',
      collection_id: 'number',
      name: 'ordered-text',
      revision: 'number',
      deleted_at: 'number',
    },
    key: ['account_id', 'collection_id', 'name'],
    clustered: true,
  },
  {
    // Deleted collections whose rows are still to be removed, a few at a time.
    name: 'doomed_collection',
    columns: { account_id: 'number', collection_id: 'number', deleted_at: 'number' },
    key: ['account_id', 'collection_id'],
    clustered: true,
  },
  {
    // Properties that mean nothing to the server; `resource` is made in `properties.ts`, `name` is in Clark notation.
    name: 'dead_property',
    columns: { account_id: 'number', resource: 'ordered-text', name: 'ordered-text', xml: 'text' },
    key: ['account_id', 'resource', 'name'],
    clustered: true,
  },
];

const inCollection = ['account_id', 'collection_id'] as const;

const indexes: readonly Index[] = [
  { table: 'session', by: 'token', columns: ['account_id', 'token_hash'], unique: true },
  { table: 'app_password', by: 'secret', columns: ['account_id', 'secret_hash'], unique: true },
  { table: 'collection', by: 'name', columns: ['account_id', 'kind', 'name'], unique: true },
  { table: 'object', by: 'name', columns: [...inCollection, 'name'], unique: true },
  { table: 'object', by: 'uid', columns: [...inCollection, 'uid'], unique: true },
  { table: 'object', by: 'revision', columns: [...inCollection, 'revision'] },
  {
    table: 'object',
    by: 'last_end',
    columns: [...inCollection, 'last_end', 'id', 'first_start'],
    where: sql<SqlBool>`last_end is not null`,
  },
  {
    table: 'object',
    by: 'window_end',
    columns: [...inCollection, 'window_end'],
    where: sql<SqlBool>`unbounded = 1`,
  },
  {
    table: 'object',
    by: 'window_start',
    columns: [...inCollection, 'window_start'],
    where: sql<SqlBool>`unbounded = 1`,
  },
  { table: 'object_span', by: 'object', columns: [...inCollection, 'object_id', 'start_at', 'end_at'] },
  { table: 'card_property', by: 'object', columns: [...inCollection, 'object_id'] },
  { table: 'tombstone', by: 'revision', columns: [...inCollection, 'revision'] },
];

/** A big server: 10,000 objects in a collection, two collections of a kind to an account. */
const expectedRows: readonly ExpectedRows[] = [
  { table: 'object', index: 'object', rows: [1e6, 20_000, 10_000, 1] },
  { table: 'object', index: 'object_by_name', rows: [1e6, 20_000, 10_000, 1] },
  { table: 'object', index: 'object_by_uid', rows: [1e6, 20_000, 10_000, 1] },
  { table: 'object', index: 'object_by_revision', rows: [1e6, 20_000, 10_000, 1] },
  { table: 'object', index: 'object_by_last_end', rows: [1e6, 20_000, 10_000, 2, 1, 1] },
  { table: 'object', index: 'object_by_window_end', rows: [1e5, 2_000, 1_000, 20] },
  { table: 'object', index: 'object_by_window_start', rows: [1e5, 2_000, 1_000, 20] },
  { table: 'object_data', index: 'sqlite_autoindex_object_data_1', rows: [1e6, 20_000, 10_000, 1] },
  { table: 'object_span', index: 'object_span', rows: [1e7, 200_000, 100_000, 20_000, 3, 2, 1] },
  { table: 'object_span', index: 'object_span_by_object', rows: [1e7, 200_000, 100_000, 10, 1, 1] },
  { table: 'card_property', index: 'card_property', rows: [1e7, 200_000, 100_000, 10_000, 2, 1] },
  { table: 'card_property', index: 'card_property_by_object', rows: [1e7, 200_000, 100_000, 10] },
  { table: 'tombstone', index: 'tombstone', rows: [1e5, 2_000, 1_000, 1] },
  { table: 'tombstone', index: 'tombstone_by_revision', rows: [1e5, 2_000, 1_000, 1] },
  { table: 'dead_property', index: 'dead_property', rows: [1e5, 1_000, 2, 1] },
];

export const initial: Migration = {
  name: '0001-initial',
  statements: [
    createAccount,
    ...tables.map(createTable),
    ...indexes.map(createIndex),
    ...describeToPlanner(expectedRows),
  ],
};
