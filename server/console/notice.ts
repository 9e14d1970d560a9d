/**
 * A word about what was just done, for the page that follows a redirect. A cookie holds the end of a text's key and is
 * gone once shown; what is not in the list is not shown, so a forged cookie can say nothing of its own.
 */
export const notices = [
  'revoked',
  'revoked-all',
  'app-password',
  'read',
  'password',
  'password-and-devices',
  'two-step',
  'method-added',
  'method-renamed',
  'method-removed',
  'recovery',
  'profile',
  'mail-sent',
  'mail-cancelled',
  'mail-confirmed',
  'mail-removed',
  'notices-on',
  'notices-off',
  'reset-mailed',
  'account-deleted',
  'birthdays-on',
  'birthdays-off',
  'session',
  'session-named',
  'sessions',
  'signed-out',
  'signed-out-everywhere',
  'reset',
  'disabled',
  'enabled',
  'factors',
  'role',
  'quota',
  'renamed',
  'name-released',
  'signed-out-there',
  'invite-withdrawn',
  'registration',
  'group',
  'group-removed',
  'deleted',
] as const;

export type Notice = (typeof notices)[number];

const NAME = 'latchkey-notice';

export function setNotice(notice: Notice): string {
  return `${NAME}=${notice}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`;
}

export function clearNotice(): string {
  return `${NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`;
}

export function readNotice(cookieHeader: string | undefined): Notice | undefined {
  const value = /(?:^|;\s*)latchkey-notice=([a-z-]+)/.exec(cookieHeader ?? '')?.[1];
  return notices.find((notice) => notice === value);
}
