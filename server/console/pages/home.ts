/** The start page: what to do next, and after that how the devices are doing. */
import type { DeviceEntry } from '../devices-in-use.js';
import { newPasswordPath } from '../devices.js';
import { seenLoginPassword } from '../diagnosis.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { TextKey } from '../text.js';
import type { Answered, Visit } from '../visit.js';
import { devicesOf } from './standing.js';

interface Step {
  readonly done: boolean;
  readonly now: boolean;
  readonly title: string;
  readonly what: string;
  readonly href: string;
  readonly action: string;
}

async function home(visit: Visit): Promise<Answered> {
  const { account, now } = visit;
  const { passwords, entries, strays } = await devicesOf(visit);
  const revoked = new Set<string>(
    passwords.filter(({ revokedAt }) => revokedAt !== undefined).map(({ id }) => id),
  );
  const devices = entries.filter(({ id }) => !revoked.has(id));
  const seen = seenLoginPassword(account, passwords, now);
  const synced = passwords.some(({ lastUsedAt }) => lastUsedAt !== undefined);
  return visit.page(
    'home',
    { title: text('nav.home'), nav: 'home', width: synced ? 'wide' : '' },
    {
      devices,
      synced,
      steps: steps(devices),
      seen: seen && { ...seen, path: newPasswordPath(seen.client) },
      trouble: strays,
    },
  );
}

/** Nobody comes here without two-step verification: that step is done, and the next one waits. */
function steps(devices: readonly DeviceEntry[]): Step[] {
  const newest = devices[0];
  const made = newest !== undefined;
  return [
    step('two-step', true, false, { title: 'two-step.title', what: 'home.step.two-step.done' }, ''),
    step(
      'password',
      made,
      !made,
      { title: 'home.step.password', what: made ? 'home.step.password.done' : 'home.step.password.what' },
      '/app-passwords/new',
      devices.length,
    ),
    step(
      'sync',
      false,
      made,
      { title: 'home.step.sync', what: 'home.step.sync.what' },
      `/app-passwords/${newest?.id ?? ''}/wait`,
    ),
  ];
}

function step(
  kind: 'two-step' | 'password' | 'sync',
  done: boolean,
  now: boolean,
  words: { readonly title: TextKey; readonly what: TextKey },
  href: string,
  count = 0,
): Step {
  const action = kind === 'two-step' ? '' : text(`home.step.${kind}.action`);
  return { done, now, title: text(words.title), what: text(words.what, { count }), href, action };
}

export const homePages: readonly Route[] = [{ method: 'get', path: '/', access: 'holder', answer: home }];
