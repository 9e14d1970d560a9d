/** What `auth` refuses, as a sentence at the field that it is about. */
import type { AuthError, AuthErrorCode } from '../../auth/index.js';
import { problem } from './form.js';
import type { Problem } from './form.js';
import type { TextKey } from './text.js';

const sentences: Readonly<Partial<Record<AuthErrorCode, readonly [field: string | null, key: TextKey]>>> = {
  'name-invalid': ['name', 'form.name.wrong'],
  'name-taken': ['name', 'form.name.taken'],
  'too-many-names': ['name', 'form.name.too-many'],
  'mail-invalid': ['email', 'form.email.wrong'],
  'mail-taken': ['email', 'form.email.taken'],
  'mail-unavailable': ['email', 'form.email.unavailable'],
  'display-name-invalid': ['displayName', 'form.display-name.wrong'],
  'password-too-short': ['password', 'form.password.short'],
  'password-too-long': ['password', 'form.password.long'],
  'password-common': ['password', 'form.password.common'],
  'password-is-name': ['password', 'form.password.is-name'],
  'password-wrong': ['current', 'form.password.wrong'],
  'quota-invalid': ['quota', 'form.quota.wrong'],
  'label-invalid': ['label', 'form.label.wrong'],
  'services-empty': ['services', 'form.services.missing'],
  'expiry-invalid': ['expires', 'form.expires.wrong'],
  'collections-empty': ['collections', 'form.collections.missing'],
  'collections-invalid': ['collections', 'form.collections.gone'],
  'addresses-invalid': ['addresses', 'form.addresses.wrong'],
  'too-many-app-passwords': [null, 'form.too-many-app-passwords'],
  'code-wrong': ['code', 'form.code.wrong'],
  'passkey-wrong': [null, 'form.passkey.wrong'],
  'passkey-taken': [null, 'form.passkey.taken'],
};

/** The problem that a form shows, or undefined where the refusal is not about a field. */
export function problemOf(error: AuthError): Problem | undefined {
  const found = sentences[error.code];
  return found === undefined ? undefined : problem(...found);
}
