/** For administrators: another login name for an account, and the names that it had before. */
import { z } from 'zod';
import type { Account } from '../../../auth/index.js';
import { AccountId } from '../../../storage/ids.js';
import { inUseSinceBefore } from '../../earlier-names.js';
import { notFoundPage } from '../errors.js';
import { freshForm, readForm } from '../form.js';
import { problemOf } from '../problems.js';
import { sameAddress } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const path = '/admin/accounts/:id/rename';

const renamingForm = z.object({
  name: z.string('form.name.missing').trim().min(1, 'form.name.missing').max(200, 'form.name.wrong'),
});

async function accountOf(visit: Visit): Promise<Account | undefined> {
  const id = visit.parameter('id');
  return /^\d{1,15}$/.test(id) ? visit.console.auth.accounts.get(AccountId(Number(id))) : undefined;
}

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const account = await accountOf(visit);
  if (account === undefined) return notFoundPage(visit);
  const { id, name, earlierNames } = account;
  const passwords = await visit.console.auth.appPasswords.list(id);
  const now = Date.now();
  const form = freshForm({ name });
  return visit.page(
    'admin-rename',
    { title: text('admin.rename.title', { name }), nav: 'admin', form, ...frame },
    {
      id,
      name,
      earlier: earlierNames.map((each) => ({
        ...each,
        devices: text('admin.rename.devices', { count: inUseSinceBefore(passwords, each.until, now).length }),
      })),
    },
    status,
  );
}

async function rename(visit: Visit): Promise<Answered> {
  const account = await accountOf(visit);
  if (account === undefined) return notFoundPage(visit);
  const read = readForm(visit.request, renamingForm);
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Promise<Answered> =>
    show(visit, frame, status);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const { name } = read.data;
  const done = await visit.attempt(
    () => visit.console.auth.administration.rename(account.id, name, visit.by),
    problemOf,
    showAgain,
  );
  return done === ANSWERED ? done : visit.redirect(`/admin/accounts/${account.id}`, 'renamed');
}

async function release(visit: Visit): Promise<Answered> {
  const account = await accountOf(visit);
  if (account === undefined) return notFoundPage(visit);
  const read = readForm(visit.request, renamingForm);
  if (!read.ok) return notFoundPage(visit);
  await visit.console.auth.administration.releaseName(account.id, read.data.name, visit.by);
  return visit.redirect(`/admin/accounts/${account.id}/rename`, 'name-released');
}

export const adminRenamingPages: readonly Route[] = [
  { method: 'get', path, access: 'administrator', stepUp: sameAddress, answer: (visit) => show(visit) },
  { method: 'post', path, access: 'administrator', stepUp: sameAddress, answer: rename },
  {
    method: 'post',
    path: '/admin/accounts/:id/release-name',
    access: 'administrator',
    stepUp: ({ path: at }) => at.replace(/release-name$/, 'rename'),
    answer: release,
  },
];
