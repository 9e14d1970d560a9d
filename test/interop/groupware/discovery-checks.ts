/** That a client finds the collections of an account by itself, whatever address a person types. */
import assert from 'node:assert/strict';
import type { Check } from '../check.js';
import { Device } from '../device.js';
import type { Lab, Login } from '../lab.js';
import type { Groupware } from './groupware.js';
import { until } from './until.js';

const ADDRESSES: readonly (readonly [string, (login: Login) => string])[] = [
  ['the bare address', () => ''],
  ['/dav/', () => 'dav/'],
  ['/dav without a slash', () => 'dav'],
  ['the principal', ({ user }) => `dav/principals/${user}/`],
  ['a path that there is not', () => 'no/such/path/'],
];

export function discoveryChecks(client: Groupware, lab: Lab): Check[] {
  let shared: Promise<Login> | undefined;
  return ADDRESSES.map(([name, address]) => ({
    name: `finds every calendar and address book from ${name}`,
    run: async (signal) => {
      const login = await (shared ??= accountWithMore(lab, signal));
      await findsAll(client, lab, login, address(login), signal);
    },
  }));
}

/** An account with a second address book, a calendar for events alone, and one for tasks alone. */
async function accountWithMore(lab: Lab, signal: AbortSignal): Promise<Login> {
  const login = await lab.account(signal);
  const device = new Device(lab.baseUrl, login, signal);
  const made = {
    Verein: await device.makeCollection('contacts'),
    'Zuhause & Büro': await device.makeCollection('calendars', ['VEVENT']),
    Einkauf: await device.makeCollection('calendars', ['VTODO']),
  };
  for (const [name, path] of Object.entries(made)) await device.setProperty(path, '{DAV:}displayname', name);
  return login;
}

async function findsAll(
  client: Groupware,
  lab: Lab,
  login: Login,
  address: string,
  signal: AbortSignal,
): Promise<void> {
  const device = new Device(lab.baseUrl, login, signal);
  const wanted = [...(await device.collections('calendars')), ...(await device.collections('contacts'))];
  const account = await client.addAccount(new URL(address, lab.baseUrl).href, login.user, login.secret);
  await until(signal, async () => {
    const found = await client.collections(account);
    assert.deepEqual([...new Set(found.map(({ path }) => path))].sort(), wanted.sort());
  });
  for (const { path, name } of await client.collections(account))
    assert.equal(name, await device.property(path, '{DAV:}displayname'));
}
