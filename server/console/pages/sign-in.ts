/** Signing in: name and password, then the second step, by code or passkey. */
import { z } from 'zod';
import type { SignInOutcome } from '../../../auth/index.js';
import { insecurePage, throttledPage } from '../errors.js';
import { fields, problem, readForm } from '../form.js';
import type { Problem } from '../form.js';
import { safeNext } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { TextKey } from '../text.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const nextOf = (visit: Visit): string => safeNext(fields(visit.request).get('next') ?? visit.query('next'));

const withNext = (path: string, next: string): string =>
  next === '/' ? path : `${path}?next=${encodeURIComponent(next)}`;

// ---- First step

export async function showSignIn(
  visit: Visit,
  frame: Pick<PageFrame, 'form'> = {},
  status = 200,
): Promise<Answered> {
  const open = (await visit.console.auth.registration.policy()) === 'open';
  return visit.page(
    'sign-in',
    { title: text('sign-in.title'), passkeys: true, ...frame },
    { next: nextOf(visit), open },
    status,
  );
}

const signInForm = z.object({
  name: z.string('form.name.missing').trim().min(1, 'form.name.missing').max(320, 'form.sign-in.wrong'),
  password: z.string('form.password.missing').min(1, 'form.password.missing').max(4096, 'form.sign-in.wrong'),
});

async function signIn(visit: Visit): Promise<Answered> {
  const show = (frame: Pick<PageFrame, 'form'>, status: number): Promise<Answered> =>
    showSignIn(visit, frame, status);
  const read = readForm(visit.request, signInForm);
  if (!read.ok) return visit.wrong(read.problems, show);
  const outcome = await visit.console.auth.signIn.begin({ ...read.data, client: visit.client });
  return goOn(visit, outcome, () => visit.wrong([problem('name', 'form.sign-in.wrong')], show));
}

/** What an outcome leads to, for both steps; `refuse` shows the form again. */
export function goOn(
  visit: Visit,
  outcome: SignInOutcome,
  refuse: () => Answered | Promise<Answered>,
): Answered | Promise<Answered> {
  const next = nextOf(visit);
  switch (outcome.kind) {
    case 'second-step':
      visit.setCookie(outcome.setCookie);
      return visit.redirect(withNext('/sign-in/code', next));
    case 'signed-in':
      visit.setCookie(outcome.setCookie);
      return visit.redirect(outcome.session.stage === 'full' ? next : '/security/two-step');
    case 'refused':
      return refuse();
    case 'begin-again':
      return visit.redirect(withNext('/sign-in', next));
    case 'throttled':
      return throttledPage(visit, outcome.retryAfterSeconds);
    case 'insecure':
      return insecurePage(visit);
  }
}

// ---- Second step: two pages, one field

interface SecondStep {
  readonly path: string;
  readonly view: string;
  readonly title: TextKey;
  readonly missing: TextKey;
  /** Says that the name or the password may be the reason too: the second step tells nothing about the first. */
  readonly wrong: TextKey;
}

const byApp: SecondStep = {
  path: '/sign-in/code',
  view: 'sign-in-code',
  title: 'code.title',
  missing: 'form.code.missing',
  wrong: 'form.sign-in.code-wrong',
};

const byRecoveryCode: SecondStep = {
  path: '/sign-in/recovery',
  view: 'sign-in-recovery',
  title: 'recovery-sign-in.title',
  missing: 'form.recovery.missing',
  wrong: 'form.sign-in.recovery-wrong',
};

function showSecondStep(
  visit: Visit,
  step: SecondStep,
  frame: Pick<PageFrame, 'form'> = {},
  status = 200,
): Answered {
  const next = nextOf(visit);
  const data = { next, signInPath: withNext('/sign-in', next), query: withNext('', next) };
  return visit.page(step.view, { title: text(step.title), passkeys: true, ...frame }, data, status);
}

async function finish(visit: Visit, step: SecondStep): Promise<Answered> {
  const refuse = (found: Problem): Answered | Promise<Answered> =>
    visit.wrong([found], (frame, status) => showSecondStep(visit, step, frame, status));
  const passkey = fields(visit.request).get('passkey') ?? '';
  const code = (fields(visit.request).get('code') ?? '').trim().slice(0, 100);
  if (passkey === '' && code === '') return refuse(problem('code', step.missing));
  const given = passkey === '' ? { code } : { passkey };
  const cookieHeader = visit.request.headers.cookie;
  const outcome = await visit.console.auth.signIn.finish({ cookieHeader, client: visit.client, ...given });
  return goOn(visit, outcome, () =>
    refuse(passkey === '' ? problem('code', step.wrong) : problem(null, 'form.sign-in.second-passkey-wrong')),
  );
}

function secondStepPages(step: SecondStep): readonly Route[] {
  return [
    {
      method: 'get',
      path: step.path,
      access: 'anyone',
      answer: (visit) =>
        visit.opened.kind === 'second-step'
          ? showSecondStep(visit, step)
          : visit.redirect(withNext('/sign-in', nextOf(visit))),
    },
    { method: 'post', path: step.path, access: 'anyone', answer: (visit) => finish(visit, step) },
  ];
}

async function signOut(visit: Visit): Promise<Answered> {
  const { opened, console, client } = visit;
  const session = opened.kind === 'session' ? opened.session : undefined;
  visit.setCookie((await console.auth.sessions.signOut(session, client)).setCookie);
  return visit.redirect('/sign-in', 'signed-out');
}

export const signInPages: readonly Route[] = [
  {
    method: 'get',
    path: '/sign-in',
    access: 'anyone',
    answer: (visit) => (visit.opened.kind === 'session' ? visit.redirect(nextOf(visit)) : showSignIn(visit)),
  },
  { method: 'post', path: '/sign-in', access: 'anyone', answer: signIn },
  ...secondStepPages(byApp),
  ...secondStepPages(byRecoveryCode),
  { method: 'post', path: '/sign-out', access: 'anyone', answer: signOut },
];
