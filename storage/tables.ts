/**
 * Every table by name, with the columns of its key: for work that goes through all that is stored. The compiler says when a
 * table is missing.
 */
import type { Schema } from './schema.js';

export type TableName = keyof Schema;

export const keys: { readonly [Name in TableName]: readonly (keyof Schema[Name] & string)[] } = {
  migration: ['name'],
  server_meta: ['key'],
  account: ['id'],
  account_name: ['name_key'],
  totp: ['account_id', 'id'],
  recovery_code: ['account_id', 'code_hash'],
  passkey: ['account_id', 'id'],
  passkey_owner: ['credential_id'],
  used_challenge: ['account_id', 'challenge_hash'],
  session: ['account_id', 'id'],
  app_password: ['account_id', 'id'],
  app_password_request: ['account_id', 'app_password_id', 'alike'],
  link: ['token_hash'],
  activity: ['account_id', 'id'],
  account_group: ['name_key'],
  group_member: ['account_id', 'group_key'],
  outbox: ['account_id', 'id'],
  throttle: ['key'],
  collection: ['account_id', 'id'],
  object: ['account_id', 'collection_id', 'id'],
  object_data: ['account_id', 'collection_id', 'object_id'],
  object_span: ['account_id', 'collection_id', 'length_class', 'start_at', 'end_at', 'object_id'],
  card_text: ['account_id', 'collection_id', 'object_id'],
  resource_lock: ['account_id', 'token'],
  tombstone: ['account_id', 'collection_id', 'name'],
  doomed_collection: ['account_id', 'collection_id'],
  collection_tombstone: ['account_id', 'kind', 'name'],
  dead_property: ['account_id', 'resource', 'name'],
};

export const tableNames = Object.keys(keys) as readonly TableName[];
