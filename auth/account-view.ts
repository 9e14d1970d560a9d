/** An account as the console and the command see it: nothing secret in it. */
import type { AccountRow } from '../storage/accounts.js';
import type { Account } from './contract.js';

export const accountOf = (row: AccountRow): Account => ({
  id: row.id,
  name: row.name,
  displayName: row.displayName ?? undefined,
  email: row.email ?? undefined,
  emailConfirmed: row.emailConfirmedAt !== null,
  isAdmin: row.isAdmin === 1,
  disabledAt: row.disabledAt ?? undefined,
  hasPassword: row.passwordHash !== null,
  hasSecondFactor: row.factorCount > 0,
  recoveryConfirmedAt: row.recoveryConfirmedAt ?? undefined,
  loginPasswordSeenAt: row.loginPasswordSeenAt ?? undefined,
  timeZone: row.timeZone ?? undefined,
  locale: row.locale ?? undefined,
  createdAt: row.createdAt,
});
