/** For administrators: who has an account, invites, and how the server is doing. */
import { AccountId } from '../../../storage/ids.js';
import { fields } from '../form.js';
import type { Route } from '../route.js';
import { day, relativeTime, text } from '../text.js';
import type { TextKey } from '../text.js';
import { meOf } from '../visit.js';
import type { Answered, Visit } from '../visit.js';

const here = (): string => '/admin';
const PAGE = 100;

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly tone?: 'ok' | 'warn' | 'bad';
}

async function show(visit: Visit): Promise<Answered> {
  const after = Number(visit.query('after'));
  const page = { limit: PAGE + 1, ...(after > 0 ? { after: AccountId(after) } : {}) };
  const found = await visit.console.auth.accounts.list(page);
  const accounts = found.slice(0, PAGE);
  return visit.page(
    'admin',
    { title: text('admin.title'), nav: 'admin', width: 'wide' },
    {
      accounts: accounts.map((account) => ({
        ...meOf(account),
        id: account.id,
        twoStep: account.hasSecondFactor,
        disabled: account.disabledAt !== undefined,
      })),
      more: found.length > PAGE ? accounts.at(-1)?.id : undefined,
      facts: await facts(visit),
      invites: visit.console.auth.registration.policy !== 'closed',
      once: await invitesMade(visit),
    },
  );
}

async function facts({ console, now }: Visit): Promise<Fact[]> {
  const { config, auth, database } = console;
  const answers = await database.ping().then(
    () => true,
    () => false,
  );
  return [
    fact('admin.status.url', config.baseUrl.origin),
    {
      name: text('admin.status.database'),
      value: text(answers ? 'admin.status.database.ok' : 'admin.status.database.bad'),
      tone: answers ? 'ok' : 'bad',
    },
    transport(config.allowInsecure, config.baseUrl),
    fact('admin.status.registration', text(`admin.status.registration.${auth.registration.policy}`)),
    fact('admin.status.version', config.version),
    fact('admin.status.since', relativeTime(now - process.uptime() * 1000, now)),
  ];
}

const fact = (key: TextKey, value: string): Fact => ({ name: text(key), value });

function transport(allowInsecure: boolean, baseUrl: URL): Fact {
  const name = text('admin.status.transport');
  if (allowInsecure) return { name, value: text('admin.status.transport.insecure'), tone: 'bad' };
  if (baseUrl.protocol === 'https:') return { name, value: text('admin.status.transport.https'), tone: 'ok' };
  return { name, value: text('admin.status.transport.loopback'), tone: 'ok' };
}

/** The latest invite: the same form sent again, by a reload, makes no second one. */
async function invitesMade({ console, account }: Visit): Promise<string> {
  const [latest] = await console.auth.activity.list(account.id, { limit: 1, events: ['link.invite-made'] });
  return latest?.id ?? 'none';
}

async function invite(visit: Visit): Promise<Answered> {
  if (fields(visit.request).get('once') !== (await invitesMade(visit))) return visit.redirect('/admin');
  const { url, expiresAt } = await visit.console.auth.links.invite({}, visit.by);
  return visit.page(
    'link-shown',
    { title: text('link.invite.title'), nav: 'admin' },
    {
      why: text('link.invite.why'),
      link: url,
      expiry: text('link.expiry', { until: until(visit, expiresAt) }),
    },
  );
}

export function until(visit: Visit, at: number): string {
  return day(at, visit.account.timeZone ?? null);
}

export const adminPages: readonly Route[] = [
  { method: 'get', path: '/admin', access: 'administrator', answer: show },
  { method: 'post', path: '/admin/invites', access: 'administrator', stepUp: here, answer: invite },
];
