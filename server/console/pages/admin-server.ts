/** For administrators: how the server is doing. */
import { adminTabs } from '../admin-tabs.js';
import type { Route } from '../route.js';
import { bytes, relativeTime, text } from '../text.js';
import type { TextKey } from '../text.js';
import type { Answered, Visit } from '../visit.js';

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly tone?: 'ok' | 'warn' | 'bad';
}

async function show(visit: Visit): Promise<Answered> {
  return visit.page(
    'admin-server',
    { title: text('admin.status'), nav: 'admin' },
    { adminTabs: adminTabs('server'), facts: await facts(visit) },
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
    fact(
      'admin.status.accounts',
      text('admin.status.accounts.count', { count: await auth.accounts.count() }),
    ),
    transport(config.allowInsecure, config.baseUrl),
    signing(config.profileSigner !== undefined),
    fact('admin.status.mail', text(auth.outbox.works ? 'admin.status.mail.on' : 'admin.status.mail.off')),
    fact('admin.status.registration', text(`admin.status.registration.${await auth.registration.policy()}`)),
    fact('admin.status.version', config.version),
    fact('admin.status.node', process.versions.node),
    fact('admin.status.memory', bytes(process.memoryUsage.rss())),
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

const signing = (isSigned: boolean): Fact =>
  fact(
    'admin.status.profiles',
    text(isSigned ? 'admin.status.profiles.signed' : 'admin.status.profiles.plain'),
  );

export const adminServerPages: readonly Route[] = [
  { method: 'get', path: '/admin/server', access: 'administrator', answer: show },
];
