/**
 * Addresses that open an app of an Android phone with everything filled in. DAVx5 takes `davx5://`, it and others take
 * `caldavs://` and `carddavs://`; each stands for https (DAVx5's manual, "Integration", and its test of login intents).
 */
import { qrCode } from '../../auth/index.js';
import type { QrCode, Service } from '../../auth/index.js';
import type { DeviceKind, Place } from './devices.js';

export interface AppLink {
  readonly scheme: 'davx5' | 'caldavs' | 'carddavs';
  readonly href: string;
  readonly qr: QrCode;
}

/**
 * The links for a new app password. Who opens one has the password, as whoever reads the page has: it is shown once, and an
 * address of this kind goes to an app and to no server. None without https, which these addresses stand for.
 */
export function appLinks(
  kind: DeviceKind,
  services: ReadonlySet<Service>,
  place: Place,
  secret: string,
): readonly AppLink[] {
  if (!place.origin.startsWith('https://')) return [];
  return schemesFor(kind, services).map((scheme) => {
    const credentials = `${encodeURIComponent(place.userName)}:${secret}`;
    const href = `${scheme}://${credentials}@${new URL(place.origin).host}/`;
    return { scheme, href, qr: qrCode(href) };
  });
}

function schemesFor(kind: DeviceKind, services: ReadonlySet<Service>): AppLink['scheme'][] {
  if (kind === 'android') return ['davx5'];
  if (kind !== 'other') return [];
  return [
    ...(services.has('calendars') ? (['caldavs'] as const) : []),
    ...(services.has('contacts') ? (['carddavs'] as const) : []),
  ];
}
