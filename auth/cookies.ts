/** The console's cookies: what they are called, and how they are read and written (RFC 6265). */
import type { Client } from './client.js';

export type CookieUse = 'session' | 'form';

const names: Readonly<Record<CookieUse, string>> = { session: 'latchkey', form: 'latchkey-form' };
const maxHeaderLength = 16 * 1024;

/** Browsers take `__Host-` and Secure over https only; test agents differ on loopback, so there it is plain. */
const nameOf = (use: CookieUse, https: boolean): string => (https ? `__Host-${names[use]}` : names[use]);

/** The value of our cookie. Over https only the one with the prefix, which no other host can have set. */
export function readCookie(
  header: string | undefined,
  use: CookieUse,
  client: Pick<Client, 'https'>,
): string | undefined {
  if (header === undefined || header.length > maxHeaderLength) return undefined;
  const name = nameOf(use, client.https);
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** A Set-Cookie header; without a value, one that removes the cookie. `seconds` is how long the browser keeps it. */
export function writeCookie(
  use: CookieUse,
  client: Pick<Client, 'https'>,
  value: string | undefined,
  seconds: number,
): string {
  const parts = [
    `${nameOf(use, client.https)}=${value ?? ''}`,
    'Path=/',
    `Max-Age=${value === undefined ? 0 : Math.max(0, Math.floor(seconds))}`,
    'HttpOnly',
    'SameSite=Lax',
  ];
  if (client.https) parts.push('Secure');
  return parts.join('; ');
}

/** Whether the console may be used: nobody on the way can read along. */
export const isPrivate = (client: Pick<Client, 'https' | 'loopback'>): boolean =>
  client.https || client.loopback;
