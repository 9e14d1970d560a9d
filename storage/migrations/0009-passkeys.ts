/** Passkeys and security keys (WebAuthn), and names that holders give to their sessions. */
import { statement } from '../statement.js';
import type { Migration } from './migration.js';
import { createTable, type Table } from './table.js';

const passkey: Table = {
  // `credential_id` is base64url, `public_key` a COSE key; nothing here opens anything. `transports` are words with commas.
  // `user_verified`, `backup_eligible` and `backed_up` are flags of the authenticator: the first as it was when the passkey
  // was made, the last as it was at its last use.
  name: 'passkey',
  columns: {
    account_id: 'number',
    id: 'ordered-text',
    credential_id: 'text',
    public_key: 'bytes',
    counter: 'number',
    transports: 'text',
    user_verified: 'flag',
    backup_eligible: 'flag',
    backed_up: 'flag',
    label: 'text',
    last_used_at: 'number?',
    created_at: 'number',
  },
  key: ['account_id', 'id'],
  clustered: true,
};

const passkeyOwner: Table = {
  // From a credential to its account, before anybody is known; also what keeps a credential with one account.
  name: 'passkey_owner',
  columns: { credential_id: 'ordered-text', account_id: 'number' },
  key: ['credential_id'],
  clustered: true,
};

const usedChallenge: Table = {
  // Challenges that were answered rightly, by their SHA-256, until they would be too old in any case.
  name: 'used_challenge',
  columns: { account_id: 'number', challenge_hash: 'bytes', expires_at: 'number' },
  key: ['account_id', 'challenge_hash'],
  clustered: true,
};

// Random, base64url: by what authenticators know the account. Null until its first passkey is begun.
const addUserHandle = statement()((db) => db.schema.alterTable('account').addColumn('user_handle', 'text'));
// What the holder calls it; null where that is left to the browser's own words.
const addSessionLabel = statement()((db) => db.schema.alterTable('session').addColumn('label', 'text'));

export const passkeys: Migration = {
  name: '0009-passkeys',
  statements: [
    createTable(passkey),
    createTable(passkeyOwner),
    createTable(usedChallenge),
    addUserHandle,
    addSessionLabel,
  ],
};
