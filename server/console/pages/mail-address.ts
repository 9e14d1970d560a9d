/** The e-mail address: wanted here, confirmed by a link that is mailed to it; and which notices are mailed. */
import { z } from 'zod';
import { deadLinkPage } from '../errors.js';
import { fields, problem, readForm } from '../form.js';
import type { Notice } from '../notice.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const path = '/profile/email';
const here = (): string => path;

const addressForm = z.object({
  email: z.string('form.email.wrong').trim().min(1, 'form.email.wrong').max(320, 'form.email.wrong'),
});

function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Answered {
  const { email, emailConfirmed, newEmail, allNotices } = visit.account;
  return visit.page(
    'mail-address',
    { title: text('mail-address.title'), nav: 'profile', ...frame },
    {
      works: visit.console.auth.outbox.works,
      email: emailConfirmed ? email : undefined,
      waiting: newEmail,
      allNotices,
    },
    status,
  );
}

/** Whether the address is another's is told to nobody but the other. */
async function change(visit: Visit): Promise<Answered> {
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Answered => show(visit, frame, status);
  const read = readForm(visit.request, addressForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const { console, by } = visit;
  const asked = await visit.attempt(
    () => console.auth.mailAddress.change(read.data.email, by),
    problemOf,
    showAgain,
  );
  return asked === ANSWERED ? asked : visit.redirect(path, 'mail-sent');
}

const done =
  (work: (visit: Visit) => Promise<void>, notice: Notice) =>
  async (visit: Visit): Promise<Answered> => {
    await work(visit);
    return visit.redirect(path, notice);
  };

async function switchNotices(visit: Visit): Promise<Answered> {
  const asked = fields(visit.request).get('wanted');
  if (asked !== 'yes' && asked !== 'no') return show(visit, {}, 422);
  await visit.console.auth.mailAddress.setAllNotices(asked === 'yes', visit.by);
  return visit.redirect(path, asked === 'yes' ? 'notices-on' : 'notices-off');
}

// ---- The link in the mail

const linkPath = '/confirm/:token';

const linkOf = (visit: Visit) => visit.console.auth.links.look('confirm', visit.parameter('token'));

/** Looking uses nothing up: mail scanners and previews open links too. */
async function look(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const link = await linkOf(visit);
  if (link === undefined) return deadLinkPage(visit);
  return visit.page(
    'mail-confirm',
    { title: text('mail-confirm.title'), width: 'narrow', ...frame },
    {
      action: visit.request.path,
      why: text('mail-confirm.why', { email: link.email ?? '', name: link.accountName ?? '' }),
    },
    status,
  );
}

async function confirm(visit: Visit): Promise<Answered> {
  const { console, client } = visit;
  const token = visit.parameter('token');
  const confirmed = await visit.attempt(
    () => console.auth.mailAddress.confirm({ token, client }),
    ({ code }) => (code === 'mail-taken' ? problem(null, 'form.email.taken') : undefined),
    (frame, status) => look(visit, frame, status),
  );
  if (confirmed === ANSWERED) return confirmed;
  const own = visit.opened.kind === 'session' && visit.account.id === confirmed.id && !visit.settingUp;
  return visit.redirect(own ? path : '/sign-in', 'mail-confirmed');
}

export const mailAddressPages: readonly Route[] = [
  { method: 'get', path, access: 'holder', answer: (visit) => show(visit) },
  { method: 'post', path, access: 'holder', stepUp: here, answer: change },
  {
    method: 'post',
    path: `${path}/resend`,
    access: 'holder',
    answer: done(({ console, by }) => console.auth.mailAddress.resend(by), 'mail-sent'),
  },
  {
    method: 'post',
    path: `${path}/cancel`,
    access: 'holder',
    answer: done(({ console, by }) => console.auth.mailAddress.cancel(by), 'mail-cancelled'),
  },
  {
    method: 'post',
    path: `${path}/remove`,
    access: 'holder',
    stepUp: here,
    answer: done(({ console, by }) => console.auth.mailAddress.remove(by), 'mail-removed'),
  },
  { method: 'post', path: `${path}/notices`, access: 'holder', answer: switchNotices },
  { method: 'get', path: linkPath, access: 'anyone', answer: (visit) => look(visit) },
  { method: 'post', path: linkPath, access: 'anyone', answer: confirm },
];
