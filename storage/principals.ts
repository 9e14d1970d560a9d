/** What an account shows of itself to others, where the server's directory shows it at all. */
import type { Reader } from './database.js';
import type { AccountId } from './ids.js';
import { statement } from './statement.js';

export interface PrincipalRow {
  readonly id: AccountId;
  /** The login name as it stands in URLs. */
  readonly name: string;
  readonly displayName: string | null;
  /** Null also for an address that nobody has confirmed. */
  readonly email: string | null;
}

interface Selected extends PrincipalRow {
  readonly emailConfirmedAt: number | null;
}
const shown = [
  'account.id',
  'account.name',
  'account.display_name as displayName',
  'account.email',
  'account.email_confirmed_at as emailConfirmedAt',
] as const;

const byNameKey = statement<{ nameKey: string }>()((db, $) =>
  db
    .selectFrom('account_name')
    .innerJoin('account', 'account.id', 'account_name.account_id')
    .select(shown)
    .where('account_name.name_key', '=', $.nameKey)
    .where('account_name.kind', 'in', ['login', 'earlier'])
    .where('account.disabled_at', 'is', null),
);
const page = statement<{ after: AccountId | 0; limit: number }>()((db, $) =>
  db
    .selectFrom('account')
    .select(shown)
    .where('account.id', '>', $.after as never)
    .where('account.disabled_at', 'is', null)
    .orderBy('account.id')
    .limit($.limit),
);

/** The account of a login name or an earlier one, in the form in which names are compared; undefined for a disabled one. */
export async function findPrincipal(reader: Reader, nameKey: string): Promise<PrincipalRow | undefined> {
  const row = await reader.get(byNameKey, { nameKey });
  return row && toPrincipal(row);
}

/** The accounts that are not disabled, in order. `after` is the last one of the page before, at first 0. */
export async function pagePrincipals(
  reader: Reader,
  after: AccountId | 0,
  limit: number,
): Promise<readonly PrincipalRow[]> {
  return (await reader.all(page, { after, limit })).map(toPrincipal);
}

const toPrincipal = ({ id, name, displayName, email, emailConfirmedAt }: Selected): PrincipalRow => ({
  id,
  name,
  displayName,
  email: emailConfirmedAt === null ? null : email,
});
