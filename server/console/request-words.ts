/** Requests of devices in words: what was done, with what, and how it ended. */
import type { RecentRequest } from '../../auth/index.js';
import type { OwnCollection } from './app-password-form.js';
import { named, text } from './text.js';

export interface RequestEntry {
  readonly what: string;
  /** As it stands in logs: method and status. */
  readonly technical: string;
  readonly answer: string;
  readonly tone: 'ok' | 'warn' | '';
  readonly sentence: string | undefined;
  readonly count: number;
  readonly lastAt: number;
  readonly firstAt: number;
  readonly from: string;
}

export function requestEntry(request: RecentRequest, collections: readonly OwnCollection[]): RequestEntry {
  const { method, status, sentence, count, firstAt, lastAt, client, address } = request;
  const target = named(targetWords(request, collections));
  return {
    what: text(`request.${verbOf(method)}`, { target }),
    technical: [method, String(status)].filter(Boolean).join(' '),
    answer: answerWords(request),
    tone: toneOf(request),
    sentence: sentence === undefined ? undefined : named(sentence),
    count,
    firstAt,
    lastAt,
    from: [client, address].filter(Boolean).join(', '),
  };
}

/** What is refused in the course of things is no warning. */
function toneOf({ status, reason }: RecentRequest): RequestEntry['tone'] {
  if (status < 400) return 'ok';
  return status === 412 || status === 409 || reason === 'valid-sync-token' ? '' : 'warn';
}

const verbs = {
  PROPFIND: 'look',
  OPTIONS: 'look',
  REPORT: 'sync',
  GET: 'fetch',
  HEAD: 'fetch',
  PUT: 'save',
  POST: 'save',
  DELETE: 'delete',
  MKCALENDAR: 'make',
  MKCOL: 'make',
  PROPPATCH: 'change',
  MOVE: 'move',
  COPY: 'copy',
  LOCK: 'lock',
  UNLOCK: 'lock',
} as const;

const verbOf = (method: string): (typeof verbs)[keyof typeof verbs] | 'other' =>
  Object.hasOwn(verbs, method) ? verbs[method as keyof typeof verbs] : 'other';

function targetWords({ target }: RecentRequest, collections: readonly OwnCollection[]): string {
  const { kind, home = 'calendars', collection = '', object = '', path = '' } = target;
  const known = collections.find((each) => each.home === home && each.slug === collection);
  const name = known?.name ?? collection;
  switch (kind) {
    case 'home':
      return text(`request.home.${home}`);
    case 'collection':
      return text(collection === '' ? 'request.something' : `request.collection.${home}`, { name });
    case 'object':
      return text(object === '' ? 'request.something' : 'request.object', { object, name });
    case 'nothing':
      return path === '' ? text('request.something') : path;
    case 'container':
    case 'principal':
    case 'foreign':
      return text(`request.${kind}`);
  }
}

const refusals = [
  'revoked',
  'expired',
  'elsewhere',
  'disabled',
  'wrong',
  'mistyped',
  'insecure',
  'throttled',
] as const;

function answerWords({ status, reason }: RecentRequest): string {
  if (status < 400) return text('request.answer.done');
  if (reason === 'valid-sync-token') return text('request.answer.anew');
  if (status === 507) return text('request.answer.full');
  const known = refusals.find((each) => each === reason);
  if (known !== undefined) return text(`request.answer.${known}`);
  if (status === 404) return text('request.answer.missing');
  if (status === 403 || status === 401) return text('request.answer.refused');
  return text(status >= 500 ? 'request.answer.failed' : 'request.answer.not-done');
}
