/** For administrators: deleting somebody's account, after its name was typed in. */
import { z } from 'zod';
import { foldName } from '../../../auth/index.js';
import type { Account } from '../../../auth/index.js';
import { AccountId } from '../../../storage/ids.js';
import { notFoundPage } from '../errors.js';
import { problem, readForm } from '../form.js';
import { sameAddress } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const path = '/admin/accounts/:id/delete';

const deletionForm = z.object({
  typedName: z.string('form.delete.name').trim().max(200, 'form.delete.name'),
});

/** One's own account is deleted in the profile. */
async function accountOf(visit: Visit): Promise<Account | undefined> {
  const id = visit.parameter('id');
  if (!/^\d{1,15}$/.test(id) || Number(id) === visit.account.id) return undefined;
  return visit.console.auth.accounts.get(AccountId(Number(id)));
}

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const account = await accountOf(visit);
  if (account === undefined) return notFoundPage(visit);
  const { id, name } = account;
  return visit.page(
    'admin-delete',
    { title: text('admin.delete.title', { name }), nav: 'admin', ...frame },
    { id, name },
    status,
  );
}

async function remove(visit: Visit): Promise<Answered> {
  const account = await accountOf(visit);
  if (account === undefined) return notFoundPage(visit);
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Promise<Answered> =>
    show(visit, frame, status);
  const read = readForm(visit.request, deletionForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  if (foldName(read.data.typedName) !== foldName(account.name))
    return visit.wrong([problem('typedName', 'form.delete.name')], showAgain);
  await visit.console.auth.accounts.remove(account.id, visit.by);
  return visit.redirect('/admin', 'deleted');
}

export const adminDeletionPages: readonly Route[] = [
  { method: 'get', path, access: 'administrator', stepUp: sameAddress, answer: (visit) => show(visit) },
  { method: 'post', path, access: 'administrator', stepUp: sameAddress, answer: remove },
];
