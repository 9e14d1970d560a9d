/**
 * Why a device does not sync: from what is known of its app password and of its latest requests to findings, each with a cause
 * and a remedy. Pure functions; the words are in the locale under `why.`.
 */
import { isInRanges, type Account, type AppPassword, type RecentRequest } from '../../auth/index.js';
import type { OwnCollection } from './app-password-form.js';
import type { TextKey, TextValues } from './text.js';

const DAY = 86_400_000;
const MINUTE = 60_000;
/** What is older says nothing about today. */
const COUNTS_FOR = 14 * DAY;
/** A device that was just given its password may not have asked yet. */
const PATIENCE = 10 * MINUTE;
const MOST_FINDINGS = 12;

type KeyOf<Key> = Key extends `why.${infer Rest}.title` ? Rest : never;
/** Each has a title, a cause and a remedy in words. */
export type FindingKey = KeyOf<TextKey>;

export interface Finding {
  readonly key: FindingKey;
  /** `warn`: something is to be done. `info`: good to know, and normal. */
  readonly tone: 'ok' | 'warn' | 'info';
  readonly values: TextValues;
  /** When it was seen last, in epoch milliseconds. */
  readonly at?: number | undefined;
}

export interface Symptoms {
  readonly password: AppPassword;
  /** Of this app password. */
  readonly requests: readonly RecentRequest[];
  /** Of the account, for which there was no app password. */
  readonly strays: readonly RecentRequest[];
  readonly collections: readonly OwnCollection[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What stands in the way first; that all is well where nothing does. */
export function diagnose(symptoms: Symptoms): readonly Finding[] {
  const { password, now } = symptoms;
  const over = overFinding(password, now);
  if (over !== undefined) return [over];
  const found = [...stateFindings(symptoms), ...requestFindings(symptoms)];
  const warnings = found.filter(({ tone }) => tone === 'warn').slice(0, MOST_FINDINGS);
  const notes = found.filter(({ tone }) => tone === 'info');
  const { lastUsedAt } = password;
  const isRefusedSince = notes.some(({ key, at = 0 }) => key === 'allowed-since' && at >= (lastUsedAt ?? 0));
  if (warnings.length === 0 && lastUsedAt !== undefined && !isRefusedSince)
    return [finding('well', 'ok', {}, lastUsedAt), ...notes];
  return [...warnings, ...notes];
}

const finding = (key: FindingKey, tone: Finding['tone'], values: TextValues = {}, at?: number): Finding => ({
  key,
  tone,
  values,
  at,
});

/** Why it works no more, where it does not. */
function overFinding(password: AppPassword, now: number): Finding | undefined {
  const { revokedAt, expiresAt, lastRefusedAt } = password;
  if (revokedAt !== undefined) {
    const tries = lastRefusedAt !== undefined && lastRefusedAt >= revokedAt;
    return tries
      ? finding('revoked-tries', 'warn', {}, lastRefusedAt)
      : finding('revoked', 'info', {}, revokedAt);
  }
  if (expiresAt === undefined || expiresAt > now) return undefined;
  return finding(
    'expired',
    'warn',
    {},
    lastRefusedAt !== undefined && lastRefusedAt >= expiresAt ? lastRefusedAt : expiresAt,
  );
}

function stateFindings({ password, requests, strays, collections, now }: Symptoms): readonly Finding[] {
  const { lastUsedAt, createdAt, collections: chosen } = password;
  const found: Finding[] = [];
  if (chosen !== undefined && !collections.some(({ id }) => chosen.has(id)))
    found.push(finding('nothing-left', 'warn'));
  if (lastUsedAt !== undefined) {
    if (now - lastUsedAt > COUNTS_FOR) found.push(finding('quiet', 'warn', {}, lastUsedAt));
    return found;
  }
  // Nobody has come with it: those that came with none since then may be this device.
  const since = strays.filter(({ lastAt }) => lastAt >= createdAt);
  const stray = strayFindings(since, now);
  if (requests.length === 0) {
    const waiting = now - createdAt < PATIENCE && stray.length === 0;
    found.push(finding('never', waiting ? 'info' : 'warn', {}, createdAt), ...stray);
  }
  return found;
}

// ---- From requests -----------------------------------------------------------------------------------------------------

function requestFindings(symptoms: Symptoms): readonly Finding[] {
  const { requests, now } = symptoms;
  const found = new Map<string, Finding>();
  for (const request of requests) {
    if (request.status < 400 || now - request.lastAt > COUNTS_FOR || isMended(request, requests)) continue;
    for (const rule of rules) {
      const made = rule(request, symptoms);
      if (made === undefined) continue;
      if (made !== 'nothing') {
        const seen = made.key === 'wrong-address' ? made.key : `${made.key} ${JSON.stringify(made.values)}`;
        if (!found.has(seen)) found.set(seen, { ...made, at: request.lastAt });
      }
      break;
    }
  }
  return [...found.values()];
}

/** The same went well later. */
function isMended(request: RecentRequest, all: readonly RecentRequest[]): boolean {
  return all.some(
    ({ status, lastAt, method, target }) =>
      status < 400 &&
      lastAt > request.lastAt &&
      (request.status === 401 || (method === request.method && sameTarget(target, request.target))),
  );
}

const sameTarget = (a: RecentRequest['target'], b: RecentRequest['target']): boolean =>
  a.kind === b.kind &&
  a.home === b.home &&
  a.collection === b.collection &&
  a.object === b.object &&
  a.path === b.path;

/** The first that applies decides; `nothing`: this is not worth a word. */
type Rule = (request: RecentRequest, symptoms: Symptoms) => Finding | 'nothing' | undefined;

const collectionOf = ({ target }: RecentRequest, { collections }: Symptoms): OwnCollection | undefined =>
  collections.find(({ home, slug }) => home === target.home && slug === target.collection);

const nameOf = (request: RecentRequest, symptoms: Symptoms): string =>
  collectionOf(request, symptoms)?.name ?? request.target.collection ?? '';

/** What people mean when they change something. */
const changesEntries: ReadonlySet<string> = new Set([
  ...['PUT', 'POST', 'DELETE', 'COPY', 'MOVE', 'MKCALENDAR', 'MKCOL'],
]);
const saves: ReadonlySet<string> = new Set(['PUT', 'POST', 'COPY', 'MOVE']);

/** It would go well today: what the app password or the account may do has been changed since. */
const allowedSince = finding('allowed-since', 'info');

/** What is refused to an app password that is over is told before; and who reads this has an account that is not switched off. */
const refusedSignIn: Rule = ({ status, reason = '', address }, { password: { addresses } }) => {
  if (status !== 401) return undefined;
  if (reason === 'elsewhere' && addresses.length > 0 && !isInRanges(addresses.join(' '), address))
    return finding('elsewhere', 'warn', { address });
  return ['elsewhere', 'expired', 'disabled'].includes(reason) ? allowedSince : 'nothing';
};

const ofAnother: Rule = ({ target }) => (target.kind === 'foreign' ? finding('foreign', 'warn') : undefined);

const wrongService: Rule = ({ target }, { password }) => {
  if (target.home === 'calendars' && !password.services.has('calendars'))
    return finding('no-calendars', 'warn');
  if (target.home === 'addressbooks' && !password.services.has('contacts'))
    return finding('no-contacts', 'warn');
  return undefined;
};

const lacksPrivilege: Rule = (request, symptoms) => {
  if (request.reason !== 'need-privileges') return undefined;
  // Apple’s clients set colours and alarms by themselves: nobody misses those.
  if (!changesEntries.has(request.method)) return 'nothing';
  const { password } = symptoms;
  if (password.access === 'read') return finding('read-only', 'warn');
  if (collectionOf(request, symptoms)?.isBirthdays === true) return finding('birthdays', 'info');
  if (password.collections !== undefined && request.target.kind !== 'object')
    return finding('makes-none', 'warn');
  return isOwn(request, symptoms) ? allowedSince : finding('not-allowed', 'warn');
};

/** Whether its holder writes there, unless the app password says otherwise. Of MOVE and COPY the other end is not known. */
const isOwn = (request: RecentRequest, symptoms: Symptoms): boolean =>
  makes.has(request.method) ||
  (collectionOf(request, symptoms) !== undefined && !['MOVE', 'COPY'].includes(request.method));
const makes: ReadonlySet<string> = new Set(['MKCALENDAR', 'MKCOL']);

/** Thunderbird keeps asking with the token of an address book that it was told to drop, and so shows nothing new. */
const MANY_TIMES = 3;
const syncState: Rule = (request, symptoms) => {
  if (request.reason !== 'valid-sync-token') return undefined;
  if (request.count < MANY_TIMES || request.target.collection === undefined)
    return finding('sync-token', 'info');
  return finding('sync-stuck', 'warn', { name: nameOf(request, symptoms) });
};

const noRoom: Rule = ({ status, reason }) => {
  if (status !== 507) return undefined;
  return finding(reason === 'quota-not-exceeded' ? 'full' : 'server-full', 'warn');
};

const outOfSight: Rule = (request, symptoms) => {
  const { target, status, method } = request;
  if ((status !== 404 && status !== 409) || target.collection === undefined) return undefined;
  const known = collectionOf(request, symptoms);
  const { collections: chosen } = symptoms.password;
  if (known !== undefined)
    return chosen !== undefined && !chosen.has(known.id)
      ? finding('outside', 'warn', { name: known.name })
      : undefined;
  if (target.kind === 'object' && !saves.has(method)) return 'nothing';
  return finding('gone', 'warn', { name: target.collection });
};

/** Clients try a few addresses when they are set up: what counts is that one found nothing else. */
const wrongAddress: Rule = ({ target, status, lastAt }, { requests }) => {
  if (target.kind !== 'nothing') return undefined;
  const found = requests.some(
    (each) => each.status < 400 && below.has(each.target.kind) && each.lastAt > lastAt - DAY,
  );
  if (found || (status !== 404 && status !== 400)) return 'nothing';
  return finding('wrong-address', 'warn', { path: target.path ?? '' });
};
const below: ReadonlySet<string> = new Set(['home', 'collection', 'object']);

/** Preconditions about what is to be stored, and not about when. */
const aboutData = /^(?:valid-|supported-|max-|min-|no-uid-conflict|unique-|number-of-recurrence)/;

const refusedData: Rule = (request, symptoms) => {
  const { method, status, reason = '', sentence = '', target } = request;
  const isData = aboutData.test(reason) || status === 400 || status === 413 || status === 415;
  if (!saves.has(method) || !isData || status >= 500) return undefined;
  const name = target.object ?? nameOf(request, symptoms);
  if (reason === 'no-uid-conflict') return finding('duplicate', 'warn', { name });
  if (status === 413 || reason === 'max-resource-size')
    return finding('too-large', 'warn', { name, sentence });
  return finding('data', 'warn', { name, sentence });
};

const inTheWay: Rule = (request, symptoms) => {
  if (request.status === 423) return finding('locked', 'warn', { name: nameOf(request, symptoms) });
  return request.status === 412 || request.status === 409 ? finding('conflict', 'info') : undefined;
};

const serverFault: Rule = ({ status }) => {
  if (status === 503 || status === 429) return finding('busy', 'info');
  return status >= 500 ? finding('server-error', 'warn') : undefined;
};

const rules: readonly Rule[] = [
  refusedSignIn,
  ofAnother,
  wrongService,
  lacksPrivilege,
  syncState,
  noRoom,
  outOfSight,
  wrongAddress,
  refusedData,
  inTheWay,
  serverFault,
];

// ---- Without an app password -------------------------------------------------------------------------------------------

export interface SeenLoginPassword {
  readonly at: number;
  /** In words without its version; undefined where that was not kept. */
  readonly client: string | undefined;
}

/** That a device sent the login password, as long as it is worth a word: not any more when it has an app password now. */
export function seenLoginPassword(
  { loginPasswordSeenAt: at, loginPasswordClient: client }: Account,
  passwords: readonly AppPassword[],
  now: number,
): SeenLoginPassword | undefined {
  if (at === undefined || now - at > COUNTS_FOR) return undefined;
  const isMendedBy = ({ lastUsedAt, lastClientName }: AppPassword): boolean =>
    lastUsedAt !== undefined && lastUsedAt > at && (client === undefined || lastClientName === client);
  return passwords.some(isMendedBy) ? undefined : { at, client };
}

const strayReasons: readonly (readonly [reason: string, key: FindingKey])[] = [
  ['insecure', 'insecure'],
  ['mistyped', 'mistyped'],
  ['wrong', 'unknown'],
  ['throttled', 'throttled'],
];

function strayFindings(strays: readonly RecentRequest[], now: number): readonly Finding[] {
  return strayReasons.flatMap(([reason, key]) => {
    const [latest] = strays
      .filter((each) => each.reason === reason && now - each.lastAt <= COUNTS_FOR)
      .sort((a, b) => b.lastAt - a.lastAt);
    if (latest === undefined) return [];
    return [finding(key, 'warn', { client: latest.client, address: latest.address }, latest.lastAt)];
  });
}

/** Of an account: the requests with its name that no app password was found for. */
export function diagnoseStrays(
  strays: readonly RecentRequest[],
  seen: SeenLoginPassword | undefined,
  now: number,
): readonly Finding[] {
  const others = strayFindings(strays, now).filter(
    // The login password is no app password either; it is told of by itself.
    ({ key, at = 0 }) => !(key === 'unknown' && seen !== undefined && at - seen.at < 2 * MINUTE),
  );
  if (seen === undefined) return others;
  const { at, client } = seen;
  return [
    client === undefined
      ? finding('login-password', 'warn', {}, at)
      : finding('login-password-by', 'warn', { client }, at),
    ...others,
  ];
}
