/** Pages for what went wrong: what happened, and what to do. */
import type { AuthError } from '../../auth/index.js';
import { text } from './text.js';
import type { TextKey } from './text.js';
import type { Answered, Visit } from './visit.js';

interface ErrorPage {
  readonly status: number;
  readonly key:
    'insecure' | 'forbidden' | 'link' | 'busy' | 'last-administrator' | '400' | '403' | '404' | '429' | '500';
  readonly icon: string;
  readonly tone: 'warn' | 'bad' | '';
}

function errorPage(visit: Visit, page: ErrorPage, values: Readonly<Record<string, string>> = {}): Answered {
  const key = (part: 'title' | 'what' | 'todo'): TextKey => `error.${page.key}.${part}`;
  return visit.page(
    'error',
    { title: text(key('title')), width: 'narrow' },
    { picture: page.icon, tone: page.tone, what: text(key('what'), values), todo: text(key('todo'), values) },
    page.status,
  );
}

export const notFoundPage = (visit: Visit): Answered =>
  errorPage(visit, { status: 404, key: '404', icon: 'search-x', tone: '' });

export const notForYouPage = (visit: Visit): Answered =>
  errorPage(visit, { status: 403, key: 'forbidden', icon: 'lock', tone: 'warn' });

/** A form without its token, or with one of another session. */
export const staleFormPage = (visit: Visit): Answered =>
  errorPage(visit, { status: 403, key: '403', icon: 'timer-off', tone: 'warn' });

export const insecurePage = (visit: Visit): Answered =>
  errorPage(visit, { status: 403, key: 'insecure', icon: 'lock-open', tone: 'bad' });

/** Used, expired, mistyped: the page does not tell which, since none of them opens anything. */
export const deadLinkPage = (visit: Visit): Answered =>
  errorPage(visit, { status: 404, key: 'link', icon: 'unlink', tone: 'warn' });

export function throttledPage(visit: Visit, retryAfterSeconds: number): Answered {
  visit.response.set('Retry-After', String(retryAfterSeconds));
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const wait =
    retryAfterSeconds < 60
      ? text('error.429.seconds', { count: retryAfterSeconds })
      : text('error.429.minutes', { count: minutes });
  return errorPage(visit, { status: 429, key: '429', icon: 'hourglass', tone: 'warn' }, { wait });
}

/** The page for whatever was thrown. Only what nobody expected is reported. */
export function answerError(visit: Visit, error: unknown): Answered {
  const status = statusOf(error);
  if (status !== undefined)
    return errorPage(visit, { status, key: '400', icon: 'file-question-mark', tone: 'warn' });
  visit.console.onError(error, visit.request);
  return errorPage(visit, { status: 500, key: '500', icon: 'triangle-alert', tone: 'bad' });
}

/** The page for a refusal of `auth` that is about no field of a form; undefined where there is none. */
export function answerRefusal(
  visit: Visit,
  { code, retryAfterSeconds = 60 }: AuthError,
): Answered | undefined {
  switch (code) {
    case 'throttled':
      return throttledPage(visit, retryAfterSeconds);
    case 'busy':
      return errorPage(visit, { status: 503, key: 'busy', icon: 'hourglass', tone: 'warn' });
    case 'insecure':
      return insecurePage(visit);
    case 'not-found':
      return notFoundPage(visit);
    case 'link-invalid':
      return deadLinkPage(visit);
    case 'last-administrator':
      return errorPage(visit, { status: 409, key: 'last-administrator', icon: 'users', tone: 'warn' });
    case 'not-allowed':
    case 'registration-closed':
      return notForYouPage(visit);
    case 'step-up-required':
    case 'second-factor-required':
      return visit.redirect('/step-up');
    default:
      return undefined;
  }
}

/** What express says of a body or an address that cannot be read. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
