/** A fresh proof before something sensitive, by passkey or code; it counts for ten minutes. */
import { fields, problem } from '../form.js';
import { problemOf } from '../problems.js';
import { safeNext } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { methodsOf } from './methods.js';
import type { Method } from './methods.js';

const nextOf = (visit: Visit): string => safeNext(fields(visit.request).get('next') ?? visit.query('next'));

const kindsOf = async (visit: Visit): Promise<ReadonlySet<Method['kind']>> =>
  new Set((await methodsOf(visit)).map(({ kind }) => kind));

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const kinds = await kindsOf(visit);
  const whole: PageFrame = {
    title: text('step-up.title'),
    width: 'narrow',
    passkeys: kinds.has('passkey'),
    ...frame,
  };
  return visit.page('step-up', whole, { next: nextOf(visit), byApp: kinds.has('app') }, status);
}

async function prove(visit: Visit): Promise<Answered> {
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number) => show(visit, frame, status);
  const passkey = fields(visit.request).get('passkey') ?? '';
  const code = (fields(visit.request).get('code') ?? '').trim().slice(0, 100);
  if (passkey === '' && code === '') {
    const byApp = (await kindsOf(visit)).has('app');
    return visit.wrong([problem('code', byApp ? 'form.code.missing' : 'form.recovery.missing')], showAgain);
  }
  const { session, client, console } = visit;
  const given = passkey === '' ? { code } : { passkey };
  const renewed = await visit.attempt(
    () => console.auth.signIn.stepUp({ session, client, ...given }),
    problemOf,
    showAgain,
  );
  if (renewed === ANSWERED) return renewed;
  visit.setCookie(renewed.setCookie);
  return visit.redirect(nextOf(visit));
}

/** What the browser is to be asked: for the script. */
async function question(visit: Visit): Promise<Answered> {
  return visit.json(await visit.console.auth.passkeys.askToStepUp(visit.session));
}

export const stepUpPages: readonly Route[] = [
  { method: 'get', path: '/step-up', access: 'enrolling', answer: (visit) => show(visit) },
  { method: 'post', path: '/step-up', access: 'enrolling', answer: prove },
  { method: 'post', path: '/step-up/question', access: 'enrolling', answer: question },
];
