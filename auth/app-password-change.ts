/** An app password is changed: its holder chooses again, and the activity says what is different. */
import { appPasswordById, updateAppPassword, type AppPasswordRow } from '../storage/app-passwords.js';
import type { AppPasswordChoices } from '../storage/app-passwords.js';
import type { AccountId, AppPasswordId } from '../storage/ids.js';
import { appPasswordOf, checkAppPassword, checkRoom, servicesOf } from './app-password-choices.js';
import { checkCollections } from './app-password-limits.js';
import type { AppPassword, AppPasswordInput, By } from './contract.js';
import { AuthError } from './errors.js';
import { checkLives, checkMay } from './may.js';
import type { Parts } from './parts.js';
import { unitOfAccount, type Detail } from './unit.js';

/** @throws AuthError as `AppPasswords.change` */
export async function changeAppPassword(
  parts: Parts,
  accountId: AccountId,
  id: AppPasswordId,
  input: AppPasswordInput,
  by: By,
): Promise<AppPassword> {
  checkMay(parts, by, accountId, { stepUp: true });
  const now = parts.now();
  return unitOfAccount(parts, accountId, async ({ writer, note }) => {
    await checkLives(writer, by);
    const before = await appPasswordById(writer, accountId, id);
    if (before?.revokedAt !== null)
      throw new AuthError('not-found', 'There is no such app password, or it is revoked.');
    const sameDay = input.expiresAt !== undefined && input.expiresAt === before.expiresAt;
    // The end of one that is over may stay what it is while something else is changed.
    const checked = checkAppPassword(sameDay ? { ...input, expiresAt: undefined } : input, now);
    const collections = await checkCollections(writer, accountId, input);
    const chosen: AppPasswordChoices = {
      ...checked,
      collections: collections.text,
      expiresAt: sameDay ? before.expiresAt : checked.expiresAt,
    };
    const detail = differences(before, chosen, collections.names);
    if (detail === undefined) return appPasswordOf(before);
    if (isOver(before, now) && !isOver(chosen, now)) await checkRoom(writer, accountId, now);
    await updateAppPassword(writer, { accountId, id, ...chosen });
    await note(accountId, 'app-password.changed', by, { id, label: chosen.label, ...detail });
    return appPasswordOf({ ...before, ...chosen });
  });
}

const isOver = ({ expiresAt }: Pick<AppPasswordRow, 'expiresAt'>, now: number): boolean =>
  expiresAt !== null && expiresAt <= now;

/** What is different, by what it is by now (null: no limit, or no end). Nothing where all is the same. */
function differences(
  before: AppPasswordRow,
  chosen: AppPasswordChoices,
  collections: readonly string[],
): Detail | undefined {
  const detail: Record<string, string | number | null> = {};
  if (before.label !== chosen.label) detail['labelBefore'] = before.label;
  const services = servicesOf(chosen).join(',');
  if (servicesOf(before).join(',') !== services) detail['services'] = services;
  if (before.access !== chosen.access) detail['access'] = chosen.access;
  if (before.collections !== chosen.collections)
    detail['collections'] = chosen.collections === null ? null : collections.join(', ').slice(0, 500);
  if (before.addresses !== chosen.addresses) detail['addresses'] = chosen.addresses;
  if (before.expiresAt !== chosen.expiresAt) detail['expiresAt'] = chosen.expiresAt;
  return Object.keys(detail).length === 0 ? undefined : detail;
}
