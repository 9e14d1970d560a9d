/** What an administrator can do for one account. Dangerous things are asked for on a page of their own. */
import type { Account, AccountOverview } from '../../../auth/index.js';
import { AccountId } from '../../../storage/ids.js';
import { notFoundPage } from '../errors.js';
import type { Notice } from '../notice.js';
import type { Route } from '../route.js';
import { bytes, exactTime, text } from '../text.js';
import type { TextKey } from '../text.js';
import { meOf } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { quotaFormOf, saveQuota } from './admin-quota.js';

async function overviewOf(visit: Visit): Promise<AccountOverview | undefined> {
  const id = visit.parameter('id');
  return /^\d{1,15}$/.test(id) ? visit.console.auth.administration.account(AccountId(Number(id))) : undefined;
}

const accountOf = async (visit: Visit): Promise<AccountOverview['account'] | undefined> =>
  (await overviewOf(visit))?.account;

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const overview = await overviewOf(visit);
  if (overview === undefined) return notFoundPage(visit);
  const { account, usedBytes, devices, lastActiveAt } = overview;
  const { auth } = visit.console;
  const [sessions, groups] = await Promise.all([auth.sessions.list(account.id), auth.groups.of(account.id)]);
  const shown = {
    ...meOf(account),
    id: account.id,
    email: account.email,
    twoStep: account.hasSecondFactor,
    disabled: account.disabledAt !== undefined,
    createdAt: account.createdAt,
    earlier: account.earlierNames.map(({ name }) => name),
    lastActiveAt,
    devices: text('admin.devices', { count: devices }),
    used: bytes(usedBytes),
    sessions: sessions.length,
    groups: groups.map(({ name, displayName }) => ({
      href: `/admin/groups/${encodeURIComponent(name)}`,
      label: displayName ?? name,
    })),
  };
  return visit.page(
    'admin-account',
    { title: account.name, nav: 'admin', form: quotaFormOf(overview), ...frame },
    { account: shown, self: account.id === visit.account.id },
    status,
  );
}

async function quota(visit: Visit): Promise<Answered> {
  const overview = await overviewOf(visit);
  if (overview === undefined) return notFoundPage(visit);
  return saveQuota(visit, overview, (frame, status) => show(visit, frame, status));
}

async function endSessions(visit: Visit): Promise<Answered> {
  const found = await accountOf(visit);
  if (found === undefined) return notFoundPage(visit);
  await visit.console.auth.sessions.endOthers(found.id, visit.by);
  return visit.redirect(`/admin/accounts/${found.id}`, 'signed-out-there');
}

interface Action {
  readonly name: 'disable' | 'enable' | 'reset-factors' | 'promote' | 'demote';
  readonly button: TextKey;
  readonly danger: boolean;
  readonly notice: Notice;
  run(visit: Visit, id: AccountId): Promise<void>;
}

const actions: readonly Action[] = [
  {
    name: 'disable',
    button: 'admin.disable',
    danger: true,
    notice: 'disabled',
    run: ({ console, by }, id) => console.auth.accounts.disable(id, by),
  },
  {
    name: 'enable',
    button: 'admin.enable',
    danger: false,
    notice: 'enabled',
    run: ({ console, by }, id) => console.auth.accounts.enable(id, by),
  },
  {
    name: 'reset-factors',
    button: 'admin.reset-factors.button',
    danger: true,
    notice: 'factors',
    run: ({ console, by }, id) => console.auth.accounts.resetFactors(id, by),
  },
  {
    name: 'promote',
    button: 'admin.promote',
    danger: true,
    notice: 'role',
    run: ({ console, by }, id) => console.auth.administration.setAdministrator(id, true, by),
  },
  {
    name: 'demote',
    button: 'admin.demote',
    danger: false,
    notice: 'role',
    run: ({ console, by }, id) => console.auth.administration.setAdministrator(id, false, by),
  },
];

async function ask(visit: Visit, action: Action): Promise<Answered> {
  const account = await accountOf(visit);
  if (account === undefined) return notFoundPage(visit);
  const { name } = account;
  return visit.page(
    'admin-confirm',
    { title: text(`admin.${action.name}.title`, { name }), nav: 'admin' },
    {
      consequence: text(`admin.${action.name}.what`, { name }),
      action: `/admin/accounts/${account.id}/${action.name}`,
      button: text(action.button),
      danger: action.danger,
      backHref: `/admin/accounts/${account.id}`,
      backLabel: name,
    },
  );
}

async function run(visit: Visit, action: Action): Promise<Answered> {
  const account = await accountOf(visit);
  if (account === undefined) return notFoundPage(visit);
  await action.run(visit, account.id);
  return visit.redirect(`/admin/accounts/${account.id}`, action.notice);
}

async function resetLink(visit: Visit): Promise<Answered> {
  const account = await accountOf(visit);
  if (account === undefined) return notFoundPage(visit);
  const { name } = account;
  const { url, expiresAt } = await visit.console.auth.links.reset(account.id, visit.by);
  const until = exactTime(expiresAt, visit.account.timeZone ?? null);
  return visit.page(
    'link-shown',
    { title: text('link.reset.title', { name }), nav: 'admin' },
    {
      why: text('link.reset.why', { name }),
      link: url,
      expiry: text('link.expiry', { until }),
      mail: byMail(visit, account),
    },
  );
}

/** The other way to hand a reset link over, where mail reaches the person. */
function byMail({ console }: Visit, { id, email = '', emailConfirmed }: Account) {
  if (!console.auth.outbox.works || !emailConfirmed) return undefined;
  return { action: `/admin/accounts/${id}/reset-mail`, why: text('link.reset.mail', { email }) };
}

async function mailReset(visit: Visit): Promise<Answered> {
  const found = await accountOf(visit);
  if (found === undefined) return notFoundPage(visit);
  await visit.console.auth.links.mailReset(found.id, visit.by);
  return visit.redirect(`/admin/accounts/${found.id}`, 'reset-mailed');
}

/** An action is asked for and confirmed at one address; the form of a link stands on the account's page. */
const account = '/admin/accounts/:id';
const accountPage = ({ path }: { readonly path: string }): string => path.replace(/\/[^/]+$/, '');

export const adminAccountPages: readonly Route[] = [
  { method: 'get', path: account, access: 'administrator', answer: (visit) => show(visit) },
  ...actions.flatMap((action): Route[] => [
    {
      method: 'get',
      path: `${account}/${action.name}`,
      access: 'administrator',
      stepUp: ({ path }) => path,
      answer: (visit) => ask(visit, action),
    },
    {
      method: 'post',
      path: `${account}/${action.name}`,
      access: 'administrator',
      stepUp: ({ path }) => path,
      answer: (visit) => run(visit, action),
    },
  ]),
  {
    method: 'post',
    path: `${account}/quota`,
    access: 'administrator',
    stepUp: accountPage,
    answer: quota,
  },
  {
    method: 'post',
    path: `${account}/end-sessions`,
    access: 'administrator',
    stepUp: accountPage,
    answer: endSessions,
  },
  {
    method: 'post',
    path: `${account}/reset-link`,
    access: 'administrator',
    stepUp: accountPage,
    answer: resetLink,
  },
  {
    method: 'post',
    path: `${account}/reset-mail`,
    access: 'administrator',
    stepUp: accountPage,
    answer: mailReset,
  },
];
