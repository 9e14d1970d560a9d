/** Who did what, when, from where. */
import type { ActivityEntry } from '../../../auth/index.js';
import { changeWords } from '../change-words.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';
import { exportActivity } from './activity-export.js';
import { activityKinds, beginningOf, eventWords, eventsOf } from './activity-kinds.js';

const PAGE = 50;

/** One icon for each kind of event: what stands before the dot in its name. */
const icons: ReadonlyMap<string, string> = new Map([
  ['account', 'user-round'],
  ['password', 'lock'],
  ['sign-in', 'log-in'],
  ['session', 'log-out'],
  ['sessions', 'log-out'],
  ['step-up', 'shield-check'],
  ['totp', 'smartphone'],
  ['passkey', 'fingerprint-pattern'],
  ['factors', 'shield-alert'],
  ['recovery-codes', 'life-buoy'],
  ['recovery-code', 'life-buoy'],
  ['app-password', 'key-round'],
  ['link', 'link'],
  ['mail', 'mail-x'],
]);

function entryOf(entry: ActivityEntry, timeZone: string | null) {
  const { id, at, event, actor, address, client, detail } = entry;
  const { label } = detail;
  const where = [client, address].filter((part) => part !== undefined).join(', ');
  return {
    id,
    at,
    icon: icons.get(beginningOf(event)) ?? 'history',
    what: eventWords(event),
    detail: [typeof label === 'string' ? label : '', changeWords(entry, timeZone), byWhom(actor)]
      .filter((part) => part !== '')
      .join(' · '),
    where: where === '' ? text('activity.nowhere') : where,
  };
}

/** Said where it was not the holder. */
function byWhom(actor: string): string {
  if (actor === 'account') return '';
  if (actor === 'shell') return text('activity.by.shell');
  if (actor.startsWith('holder ')) return text('activity.by.holder');
  return actor.startsWith('administrator ')
    ? text('activity.by.administrator', { name: actor.slice('administrator '.length) })
    : text('activity.by.system');
}

async function show(visit: Visit): Promise<Answered> {
  const before = visit.query('before').slice(0, 100);
  const events = eventsOf(visit.query('kind'));
  const kind = events === undefined ? '' : visit.query('kind');
  const { entries, older } = await visit.console.auth.activity.page(visit.account.id, {
    limit: PAGE,
    before: before === '' ? undefined : before,
    events,
  });
  return visit.page(
    'activity',
    { title: text('activity.title'), nav: 'activity', width: 'wide' },
    {
      entries: entries.map((entry) => entryOf(entry, visit.account.timeZone ?? null)),
      kinds: [
        { value: '', label: text('activity.kind.all'), chosen: kind === '' },
        ...activityKinds.map((value) => ({
          value,
          label: text(`activity.kind.${value}`),
          chosen: value === kind,
        })),
      ],
      filtered: kind !== '',
      older: older === undefined ? undefined : `/activity?${query({ kind, before: older })}`,
      files: ['csv', 'json'].map((format) => ({
        href: `/activity/export?${query({ format, kind })}`,
        format: format.toUpperCase(),
      })),
    },
  );
}

/** Without what is empty. */
const query = (values: Readonly<Record<string, string>>): string =>
  new URLSearchParams(Object.entries(values).filter(([, value]) => value !== '')).toString();

export const activityPages: readonly Route[] = [
  { method: 'get', path: '/activity', access: 'holder', answer: show },
  { method: 'get', path: '/activity/export', access: 'holder', answer: exportActivity },
];
