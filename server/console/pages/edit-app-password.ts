/** Choosing anew what an app password may do; the device keeps its password. */
import type { AppPassword } from '../../../auth/index.js';
import { formData, offers, readAppPasswordForm, servicesOf, valuesOf } from '../app-password-form.js';
import { notFoundPage } from '../errors.js';
import { freshForm } from '../form.js';
import { problemOf } from '../problems.js';
import { sameAddress } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { ownPassword } from './app-passwords.js';

const path = '/app-passwords/:id/edit';

async function show(
  visit: Visit,
  { id, label }: AppPassword,
  frame: Pick<PageFrame, 'form'>,
  status = 200,
): Promise<Answered> {
  return visit.page(
    'app-password-edit',
    { title: text('edit.of', { label }), nav: 'passwords', ...frame },
    { id, name: label, ...(await formData(visit, frame.form, offers, { explained: false })), more: true },
    status,
  );
}

/** One that can still be changed. */
async function changeable(visit: Visit): Promise<AppPassword | undefined> {
  const password = await ownPassword(visit);
  return password?.revokedAt === undefined ? password : undefined;
}

async function ask(visit: Visit): Promise<Answered> {
  const password = await changeable(visit);
  if (password === undefined) return notFoundPage(visit);
  return show(visit, password, { form: freshForm(valuesOf(password)) });
}

async function change(visit: Visit): Promise<Answered> {
  const password = await changeable(visit);
  if (password === undefined) return notFoundPage(visit);
  const { id, expiresAt: endsAt } = password;
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Promise<Answered> =>
    show(visit, password, frame, status);
  const read = readAppPasswordForm(visit.request, { services: offers, now: visit.now, endsAt });
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const input = { ...read.data, services: new Set(servicesOf[read.data.services]) };
  const { auth } = visit.console;
  const changed = await visit.attempt(
    () => auth.appPasswords.change(visit.account.id, id, input, visit.by),
    problemOf,
    showAgain,
  );
  return changed === ANSWERED ? changed : visit.redirect(`/app-passwords/${id}`, 'app-password');
}

export const editAppPasswordPages: readonly Route[] = [
  { method: 'get', path, access: 'holder', stepUp: sameAddress, answer: ask },
  { method: 'post', path, access: 'holder', stepUp: sameAddress, answer: change },
];
