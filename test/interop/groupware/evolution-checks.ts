/** What is asked of evolution-data-server alone: what it does when an object was changed on both sides. */
import assert from 'node:assert/strict';
import type { Check } from '../check.js';
import type { Lab } from '../lab.js';
import { birthdayCheck } from './birthday-check.js';
import type { DeskCheck } from './checks.js';
import { groupwareChecks } from './checks.js';
import type { Desk } from './desk.js';
import { startEvolution } from './evolution.js';
import { Groupware } from './groupware.js';
import type { Store } from './groupware.js';

const STORES = ['contacts', 'events', 'tasks'] as const;

/** Starts it; throws if that cannot be done. */
export async function evolutionChecks(lab: Lab, signal: AbortSignal): Promise<Check[]> {
  return groupwareChecks(
    new Groupware(await startEvolution(lab)),
    lab,
    [...conflictChecks, birthdayCheck],
    signal,
  );
}

const conflictChecks: readonly DeskCheck[] = STORES.flatMap((store) => [
  {
    name: `${store}: changed on both sides, and told to mind that: 412, and the other device's change stays`,
    run: (desk: Desk, lab: Lab) => minded(desk, lab, store),
  },
  {
    name: `${store}: changed on both sides, and told nothing: it writes without a condition, and its change wins`,
    run: (desk: Desk) => overwritten(desk, store),
  },
]);

async function minded(desk: Desk, lab: Lab, store: Store): Promise<void> {
  const { before, there } = await desk.changedOnServer(store);
  const sofar = await lab.count('PUT', 412);
  await assert.rejects(desk.client.edit(desk.collection(store), before.uid, 'Before', 'Here'));
  assert.equal(await lab.count('PUT', 412), sofar + 1, 'answers of 412');
  assert.equal((await desk.serverHas(store, before.uid, 'There')).text, there.text);
  await desk.clientHas(store, before.uid, 'There');
}

async function overwritten(desk: Desk, store: Store): Promise<void> {
  const { before } = await desk.changedOnServer(store);
  await desk.client.edit(desk.collection(store), before.uid, 'Before', 'Here', 'overwrite');
  await desk.serverHas(store, before.uid, 'Here');
  await desk.clientHas(store, before.uid, 'Here');
}
