/** Who did what, when, from where. */
import type { ActivityEntry, ActivityEvent } from '../../../auth/index.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';

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
  ['factors', 'shield-alert'],
  ['recovery-codes', 'life-buoy'],
  ['recovery-code', 'life-buoy'],
  ['app-password', 'key-round'],
  ['link', 'link'],
]);

export const eventWords = (event: ActivityEvent): string => text(`event.${event}`);

function entryOf({ id, at, event, actor, address, client, detail }: ActivityEntry) {
  const { label } = detail;
  const where = [client, address].filter((part) => part !== undefined).join(', ');
  return {
    id,
    at,
    icon: icons.get(event.slice(0, event.indexOf('.'))) ?? 'history',
    what: eventWords(event),
    detail: [typeof label === 'string' ? label : '', byWhom(actor)].filter((part) => part !== '').join(' · '),
    where: where === '' ? text('activity.nowhere') : where,
  };
}

/** Said where it was not the holder. */
function byWhom(actor: string): string {
  if (actor === 'account') return '';
  if (actor === 'shell') return text('activity.by.shell');
  return actor.startsWith('administrator ')
    ? text('activity.by.administrator', { name: actor.slice('administrator '.length) })
    : text('activity.by.system');
}

async function show(visit: Visit): Promise<Answered> {
  const before = visit.query('before').slice(0, 100);
  const found = await visit.console.auth.activity.list(visit.account.id, {
    limit: PAGE + 1,
    ...(before === '' ? {} : { before }),
  });
  const entries = found.slice(0, PAGE);
  const older = found.length > PAGE ? entries.at(-1)?.id : undefined;
  return visit.page(
    'activity',
    { title: text('activity.title'), nav: 'activity', width: 'wide' },
    { entries: entries.map(entryOf), older },
  );
}

export const activityPages: readonly Route[] = [
  { method: 'get', path: '/activity', access: 'holder', answer: show },
];
