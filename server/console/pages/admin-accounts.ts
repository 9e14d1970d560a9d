/** What an administrator can do for one account. Dangerous things are asked for on a page of their own. */
import type { Account } from '../../../auth/index.js';
import { AccountId } from '../../../storage/ids.js';
import { notFoundPage } from '../errors.js';
import type { Notice } from '../notice.js';
import type { Route } from '../route.js';
import { exactTime, text } from '../text.js';
import type { TextKey } from '../text.js';
import { meOf } from '../visit.js';
import type { Answered, Visit } from '../visit.js';

async function accountOf(visit: Visit): Promise<Account | undefined> {
  const id = visit.parameter('id');
  return /^\d{1,15}$/.test(id) ? visit.console.auth.accounts.get(AccountId(Number(id))) : undefined;
}

async function show(visit: Visit): Promise<Answered> {
  const account = await accountOf(visit);
  if (account === undefined) return notFoundPage(visit);
  const shown = {
    ...meOf(account),
    id: account.id,
    email: account.email,
    twoStep: account.hasSecondFactor,
    disabled: account.disabledAt !== undefined,
  };
  return visit.page(
    'admin-account',
    { title: account.name, nav: 'admin' },
    { account: shown, self: account.id === visit.account.id },
  );
}

interface Action {
  readonly name: 'disable' | 'enable' | 'reset-factors';
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
    { why: text('link.reset.why', { name }), link: url, expiry: text('link.expiry', { until }) },
  );
}

/** An action is asked for and confirmed at one address; the form of a link stands on the account's page. */
const account = '/admin/accounts/:id';
const accountPage = ({ path }: { readonly path: string }): string => path.replace(/\/[^/]+$/, '');

export const adminAccountPages: readonly Route[] = [
  { method: 'get', path: account, access: 'administrator', answer: show },
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
    path: `${account}/reset-link`,
    access: 'administrator',
    stepUp: accountPage,
    answer: resetLink,
  },
];
