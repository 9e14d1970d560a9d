/** Who may make an account: as the configuration says, or, where it says nothing, as administrators chose. */
import type { Reader } from '../storage/database.js';
import { readMeta, writeMeta } from '../storage/meta.js';
import type { By, RegistrationPolicy } from './contract.js';
import { AuthError } from './errors.js';
import { checkAdministrator, checkLives } from './may.js';
import type { Parts } from './parts.js';
import { unitOf } from './unit.js';

export const registrationPolicies = ['closed', 'invite', 'open'] as const;

/** The policy that holds now, in every process. Until somebody chooses, nobody but administrators makes accounts. */
export const registrationPolicy = (parts: Parts): Promise<RegistrationPolicy> =>
  parts.database.read((reader) => registrationPolicyIn(parts, reader));

/** The same in a unit of work, or beside other reads. */
export async function registrationPolicyIn(
  { registration }: Parts,
  reader: Reader,
): Promise<RegistrationPolicy> {
  if (registration !== undefined) return registration;
  const chosen = await readMeta(reader, 'registration');
  return registrationPolicies.find((policy) => policy === chosen) ?? 'closed';
}

/** @throws AuthError not-allowed where the configuration decides, and as `checkAdministrator` */
export async function chooseRegistrationPolicy(
  parts: Parts,
  policy: RegistrationPolicy,
  by: By,
): Promise<void> {
  checkAdministrator(parts, by);
  if (parts.registration !== undefined)
    throw new AuthError('not-allowed', 'The configuration decides this (LATCHKEY_REGISTRATION).');
  await unitOf(parts, async ({ writer, note }) => {
    await checkLives(writer, by);
    await writeMeta(writer, 'registration', policy);
    if (by.kind === 'session') await note(by.session.account.id, 'registration.chosen', by, { policy });
  });
}
