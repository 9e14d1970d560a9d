/** Pages for what went wrong: what happened, and what to do. */
import type { AuthError, AuthErrorCode } from '../../auth/index.js';
import { StorageBusyError, StorageFullError } from '../../storage/database.js';
import { text } from './text.js';
import type { TextKey } from './text.js';
import type { Answered, Visit } from './visit.js';

type ErrorKey =
  | '400'
  | '403'
  | '404'
  | '429'
  | '500'
  | 'busy'
  | 'codes-replaced'
  | 'forbidden'
  | 'full'
  | 'insecure'
  | 'last-administrator'
  | 'last-factor'
  | 'link'
  | 'mail-unavailable'
  | 'too-many-factors';

interface ErrorPage {
  readonly status: number;
  readonly key: ErrorKey;
  readonly icon: string;
  readonly tone: 'warn' | 'bad' | '';
}

const forbidden: ErrorPage = { status: 403, key: 'forbidden', icon: 'lock', tone: 'warn' };
const insecure: ErrorPage = { status: 403, key: 'insecure', icon: 'lock-open', tone: 'bad' };
const link: ErrorPage = { status: 404, key: 'link', icon: 'unlink', tone: 'warn' };
const missing: ErrorPage = { status: 404, key: '404', icon: 'search-x', tone: '' };
const stale: ErrorPage = { status: 403, key: '403', icon: 'timer-off', tone: 'warn' };
const busy: ErrorPage = { status: 503, key: 'busy', icon: 'hourglass', tone: 'warn' };
const full: ErrorPage = { status: 507, key: 'full', icon: 'hard-drive', tone: 'bad' };
const failed: ErrorPage = { status: 500, key: '500', icon: 'triangle-alert', tone: 'bad' };

/** Refusals of `auth` that are about no field of a form. */
const refusals: Readonly<Partial<Record<AuthErrorCode, ErrorPage>>> = {
  busy,
  'codes-replaced': { status: 409, key: 'codes-replaced', icon: 'files', tone: 'warn' },
  insecure,
  'last-administrator': { status: 409, key: 'last-administrator', icon: 'users', tone: 'warn' },
  'last-factor': { status: 409, key: 'last-factor', icon: 'smartphone', tone: 'warn' },
  'link-invalid': link,
  'mail-unavailable': { status: 409, key: 'mail-unavailable', icon: 'mail-x', tone: 'warn' },
  'not-allowed': forbidden,
  'not-found': missing,
  'registration-closed': forbidden,
  'too-many-factors': { status: 409, key: 'too-many-factors', icon: 'smartphone', tone: 'warn' },
};

/** When and where what was refused can be tried again. */
interface Again {
  readonly href: string;
  readonly seconds: number;
}

function errorPage(
  visit: Visit,
  page: ErrorPage,
  values: Readonly<Record<string, string>> = {},
  again?: Again,
): Answered {
  const key = (part: 'title' | 'what' | 'todo'): TextKey => `error.${page.key}.${part}`;
  return visit.page(
    'error',
    { title: text(key('title')), width: 'narrow' },
    {
      picture: page.icon,
      tone: page.tone,
      what: text(key('what'), values),
      todo: text(key('todo'), values),
      again,
    },
    page.status,
  );
}

export const notFoundPage = (visit: Visit): Answered => errorPage(visit, missing);

/** For somebody who is no administrator. */
export const notForYouPage = (visit: Visit): Answered => errorPage(visit, forbidden);

/** A form without its token, or with one of another session. */
export const staleFormPage = (visit: Visit): Answered => errorPage(visit, stale);

/** Plain http from another machine. */
export const insecurePage = (visit: Visit): Answered => errorPage(visit, insecure);

/** Used, expired, mistyped: the page does not tell which, since none of them opens anything. */
export const deadLinkPage = (visit: Visit): Answered => errorPage(visit, link);

/** Too many attempts. */
export function throttledPage(visit: Visit, retryAfterSeconds: number): Answered {
  visit.response.set('Retry-After', String(retryAfterSeconds));
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const wait =
    retryAfterSeconds < 60
      ? text('error.429.seconds', { count: retryAfterSeconds })
      : text('error.429.minutes', { count: minutes });
  return errorPage(
    visit,
    { status: 429, key: '429', icon: 'hourglass', tone: 'warn' },
    { wait },
    { href: visit.request.path, seconds: retryAfterSeconds },
  );
}

/** The page for whatever was thrown. Only what nobody expected is reported. */
export function answerError(visit: Visit, error: unknown): Answered {
  const status = statusOf(error);
  if (status !== undefined)
    return errorPage(visit, { status, key: '400', icon: 'file-question-mark', tone: 'warn' });
  if (error instanceof StorageBusyError) return errorPage(visit, busy);
  if (error instanceof StorageFullError) return errorPage(visit, full);
  visit.console.onError(error, visit.request);
  return errorPage(visit, failed);
}

/** The page for a refusal of `auth` that is about no field of a form; undefined where there is none. */
export function answerRefusal(visit: Visit, error: AuthError): Answered | undefined {
  const { code, retryAfterSeconds = 60 } = error;
  if (code === 'throttled') return throttledPage(visit, retryAfterSeconds);
  if (code === 'step-up-required' || code === 'second-factor-required') return visit.redirect('/step-up');
  if (code === 'session-ended') return visit.redirect('/sign-in');
  const page = refusals[code];
  return page === undefined ? undefined : errorPage(visit, page);
}

/** What express says of a body or an address that cannot be read. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
