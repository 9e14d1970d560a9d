/** Two-step verification: choosing a method, and connecting an authenticator app. */
import type { TotpEnrolment } from '../../../auth/index.js';
import { fields, problem } from '../form.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { showCodes } from './recovery-codes.js';

const here = (): string => '/security/two-step';

async function overview(visit: Visit): Promise<Answered> {
  const { account, settingUp, console } = visit;
  if (settingUp && account.hasSecondFactor) return visit.redirect('/security/recovery-codes');
  if (!account.hasSecondFactor) return choose(visit);
  const [methods, codes] = await Promise.all([
    console.auth.totp.list(account.id),
    console.auth.recoveryCodes.state(account.id),
  ]);
  return visit.page(
    'two-step',
    { title: text('two-step.title'), nav: 'security' },
    { methods, codesLeft: codes.left, several: methods.length > 1 },
  );
}

function choose(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Answered {
  const progress = visit.settingUp ? 2 : undefined;
  return visit.page(
    'two-step-choose',
    { title: text('two-step.title'), nav: 'security', progress, ...frame },
    {},
    status,
  );
}

async function begin(visit: Visit): Promise<Answered> {
  if (fields(visit.request).get('method') !== 'totp') {
    return visit.wrong([problem('method', 'form.choose')], (frame, status) => choose(visit, frame, status));
  }
  await visit.console.auth.totp.begin(visit.by);
  return visit.redirect('/security/two-step/app');
}

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
  const label = text('two-step.totp');
  const renewed = await visit.attempt(
    () => console.auth.totp.confirm({ id: enrolment.id, code, label }, by),
    problemOf,
    showAgain,
  );
  if (renewed === ANSWERED) return renewed;
  visit.setCookie(renewed.setCookie);
  if (account.recoveryConfirmedAt !== undefined) return visit.redirect('/security/two-step', 'two-step');
  return showCodes(visit, renewed.session);
}

async function askRemoval(visit: Visit): Promise<Answered> {
  const methods = await visit.console.auth.totp.list(visit.account.id);
  const method = methods.find(({ id }) => id === visit.parameter('id'));
  if (method === undefined) return visit.redirect('/security/two-step');
  return visit.page('two-step-remove', { title: text('two-step.remove.title'), nav: 'security' }, { method });
}

async function remove(visit: Visit): Promise<Answered> {
  await visit.console.auth.totp.remove(visit.parameter('id'), visit.by);
  return visit.redirect('/security/two-step', 'method-removed');
}

export const twoStepPages: readonly Route[] = [
  { method: 'get', path: '/security/two-step', access: 'enrolling', answer: overview },
  { method: 'post', path: '/security/two-step', access: 'enrolling', stepUp: here, answer: begin },
  { method: 'get', path: '/security/two-step/app', access: 'enrolling', stepUp: here, answer: enrol },
  { method: 'post', path: '/security/two-step/app', access: 'enrolling', stepUp: here, answer: confirm },
  {
    method: 'get',
    path: '/security/two-step/:id/remove',
    access: 'holder',
    stepUp: here,
    answer: askRemoval,
  },
  { method: 'post', path: '/security/two-step/:id/remove', access: 'holder', stepUp: here, answer: remove },
];
