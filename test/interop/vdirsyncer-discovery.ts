/** What vdirsyncer finds from the addresses that people type, and what it makes on the server (RFC 6764, RFC 5689). */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from './check.js';
import { Device } from './device.js';
import type { Lab } from './lab.js';
import { sample } from './samples.js';
import type { Kind } from './samples.js';
import { Vdirsyncer } from './vdirsyncer.js';

const KINDS = ['calendars', 'contacts'] as const;

/** What is typed, below the server's address, by the user of this name. */
const ADDRESSES: readonly (readonly [string, (user: string) => string])[] = [
  ['the bare address of the server', () => ''],
  ['/dav/', () => 'dav/'],
  ['/dav without a slash', () => 'dav'],
  ['the well-known address for calendars', () => '.well-known/caldav'],
  ['the well-known address for contacts', () => '.well-known/carddav'],
  ['a wrong path, by the well-known address', () => 'nothing/here/'],
  ['the principal', (user) => `dav/principals/${user}/`],
];

export function discoveryChecks(lab: Lab): Check[] {
  return [
    ...ADDRESSES.map(([name, path]) => ({
      name: `finds calendars and contacts from ${name}`,
      run: (signal: AbortSignal) => findsFrom(lab, path, signal),
    })),
    {
      name: 'finds calendars and contacts by the mail address as user name',
      run: (signal) => findsByMailAddress(lab, signal),
    },
    ...KINDS.map((kind) => ({
      name: `finds ${kind} from their home`,
      run: (signal: AbortSignal) => findsFromHome(lab, kind, signal),
    })),
    ...KINDS.map((kind) => ({
      name: `makes on the server what only this computer has: ${kind}`,
      run: (signal: AbortSignal) => makesCollection(lab, kind, signal),
    })),
    {
      name: 'an app password for contacts alone finds no calendars',
      run: (signal) => seesOneService(lab, signal),
    },
  ];
}

async function findsFrom(lab: Lab, path: (user: string) => string, signal: AbortSignal): Promise<void> {
  const login = await lab.sharedAccount(signal);
  const url = `${lab.baseUrl}${path(login.user)}`;
  const vdirsyncer = await Vdirsyncer.create(lab, login, signal, { url });
  await vdirsyncer.discover();
  const device = new Device(lab.baseUrl, login, signal);
  for (const kind of KINDS) assert.deepEqual(await found(vdirsyncer, kind), await names(device, kind));
}

async function findsByMailAddress(lab: Lab, signal: AbortSignal): Promise<void> {
  const login = await lab.sharedAccount(signal);
  const user = `${login.user}@example.org`;
  const vdirsyncer = await Vdirsyncer.create(lab, { ...login, user }, signal);
  await vdirsyncer.discover();
  const device = new Device(lab.baseUrl, login, signal);
  for (const kind of KINDS) assert.deepEqual(await found(vdirsyncer, kind), await names(device, kind));
}

async function findsFromHome(lab: Lab, kind: Kind, signal: AbortSignal): Promise<void> {
  const login = await lab.sharedAccount(signal);
  const device = new Device(lab.baseUrl, login, signal);
  const url = new URL(device.home(kind), lab.baseUrl).href;
  const vdirsyncer = await Vdirsyncer.create(lab, login, signal, { url });
  await vdirsyncer.discover(kind);
  assert.deepEqual(await found(vdirsyncer, kind), await names(device, kind));
}

async function makesCollection(lab: Lab, kind: Kind, signal: AbortSignal): Promise<void> {
  const login = await lab.sharedAccount(signal);
  const vdirsyncer = await Vdirsyncer.create(lab, login, signal);
  const folder = join(vdirsyncer.home, kind, 'Bücher & mehr');
  await mkdir(folder);
  await writeFile(join(folder, 'displayname'), 'Bücher & mehr');
  const ours = sample(kind, 'Anna');
  await vdirsyncer.write(kind, folder, ours);
  await vdirsyncer.discover(kind);
  await vdirsyncer.sync(kind);
  await vdirsyncer.metasync(kind);

  const device = new Device(lab.baseUrl, login, signal);
  const path = `${device.home(kind)}B%C3%BCcher%20%26%20mehr/`;
  const paths = (await device.collections(kind)).map((href) => decodeURIComponent(href));
  assert.ok(paths.includes(decodeURIComponent(path)), `the server has ${paths.join(', ')}`);
  assert.equal((await device.only(path)).text, ours.text);
  assert.equal(await device.property(path, '{DAV:}displayname'), 'Bücher & mehr');
}

async function seesOneService(lab: Lab, signal: AbortSignal): Promise<void> {
  const { user } = await lab.sharedAccount(signal);
  const login = await lab.appPassword(user, signal, { services: 'contacts' });
  const vdirsyncer = await Vdirsyncer.create(lab, login, signal);
  await vdirsyncer.discover('contacts');
  assert.notEqual((await found(vdirsyncer, 'contacts')).length, 0);
  await assert.rejects(vdirsyncer.discover('calendars'), 'calendars were found');
  assert.deepEqual(await vdirsyncer.collections('calendars'), []);
}

async function found(vdirsyncer: Vdirsyncer, kind: Kind): Promise<string[]> {
  return (await vdirsyncer.collections(kind)).map(lastName).sort();
}

async function names(device: Device, kind: Kind): Promise<string[]> {
  const paths = (await device.collections(kind)).map(lastName).sort();
  assert.notEqual(paths.length, 0, `the account has no ${kind}`);
  return paths;
}

const lastName = (path: string): string => path.replace(/\/$/, '').split('/').at(-1) ?? '';
