/** For administrators: invites, made, listed and withdrawn. */
import { z } from 'zod';
import { adminTabs } from '../admin-tabs.js';
import { fields, readForm } from '../form.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { day, text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const path = '/admin/invites';
const here = (): string => path;

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const { auth } = visit.console;
  const [policy, invites, groups] = await Promise.all([
    auth.registration.policy(),
    auth.administration.invites(),
    auth.groups.list(),
  ]);
  return visit.page(
    'admin-invites',
    { title: text('admin.tab.invites'), nav: 'admin', ...frame },
    {
      adminTabs: adminTabs('invites'),
      allowed: policy !== 'closed',
      mails: auth.outbox.works,
      once: await invitesMade(visit),
      groups,
      invites: invites.map(({ id, email, isAdmin, groups: names, createdAt, expiresAt }) => ({
        id,
        who: email ?? text('admin.invite.anybody'),
        facts: [...(isAdmin ? [text('admin.is-admin')] : []), ...names],
        createdAt,
        until: until(visit, expiresAt),
      })),
    },
    status,
  );
}

/** The latest invite: the same form sent again, by a reload, makes no second one. */
async function invitesMade({ console, account }: Visit): Promise<string> {
  const [latest] = await console.auth.activity.list(account.id, { limit: 1, events: ['link.invite-made'] });
  return latest?.id ?? 'none';
}

const inviteForm = z.object({
  email: z.string().trim().max(320, 'form.email.wrong').default(''),
  role: z.enum(['holder', 'administrator']).default('holder').catch('holder'),
  group: z.string().max(64, 'form.group.wrong').default(''),
  mail: z.string().default(''),
});

async function invite(visit: Visit): Promise<Answered> {
  if (fields(visit.request).get('once') !== (await invitesMade(visit))) return visit.redirect(path);
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Promise<Answered> =>
    show(visit, frame, status);
  const read = readForm(visit.request, inviteForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const { email, role, group, mail } = read.data;
  const groups = group === '' ? [] : [group];
  const wanted = { email, isAdmin: role === 'administrator', groups, mail: mail === 'yes' };
  const made = await visit.attempt(
    () => visit.console.auth.links.invite(wanted, visit.by),
    problemOf,
    showAgain,
  );
  if (made === ANSWERED) return made;
  return visit.page(
    'link-shown',
    { title: text('link.invite.title'), nav: 'admin' },
    {
      why: made.mailed ? text('link.invite.mailed', { email }) : text('link.invite.why'),
      link: made.url,
      expiry: text('link.expiry', { until: until(visit, made.expiresAt) }),
    },
  );
}

async function withdraw(visit: Visit): Promise<Answered> {
  await visit.console.auth.administration.withdrawInvite(visit.parameter('id'), visit.by);
  return visit.redirect(path, 'invite-withdrawn');
}

const until = (visit: Visit, at: number): string => day(at, visit.account.timeZone ?? null);

export const adminInvitePages: readonly Route[] = [
  { method: 'get', path, access: 'administrator', answer: (visit) => show(visit) },
  { method: 'post', path, access: 'administrator', stepUp: here, answer: invite },
  { method: 'post', path: `${path}/:id/withdraw`, access: 'administrator', stepUp: here, answer: withdraw },
];
