/** In which time zone times are told, on pages and in mails. */
import { problem, fields } from '../form.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const path = '/profile/time-zone';

let names: readonly string[] | undefined;

/** As ICU has them, made at the first use; and the one that was chosen, which another version may call otherwise. */
function timeZones({ account: { timeZone } }: Visit): readonly string[] {
  names ??= ['UTC', ...Intl.supportedValuesOf('timeZone')];
  return timeZone === undefined || names.includes(timeZone) ? names : [timeZone, ...names];
}

function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Answered {
  const chosen = visit.account.timeZone;
  return visit.page(
    'time-zone',
    { title: text('time-zone.title'), nav: 'profile', ...frame },
    {
      unset: chosen === undefined,
      zones: timeZones(visit).map((name) => ({
        name,
        label: name.replaceAll('_', ' '),
        chosen: name === (chosen ?? 'UTC'),
      })),
    },
    status,
  );
}

async function choose(visit: Visit): Promise<Answered> {
  const timeZone = fields(visit.request).get('timeZone') ?? '';
  if (!timeZones(visit).includes(timeZone))
    return visit.wrong([problem('timeZone', 'form.time-zone.wrong')], (frame, status) =>
      show(visit, frame, status),
    );
  const { console, account, by } = visit;
  await console.auth.accounts.setProfile(account.id, { timeZone }, by);
  return visit.redirect('/profile', 'profile');
}

export const timeZonePages: readonly Route[] = [
  { method: 'get', path, access: 'holder', answer: (visit) => show(visit) },
  { method: 'post', path, access: 'holder', answer: choose },
];
