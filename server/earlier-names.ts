/** What still depends on a name that an account had before it was renamed. */
import type { AppPassword } from '../auth/index.js';

/** App passwords in use that were made before: a device may send them with the name of that time. Instants in epoch milliseconds. */
export const inUseSinceBefore = (
  passwords: readonly AppPassword[],
  until: number,
  now: number,
): readonly AppPassword[] =>
  passwords.filter(
    ({ createdAt, revokedAt, expiresAt }) =>
      createdAt <= until && revokedAt === undefined && (expiresAt === undefined || expiresAt > now),
  );
