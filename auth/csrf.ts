/**
 * Forms of other sites: each of ours carries a token that only a page of ours can know, and the browser's own word
 * about where a form came from must not contradict it.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Client } from './client.js';
import type { Csrf, CsrfHeaders, Session } from './contract.js';
import { readCookie, writeCookie } from './cookies.js';
import type { Parts } from './parts.js';

const purpose = 'form';
const maskBytes = 16;
const macBytes = 32;
const anonymousSeconds = 2 * 60 * 60;

export function csrf(parts: Parts): Csrf {
  return {
    issue: ({ session, cookieHeader, client }) => {
      if (session !== undefined) return { token: tokenFor(parts, boundTo(session)), setCookie: undefined };
      const value = formValue(cookieHeader, client) ?? randomBytes(16).toString('base64url');
      return {
        token: tokenFor(parts, `form ${value}`),
        // Again on every page, so that a form that is long open outlives it.
        setCookie: writeCookie('form', client, value, anonymousSeconds),
      };
    },
    accepts: ({ session, cookieHeader, token, headers, client }) => {
      if (token === undefined || !isOurOrigin(parts.baseUrl, headers)) return false;
      if (session !== undefined) return isTokenFor(parts, boundTo(session), token);
      const value = formValue(cookieHeader, client);
      return value !== undefined && isTokenFor(parts, `form ${value}`, token);
    },
  };
}

const boundTo = (session: Session): string => `session ${session.account.id} ${session.id}`;

/** What tells a browser from others before anybody is signed in. */
export function formValue(cookieHeader: string | undefined, client: Client): string | undefined {
  const value = readCookie(cookieHeader, 'form', client);
  return value !== undefined && /^[A-Za-z0-9_-]{22}$/.test(value) ? value : undefined;
}

/** Different on every page, so that compressed pages tell nothing about it. */
function tokenFor({ keyring }: Parts, bound: string): string {
  const mask = randomBytes(maskBytes);
  return Buffer.concat([mask, keyring.hmac(purpose, `${mask.toString('hex')} ${bound}`)]).toString(
    'base64url',
  );
}

function isTokenFor({ keyring }: Parts, bound: string, token: string): boolean {
  if (!/^[A-Za-z0-9_-]{64}$/.test(token)) return false;
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== maskBytes + macBytes) return false;
  const mask = bytes.subarray(0, maskBytes).toString('hex');
  const mac = bytes.subarray(maskBytes);
  return keyring.ids.some((keyId) => timingSafeEqual(mac, keyring.hmac(purpose, `${mask} ${bound}`, keyId)));
}

/** Whether browser headers, where there are any, say that the form is ours (Fetch Metadata, RFC 6454). */
function isOurOrigin(baseUrl: URL, headers: CsrfHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  // Pages that are sent with `Referrer-Policy: no-referrer`, as ours are, make browsers say "null" of their own forms.
  if (headers.origin === undefined || headers.origin === 'null') return true;
  if (!URL.canParse(headers.origin)) return false;
  const { host } = new URL(headers.origin);
  return host === baseUrl.host || host === headers.host;
}
