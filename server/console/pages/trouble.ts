/** Requests with the account's name that no app password was found for: a device that is set up wrongly, or somebody else. */
import { ownCollections } from '../app-password-form.js';
import { diagnoseStrays, seenLoginPassword } from '../diagnosis.js';
import { findingEntry } from '../finding-words.js';
import { requestEntry } from '../request-words.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';

async function show(visit: Visit): Promise<Answered> {
  const { console, account, now } = visit;
  const { appPasswords, recentRequests } = console.auth;
  const [passwords, strays, collections] = await Promise.all([
    appPasswords.list(account.id),
    recentRequests.withoutAppPassword(account.id),
    ownCollections(visit),
  ]);
  const seen = seenLoginPassword(account, passwords, now);
  return visit.page(
    'trouble',
    { title: text('trouble.title'), nav: 'passwords' },
    {
      findings: diagnoseStrays(strays, seen, now).map((found) => findingEntry(found)),
      requests: strays.map((request) => requestEntry(request, collections)),
      dismissible: seen !== undefined,
    },
  );
}

async function dismiss(visit: Visit): Promise<Answered> {
  await visit.console.auth.accounts.dismissLoginPassword(visit.account.id, visit.by);
  return visit.redirect('/', 'read');
}

export const troublePages: readonly Route[] = [
  { method: 'get', path: '/app-passwords/trouble', access: 'holder', answer: show },
  { method: 'post', path: '/app-passwords/trouble/dismiss', access: 'holder', answer: dismiss },
];
