/** My profile: the person, and the way to two-step verification and app passwords. */
import { z } from 'zod';
import { catchUp, hasBirthdayCalendar, setBirthdayCalendar } from '../../../dav/index.js';
import { fields, freshForm, readForm } from '../form.js';
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
      twoStepState: await twoStepState(visit),
      twoStep: account.hasSecondFactor,
      passwordCount: (await passwordsInUse(visit)).length,
      passwordChangedAt: await passwordChangedAt(visit),
      email: account.emailConfirmed ? account.email : undefined,
      newEmail: account.newEmail,
      timeZone: account.timeZone ?? text('time-zone.none'),
      birthdays: await hasBirthdayCalendar(visit.console.database, account.id),
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

/** The calendar that is made from the contacts (docs/security.md). Many contacts take a while: nobody waits for that. */
async function switchBirthdays(visit: Visit): Promise<Answered> {
  const { console, account, request } = visit;
  const asked = fields(request).get('wanted');
  if (asked !== 'yes' && asked !== 'no') return show(visit, {}, 422);
  const wanted = asked === 'yes';
  await setBirthdayCalendar(console.database, account.id, wanted, console.now());
  if (wanted)
    catchUp(console.database, account.id, console.now).catch((error: unknown) => {
      console.onError(error, request);
    });
  return visit.redirect('/profile', wanted ? 'birthdays-on' : 'birthdays-off');
}

export const profilePages: readonly Route[] = [
  { method: 'get', path: '/profile', access: 'holder', answer: (visit) => show(visit) },
  { method: 'post', path: '/profile', access: 'holder', answer: save },
  { method: 'post', path: '/profile/birthdays', access: 'holder', answer: switchBirthdays },
];
