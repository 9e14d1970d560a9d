/** A fresh code before something sensitive; it counts for ten minutes. */
import { fields, problem } from '../form.js';
import { problemOf } from '../problems.js';
import { safeNext } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const nextOf = (visit: Visit): string => safeNext(fields(visit.request).get('next') ?? visit.query('next'));

function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Answered {
  const whole: PageFrame = { title: text('step-up.title'), width: 'narrow', ...frame };
  return visit.page('step-up', whole, { next: nextOf(visit) }, status);
}

async function prove(visit: Visit): Promise<Answered> {
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Answered => show(visit, frame, status);
  const code = (fields(visit.request).get('code') ?? '').trim().slice(0, 100);
  if (code === '') return visit.wrong([problem('code', 'form.code.missing')], showAgain);
  const { session, client, console } = visit;
  const renewed = await visit.attempt(
    () => console.auth.signIn.stepUp({ session, code, client }),
    problemOf,
    showAgain,
  );
  if (renewed === ANSWERED) return renewed;
  visit.setCookie(renewed.setCookie);
  return visit.redirect(nextOf(visit));
}

export const stepUpPages: readonly Route[] = [
  { method: 'get', path: '/step-up', access: 'enrolling', answer: (visit) => show(visit) },
  { method: 'post', path: '/step-up', access: 'enrolling', answer: prove },
];
