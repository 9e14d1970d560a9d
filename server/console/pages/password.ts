/** Changing the sign-in password. */
import { z } from 'zod';
import { problem, readForm } from '../form.js';
import { problemOf } from '../problems.js';
import { sameAddress } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { passwordsInUse } from './standing.js';

const path = '/security/password';

const changeForm = z.object({
  current: z.string('form.password.missing').min(1, 'form.password.missing').max(4096, 'form.password.wrong'),
  password: z.string('form.password.choose').min(1, 'form.password.choose').max(4096, 'form.password.long'),
  repeat: z.string('form.repeat.different'),
  revokeAll: z.string().optional(),
});

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const names = (await passwordsInUse(visit)).map(({ label }) => label);
  return visit.page(
    'password',
    { title: text('password.title'), nav: 'security', ...frame },
    { names },
    status,
  );
}

async function change(visit: Visit): Promise<Answered> {
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number) => show(visit, frame, status);
  const read = readForm(visit.request, changeForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const { current, password: next, repeat, revokeAll } = read.data;
  if (repeat !== next) return visit.wrong([problem('repeat', 'form.repeat.different')], showAgain);
  const { console, by } = visit;
  const renewed = await visit.attempt(
    () => console.auth.passwords.change({ current, next, revokeAppPasswords: revokeAll === 'yes' }, by),
    problemOf,
    showAgain,
  );
  if (renewed === ANSWERED) return renewed;
  visit.setCookie(renewed.setCookie);
  return visit.redirect('/security', revokeAll === 'yes' ? 'password-and-devices' : 'password');
}

export const passwordPages: readonly Route[] = [
  { method: 'get', path, access: 'holder', stepUp: sameAddress, answer: (visit) => show(visit) },
  { method: 'post', path, access: 'holder', stepUp: sameAddress, answer: change },
];
