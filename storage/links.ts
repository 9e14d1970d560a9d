/** Links that carry a right. The token is in the link alone; here is its hash. */
import type { Reader, Writer } from './database.js';
import type { AccountId } from './ids.js';
import type { LinkKind } from './schema.js';
import { statement } from './statement.js';

export interface LinkRow {
  readonly tokenHash: Uint8Array;
  readonly kind: LinkKind;
  readonly accountId: AccountId | null;
  /** JSON. */
  readonly payload: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

const byHash = statement<{ tokenHash: Uint8Array; kind: LinkKind; now: number }>()((db, $) =>
  db
    .selectFrom('link')
    .select([
      'token_hash as tokenHash',
      'kind',
      'account_id as accountId',
      'payload',
      'created_at as createdAt',
      'expires_at as expiresAt',
    ])
    .where('token_hash', '=', $.tokenHash)
    .where('kind', '=', $.kind)
    .where('used_at', 'is', null)
    .where('expires_at', '>', $.now),
);
const openOfKind = statement<{ kind: LinkKind; now: number; limit: number }>()((db, $) =>
  db
    .selectFrom('link')
    .select([
      'token_hash as tokenHash',
      'kind',
      'account_id as accountId',
      'payload',
      'created_at as createdAt',
      'expires_at as expiresAt',
    ])
    .where('kind', '=', $.kind)
    .where('used_at', 'is', null)
    .where('expires_at', '>', $.now)
    .orderBy('created_at', 'desc')
    .limit($.limit),
);
const insert = statement<LinkRow>()((db, $) =>
  db
    .insertInto('link')
    .values({
      token_hash: $.tokenHash,
      kind: $.kind,
      account_id: $.accountId,
      payload: $.payload,
      created_at: $.createdAt,
      expires_at: $.expiresAt,
      used_at: null,
    })
    .onConflict((conflict) => conflict.doNothing()),
);
const use = statement<{ tokenHash: Uint8Array; now: number }>()((db, $) =>
  db
    .updateTable('link')
    .set({ used_at: $.now })
    .where('token_hash', '=', $.tokenHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', $.now),
);
const voidKind = statement<{ kind: LinkKind; now: number }>()((db, $) =>
  db.updateTable('link').set({ used_at: $.now }).where('kind', '=', $.kind).where('used_at', 'is', null),
);
const voidOfAccount = statement<{ kind: LinkKind; accountId: AccountId; now: number }>()((db, $) =>
  db
    .updateTable('link')
    .set({ used_at: $.now })
    .where('kind', '=', $.kind)
    .where('account_id', '=', $.accountId)
    .where('used_at', 'is', null),
);
const removeExpired = statement<{ before: number }>()((db, $) =>
  db.deleteFrom('link').where('expires_at', '<', $.before),
);

/** A link that can still be used. */
export const openLink = (
  reader: Reader,
  kind: LinkKind,
  tokenHash: Uint8Array,
  now: number,
): Promise<LinkRow | undefined> => reader.get(byHash, { kind, tokenHash, now });

/** The links of a kind that can still be used, newest first. */
export const openLinks = (
  reader: Reader,
  kind: LinkKind,
  now: number,
  limit: number,
): Promise<readonly LinkRow[]> => reader.all(openOfKind, { kind, now, limit });

/** Keeps a link; false where there is, or was, one of that hash. */
export async function insertLink(writer: Writer, row: LinkRow): Promise<boolean> {
  return (await writer.run(insert, row)) === 1;
}

/** Uses a link up; answers whether it could still be. */
export async function takeLink(writer: Writer, tokenHash: Uint8Array, now: number): Promise<boolean> {
  return (await writer.run(use, { tokenHash, now })) === 1;
}

/** Makes the links of a kind that were given out before unusable: all, or those of one account. */
export const voidLinks = (
  writer: Writer,
  kind: LinkKind,
  accountId: AccountId | undefined,
  now: number,
): Promise<number> =>
  accountId === undefined
    ? writer.run(voidKind, { kind, now })
    : writer.run(voidOfAccount, { kind, accountId, now });

export const deleteExpiredLinks = (writer: Writer, before: number): Promise<number> =>
  writer.run(removeExpired, { before });
