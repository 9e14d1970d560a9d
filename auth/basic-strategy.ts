/**
 * HTTP Basic (RFC 7617) as passport's strategy, with what passport-http gets wrong set right: its `authenticate` answers
 * malformed credentials with 400, takes any scheme with "Basic" in it, cuts the password at a second colon, reads bytes
 * that are not UTF-8 as something else, and its `_challenge` knows one realm and no charset.
 */
import { isUtf8 } from 'node:buffer';
import { BasicStrategy } from 'passport-http';

export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** What the strategy reads of a request; express's fits. */
export interface StrategyRequest {
  readonly headers: { readonly authorization?: string | undefined };
  readonly originalUrl: string;
}

/** Called with what the verification found; `false` is a 401. */
export type Verified = (error: unknown, user?: object | false) => void;
export type Verify = (request: StrategyRequest, credentials: Credentials, done: Verified) => void;

/** What passport, or whoever calls the strategy without it, puts on each attempt. */
export interface StrategyActions {
  success(user: object): void;
  fail(challenge: string): void;
  error(error: unknown): void;
}

/** Credentials of 1,024 bytes for the password and 254 for the name fit, twice over. */
const maxHeaderLength = 4_096;

export class AppPasswordStrategy extends BasicStrategy {
  constructor(private readonly verify: Verify) {
    // The original wants a function of its own form; ours is called by `authenticate` below.
    super({ passReqToCallback: true }, () => undefined);
  }

  override authenticate(this: AppPasswordStrategy & StrategyActions, request: StrategyRequest): void {
    const challenge = (): void => this.fail(this._challenge(request.originalUrl));
    const credentials = parseCredentials(request.headers.authorization);
    if (typeof credentials === 'string') {
      challenge();
      return;
    }
    this.verify(request, credentials, (error, user) => {
      if (error !== null && error !== undefined) this.error(error);
      else if (user === undefined || user === false) challenge();
      else this.success(user);
    });
  }

  /** RFC 7617 §2 and §2.1. */
  _challenge(url: string): string {
    return `Basic realm="${realmOf(url)}", charset="UTF-8"`;
  }
}

/** Password managers keep one password for a host and realm, and people make one for calendars and one for contacts. */
export function realmOf(url: string): string {
  if (url.startsWith('/dav/calendars/')) return 'Latchkey calendars';
  if (url.startsWith('/dav/addressbooks/')) return 'Latchkey contacts';
  return 'Latchkey';
}

/** Credentials of a header, or why there are none (RFC 7617 §2). */
export function parseCredentials(header: string | undefined): Credentials | 'none-given' | 'malformed' {
  if (header === undefined || header === '') return 'none-given';
  if (header.length > maxHeaderLength) return 'malformed';
  const space = header.indexOf(' ');
  const scheme = space === -1 ? header : header.slice(0, space);
  // Credentials of another scheme are none for us.
  if (scheme.toLowerCase() !== 'basic') return 'none-given';
  const encoded = space === -1 ? '' : header.slice(space + 1).trim();
  if (encoded === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return 'malformed';
  const bytes = Buffer.from(encoded, 'base64');
  if (!isUtf8(bytes)) return 'malformed';
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1 || hasControl(text)) return 'malformed';
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** RFC 7617 §2 forbids control characters. */
function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}
