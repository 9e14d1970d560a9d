/** Clients in words, from what they say of themselves in User-Agent: "DAVx5 on Android", "Firefox on Linux". */

type Words = (version: string) => string;

const major = (version: string): string => (version === '' ? '' : ` ${version.split('.', 1)[0] ?? ''}`);

/** The first that matches names the client; its first group is the version. */
const devices: readonly (readonly [RegExp, Words])[] = [
  [/^DAVx5(?:\/[\d.]+)?|^DAVdroid/, () => 'DAVx5 on Android'],
  [/^iOS\/([\d.]+)/, (version) => `iPhone or iPad (iOS${major(version)})`],
  [/^iPadOS\/([\d.]+)/, (version) => `iPad (iPadOS${major(version)})`],
  [/(?:dataaccessd|accountsd|remindd).*iOS\/([\d.]+)/, (version) => `iPhone or iPad (iOS${major(version)})`],
  [/^(?:macOS|Mac_OS_X|Mac OS X)\/[\d.]+.*(?:AddressBook|ContactsDonationAgent)/, () => 'macOS Contacts'],
  [/^(?:macOS|Mac_OS_X|Mac OS X)\/[\d.]+.*(?:CalendarAgent|CalendarStore|iCal)/, () => 'macOS Calendar'],
  [/^(?:macOS|Mac_OS_X|Mac OS X)\/[\d.]+.*remindd/, () => 'macOS Reminders'],
  [/^(?:macOS|Mac_OS_X|Mac OS X)\/([\d.]+)/, (version) => `Mac (macOS${major(version)})`],
  [/\bThunderbird\/([\d.]+)/, (version) => `Thunderbird${major(version)}`],
  [/^Evolution\//, () => 'Evolution'],
  [/^evolution-data-server|^EDS\//i, () => 'Evolution'],
  [/^gnome-online-accounts/i, () => 'GNOME Online Accounts'],
  [/^(?:KOrganizer|Akonadi|DAV groupware|Mozilla.*\bKIO\b|KIO\/)/i, () => 'KDE (Kontact)'],
  [/^vdirsyncer\//, () => 'vdirsyncer'],
  [/^pimsync/, () => 'pimsync'],
  [/CalDavSynchronizer\//, () => 'Outlook (CalDav Synchronizer)'],
  [/\b(?:MSFT|Microsoft Outlook|Microsoft Office)\b/, () => 'Outlook'],
  [/^eM ?Client/i, () => 'eM Client'],
  [/^BusyCal|^BusyContacts/, () => 'BusyCal'],
  [/^Fantastical/, () => 'Fantastical'],
  [/^(?:com\.jortes|Jorte)/, () => 'Jorte'],
  [/^(?:org\.dmfs|CalDAV-Sync|CardDAV-Sync)/, () => 'CalDAV-Sync on Android'],
  [/^OpenSync|^OneCalendar/, () => 'OneCalendar'],
  [/^python-?caldav/i, () => 'python-caldav'],
  [/^tsdav/i, () => 'tsdav'],
  [/^khard|^khal/, () => 'khal'],
  [/^curl\//, () => 'curl'],
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

/** A User-Agent in words; one that is not known is cut to its first product. */
export function clientName(userAgent: string): string {
  for (const [pattern, words] of devices) {
    const match = pattern.exec(userAgent);
    if (match !== null) return words(match[1] ?? '');
  }
  if (userAgent.startsWith('Mozilla/')) {
    const browser = browsers.find(([pattern]) => pattern.test(userAgent))?.[1];
    const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1];
    if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  }
  return firstProduct(userAgent);
}

function firstProduct(userAgent: string): string {
  const printable = userAgent.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '').trim();
  const [product = ''] = printable.split(/[ (]/, 1);
  return product === '' ? 'Unknown client' : product.slice(0, 40);
}

const maxStored = 300;
/** A User-Agent as it is kept. */
export const storedUserAgent = (userAgent: string | undefined): string =>
  (userAgent ?? '').slice(0, maxStored);
