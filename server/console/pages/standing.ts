/** How an account stands, as several pages show it. */
import type { AppPassword } from '../../../auth/index.js';
import { text } from '../text.js';
import type { Visit } from '../visit.js';
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

/** When the sign-in password was last set or changed, in epoch milliseconds. */
export async function passwordChangedAt({ console, account }: Visit): Promise<number> {
  const events = ['password.changed', 'password.reset', 'password.set'] as const;
  const [latest] = await console.auth.activity.list(account.id, { limit: 1, events });
  return latest?.at ?? account.createdAt;
}
