/** The list of app passwords, one of them, and waiting for the first sync of a new one. */
import type { AppPassword } from '../../../auth/index.js';
import { AppPasswordId } from '../../../storage/ids.js';
import { ownCollections } from '../app-password-form.js';
import { deviceEntry } from '../devices-in-use.js';
import { diagnose } from '../diagnosis.js';
import { notFoundPage } from '../errors.js';
import { findingEntry } from '../finding-words.js';
import { requestEntry } from '../request-words.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';
import { devicesOf } from './standing.js';

async function listAll(visit: Visit): Promise<Answered> {
  const { passwords, entries, strays } = await devicesOf(visit);
  const revoked = new Set<string>(
    passwords.filter(({ revokedAt }) => revokedAt !== undefined).map(({ id }) => id),
  );
  return visit.page(
    'app-passwords',
    { title: text('passwords.title'), nav: 'passwords', width: 'wide' },
    {
      passwords: entries.filter(({ id }) => !revoked.has(id)),
      past: entries.filter(({ id }) => revoked.has(id)).slice(0, 50),
      trouble: strays,
    },
  );
}

/** One of the account's own; whatever else the path names is not there. */
export async function ownPassword(visit: Visit): Promise<AppPassword | undefined> {
  return visit.console.auth.appPasswords.get(visit.account.id, AppPasswordId(visit.parameter('id')));
}

async function showOne(visit: Visit): Promise<Answered> {
  const password = await ownPassword(visit);
  if (password === undefined) return notFoundPage(visit);
  const { console, account, now } = visit;
  const { recentRequests } = console.auth;
  const [requests, strays, collections] = await Promise.all([
    recentRequests.ofAppPassword(account.id, password.id),
    recentRequests.withoutAppPassword(account.id),
    ownCollections(visit),
  ]);
  const findings = diagnose({ password, requests, strays, collections, now });
  const { collections: chosen, addresses, requestsToday } = password;
  return visit.page(
    'app-password',
    { title: password.label, nav: 'passwords', width: 'wide' },
    {
      entry: deviceEntry(password, now, findings),
      chosen: chosen && collections.filter(({ id }) => chosen.has(id)).map(({ name }) => name),
      addresses,
      requestsToday,
      findings: findings.map((found) => findingEntry(found, password.id)),
      requests: requests.map((request) => requestEntry(request, collections)),
      changeable: password.revokedAt === undefined,
    },
  );
}

async function wait(visit: Visit): Promise<Answered> {
  const password = await ownPassword(visit);
  if (password === undefined) return notFoundPage(visit);
  const arrivedAt = password.lastUsedAt;
  const waiting = arrivedAt === undefined;
  return visit.page(
    'app-password-wait',
    {
      title: text(waiting ? 'wait.title' : 'wait.done', { label: password.label }),
      nav: 'passwords',
      width: 'narrow',
      refresh: waiting ? 5 : undefined,
    },
    { id: password.id, label: password.label, arrivedAt },
  );
}

/** For the script that waits: nothing but whether the first sync has arrived. */
async function state(visit: Visit): Promise<Answered> {
  const password = await ownPassword(visit);
  if (password === undefined) return visit.json({ synced: false }, 404);
  return visit.json({ synced: password.lastUsedAt !== undefined });
}

export const appPasswordPages: readonly Route[] = [
  { method: 'get', path: '/app-passwords', access: 'holder', answer: listAll },
  { method: 'get', path: '/app-passwords/:id', access: 'holder', answer: showOne },
  { method: 'get', path: '/app-passwords/:id/wait', access: 'holder', answer: wait },
  { method: 'get', path: '/app-passwords/:id/state', access: 'holder', answer: state },
];
