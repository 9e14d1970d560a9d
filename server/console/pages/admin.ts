/** For administrators: who has an account, how much each keeps, and when it was last used. */
import type { AccountOverview } from '../../../auth/index.js';
import { AccountId } from '../../../storage/ids.js';
import { adminTabs } from '../admin-tabs.js';
import type { Route } from '../route.js';
import { bytes, text } from '../text.js';
import { meOf } from '../visit.js';
import type { Answered, Visit } from '../visit.js';

const PAGE = 100;

async function show(visit: Visit): Promise<Answered> {
  const after = Number(visit.query('after'));
  const words = visit.query('q').trim().slice(0, 254);
  const found = await visit.console.auth.administration.accounts({
    limit: PAGE + 1,
    text: words,
    ...(Number.isSafeInteger(after) && after > 0 ? { after: AccountId(after) } : {}),
  });
  const accounts = found.slice(0, PAGE);
  const more = found.length > PAGE ? accounts.at(-1)?.account.id : undefined;
  return visit.page(
    'admin',
    { title: text('admin.title'), nav: 'admin', width: 'wide' },
    {
      adminTabs: adminTabs('accounts'),
      words,
      accounts: accounts.map(rowOf),
      more:
        more === undefined
          ? undefined
          : `/admin?${new URLSearchParams({ after: String(more), q: words }).toString()}`,
      nobody: text('admin.accounts.none', { words }),
    },
  );
}

const rowOf = ({ account, usedBytes, devices, lastActiveAt }: AccountOverview) => ({
  ...meOf(account),
  id: account.id,
  twoStep: account.hasSecondFactor,
  disabled: account.disabledAt !== undefined,
  used: bytes(usedBytes),
  devices,
  lastActiveAt,
});

export const adminPages: readonly Route[] = [
  { method: 'get', path: '/admin', access: 'administrator', answer: show },
];
