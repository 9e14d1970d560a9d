/** An account as the console and the command see it: nothing secret in it. */
import { readEarlierNames } from '../storage/account-names.js';
import type { AccountRow } from '../storage/accounts.js';
import type { Account } from './contract.js';

/** The address that waits to be confirmed. */
const unconfirmedMail = (row: AccountRow): string | undefined =>
  row.newEmail ?? (row.emailConfirmedAt === null ? (row.email ?? undefined) : undefined);

export const accountOf = (row: AccountRow): Account => ({
  id: row.id,
  name: row.name,
  earlierNames: readEarlierNames(row.earlierNames),
  displayName: row.displayName ?? undefined,
  email: row.email ?? undefined,
  emailConfirmed: row.emailConfirmedAt !== null,
  newEmail: unconfirmedMail(row),
  allNotices: row.allNotices === 1,
  isAdmin: row.isAdmin === 1,
  disabledAt: row.disabledAt ?? undefined,
  hasPassword: row.passwordHash !== null,
  hasSecondFactor: row.factorCount > 0,
  recoveryConfirmedAt: row.recoveryConfirmedAt ?? undefined,
  loginPasswordSeenAt: row.loginPasswordSeenAt ?? undefined,
  loginPasswordClient: row.loginPasswordClient ?? undefined,
  timeZone: row.timeZone ?? undefined,
  locale: row.locale ?? undefined,
  createdAt: row.createdAt,
});
