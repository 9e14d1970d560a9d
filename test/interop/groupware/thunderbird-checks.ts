/** What is asked of Thunderbird alone: how it syncs, and what it does when an object was changed on both sides. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Check } from '../check.js';
import { Device } from '../device.js';
import type { Lab } from '../lab.js';
import { card } from '../samples.js';
import { birthdayCheck } from './birthday-check.js';
import { groupwareChecks } from './checks.js';
import type { DeskCheck } from './checks.js';
import { Desk } from './desk.js';
import { Groupware } from './groupware.js';
import type { Driver, OnConflict, Store } from './groupware.js';
import { startThunderbird } from './thunderbird.js';
import { until } from './until.js';

const MANY = 60;

/** Starts it; throws if that cannot be done. */
export async function thunderbirdChecks(lab: Lab, signal: AbortSignal): Promise<Check[]> {
  const driver = await startThunderbird(lab, signal);
  const client = new Groupware(driver);
  const own: readonly DeskCheck[] = [
    {
      name: 'asks for no password a second time after the set-up (client need 12)',
      run: async ({ account }) => assert.deepEqual(await driver.call('typed', { account }), []),
    },
    { name: 'contacts: the first sync brings what was there before', run: firstSync },
    {
      name: 'contacts: a refresh is a sync-collection and a multiget of what has changed, and no listing (client need 48)',
      run: incremental,
    },
    {
      name: 'contacts: what the form makes is vCard 4.0, and is stored and comes back to the letter (client need 49)',
      run: (desk) => byForm(desk, driver),
    },
    {
      name: 'contacts: changed on both sides: it writes without a condition, and its change wins (client need 49)',
      run: overwritten,
    },
    ...(['events', 'tasks'] as const).flatMap((store) => [
      {
        name: `${store}: changed on both sides: 412, it asks, and without overwriting the other device's change stays`,
        run: (desk: Desk, of: Lab) => conflict(desk, of, driver, store, 'give up'),
      },
      {
        name: `${store}: changed on both sides: 412, it asks, and its change wins when that is wanted`,
        run: (desk: Desk, of: Lab) => conflict(desk, of, driver, store, 'overwrite'),
      },
    ]),
    // DAV:write-properties is there, for the name and the colour; Thunderbird takes it for the right to write events.
    birthdayCheck,
  ];
  return groupwareChecks(client, lab, own, signal);
}

async function firstSync({ client, signal }: Desk, lab: Lab): Promise<void> {
  const login = await lab.account(signal);
  const device = new Device(lab.baseUrl, login, signal);
  const cards = Array.from({ length: MANY }, (_, number) => card(`Number ${number}`));
  await device.putAll('contacts', await device.collection('contacts'), cards);
  const desk = await Desk.open(client, lab, login, signal);
  await until(signal, async () => {
    assert.equal((await client.texts(desk.collection('contacts'))).length, MANY);
  });
}

async function incremental(desk: Desk, lab: Lab): Promise<void> {
  const one = card('One');
  await desk.share('contacts', one);
  await desk.put('contacts', card('Two', 'Müller', one.uid), true);
  const reports = await lab.count('REPORT', 207);
  const listings = await lab.count('PROPFIND', 207);
  await desk.client.refresh(desk.collection('contacts'));
  assert.ok((await desk.inClient('contacts', one.uid)).includes('Two'));
  assert.equal(await lab.count('REPORT', 207), reports + 2, 'reports');
  assert.equal(await lab.count('PROPFIND', 207), listings, 'listings');
}

async function byForm(desk: Desk, driver: Driver): Promise<void> {
  const { id } = desk.collection('contacts');
  const fields = {
    FirstName: 'Jürgen',
    LastName: 'Groß',
    DisplayName: 'Jürgen Groß',
    PrimaryEmail: 'juergen@example.org',
    Notes: 'Straße, 2; Hof\nHinterhaus',
  };
  const uid = z.string().parse(await driver.call('addFields', { id, fields }));
  const { text } = await desk.serverHas('contacts', uid, 'Jürgen Groß');
  assert.match(text, /^VERSION:4\.0\r$/m);
  assert.match(text, /^N:Groß;Jürgen;;;\r$/m);
  assert.match(text, /^NOTE:Straße\\, 2; Hof\\nHinterhaus\r$/m);
  assert.equal(await desk.clientHas('contacts', uid, 'Jürgen Groß'), text);
}

async function overwritten(desk: Desk, lab: Lab): Promise<void> {
  const { before } = await desk.changedOnServer('contacts');
  const refusals = await lab.count('PUT', 412);
  await desk.client.edit(desk.collection('contacts'), before.uid, 'Before', 'Here');
  await desk.serverHas('contacts', before.uid, 'Here');
  await desk.clientHas('contacts', before.uid, 'Here');
  assert.equal(await lab.count('PUT', 412), refusals);
}

async function conflict(
  desk: Desk,
  lab: Lab,
  driver: Driver,
  store: Store,
  wanted: OnConflict,
): Promise<void> {
  const { before, there } = await desk.changedOnServer(store);
  const refusals = await lab.count('PUT', 412);
  const asked = Number(await driver.call('asked', {}));
  await desk.client.edit(desk.collection(store), before.uid, 'Before', 'Here', wanted);
  const winner = wanted === 'overwrite' ? 'Here' : 'There';
  const { text } = await desk.serverHas(store, before.uid, winner);
  await desk.clientHas(store, before.uid, winner);
  assert.equal(await lab.count('PUT', 412), refusals + 1, 'answers of 412');
  assert.equal(await driver.call('asked', {}), asked + 1, 'questions whether to overwrite');
  if (wanted === 'give up') assert.equal(text, there.text);
}
