/** What an account holder, an administrator or the command can get wrong. Codes are for pages, messages for people. */
export type AuthErrorCode =
  | 'name-invalid'
  | 'name-taken'
  | 'too-many-names'
  | 'mail-invalid'
  | 'mail-taken'
  | 'mail-unavailable'
  | 'display-name-invalid'
  | 'password-too-short'
  | 'password-too-long'
  | 'password-common'
  | 'password-is-name'
  | 'password-wrong'
  | 'label-invalid'
  | 'services-empty'
  | 'expiry-invalid'
  | 'collections-invalid'
  | 'collections-empty'
  | 'addresses-invalid'
  | 'too-many-app-passwords'
  | 'too-many-factors'
  | 'second-factor-required'
  | 'step-up-required'
  | 'code-wrong'
  | 'codes-replaced'
  | 'passkey-wrong'
  | 'passkey-taken'
  | 'quota-invalid'
  | 'already-member'
  | 'last-factor'
  | 'last-administrator'
  | 'not-found'
  | 'session-ended'
  | 'not-allowed'
  | 'link-invalid'
  | 'registration-closed'
  | 'throttled'
  | 'insecure'
  | 'busy';

/** A refusal that the person can do something about: the message says what. Nothing was changed. */
export class AuthError extends Error {
  override readonly name = 'AuthError';

  constructor(
    readonly code: AuthErrorCode,
    message: string,
    /** With `throttled`: whole seconds after which to try again. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

/** The server key cannot be used: missing, damaged, or not the one that the database was made with. Ends with 78. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError';
}
