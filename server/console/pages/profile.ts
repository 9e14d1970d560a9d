/** My profile: the person, and the way to two-step verification and app passwords. */
import { z } from 'zod';
import { freshForm, readForm } from '../form.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { passwordChangedAt, passwordsInUse, twoStepState } from './standing.js';

const profileForm = z.object({
  displayName: z
    .string()
    .trim()
    .max(400, 'form.display-name.wrong')
    .default('')
    .transform((value) => (value === '' ? null : value)),
});

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const { account } = visit;
  const form = freshForm({ displayName: account.displayName ?? '' });
  return visit.page(
    'profile',
    { title: text('nav.profile'), nav: 'profile', form, ...frame },
    {
      twoStepState: twoStepState(account),
      twoStep: account.hasSecondFactor,
      passwordCount: (await passwordsInUse(visit)).length,
      passwordChangedAt: await passwordChangedAt(visit),
      email: account.email,
    },
    status,
  );
}

async function save(visit: Visit): Promise<Answered> {
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number) => show(visit, frame, status);
  const read = readForm(visit.request, profileForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const { console, account, by } = visit;
  const { displayName } = read.data;
  const saved = await visit.attempt(
    () => console.auth.accounts.setProfile(account.id, { displayName }, by),
    problemOf,
    showAgain,
  );
  return saved === ANSWERED ? saved : visit.redirect('/profile', 'profile');
}

export const profilePages: readonly Route[] = [
  { method: 'get', path: '/profile', access: 'holder', answer: (visit) => show(visit) },
  { method: 'post', path: '/profile', access: 'holder', answer: save },
];
