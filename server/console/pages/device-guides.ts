/** Guides for each kind of device, with the account's own addresses filled in; the app password is made elsewhere. */
import { deviceIcon, deviceKind, deviceKinds, guides } from '../devices.js';
import { notFoundPage } from '../errors.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';

const both = new Set(['calendars', 'contacts'] as const);

const list = (visit: Visit): Answered =>
  visit.page(
    'device-guides',
    { title: text('guides.title') },
    {
      kinds: deviceKinds.map((id) => ({
        id,
        label: text(`kind.${id}`),
        with: text(`kind.${id}.with`),
        icon: deviceIcon(id),
      })),
    },
  );

function show(visit: Visit): Answered {
  const kind = deviceKind(visit.parameter('kind'));
  if (kind === undefined) return notFoundPage(visit);
  const { origin } = visit.console.config.baseUrl;
  return visit.page(
    'device-guide',
    { title: text('guides.of', { device: text(`kind.${kind}`) }) },
    {
      kind,
      guides: guides(kind, both, { origin, userName: visit.account.name }),
      byItself: kind === 'android' ? origin : undefined,
      profile: kind === 'iphone' || kind === 'mac',
    },
  );
}

export const deviceGuidePages: readonly Route[] = [
  { method: 'get', path: '/help/devices', access: 'holder', answer: list },
  { method: 'get', path: '/help/devices/:kind', access: 'holder', answer: show },
];
