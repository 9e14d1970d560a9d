/** How one signs in, and where one is signed in. */
import { SessionId } from '../../../storage/ids.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';
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
      twoStepState: twoStepState(account),
      codesLeft: codes.left,
      passwordChangedAt: await passwordChangedAt(visit),
      sessions: sessions.map((entry) => ({
        id: entry.id,
        client: entry.client,
        icon: /iPhone|iPad|Android/.test(entry.client) ? 'smartphone' : 'laptop',
        current: entry.id === session.id,
        address: entry.address,
        seenAt: entry.lastSeenAt,
      })),
    },
  );
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
  { method: 'post', path: '/security/sessions/:id/end', access: 'holder', answer: endOne },
];
