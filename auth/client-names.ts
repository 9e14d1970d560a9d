/** Clients in words, from what they say of themselves in User-Agent: "DAVx5 on Android", "Firefox on Linux". */

interface Known {
  /** Its first group, where it has one, is the version. */
  readonly pattern: RegExp;
  readonly name: string;
  /** The system that it always runs on. */
  readonly on?: string;
  /** The version is that of a system of this name, and not the client's own. */
  readonly versionOf?: string;
}

/** The first that matches names the client. */
const known: readonly Known[] = [
  { pattern: /^(?:DAVx5|DAVdroid)(?:\/([\d.]+))?/, name: 'DAVx5', on: 'Android' },
  { pattern: /^ICSx5\/([\d.]+)/, name: 'ICSx5', on: 'Android' },
  { pattern: /^(?:Tasks\.org|org\.tasks)\/([\d.]+)/i, name: 'Tasks.org', on: 'Android' },
  { pattern: /(?:CalDAV|CardDAV)-Sync(?: \w+)?\/([\d.]+)|^org\.dmfs/, name: 'CalDAV-Sync', on: 'Android' },
  { pattern: /^iPadOS\/([\d.]+)/, name: 'iPad', versionOf: 'iPadOS' },
  { pattern: /^iOS\/([\d.]+).*remindd/, name: 'Reminders on iPhone or iPad', versionOf: 'iOS' },
  { pattern: /\biOS\/([\d.]+)/, name: 'iPhone or iPad', versionOf: 'iOS' },
  { pattern: /^(?:watchOS|Watch ?OS)\/([\d.]+)/, name: 'Apple Watch', versionOf: 'watchOS' },
  {
    pattern: /^(?:macOS|Mac[_+ ]OS[_+ ]X)\/([\d.]+).*(?:AddressBook|Contacts)/,
    name: 'macOS Contacts',
    versionOf: 'macOS',
  },
  { pattern: /^AddressBook\/.*Mac[_ ]OS[_ ]X\/([\d.]+)/, name: 'macOS Contacts', versionOf: 'macOS' },
  {
    pattern: /^(?:macOS|Mac[_+ ]OS[_+ ]X)\/([\d.]+).*(?:CalendarAgent|CalendarStore|iCal)/,
    name: 'macOS Calendar',
    versionOf: 'macOS',
  },
  { pattern: /CalendarStore\/.*Mac[_ ]OS[_ ]X\/([\d.]+)/, name: 'macOS Calendar', versionOf: 'macOS' },
  { pattern: /^(?:macOS|Mac[_+ ]OS[_+ ]X)\/([\d.]+).*remindd/, name: 'macOS Reminders', versionOf: 'macOS' },
  { pattern: /^(?:macOS|Mac[_+ ]OS[_+ ]X)\/([\d.]+)/, name: 'Mac', versionOf: 'macOS' },
  { pattern: /\bThunderbird\/([\d.]+)/, name: 'Thunderbird' },
  { pattern: /^Evolution\/([\d.]+)/, name: 'Evolution' },
  { pattern: /^(?:evolution-data-server|EDS)\/([\d.]+)/i, name: 'Evolution' },
  { pattern: /^gnome-online-accounts(?:\/([\d.]+))?/i, name: 'GNOME Online Accounts' },
  { pattern: /^(?:KOrganizer|Akonadi|DAV groupware)(?:\/([\d.]+))?/i, name: 'KDE (Kontact)' },
  { pattern: /^(?:Mozilla.*)?\bKIO\b/i, name: 'KDE (Kontact)' },
  { pattern: /^vdirsyncer(?:\/([\d.]+))?/, name: 'vdirsyncer' },
  { pattern: /^pimsync(?:\/v?([\d.]+))?/, name: 'pimsync' },
  { pattern: /CalDavSynchronizer\/([\d.]+)?/i, name: 'Outlook (CalDav Synchronizer)' },
  { pattern: /^MSFT-WP\/([\d.]+)/, name: 'Windows Phone' },
  { pattern: /^MSFT-WIN-\d+\/([\d.]+)/, name: 'Windows Calendar and People' },
  { pattern: /\b(?:MSFT|Microsoft Outlook|Microsoft Office)\b/, name: 'Outlook' },
  { pattern: /^eM ?Client(?:\/([\d.]+))?/i, name: 'eM Client' },
  { pattern: /^Busy(?:Cal|Contacts)[\w.-]*(?:\/([\d.]+))?/, name: 'BusyCal' },
  { pattern: /^Fantastical[^/]*(?:\/([\d.]+))?/, name: 'Fantastical' },
  { pattern: /^(?:com\.jortes|Jorte)/, name: 'Jorte', on: 'Android' },
  { pattern: /^OpenSync|^OneCalendar(?:\/([\d.]+))?/, name: 'OneCalendar' },
  { pattern: /^Home ?Assistant(?:\/([\d.]+))?/i, name: 'Home Assistant' },
  { pattern: /^python-?caldav(?:\/([\d.]+))?/i, name: 'python-caldav' },
  { pattern: /^tsdav(?:\/([\d.]+))?/i, name: 'tsdav' },
  { pattern: /^(?:khard|khal)(?:\/([\d.]+))?/, name: 'khal' },
  { pattern: /^curl\/([\d.]+)/, name: 'curl' },
];

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'Mac'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
];

/** A User-Agent in words, the same for every version of a client; one that is not known is cut to its first product. */
export const clientName = (userAgent: string): string => words(userAgent, false);

/** The same with the version, as far as people know it: "DAVx5 4.5 on Android", "iPhone or iPad (iOS 18.1)". */
export const clientWithVersion = (userAgent: string): string => words(userAgent, true);

function words(userAgent: string, withVersion: boolean): string {
  for (const { pattern, name, on, versionOf } of known) {
    const match = pattern.exec(userAgent);
    if (match === null) continue;
    const version = withVersion ? shortVersion(match[1] ?? '') : '';
    if (versionOf !== undefined) return version === '' ? name : `${name} (${versionOf} ${version})`;
    return `${name}${version === '' ? '' : ` ${version}`}${on === undefined ? '' : ` on ${on}`}`;
  }
  if (userAgent.startsWith('Mozilla/')) {
    const browser = browsers.find(([pattern]) => pattern.test(userAgent))?.[1];
    const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1];
    if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  }
  return firstProduct(userAgent);
}

/** "4.4.3" is told as "4.4", "18.0" as "18". */
const shortVersion = (version: string): string =>
  version.split('.').slice(0, 2).join('.').replace(/\.0?$/, '');

function firstProduct(userAgent: string): string {
  const printable = userAgent.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '').trim();
  const [product = ''] = printable.split(/[ (]/, 1);
  return product === '' ? 'Unknown client' : product.slice(0, 40);
}

const maxStored = 300;
/** A User-Agent as it is kept. */
export const storedUserAgent = (userAgent: string | undefined): string =>
  (userAgent ?? '').slice(0, maxStored);
