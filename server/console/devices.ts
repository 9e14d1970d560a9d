/**
 * The kinds of device that people connect, and what each one asks for: the fields as the client names them, so that
 * nobody has to translate "server" into "base URL".
 */
import type { Service } from '../../auth/actor.js';
import { text } from './text.js';
import type { TextKey } from './text.js';

export const deviceKinds = [
  'iphone',
  'mac',
  'android',
  'thunderbird',
  'outlook',
  'gnome',
  'kde',
  'vdirsyncer',
  'other',
] as const;
export type DeviceKind = (typeof deviceKinds)[number];

const icons: Readonly<Record<DeviceKind, string>> = {
  iphone: 'smartphone',
  mac: 'laptop',
  android: 'smartphone',
  thunderbird: 'mail',
  outlook: 'mail',
  gnome: 'monitor',
  kde: 'monitor',
  vdirsyncer: 'terminal',
  other: 'plug',
};

/** Reads the kind from a form or an address; what is not known is not a kind. */
export function deviceKind(value: unknown): DeviceKind | undefined {
  return deviceKinds.find((kind) => kind === value);
}

const clients: readonly (readonly [RegExp, DeviceKind])[] = [
  [/\biPhone|\biPad/, 'iphone'],
  [/^Mac\b|^macOS/, 'mac'],
  [/on Android/, 'android'],
  [/^Thunderbird/, 'thunderbird'],
  [/^Outlook/, 'outlook'],
  [/^GNOME|^Evolution/, 'gnome'],
  [/^KDE/, 'kde'],
];

/** Where an app password is made for a client that is known in words; where to choose, for any other. */
export function newPasswordPath(client: string | undefined): string {
  const kind = clients.find(([pattern]) => pattern.test(client ?? ''))?.[1];
  return kind === undefined ? '/app-passwords/new' : `/app-passwords/new?device=${kind}`;
}

/** The icon of a device, of those in lucide. */
export function deviceIcon(kind: string | null): string {
  return icons[deviceKind(kind) ?? 'other'];
}

/** A field of the client's own form; `value` is null where the app password belongs. */
export interface Field {
  readonly label: string;
  readonly value: string | null;
}

export interface Guide {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly string[];
  readonly fields: readonly Field[];
  /** What goes into the client's own file. */
  readonly file?: string;
}

export interface Place {
  /** The origin that devices use, without a slash at the end. */
  readonly origin: string;
  readonly userName: string;
}

/** What to do on a device of this kind, once for each account that the client keeps. */
export function guides(kind: DeviceKind, services: ReadonlySet<Service>, place: Place): Guide[] {
  if (kind === 'vdirsyncer')
    return [{ ...guide(kind, 'both', place), fields: [], file: vdirsyncerFile(services, place) }];
  if (oneAccountForBoth.has(kind)) return [guide(kind, 'both', place)];
  return (['calendars', 'contacts'] as const)
    .filter((service) => services.has(service))
    .map((service) => guide(kind, service, place));
}

/** Clients in which one account brings calendars and contacts together. */
const oneAccountForBoth: ReadonlySet<DeviceKind> = new Set(['android', 'gnome', 'vdirsyncer', 'other']);

type Part = 'calendars' | 'contacts' | 'both';

function guide(kind: DeviceKind, part: Part, place: Place): Guide {
  const steps = guideSteps[kind][part] ?? guideSteps[kind].both ?? [];
  return {
    id: part,
    title: text(`guide.${part}`),
    steps: steps.map((key) => text(key)),
    fields: fieldsOf(kind, place),
  };
}

const guideSteps: Readonly<Record<DeviceKind, Readonly<Partial<Record<Part, readonly TextKey[]>>>>> = {
  iphone: {
    calendars: ['guide.iphone.calendars.1', 'guide.iphone.calendars.2', 'guide.enter'],
    contacts: ['guide.iphone.contacts.1', 'guide.iphone.contacts.2', 'guide.enter'],
  },
  mac: {
    calendars: ['guide.mac.1', 'guide.mac.calendars.2', 'guide.mac.3'],
    contacts: ['guide.mac.1', 'guide.mac.contacts.2', 'guide.mac.3'],
  },
  android: { both: ['guide.android.1', 'guide.android.2', 'guide.enter'] },
  thunderbird: {
    calendars: ['guide.thunderbird.calendars.1', 'guide.thunderbird.calendars.2', 'guide.thunderbird.3'],
    contacts: ['guide.thunderbird.contacts.1', 'guide.thunderbird.contacts.2', 'guide.thunderbird.3'],
  },
  outlook: {
    calendars: ['guide.outlook.1', 'guide.outlook.2', 'guide.outlook.calendars.3'],
    contacts: ['guide.outlook.1', 'guide.outlook.2', 'guide.outlook.contacts.3'],
  },
  gnome: { both: ['guide.gnome.1', 'guide.gnome.2', 'guide.enter'] },
  kde: {
    calendars: ['guide.kde.calendars.1', 'guide.kde.2', 'guide.kde.3'],
    contacts: ['guide.kde.contacts.1', 'guide.kde.2', 'guide.kde.3'],
  },
  vdirsyncer: { both: ['guide.vdirsyncer.1', 'guide.vdirsyncer.2', 'guide.vdirsyncer.3'] },
  other: { both: ['guide.other.1'] },
};

const fieldKeys: Readonly<Record<DeviceKind, readonly [server: TextKey, user: TextKey, password: TextKey]>> =
  {
    iphone: ['field.server', 'field.user-name', 'field.password'],
    mac: ['field.server-address', 'field.user-name', 'field.password'],
    android: ['field.base-url', 'field.user-name', 'field.password'],
    thunderbird: ['field.location', 'field.username', 'field.password'],
    outlook: ['field.dav-url', 'field.username', 'field.password'],
    gnome: ['field.server-address', 'field.username', 'field.password'],
    kde: ['field.remote-url', 'field.username', 'field.password'],
    vdirsyncer: ['field.server', 'field.username', 'field.password'],
    other: ['field.server', 'field.user-name', 'field.password'],
  };

function fieldsOf(kind: DeviceKind, place: Place): Field[] {
  const [server, user, password] = fieldKeys[kind];
  return [
    { label: text(server), value: serverFor(kind, place.origin) },
    { label: text(user), value: place.userName },
    { label: text(password), value: null },
  ];
}

/** Apple asks for a host and finds the rest; the add-ins for Outlook and KDE want the folder in which to look. */
function serverFor(kind: DeviceKind, origin: string): string {
  if (kind === 'iphone' || kind === 'mac') return new URL(origin).host;
  return kind === 'outlook' || kind === 'kde' ? `${origin}/dav/` : origin;
}

const vdirsyncerKinds = {
  calendars: { type: 'caldav', ending: '.ics' },
  contacts: { type: 'carddav', ending: '.vcf' },
} as const;

/** A pair of storages for each service, in the form of vdirsyncer's configuration. It asks for the password. */
function vdirsyncerFile(services: ReadonlySet<Service>, { origin, userName }: Place): string {
  const pairs = (['calendars', 'contacts'] as const)
    .filter((service) => services.has(service))
    .map((service) => {
      const { type, ending } = vdirsyncerKinds[service];
      return [
        `[pair ${service}]`,
        `a = "${service}_here"`,
        `b = "${service}_there"`,
        'collections = ["from a", "from b"]',
        'metadata = ["displayname"]',
        '',
        `[storage ${service}_here]`,
        'type = "filesystem"',
        `path = "~/.local/share/${service}/"`,
        `fileext = "${ending}"`,
        '',
        `[storage ${service}_there]`,
        `type = "${type}"`,
        `url = "${origin}/"`,
        `username = ${JSON.stringify(userName)}`,
        'password.fetch = ["prompt", "App password"]',
        '',
      ].join('\n');
    });
  return ['[general]', 'status_path = "~/.local/share/vdirsyncer/status/"', '', ...pairs].join('\n');
}

/** What the app password may do, in words: "Calendars and contacts, read only". */
export function rights(calendars: boolean, contacts: boolean, access: 'write' | 'read'): string[] {
  return [
    ...(calendars ? [text('device.calendars')] : []),
    ...(contacts ? [text('device.contacts')] : []),
    ...(access === 'read' ? [text('device.read-only')] : []),
  ];
}
