/** What a client makes of app passwords that are wrong, for reading only, for one service, or revoked. */
import assert from 'node:assert/strict';
import type { Check } from '../check.js';
import { Device } from '../device.js';
import type { AppPasswordOptions, Lab } from '../lab.js';
import { Desk, sampleOf } from './desk.js';
import type { Collection, Groupware } from './groupware.js';
import { until } from './until.js';

export function passwordChecks(client: Groupware, lab: Lab): Check[] {
  return [
    {
      name: 'a wrong app password is reported, and nothing is found',
      run: (signal) => wrong(client, lab, signal),
    },
    {
      name: 'an app password for contacts alone: an address book and no calendar',
      run: (signal) => oneService(client, lab, 'contacts', ['contacts'], signal),
    },
    {
      name: 'an app password for calendars alone: a calendar and no address book',
      run: (signal) => oneService(client, lab, 'calendars', ['events', 'tasks'], signal),
    },
    {
      name: 'a read-only app password: everything is there, and read only',
      run: (signal) => readOnly(client, lab, signal),
    },
    {
      name: 'a revoked app password: reported, nothing here is lost, and a new one goes on',
      run: (signal) => revoked(client, lab, signal),
    },
  ];
}

async function wrong(client: Groupware, lab: Lab, signal: AbortSignal): Promise<void> {
  const { user } = await lab.account(signal);
  const account = await client.addAccount(lab.baseUrl, user, 'wrong-wrong-wrong-wrong');
  await isRefused(client, account, signal);
  assert.deepEqual(await client.collections(account), []);
}

async function oneService(
  client: Groupware,
  lab: Lab,
  services: NonNullable<AppPasswordOptions['services']>,
  stores: readonly Collection['store'][],
  signal: AbortSignal,
): Promise<void> {
  const { user, secret } = await lab.account(signal, { services });
  const account = await client.addAccount(lab.baseUrl, user, secret);
  await until(signal, async () => {
    const found = await client.collections(account);
    assert.deepEqual(found.map(({ store }) => store).sort(), stores);
  });
}

async function readOnly(client: Groupware, lab: Lab, signal: AbortSignal): Promise<void> {
  const login = await lab.account(signal, { access: 'read' });
  const desk = await Desk.open(client, lab, login, signal);
  const writer = new Device(lab.baseUrl, await lab.appPassword(login.user, signal), signal);
  for (const store of ['contacts', 'events', 'tasks'] as const) {
    const collection = desk.collection(store);
    assert.ok(await client.isReadOnly(collection), `${store} are not read only`);
    const { uid, title, text } = sampleOf(store, 'Readable');
    await writer.put(store === 'contacts' ? 'contacts' : 'calendars', collection.path, { uid, title, text });
    await desk.clientHas(store, uid, title);
    await assert.rejects(client.add(collection, sampleOf(store, 'Refused').text));
  }
}

async function revoked(client: Groupware, lab: Lab, signal: AbortSignal): Promise<void> {
  const login = await lab.account(signal);
  const desk = await Desk.open(client, lab, login, signal);
  const { uid, title, text } = sampleOf('contacts', 'Kept');
  await desk.share('contacts', { uid, title, text });
  await lab.revoke(login, signal);
  await client.refresh(desk.collection('contacts'));
  await isRefused(client, desk.account, signal);

  // Evolution keeps a reader waiting for a minute while it waits for a password: what is here is read afterwards.
  const next = await lab.appPassword(login.user, signal);
  const device = new Device(lab.baseUrl, next, signal);
  const later = sampleOf('contacts', 'Later');
  await device.put('contacts', desk.collection('contacts').path, later);
  await client.changePassword(desk.account, next.secret);
  await desk.clientHas('contacts', later.uid, later.title);
  assert.ok((await desk.inClient('contacts', uid)).includes(title), 'the contact from before is gone');
}

/** Waits for the client to say that the password was refused. */
async function isRefused(client: Groupware, account: string, signal: AbortSignal): Promise<void> {
  await until(signal, async () => {
    assert.notEqual((await client.refusals(account)).length, 0, 'no refusal was reported');
  });
}
