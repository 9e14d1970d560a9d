/** Connecting an authenticator app. */
import type { TotpEnrolment } from '../../../auth/index.js';
import { fields, problem } from '../form.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { methodAdded } from './two-step.js';

const path = '/security/two-step/app';
const here = (): string => '/security/two-step';

function showEnrolment(
  visit: Visit,
  enrolment: TotpEnrolment,
  frame: Pick<PageFrame, 'form'> = {},
  status = 200,
): Answered {
  const progress = visit.settingUp ? 2 : undefined;
  return visit.page(
    'two-step-app',
    { title: text('totp.title'), nav: 'security', progress, ...frame },
    { qr: enrolment.qr, key: enrolment.secret.split(' '), enrolment: enrolment.id },
    status,
  );
}

async function enrol(visit: Visit): Promise<Answered> {
  const enrolment = await visit.console.auth.totp.resume(visit.by);
  if (enrolment === undefined) return visit.redirect('/security/two-step');
  return showEnrolment(visit, enrolment);
}

async function confirm(visit: Visit): Promise<Answered> {
  const { console, by, account } = visit;
  const enrolment = await console.auth.totp.resume(by);
  // A form that is sent again after the app was connected has nothing left to do.
  if (enrolment === undefined) return visit.redirect('/security/two-step');
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Answered =>
    showEnrolment(visit, enrolment, frame, status);
  const code = (fields(visit.request).get('code') ?? '').trim().slice(0, 100);
  if (code === '') return visit.wrong([problem('code', 'form.code.missing')], showAgain);
  const apps = (await console.auth.totp.list(account.id)).length;
  const label = apps === 0 ? text('two-step.totp') : text('two-step.totp.another', { number: apps + 1 });
  const renewed = await visit.attempt(
    () => console.auth.totp.confirm({ id: enrolment.id, code, label }, by),
    problemOf,
    showAgain,
  );
  return renewed === ANSWERED ? renewed : methodAdded(visit, renewed);
}

export const twoStepAppPages: readonly Route[] = [
  { method: 'get', path, access: 'enrolling', stepUp: here, answer: enrol },
  { method: 'post', path, access: 'enrolling', stepUp: here, answer: confirm },
];
