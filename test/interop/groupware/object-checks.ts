/** What happens to an object on either side, for contacts, events and tasks alike. */
import assert from 'node:assert/strict';
import type { DeskCheck } from './checks.js';
import { sampleOf } from './desk.js';
import type { Desk } from './desk.js';
import type { Store } from './groupware.js';

const STORES = ['contacts', 'events', 'tasks'] as const;

const OBJECT_CHECKS: readonly (readonly [string, (desk: Desk, store: Store) => Promise<void>])[] = [
  ['made here, arrives on the server', madeHere],
  ['made by another device, appears here', madeThere],
  ['changed here, arrives on the server under its name', changedHere],
  ['changed by another device, is changed here', changedThere],
  ['removed here, is gone from the server', removedHere],
  ['removed by another device, is gone from here', removedThere],
];

export const objectChecks: readonly DeskCheck[] = STORES.flatMap((store) =>
  OBJECT_CHECKS.map(([name, run]) => ({ name: `${store}: ${name}`, run: (desk: Desk) => run(desk, store) })),
);

async function madeHere(desk: Desk, store: Store): Promise<void> {
  const { uid, title, text } = sampleOf(store, 'Jürgen');
  await desk.client.add(desk.collection(store), text);
  await desk.serverHas(store, uid, title);
  // It takes over what the server has, and must not lose it there.
  await desk.clientHas(store, uid, title);
}

async function madeThere(desk: Desk, store: Store): Promise<void> {
  await desk.share(store, sampleOf(store, 'Zoë'));
}

async function changedHere(desk: Desk, store: Store): Promise<void> {
  const { uid, text } = sampleOf(store, 'Anna');
  const known = text.replace(/(?=^END:(?:VCARD|VEVENT|VTODO))/m, 'X-LATCHKEY-LAB;X-A=b:kept\r\n');
  const path = await desk.share(store, { uid, title: 'Anna', text: known });
  await desk.client.edit(desk.collection(store), uid, 'Anna', 'Änne');
  const changed = await desk.serverHas(store, uid, 'Änne');
  assert.equal(changed.path, path);
  assert.match(changed.text, /^X-LATCHKEY-LAB;X-A=b:kept\r?$/m, 'what the client does not know');
}

async function changedThere(desk: Desk, store: Store): Promise<void> {
  const before = sampleOf(store, 'Before');
  await desk.share(store, before);
  await desk.put(store, sampleOf(store, 'Afterwards', before.uid), true);
  await desk.clientHas(store, before.uid, 'Afterwards');
}

async function removedHere(desk: Desk, store: Store): Promise<void> {
  const { uid, title, text } = sampleOf(store, 'Doomed');
  await desk.share(store, { uid, title, text });
  await desk.client.remove(desk.collection(store), uid);
  await desk.serverLacks(store, uid);
}

async function removedThere(desk: Desk, store: Store): Promise<void> {
  const doomed = sampleOf(store, 'Doomed');
  const path = await desk.share(store, doomed);
  await desk.device.delete(path);
  await desk.clientLacks(store, doomed.uid);
}
