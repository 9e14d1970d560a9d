/** The words of a mail: what happened, when, from where, and what to do. Plain text; links lead to pages and hold no right, but for those whose purpose it is. */
import type { ActivityEvent, Letter, MailAbout, Whence } from '../../auth/index.js';
import { exactTime, text } from '../console/text.js';
import type { TextKey } from '../console/text.js';
import type { Mail } from './transport.js';

type Notice = MailAbout & { readonly kind: 'notice' };

/** What to do where it was not the holder, and the page for it. */
type Todo = 'app-password' | 'ask' | 'deleted' | 'factor' | 'password';

const pages: Readonly<Record<Todo, string>> = {
  'app-password': '/app-passwords',
  ask: '/help',
  deleted: '/help',
  factor: '/security',
  password: '/forgotten',
};

const asking: ReadonlySet<ActivityEvent> = new Set([
  'account.disabled',
  'account.renamed',
  'account.role-changed',
]);

const todoOf = (event: ActivityEvent): Todo => {
  if (event === 'account.removed') return 'deleted';
  if (asking.has(event)) return 'ask';
  if (event.startsWith('app-password.')) return 'app-password';
  if (event.startsWith('sign-in.')) return 'password';
  return event.startsWith('password.') || event.startsWith('account.') ? 'password' : 'factor';
};

/** The mail of a letter; `baseUrl` is where people reach the console. */
export function mailOf(letter: Letter, baseUrl: URL): Mail {
  const { id, to, at } = letter;
  const { subject, parts } = contentOf(letter, baseUrl);
  const foot = text('mail.foot', { host: baseUrl.host });
  return { id, to, at, subject, text: `${[...parts, `-- \n${foot}`].join('\n\n')}\n` };
}

interface Content {
  readonly subject: string;
  readonly parts: readonly string[];
}

function contentOf(letter: Letter, baseUrl: URL): Content {
  const { about } = letter;
  const { host } = baseUrl;
  const subject = (key: TextKey): string => text(key, { host });
  switch (about.kind) {
    case 'confirm':
      return {
        subject: subject('mail.confirm.subject'),
        parts: [
          text('mail.confirm.what', { host }),
          about.url,
          valid(letter, about.expiresAt),
          text('mail.confirm.not-you'),
        ],
      };
    case 'address-taken':
      return {
        subject: subject('mail.address-taken.subject'),
        parts: [
          text('mail.address-taken.what', { host }),
          facts(letter, about.from),
          text('mail.address-taken.todo'),
        ],
      };
    case 'reset':
      return {
        subject: subject('mail.reset.subject'),
        parts: [
          text(about.byAdministrator ? 'mail.reset.by-administrator' : 'mail.reset.what', {
            host,
            name: about.name,
          }),
          about.url,
          valid(letter, about.expiresAt),
          facts(letter, about.from),
          text('mail.reset.not-you'),
        ].filter((part) => part !== ''),
      };
    case 'invite':
      return {
        subject: subject('mail.invite.subject'),
        parts: [
          text('mail.invite.what', { host, inviter: about.inviter }),
          about.url,
          valid(letter, about.expiresAt),
          text('mail.invite.not-you'),
        ],
      };
    case 'notice':
      return noticeOf(letter, about, baseUrl);
  }
}

function noticeOf(letter: Letter, about: Notice, baseUrl: URL): Content {
  const { event, name, from, actor, detail, last } = about;
  const { host } = baseUrl;
  const todo = todoOf(event);
  return {
    subject: text(`mail.notice.${event}.subject` as TextKey, { host }),
    parts: [
      text(`mail.notice.${event}` as TextKey, { host, name }),
      facts(letter, from, [labelled(detail['label']), byWhom(actor)]),
      text(`mail.todo.${todo}`),
      new URL(pages[todo], baseUrl).href,
      last ? text('mail.last') : '',
    ].filter((part) => part !== ''),
  };
}

const valid = ({ timeZone }: Letter, expiresAt: number): string =>
  text('mail.valid', { until: exactTime(expiresAt, timeZone ?? null) });

/** When, where and with what; a line each. */
function facts({ at, timeZone }: Letter, { address, client }: Whence, more: readonly string[] = []): string {
  const place = [address, client === undefined ? undefined : harmless(client)].filter(
    (part) => part !== undefined,
  );
  if (place.length === 0 && more.length === 0) return '';
  return [
    ...more,
    text('mail.when', { at: exactTime(at, timeZone ?? null) }),
    place.length === 0 ? '' : text('mail.where', { place: place.join(', ') }),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

const labelled = (label: unknown): string =>
  typeof label === 'string' ? text('mail.device', { label }) : '';

function byWhom(actor: string): string {
  if (actor === 'shell') return text('mail.by.shell');
  return actor.startsWith('administrator ')
    ? text('mail.by.administrator', { name: actor.slice('administrator '.length) })
    : '';
}

/**
 * A client as it calls itself. Whoever sends the request chooses that, also who is not signed in: nothing that a mail program
 * would make a link of is passed on.
 */
const harmless = (client: string): string =>
  /^[\p{L}\p{N} ()+⁵-]{1,60}$/u.test(client) ? client : text('mail.unknown-client');
