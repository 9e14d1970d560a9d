/** How an account stands, as several pages show it. */
import type { AppPassword } from '../../../auth/index.js';
import { ownCollections } from '../app-password-form.js';
import { deviceEntry } from '../devices-in-use.js';
import type { DeviceEntry } from '../devices-in-use.js';
import { diagnose } from '../diagnosis.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';
import { methodsInWords, methodsOf } from './methods.js';

export async function twoStepState(visit: Visit): Promise<string> {
  const methods = await methodsOf(visit);
  return methods.length === 0
    ? text('two-step.state.off')
    : text('two-step.state.on', { methods: methodsInWords(methods) });
}

/** The app passwords that still work, newest first. */
export async function passwordsInUse({ console, account, now }: Visit): Promise<readonly AppPassword[]> {
  const passwords = await console.auth.appPasswords.list(account.id);
  return passwords.filter(
    ({ revokedAt, expiresAt }) => revokedAt === undefined && (expiresAt === undefined || expiresAt > now),
  );
}

/** For how long requests tell something on the pages that show all devices. */
const LOOKED_BACK = 7 * 86_400_000;

export interface Devices {
  readonly passwords: readonly AppPassword[];
  /** One for each, in the same order. */
  readonly entries: readonly DeviceEntry[];
  /** Whether there were requests that no app password was found for. */
  readonly strays: boolean;
}

/** The app passwords, newest first, and how each device is doing. */
export async function devicesOf(visit: Visit): Promise<Devices> {
  const { console, account, now } = visit;
  const [passwords, requests, collections] = await Promise.all([
    console.auth.appPasswords.list(account.id),
    console.auth.recentRequests.ofAccount(account.id, now - LOOKED_BACK),
    ownCollections(visit),
  ]);
  const entries = passwords.map((password) => {
    const own = requests.get(password.id) ?? [];
    return deviceEntry(password, now, diagnose({ password, requests: own, strays: [], collections, now }));
  });
  return { passwords, entries, strays: requests.has('') };
}

/** The names of those that are not revoked. */
export async function labelsInUse({ console, account }: Visit): Promise<ReadonlySet<string>> {
  const passwords = await console.auth.appPasswords.list(account.id);
  return new Set(passwords.filter(({ revokedAt }) => revokedAt === undefined).map(({ label }) => label));
}

/** Instead of a form that could not be sent: where the account has as many app passwords as it can have. */
export async function fullPage(visit: Visit): Promise<Answered | undefined> {
  if ((await visit.console.auth.appPasswords.room(visit.account.id)) > 0) return undefined;
  return visit.page('app-password-full', { title: text('full.title'), nav: 'passwords', width: 'narrow' });
}

/** When the sign-in password was last set or changed, in epoch milliseconds. */
export async function passwordChangedAt({ console, account }: Visit): Promise<number> {
  const events = ['password.changed', 'password.reset', 'password.set'] as const;
  const [latest] = await console.auth.activity.list(account.id, { limit: 1, events });
  return latest?.at ?? account.createdAt;
}
