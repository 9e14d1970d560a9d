/** Taking app passwords back, on pages of their own that name what will stop working. */
import { notFoundPage } from '../errors.js';
import { sameAddress } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';
import { ownPassword } from './app-passwords.js';
import { passwordsInUse } from './standing.js';

async function ask(visit: Visit): Promise<Answered> {
  const password = await ownPassword(visit);
  if (password === undefined) return notFoundPage(visit);
  if (password.revokedAt !== undefined) return visit.redirect(`/app-passwords/${password.id}`);
  const { label } = password;
  return visit.page(
    'app-password-revoke',
    { title: text('revoke.of', { label }), nav: 'passwords' },
    {
      question: text('revoke.title', { label }),
      consequence: text('revoke.what', { label }),
      names: [],
      action: `/app-passwords/${password.id}/revoke`,
      button: text('revoke.button'),
    },
  );
}

async function revoke(visit: Visit): Promise<Answered> {
  const password = await ownPassword(visit);
  if (password === undefined) return notFoundPage(visit);
  if (password.revokedAt === undefined) {
    await visit.console.auth.appPasswords.revoke(visit.account.id, password.id, visit.by);
  }
  return visit.redirect('/app-passwords', 'revoked');
}

async function askAll(visit: Visit): Promise<Answered> {
  const passwords = await passwordsInUse(visit);
  if (passwords.length === 0) return visit.redirect('/app-passwords');
  return visit.page(
    'app-password-revoke',
    { title: text('revoke-all.title'), nav: 'passwords' },
    {
      question: text('revoke-all.title'),
      consequence: text('revoke-all.what'),
      names: passwords.map(({ label }) => label),
      action: '/app-passwords/revoke-all',
      button: text('revoke-all.button'),
    },
  );
}

async function revokeAll(visit: Visit): Promise<Answered> {
  await visit.console.auth.appPasswords.revokeAll(visit.account.id, visit.by);
  return visit.redirect('/app-passwords', 'revoked-all');
}

export const revocationPages: readonly Route[] = [
  { method: 'get', path: '/app-passwords/revoke-all', access: 'holder', stepUp: sameAddress, answer: askAll },
  {
    method: 'post',
    path: '/app-passwords/revoke-all',
    access: 'holder',
    stepUp: sameAddress,
    answer: revokeAll,
  },
  { method: 'get', path: '/app-passwords/:id/revoke', access: 'holder', stepUp: sameAddress, answer: ask },
  {
    method: 'post',
    path: '/app-passwords/:id/revoke',
    access: 'holder',
    stepUp: sameAddress,
    answer: revoke,
  },
];
