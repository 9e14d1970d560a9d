/** A new password by a reset link. It opens the password only: the second step stays. */
import { z } from 'zod';
import { deadLinkPage } from '../errors.js';
import { problem, readForm } from '../form.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const path = '/reset/:token';

const resetForm = z.object({
  password: z.string('form.password.choose').min(1, 'form.password.choose').max(4096, 'form.password.long'),
  repeat: z.string('form.repeat.different'),
  revokeAll: z.string().optional(),
});

const linkOf = (visit: Visit) => visit.console.auth.links.look('reset', visit.parameter('token'));

function show(
  visit: Visit,
  accountName: string,
  frame: Pick<PageFrame, 'form'> = {},
  status = 200,
): Answered {
  const whole: PageFrame = { title: text('reset.title'), width: 'narrow', ...frame };
  return visit.page('reset', whole, { action: visit.request.path, accountName }, status);
}

async function look(visit: Visit): Promise<Answered> {
  const link = await linkOf(visit);
  if (link === undefined) return deadLinkPage(visit);
  return show(visit, link.accountName ?? '');
}

async function reset(visit: Visit): Promise<Answered> {
  const link = await linkOf(visit);
  if (link === undefined) return deadLinkPage(visit);
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Answered =>
    show(visit, link.accountName ?? '', frame, status);
  const read = readForm(visit.request, resetForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const { password, repeat, revokeAll } = read.data;
  if (repeat !== password) return visit.wrong([problem('repeat', 'form.repeat.different')], showAgain);
  const { console, client } = visit;
  const token = visit.parameter('token');
  const account = await visit.attempt(
    () =>
      console.auth.links.redeemReset({ token, password, revokeAppPasswords: revokeAll === 'yes', client }),
    problemOf,
    showAgain,
  );
  return account === ANSWERED ? account : visit.redirect('/sign-in', 'reset');
}

export const resetPages: readonly Route[] = [
  { method: 'get', path, access: 'anyone', answer: look },
  { method: 'post', path, access: 'anyone', answer: reset },
];
