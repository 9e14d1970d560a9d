/** What can be chosen for an app password, checked and as it is kept, and how one is shown. */
import {
  countActiveAppPasswords,
  type AppPasswordChoices,
  type AppPasswordRow,
} from '../storage/app-passwords.js';
import type { Reader } from '../storage/database.js';
import type { AccountId } from '../storage/ids.js';
import type { Service } from './actor.js';
import { parseRanges } from './address-ranges.js';
import { readCollections } from './app-password-limits.js';
import { clientName, clientWithVersion } from './client-names.js';
import type { AppPassword, AppPasswordInput } from './contract.js';
import { AuthError } from './errors.js';

const maxActive = 100;
const maxLabelLength = 100;

/** How many more the account can have; `now` in epoch milliseconds. */
export const roomForAppPasswords = async (
  reader: Reader,
  accountId: AccountId,
  now: number,
): Promise<number> => Math.max(0, maxActive - (await countActiveAppPasswords(reader, accountId, now)));

/** @throws AuthError too-many-app-passwords */
export async function checkRoom(reader: Reader, accountId: AccountId, now: number): Promise<void> {
  if ((await roomForAppPasswords(reader, accountId, now)) > 0) return;
  throw new AuthError(
    'too-many-app-passwords',
    `An account has at most ${maxActive} app passwords. Revoke one that is not used.`,
  );
}

/**
 * What is wanted, as it is kept, but for the collections, which only the database knows.
 * @throws AuthError label-invalid, services-empty, expiry-invalid, addresses-invalid
 */
export function checkAppPassword(
  input: AppPasswordInput,
  now: number,
): Omit<AppPasswordChoices, 'collections'> {
  const label = oneLine(input.label);
  if (label === undefined)
    throw new AuthError('label-invalid', `Say in 1 to ${maxLabelLength} characters which device it is for.`);
  if (input.services.size === 0)
    throw new AuthError('services-empty', 'Choose calendars, contacts, or both.');
  const expiresAt = input.expiresAt ?? null;
  if (expiresAt !== null && !(Number.isSafeInteger(expiresAt) && expiresAt > now))
    throw new AuthError('expiry-invalid', 'The day on which it ends must lie ahead.');
  return {
    label,
    calendars: input.services.has('calendars') ? 1 : 0,
    contacts: input.services.has('contacts') ? 1 : 0,
    access: input.access,
    addresses: parseRanges(input.addresses ?? ''),
    expiresAt,
  };
}

/** @throws AuthError label-invalid */
export function checkDevice(input: string | undefined): string | null {
  const device = input === undefined ? null : oneLine(input);
  if (device === undefined) throw new AuthError('label-invalid', 'This is not a kind of device.');
  return device;
}

function oneLine(text: string): string | undefined {
  const line = text.trim().normalize('NFC');
  return line !== '' && Array.from(line).length <= maxLabelLength && !/\p{Cc}/u.test(line) ? line : undefined;
}

export function servicesOf(row: Pick<AppPasswordRow, 'calendars' | 'contacts'>): Service[] {
  const services: Service[] = [];
  if (row.calendars === 1) services.push('calendars');
  if (row.contacts === 1) services.push('contacts');
  return services;
}

/** `today` is the day in the account's time zone; where it is not known nothing was asked today. */
export const appPasswordOf = (row: AppPasswordRow, today = ''): AppPassword => ({
  id: row.id,
  label: row.label,
  device: row.device ?? undefined,
  services: new Set(servicesOf(row)),
  access: row.access,
  collections: row.collections === null ? undefined : readCollections(row.collections),
  addresses: row.addresses === null ? [] : row.addresses.split(' '),
  createdAt: row.createdAt,
  expiresAt: row.expiresAt ?? undefined,
  revokedAt: row.revokedAt ?? undefined,
  lastUsedAt: row.lastUsedAt ?? undefined,
  lastAddress: row.lastAddress ?? undefined,
  lastClient: row.lastUserAgent === null ? undefined : clientWithVersion(row.lastUserAgent),
  lastClientName: row.lastUserAgent === null ? undefined : clientName(row.lastUserAgent),
  lastRefusedAt: row.lastRefusedAt ?? undefined,
  requestCount: row.requestCount,
  requestsToday: row.requestsDay === today ? row.requestsToday : 0,
});
