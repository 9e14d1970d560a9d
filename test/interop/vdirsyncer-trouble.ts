/** What vdirsyncer does when the server says no, and that nothing is lost then. */
import assert from 'node:assert/strict';
import type { Check } from './check.js';
import type { Lab, Login } from './lab.js';
import { sample } from './samples.js';
import type { Kind, Sample } from './samples.js';
import { openPair } from './vdirsyncer-pair.js';
import type { Pair } from './vdirsyncer-pair.js';

const KINDS = ['calendars', 'contacts'] as const;

export function troubleChecks(lab: Lab): Check[] {
  return [
    ...KINDS.map((kind) => ({
      name: `changed on both sides, nobody wins: both stay, ${kind}`,
      run: (signal: AbortSignal) => conflict(lab, kind, undefined, signal),
    })),
    ...(['a wins', 'b wins'] as const).map((winner) => ({
      name: `changed on both sides, "${winner}"`,
      run: (signal: AbortSignal) => conflict(lab, 'calendars', winner, signal),
    })),
    ...KINDS.map((kind) => ({
      name: `a read-only app password: refused writes lose nothing, and arrive later: ${kind}`,
      run: (signal: AbortSignal) => readOnly(lab, kind, signal),
    })),
    {
      name: 'a revoked app password: refused, and the files here stay',
      run: (signal) => revoked(lab, signal),
    },
    {
      name: 'an object that the server refuses does not stop the others',
      run: (signal) => refused(lab, signal),
    },
  ];
}

interface Shared extends Pair {
  readonly object: Sample;
}

/** A new collection with one object that both sides have. */
async function share(
  lab: Lab,
  kind: Kind,
  signal: AbortSignal,
  options: { readonly conflict?: 'a wins' | 'b wins'; readonly login?: Login } = {},
): Promise<Shared> {
  const pair = await openPair(lab, kind, signal, options);
  const object = sample(kind, 'at first');
  await pair.device.put(kind, pair.path, object);
  await pair.vdirsyncer.sync(kind);
  return { ...pair, object };
}

async function conflict(
  lab: Lab,
  kind: Kind,
  winner: 'a wins' | 'b wins' | undefined,
  signal: AbortSignal,
): Promise<void> {
  const options = winner === undefined ? {} : { conflict: winner };
  const { vdirsyncer, device, folder, path, object } = await share(lab, kind, signal, options);
  const here = sample(kind, 'changed here', object.uid);
  const there = sample(kind, 'changed there', object.uid);
  await vdirsyncer.write(kind, folder, here);
  await device.put(kind, path, there, true);
  const { code } = await vdirsyncer.trySync(kind);
  assert.equal(code, winner === undefined ? 1 : 0, 'the exit code of vdirsyncer');
  const [file] = (await vdirsyncer.files(kind, folder)).values();
  const { text } = await device.only(path);
  assert.equal(file, (winner === 'b wins' ? there : here).text);
  assert.equal(text, (winner === 'a wins' ? here : there).text);
}

async function readOnly(lab: Lab, kind: Kind, signal: AbortSignal): Promise<void> {
  const { vdirsyncer, device, folder, path, name, object } = await share(lab, kind, signal);
  const collections = [name];
  const readLogin = await lab.appPassword(device.login.user, signal, { access: 'read' });
  await vdirsyncer.configure(lab, readLogin, { collections });
  await vdirsyncer.discover(kind);

  const changed = sample(kind, 'changed here', object.uid);
  const added = sample(kind, 'added here');
  await vdirsyncer.write(kind, folder, changed);
  await vdirsyncer.write(kind, folder, added);
  const { code, output } = await vdirsyncer.trySync(kind);
  assert.equal(code, 1, 'the exit code of vdirsyncer');
  assert.match(output, /403/);
  const files = await vdirsyncer.files(kind, folder);
  assert.deepEqual([...files.values()].sort(), [changed.text, added.text].sort(), 'the files here');
  assert.equal((await device.only(path)).text, object.text, 'the object on the server');

  await vdirsyncer.configure(lab, device.login, { collections });
  await vdirsyncer.discover(kind);
  await vdirsyncer.sync(kind);
  assert.deepEqual((await device.contents(path)).sort(), [changed.text, added.text].sort(), 'afterwards');
}

async function revoked(lab: Lab, signal: AbortSignal): Promise<void> {
  const { user } = await lab.sharedAccount(signal);
  const login = await lab.appPassword(user, signal);
  const { vdirsyncer, folder, object } = await share(lab, 'calendars', signal, { login });
  await lab.revoke(login, signal);
  const { code, output } = await vdirsyncer.trySync('calendars');
  assert.equal(code, 1, 'the exit code of vdirsyncer');
  assert.match(output, /401/);
  assert.deepEqual([...(await vdirsyncer.files('calendars', folder)).values()], [object.text]);
}

async function refused(lab: Lab, signal: AbortSignal): Promise<void> {
  const { vdirsyncer, device, folder, path, object } = await share(lab, 'calendars', signal);
  const good = sample('calendars', 'good');
  const bad = sample('calendars', 'bad');
  const text = bad.text.replace(/DTSTART.*\r\n/, 'DTSTART:tomorrow\r\n');
  await vdirsyncer.write('calendars', folder, good);
  await vdirsyncer.write('calendars', folder, { ...bad, text });
  const { code, output } = await vdirsyncer.trySync('calendars');
  assert.equal(code, 1, 'the exit code of vdirsyncer');
  assert.match(output, /403/);
  assert.deepEqual((await device.contents(path)).sort(), [object.text, good.text].sort(), 'on the server');
  const files = [...(await vdirsyncer.files('calendars', folder)).values()];
  assert.ok(files.includes(text), 'the refused file is gone');
}
