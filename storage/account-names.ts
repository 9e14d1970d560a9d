/** The names that an account had before it was renamed: they go on leading to it until they are given free. */
import type { Reader, Writer } from './database.js';
import type { AccountId } from './ids.js';
import { statement } from './statement.js';

export interface EarlierName {
  /** As it stood in URLs. */
  readonly name: string;
  /** When the account got another, in epoch milliseconds. */
  readonly until: number;
}

interface NameOf {
  readonly nameKey: string;
  readonly accountId: AccountId;
}

const updateNames = statement<{ id: AccountId; name: string; earlierNames: string | null }>()((db, $) =>
  db.updateTable('account').set({ name: $.name, earlier_names: $.earlierNames }).where('id', '=', $.id),
);
const updateKind = statement<NameOf & { kind: 'login' | 'earlier' }>()((db, $) =>
  db
    .updateTable('account_name')
    .set({ kind: $.kind })
    .where('name_key', '=', $.nameKey)
    .where('account_id', '=', $.accountId),
);
const release = statement<NameOf>()((db, $) =>
  db
    .deleteFrom('account_name')
    .where('name_key', '=', $.nameKey)
    .where('account_id', '=', $.accountId)
    .where('kind', '=', 'earlier'),
);
const ownerOf = statement<{ nameKey: string }>()((db, $) =>
  db.selectFrom('account_name').select(['account_id as accountId', 'kind']).where('name_key', '=', $.nameKey),
);

/** What `earlier_names` holds, the latest first. */
export const readEarlierNames = (stored: string | null): readonly EarlierName[] =>
  stored === null ? [] : (JSON.parse(stored) as readonly EarlierName[]);

/** The name, and the earlier ones, as they stand in the account's row. */
export const setAccountNames = (
  writer: Writer,
  id: AccountId,
  name: string,
  earlier: readonly EarlierName[],
): Promise<number> =>
  writer.run(updateNames, {
    id,
    name,
    earlierNames: earlier.length === 0 ? null : JSON.stringify(earlier),
  });

/** What a name of the account is to it. */
export const setNameKind = (
  writer: Writer,
  nameKey: string,
  accountId: AccountId,
  kind: 'login' | 'earlier',
): Promise<number> => writer.run(updateKind, { nameKey, accountId, kind });

/** Gives an earlier name free: anybody may take it. */
export const releaseEarlierName = (writer: Writer, nameKey: string, accountId: AccountId): Promise<number> =>
  writer.run(release, { nameKey, accountId });

/** Whose a folded name is, and what it is to them; undefined for a free one. */
export const ownerOfName = (
  reader: Reader,
  nameKey: string,
): Promise<{ readonly accountId: AccountId; readonly kind: string } | undefined> =>
  reader.get(ownerOf, { nameKey });
