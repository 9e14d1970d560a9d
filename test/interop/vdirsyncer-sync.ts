/** That changes on either side arrive on the other, of objects and of what is said about a collection. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from './check.js';
import type { Lab } from './lab.js';
import { event, sample } from './samples.js';
import type { Sample } from './samples.js';
import { openPair } from './vdirsyncer-pair.js';
import type { Pair } from './vdirsyncer-pair.js';
import { Vdirsyncer } from './vdirsyncer.js';

const KINDS = ['calendars', 'contacts'] as const;
const COLOUR = '{http://apple.com/ns/ical/}calendar-color';
const MANY = 1000;

export function syncChecks(lab: Lab): Check[] {
  const each = (name: string, run: (pair: Pair) => Promise<void>): Check[] =>
    KINDS.map((kind) => ({
      name: `${name}: ${kind}`,
      run: async (signal) => run(await openPair(lab, kind, signal)),
    }));
  const calendars = (name: string, run: (pair: Pair) => Promise<void>): Check => ({
    name,
    run: async (signal) => run(await openPair(lab, 'calendars', signal)),
  });
  return [
    ...each('what either side makes arrives on the other, byte for byte', creates),
    ...each('what either side changes arrives on the other', changes),
    ...each('what either side deletes is gone from the other', deletes),
    ...each('two computers meet on the server', (pair) => meets(lab, pair)),
    ...each('a display name travels both ways', namesTravel),
    calendars('a colour travels both ways', coloursTravel),
    { name: 'item_types asks for tasks alone', run: (signal) => asksForTasks(lab, signal) },
    { name: 'start_date and end_date ask for a time range', run: (signal) => asksForRange(lab, signal) },
    calendars(`${MANY} events arrive from the server in one sync`, pullsMany),
    calendars(`${MANY} events arrive on the server in one sync`, pushesMany),
  ];
}

async function creates(pair: Pair): Promise<void> {
  const { vdirsyncer, device, kind, folder, path } = pair;
  const [here, there] = [sample(kind, 'Änne'), sample(kind, 'Bjørn')];
  await vdirsyncer.write(kind, folder, here);
  await device.put(kind, path, there);
  await vdirsyncer.sync(kind);
  await bothHold(pair, [here, there]);
  await vdirsyncer.sync(kind);
  await bothHold(pair, [here, there]);
}

async function changes(pair: Pair): Promise<void> {
  const { vdirsyncer, device, kind, folder, path } = pair;
  const [here, there] = await twoOnBothSides(pair);
  const changedHere = sample(kind, 'changed here', here.uid);
  const changedThere = sample(kind, 'changed there', there.uid);
  await vdirsyncer.write(kind, folder, changedHere);
  await device.put(kind, path, changedThere, true);
  await vdirsyncer.sync(kind);
  await bothHold(pair, [changedHere, changedThere]);
}

async function deletes(pair: Pair): Promise<void> {
  const { vdirsyncer, device, kind, folder, path } = pair;
  const [here, there] = await twoOnBothSides(pair);
  const kept = sample(kind, 'kept');
  await device.put(kind, path, kept);
  await vdirsyncer.sync(kind);
  await vdirsyncer.remove(kind, folder, here);
  for (const href of await device.list(path)) if (href.includes(there.uid)) await device.delete(href);
  await vdirsyncer.sync(kind);
  await bothHold(pair, [kept]);
}

async function meets(lab: Lab, pair: Pair): Promise<void> {
  const { vdirsyncer, device, kind, folder, name } = pair;
  const other = await Vdirsyncer.create(lab, device.login, device.signal, { collections: [name] });
  await other.discover(kind);
  const otherFolder = await other.collection(kind);
  const [first, second] = [sample(kind, 'first'), sample(kind, 'second')];
  await vdirsyncer.write(kind, folder, first);
  await other.write(kind, otherFolder, second);
  for (const computer of [vdirsyncer, other, vdirsyncer]) await computer.sync(kind);
  await bothHold(pair, [first, second]);
  await bothHold({ ...pair, vdirsyncer: other, folder: otherFolder }, [first, second]);
}

async function namesTravel(pair: Pair): Promise<void> {
  await travels(pair, 'displayname', '{DAV:}displayname', ['Zuhause & Büro', 'Daheim <3']);
}

async function coloursTravel(pair: Pair): Promise<void> {
  await travels(pair, 'color', COLOUR, ['#FF2968FF', '#1BADF8']);
}

/** Sets a property on the server, then in the file that stands for it here. */
async function travels(
  { vdirsyncer, device, kind, folder, path }: Pair,
  file: string,
  name: string,
  [there, here]: readonly [string, string],
): Promise<void> {
  await device.setProperty(path, name, there);
  await vdirsyncer.metasync(kind);
  assert.equal(await readFile(join(folder, file), 'utf8'), there);
  await writeFile(join(folder, file), here);
  await vdirsyncer.metasync(kind);
  assert.equal(await device.property(path, name), here);
}

async function asksForTasks(lab: Lab, signal: AbortSignal): Promise<void> {
  const task = event('task', { when: ['DUE:20300613T100000Z'] });
  const todo = { ...task, text: task.text.replaceAll('VEVENT', 'VTODO') };
  await findsOnly(lab, signal, ['item_types = ["VTODO"]'], [event('event'), todo], todo);
}

async function asksForRange(lab: Lab, signal: AbortSignal): Promise<void> {
  const inside = event('weekly', {
    when: ['DTSTART:20200101T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY'],
  });
  const outside = event('once', { when: ['DTSTART:20200101T100000Z', 'DURATION:PT1H'] });
  const range = ['start_date = "datetime(2030, 1, 1)"', 'end_date = "datetime(2030, 2, 1)"'];
  await findsOnly(lab, signal, range, [inside, outside], inside);
}

async function findsOnly(
  lab: Lab,
  signal: AbortSignal,
  calendarSettings: readonly string[],
  stored: readonly Sample[],
  wanted: Sample,
): Promise<void> {
  const { vdirsyncer, device, kind, folder, path } = await openPair(lab, 'calendars', signal, {
    calendarSettings,
  });
  await device.putAll(kind, path, stored);
  await vdirsyncer.sync(kind);
  const files = await vdirsyncer.files(kind, folder);
  assert.deepEqual([...files.values()], [wanted.text]);
}

async function pullsMany({ vdirsyncer, device, kind, folder, path }: Pair): Promise<void> {
  const events = Array.from({ length: MANY }, (_, number) => event(`number ${number}`));
  await device.putAll(kind, path, events);
  await vdirsyncer.sync(kind);
  const files = await vdirsyncer.files(kind, folder);
  assert.deepEqual([...files.values()].sort(), events.map(({ text }) => text).sort());
}

async function pushesMany({ vdirsyncer, device, kind, folder, path }: Pair): Promise<void> {
  const events = Array.from({ length: MANY }, (_, number) => event(`number ${number}`));
  for (const one of events) await vdirsyncer.write(kind, folder, one);
  await vdirsyncer.sync(kind);
  const texts = await device.contents(path);
  assert.deepEqual(texts.sort(), events.map(({ text }) => text).sort());
}

async function twoOnBothSides(pair: Pair): Promise<[Sample, Sample]> {
  const { vdirsyncer, device, kind, folder, path } = pair;
  const [here, there] = [sample(kind, 'from here'), sample(kind, 'from there')];
  await vdirsyncer.write(kind, folder, here);
  await device.put(kind, path, there);
  await vdirsyncer.sync(kind);
  return [here, there];
}

async function bothHold(
  { vdirsyncer, device, kind, folder, path }: Pair,
  objects: readonly Sample[],
): Promise<void> {
  const wanted = objects.map(({ text }) => text).sort();
  assert.deepEqual([...(await vdirsyncer.files(kind, folder)).values()].sort(), wanted, 'the files here');
  assert.deepEqual((await device.contents(path)).sort(), wanted, 'the objects on the server');
}
