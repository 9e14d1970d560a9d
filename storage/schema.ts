/**
 * The tables as kysely types. Every key begins with the account. Instants (`*_at`) are epoch milliseconds, spans are
 * epoch seconds (UTC, half-open), booleans are 0 or 1. What a column is for is said in `migrations/`.
 */
import type { Generated } from 'kysely';
import type { AccountId, AppPasswordId, CollectionId, ObjectId, Revision, SessionId } from './ids.js';

export type Flag = 0 | 1;
export type CollectionKind = 'calendar' | 'addressbook';
export type AppPasswordAccess = 'write' | 'read';
export type SessionStage = 'enrol' | 'full';
/** A searchable property of cards each. */
export type CardColumn =
  | 'categories'
  | 'email'
  | 'fn'
  | 'impp'
  | 'kind'
  | 'n'
  | 'n_family'
  | 'n_given'
  | 'n_additional'
  | 'nickname'
  | 'note'
  | 'org'
  | 'tel'
  | 'tel_digits'
  | 'title'
  | 'uid'
  | 'url';
export type LinkKind = 'setup' | 'invite' | 'reset' | 'confirm' | 'device';

export interface Schema {
  migration: { name: string; applied_at: number };
  server_meta: { key: string; value: string };
  account: {
    id: Generated<AccountId>;
    name: string;
    display_name: string | null;
    email: string | null;
    email_confirmed_at: number | null;
    is_admin: Flag;
    disabled_at: number | null;
    password_hash: string | null;
    password_changed_at: number | null;
    login_password_seen_at: number | null;
    login_password_client: string | null;
    recovery_confirmed_at: number | null;
    time_zone: string | null;
    locale: string | null;
    quota_bytes: number | null;
    last_collection_id: number;
    birthday_calendar: CollectionId | null;
    birthday_sources: string | null;
    user_handle: string | null;
    new_email: string | null;
    all_notices: Generated<Flag>;
    deleted_at: number | null;
    earlier_names: string | null;
    created_at: number;
  };
  account_name: { name_key: string; account_id: AccountId; kind: 'login' | 'earlier' | 'mail' | 'reserved' };
  totp: {
    account_id: AccountId;
    id: string;
    label: string;
    secret: Uint8Array;
    key_id: string;
    last_step: number;
    confirmed_at: number | null;
    last_used_at: number | null;
    created_at: number;
  };
  recovery_code: {
    account_id: AccountId;
    code_hash: Uint8Array;
    key_id: string;
    used_at: number | null;
    created_at: number;
  };
  passkey: {
    account_id: AccountId;
    id: string;
    credential_id: string;
    public_key: Uint8Array;
    counter: number;
    transports: string;
    user_verified: Flag;
    backup_eligible: Flag;
    backed_up: Flag;
    label: string;
    last_used_at: number | null;
    created_at: number;
  };
  passkey_owner: { credential_id: string; account_id: AccountId };
  used_challenge: { account_id: AccountId; challenge_hash: Uint8Array; expires_at: number };
  session: {
    account_id: AccountId;
    id: SessionId;
    token_hash: Uint8Array;
    stage: SessionStage;
    factor_proved_at: number | null;
    address: string;
    user_agent: string;
    label: string | null;
    created_at: number;
    last_seen_at: number;
    expires_at: number;
  };
  app_password: {
    account_id: AccountId;
    id: AppPasswordId;
    secret_hash: Uint8Array;
    key_id: string;
    label: string;
    device: string | null;
    calendars: Flag;
    contacts: Flag;
    access: AppPasswordAccess;
    collections: string | null;
    addresses: string | null;
    expires_at: number | null;
    revoked_at: number | null;
    last_used_at: number | null;
    last_address: string | null;
    last_user_agent: string | null;
    last_refused_at: number | null;
    request_count: number;
    requests_day: string | null;
    requests_today: Generated<number>;
    created_at: number;
  };
  app_password_request: {
    account_id: AccountId;
    app_password_id: AppPasswordId | '';
    alike: string;
    method: string;
    target: string;
    status: number;
    reason: string | null;
    sentence: string | null;
    address: string;
    user_agent: string;
    count: number;
    first_at: number;
    last_at: number;
  };
  link: {
    token_hash: Uint8Array;
    kind: LinkKind;
    account_id: AccountId | null;
    payload: string;
    created_at: number;
    expires_at: number;
    used_at: number | null;
  };
  activity: {
    account_id: AccountId;
    id: string;
    at: number;
    event: string;
    actor: string;
    address: string | null;
    user_agent: string | null;
    detail: string;
  };
  account_group: { name: string; name_key: string; display_name: string | null; created_at: number };
  group_member: { account_id: AccountId; group_key: string; created_at: number };
  outbox: {
    account_id: AccountId;
    id: string;
    kind: string;
    sealed: Uint8Array;
    key_id: string;
    attempts: number;
    queued_at: number;
    next_at: number;
    expires_at: number;
  };
  throttle: { key: string; points: number; expires_at: number | null };
  collection: {
    account_id: AccountId;
    id: CollectionId;
    kind: CollectionKind;
    name: string;
    display_name: string | null;
    description: string | null;
    description_language: string | null;
    color: string | null;
    sort_order: string | null;
    components: string | null;
    timezone: string | null;
    zone: string | null;
    transparent: Flag | null;
    source: string | null;
    indexed_as: string;
    revision: Revision;
    tombstones_since: Revision;
    home_revision: Revision;
    object_count: number;
    bytes_used: number;
    property_changes: number;
    created_at: number;
    modified_at: number;
  };
  object: {
    account_id: AccountId;
    collection_id: CollectionId;
    id: ObjectId;
    name: string;
    uid: string;
    component: string;
    version: string;
    etag: string;
    size: number;
    revision: Revision;
    first_start: number | null;
    last_end: number | null;
    window_start: number | null;
    window_end: number | null;
    unbounded: Flag;
    floating: Flag;
    index_version: number;
    created_at: number;
    modified_at: number;
  };
  object_data: { account_id: AccountId; collection_id: CollectionId; object_id: ObjectId; data: Uint8Array };
  object_span: {
    account_id: AccountId;
    collection_id: CollectionId;
    length_class: number;
    start_at: number;
    end_at: number;
    object_id: ObjectId;
  };
  card_text: Record<CardColumn, string> & {
    account_id: AccountId;
    collection_id: CollectionId;
    object_id: ObjectId;
  };
  tombstone: {
    account_id: AccountId;
    collection_id: CollectionId;
    name: string;
    revision: Revision;
    deleted_at: number;
  };
  doomed_collection: { account_id: AccountId; collection_id: CollectionId; deleted_at: number };
  collection_tombstone: {
    account_id: AccountId;
    kind: CollectionKind;
    name: string;
    revision: Revision;
    deleted_at: number;
    collection_id: CollectionId | null;
  };
  resource_lock: {
    account_id: AccountId;
    token: string;
    root: string;
    deep: Flag;
    shared: Flag;
    owner: string | null;
    timeout: number;
    expires_at: number;
  };
  dead_property: { account_id: AccountId; resource: string; name: string; xml: string };
}
