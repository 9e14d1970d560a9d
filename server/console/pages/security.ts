/** How one signs in, and where one is signed in. */
import { z } from 'zod';
import { SessionId } from '../../../storage/ids.js';
import { freshForm, readForm } from '../form.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { passwordChangedAt, twoStepState } from './standing.js';

async function show(visit: Visit): Promise<Answered> {
  const { console, account, session } = visit;
  const [codes, sessions] = await Promise.all([
    console.auth.recoveryCodes.state(account.id),
    console.auth.sessions.list(account.id),
  ]);
  return visit.page(
    'security',
    { title: text('security.title'), nav: 'security' },
    {
      twoStep: account.hasSecondFactor,
      twoStepState: await twoStepState(visit),
      codesLeft: codes.left,
      passwordChangedAt: await passwordChangedAt(visit),
      sessions: sessions.map((entry) => ({
        id: entry.id,
        client: entry.client,
        name: entry.label ?? entry.client,
        icon: /iPhone|iPad|Android/.test(entry.client) ? 'smartphone' : 'laptop',
        current: entry.id === session.id,
        address: entry.address,
        seenAt: entry.lastSeenAt,
      })),
    },
  );
}

async function askName(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const { console, account } = visit;
  const id = visit.parameter('id');
  const entry = (await console.auth.sessions.list(account.id)).find((each) => each.id === id);
  if (entry === undefined) return visit.redirect('/security');
  const form = freshForm({ label: entry.label ?? '' });
  const title = text('sessions.name.title', { client: entry.client });
  return visit.page('session-name', { title, nav: 'security', form, ...frame }, { id }, status);
}

const nameForm = z.object({ label: z.string().max(400, 'form.label.wrong').default('') });

async function name(visit: Visit): Promise<Answered> {
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number) => askName(visit, frame, status);
  const read = readForm(visit.request, nameForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const { console, account, by } = visit;
  const named = await visit.attempt(
    () => console.auth.sessions.rename(account.id, SessionId(visit.parameter('id')), read.data.label, by),
    problemOf,
    showAgain,
  );
  return named === ANSWERED ? named : visit.redirect('/security', 'session-named');
}

async function endOne(visit: Visit): Promise<Answered> {
  const { console, account, by } = visit;
  await console.auth.sessions.end(account.id, SessionId(visit.parameter('id')), by);
  return visit.redirect('/security', 'session');
}

async function endOthers(visit: Visit): Promise<Answered> {
  const { console, account, by } = visit;
  await console.auth.sessions.endOthers(account.id, by);
  return visit.redirect('/security', 'sessions');
}

/** Everywhere means here too. */
async function endAll(visit: Visit): Promise<Answered> {
  const { console, account, by, session, client } = visit;
  await console.auth.sessions.endOthers(account.id, by);
  visit.setCookie((await console.auth.sessions.signOut(session, client)).setCookie);
  return visit.redirect('/sign-in', 'signed-out-everywhere');
}

export const securityPages: readonly Route[] = [
  { method: 'get', path: '/security', access: 'holder', answer: show },
  { method: 'post', path: '/security/sessions/end-others', access: 'holder', answer: endOthers },
  { method: 'post', path: '/security/sessions/end-all', access: 'holder', answer: endAll },
  {
    method: 'get',
    path: '/security/sessions/:id/name',
    access: 'holder',
    answer: (visit) => askName(visit),
  },
  { method: 'post', path: '/security/sessions/:id/name', access: 'holder', answer: name },
  { method: 'post', path: '/security/sessions/:id/end', access: 'holder', answer: endOne },
];
