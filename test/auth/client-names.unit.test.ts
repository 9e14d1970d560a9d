import assert from 'node:assert/strict';
import { clientName, clientWithVersion } from '../../auth/client-names.js';

/** As they have been seen in logs, or stand in the sources of the clients. */
const cases: readonly (readonly [userAgent: string, name: string, withVersion: string])[] = [
  [
    'DAVx5/4.4.3-ose (2024/10/15; dav4jvm; okhttp/4.12.0) Android/14',
    'DAVx5 on Android',
    'DAVx5 4.4 on Android',
  ],
  ['DAVx5/4.5-ose (dav4jvm; okhttp/5.1.0) Android/15', 'DAVx5 on Android', 'DAVx5 4.5 on Android'],
  [
    'DAVx5/3.3.8-beta2-gplay (2021/01/02; dav4jvm; okhttp/4.9.0) Android/10',
    'DAVx5 on Android',
    'DAVx5 3.3 on Android',
  ],
  [
    'DAVdroid/2.0.4-ose (2018/10/01; dav4android; okhttp/3.11.0) Android/8.1.0',
    'DAVx5 on Android',
    'DAVx5 2 on Android',
  ],
  ['ICSx5/2.4.3 (ical4j/3.2.19 okhttp/5.3.2 Android/16)', 'ICSx5 on Android', 'ICSx5 2.4 on Android'],
  ['Tasks.org/14.7.3 (okhttp) Android/14', 'Tasks.org on Android', 'Tasks.org 14.7 on Android'],
  [
    'CalDAV-Sync/0.4.27 (LGE; hammerhead; Android 6.0.1; en_GB; org.dmfs.caldav.lib/732; like iOS/5.0.1 (9A405) dataaccessd/1.0)',
    'CalDAV-Sync on Android',
    'CalDAV-Sync 0.4 on Android',
  ],
  [
    'CardDAV-Sync free/0.4.19 (LGE; hammerhead; Android 6.0.1)',
    'CalDAV-Sync on Android',
    'CalDAV-Sync 0.4 on Android',
  ],
  ['iOS/17.5.1 (21F90) dataaccessd/1.0', 'iPhone or iPad', 'iPhone or iPad (iOS 17.5)'],
  ['iOS/18.0 (22A3354) dataaccessd/1.0', 'iPhone or iPad', 'iPhone or iPad (iOS 18)'],
  ['iOS/10.3.3 (14G60) accountsd/1.0', 'iPhone or iPad', 'iPhone or iPad (iOS 10.3)'],
  ['iOS/17.4 (21E219) remindd/1.0', 'Reminders on iPhone or iPad', 'Reminders on iPhone or iPad (iOS 17.4)'],
  ['macOS/14.5 (23F79) CalendarAgent/1', 'macOS Calendar', 'macOS Calendar (macOS 14.5)'],
  ['Mac+OS+X/10.13.2 (17C205) CalendarAgent/399.2.2', 'macOS Calendar', 'macOS Calendar (macOS 10.13)'],
  ['Mac_OS_X/10.9.2 (13C64) CalendarAgent/176', 'macOS Calendar', 'macOS Calendar (macOS 10.9)'],
  ['macOS/13.4 (22F66) dataaccessd/1.0', 'Mac', 'Mac (macOS 13.4)'],
  ['macOS/14.5 (23F79) AddressBookCore/1', 'macOS Contacts', 'macOS Contacts (macOS 14.5)'],
  ['Mac OS X/10.11.2 (15C31f) AddressBook/1679.3', 'macOS Contacts', 'macOS Contacts (macOS 10.11)'],
  ['macOS/14.5 (23F79) remindd/1', 'macOS Reminders', 'macOS Reminders (macOS 14.5)'],
  ['macOS/14.5 (23F79) accountsd/1', 'Mac', 'Mac (macOS 14.5)'],
  [
    'DAVKit/4.0.1 (730); CalendarStore/4.0.1 (973); iCal/4.0.1 (1374); Mac OS X/10.6.2 (10C540)',
    'macOS Calendar',
    'macOS Calendar (macOS 10.6)',
  ],
  [
    'AddressBook/6.1.3 (1091) CardDAVPlugin/200 CFNetwork/520.5.3 Mac_OS_X/10.7.5 (11G63)',
    'macOS Contacts',
    'macOS Contacts (macOS 10.7)',
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.3.1',
    'Thunderbird',
    'Thunderbird 128.3',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; rv:38.0) Gecko/20100101 Thunderbird/38.5.1 Lightning/4.0.5.2',
    'Thunderbird',
    'Thunderbird 38.5',
  ],
  ['Evolution/3.46.4', 'Evolution', 'Evolution 3.46'],
  ['gnome-online-accounts/3.50.1', 'GNOME Online Accounts', 'GNOME Online Accounts 3.50'],
  ['Mozilla/5.0 (X11; Linux x86_64) KIO/5.116', 'KDE (Kontact)', 'KDE (Kontact)'],
  ['Akonadi/5.24', 'KDE (Kontact)', 'KDE (Kontact) 5.24'],
  ['vdirsyncer/0.19.3', 'vdirsyncer', 'vdirsyncer 0.19'],
  ['CalDavSynchronizer/4.4', 'Outlook (CalDav Synchronizer)', 'Outlook (CalDav Synchronizer) 4.4'],
  ['MSFT-WP/8.10.14219', 'Windows Phone', 'Windows Phone 8.10'],
  ['MSFT-WIN-4/10.0.19041', 'Windows Calendar and People', 'Windows Calendar and People 10'],
  ['HomeAssistant/2026.10.1 aiohttp/3.9.1 Python/3.12', 'Home Assistant', 'Home Assistant 2026.10'],
  ['python-caldav/1.3.9', 'python-caldav', 'python-caldav 1.3'],
  ['curl/8.5.0', 'curl', 'curl 8.5'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36 Edg/125.0.0.0',
    'Edge on Windows',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
    'Safari on iPhone',
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    'Firefox on Linux',
    'Firefox on Linux',
  ],
  ['some-tool/1.2 (comment)', 'some-tool/1.2', 'some-tool/1.2'],
  ['', 'Unknown client', 'Unknown client'],
  ['\u0000\u0001', 'Unknown client', 'Unknown client'],
  ['x'.repeat(200), 'x'.repeat(40), 'x'.repeat(40)],
];

describe('Clients in words', () => {
  for (const [userAgent, name, withVersion] of cases)
    it(`${withVersion}, of ${JSON.stringify(userAgent.slice(0, 60))}`, () => {
      assert.equal(clientName(userAgent), name);
      assert.equal(clientWithVersion(userAgent), withVersion);
    });
});
