/** Deleting one's own account: what it takes with it, the way to take everything along first, and the name typed in. */
import { z } from 'zod';
import { foldName } from '../../../auth/index.js';
import { problem, readForm } from '../form.js';
import { sameAddress } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { passwordsInUse } from './standing.js';

const path = '/profile/delete';

const deletionForm = z.object({
  typedName: z.string('form.delete.name').trim().max(200, 'form.delete.name'),
});

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const names = (await passwordsInUse(visit)).map(({ label }) => label);
  return visit.page(
    'account-delete',
    { title: text('delete.title'), nav: 'profile', ...frame },
    { names, mailed: visit.console.auth.outbox.works && visit.account.emailConfirmed },
    status,
  );
}

async function remove(visit: Visit): Promise<Answered> {
  const { console, account, by, session, client } = visit;
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number) => show(visit, frame, status);
  const read = readForm(visit.request, deletionForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  if (foldName(read.data.typedName) !== foldName(account.name))
    return visit.wrong([problem('typedName', 'form.delete.name')], showAgain);
  await console.auth.accounts.remove(account.id, by);
  visit.setCookie((await console.auth.sessions.signOut(session, client)).setCookie);
  return visit.redirect('/sign-in', 'account-deleted');
}

export const accountDeletionPages: readonly Route[] = [
  { method: 'get', path, access: 'holder', stepUp: sameAddress, answer: (visit) => show(visit) },
  { method: 'post', path, access: 'holder', stepUp: sameAddress, answer: remove },
];
