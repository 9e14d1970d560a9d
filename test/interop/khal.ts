/** khal, the calendar for a terminal, on the files that vdirsyncer keeps in step with the server. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from './check.js';
import type { Lab } from './lab.js';
import { output } from './program.js';
import { event } from './samples.js';
import { openPair } from './vdirsyncer-pair.js';
import type { Pair } from './vdirsyncer-pair.js';

/** khal with its files, and another device of the account. */
interface Desk extends Pair {
  readonly khal: (args: readonly string[], input?: string) => Promise<string>;
}

export function khalChecks(lab: Lab): Check[] {
  const at = (name: string, run: (desk: Desk) => Promise<void>): Check => ({
    name,
    run: async (signal) => run(await openDesk(lab, signal)),
  });
  return [
    at('shows an event that the server has, at its local time', showsEvent),
    at('shows what recurs on each of its days, without the excluded one', showsRecurring),
    at('shows an all-day event on its last day and not on the next', showsAllDay),
    at('a new event arrives on the server', makesEvent),
    at('a new recurring event arrives on the server', makesRecurring),
    at('an event that it changes arrives on the server, under its name', changesEvent),
    at('an event that it deletes is gone from the server', deletesEvent),
    at('an event that it imports arrives on the server', importsEvent),
  ];
}

async function openDesk(lab: Lab, signal: AbortSignal): Promise<Desk> {
  const pair = await openPair(lab, 'calendars', signal);
  const { home } = pair.vdirsyncer;
  const configuration = join(home, 'khal.ini');
  await writeFile(configuration, settings(pair.folder, home));
  const environment = { PATH: process.env['PATH'], HOME: home, LANG: 'C.UTF-8' };
  return {
    ...pair,
    khal: (args, input = '') =>
      output('khal', ['-c', configuration, ...args], { environment, signal, input }),
  };
}

const settings = (folder: string, home: string): string => `[calendars]
[[home]]
path = ${folder}
[sqlite]
path = ${join(home, 'khal.db')}
[locale]
default_timezone = Europe/Berlin
local_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[default]
default_calendar = home
`;

/** What khal lists of these days, one line an event. */
async function lines({ khal }: Desk, from: string, to: string): Promise<string[]> {
  const format = '{start-date} {start-time} {title}';
  const text = await khal(['list', '--format', format, '--day-format', '', from, to]);
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

async function showsEvent(desk: Desk): Promise<void> {
  const when = ['DTSTART:20300613T080000Z', 'DURATION:PT1H'];
  await desk.device.put('calendars', desk.path, event('Frühstück mit Ömer', { when }));
  await desk.vdirsyncer.sync('calendars');
  assert.deepEqual(await lines(desk, '2030-06-13', '2030-06-14'), ['2030-06-13 10:00 Frühstück mit Ömer']);
}

async function showsRecurring(desk: Desk): Promise<void> {
  const when = [
    ...['DTSTART;TZID=Europe/Berlin:20301021T090000', 'DURATION:PT30M', 'RRULE:FREQ=WEEKLY;COUNT=4'],
    'EXDATE;TZID=Europe/Berlin:20301104T090000',
  ];
  await desk.device.put('calendars', desk.path, event('Stand-up', { when }));
  await desk.vdirsyncer.sync('calendars');
  // Summer time ends on 27 October.
  assert.deepEqual(await lines(desk, '2030-10-01', '2030-11-30'), [
    '2030-10-21 09:00 Stand-up',
    '2030-10-28 09:00 Stand-up',
    '2030-11-11 09:00 Stand-up',
  ]);
}

async function showsAllDay(desk: Desk): Promise<void> {
  const when = ['DTSTART;VALUE=DATE:20300613', 'DTEND;VALUE=DATE:20300615'];
  await desk.device.put('calendars', desk.path, event('Urlaub', { when }));
  await desk.vdirsyncer.sync('calendars');
  assert.match((await lines(desk, '2030-06-14', '2030-06-15')).join('\n'), /Urlaub/);
  assert.deepEqual(await lines(desk, '2030-06-15', '2030-06-16'), []);
}

async function makesEvent({ vdirsyncer, device, path, khal }: Desk): Promise<void> {
  await khal(['new', '2030-06-13', '10:00', '11:30', 'Größere Sache', '::', 'mit Maß & Ziel']);
  await vdirsyncer.sync('calendars');
  const { text } = await device.only(path);
  assert.match(text, /^SUMMARY:Größere Sache\r?$/m);
  assert.match(text, /^DESCRIPTION:mit Maß & Ziel\r?$/m);
  assert.match(text, /^DTSTART;TZID=Europe\/Berlin(?:;VALUE=DATE-TIME)?:20300613T100000\r?$/m);
}

async function makesRecurring({ vdirsyncer, device, path, khal }: Desk): Promise<void> {
  await khal(['new', '--repeat', 'weekly', '--until', '2030-07-04', '2030-06-13', '10:00', 'Training']);
  await vdirsyncer.sync('calendars');
  assert.match((await device.only(path)).text, /^RRULE:FREQ=WEEKLY;UNTIL=/m);
}

async function changesEvent({ vdirsyncer, device, path, khal }: Desk): Promise<void> {
  const href = await device.put('calendars', path, event('before'));
  await vdirsyncer.sync('calendars');
  // Edit the summary, then leave: khal writes the event at once.
  await khal(['edit', '--show-past', 'before'], 's\nnachher\nq\n');
  await vdirsyncer.sync('calendars');
  assert.deepEqual(await device.list(path), [href]);
  assert.match(await device.get(href), /^SUMMARY:nachher\r?$/m);
}

async function deletesEvent({ vdirsyncer, device, path, khal }: Desk): Promise<void> {
  await device.put('calendars', path, event('doomed'));
  await device.put('calendars', path, event('kept'));
  await vdirsyncer.sync('calendars');
  await khal(['edit', '--show-past', 'doomed'], 'D\ny\n');
  await vdirsyncer.sync('calendars');
  assert.match((await device.only(path)).text, /^SUMMARY:kept\r?$/m);
}

async function importsEvent({ vdirsyncer, device, path, khal }: Desk): Promise<void> {
  const imported = event('eingeführt');
  const file = join(vdirsyncer.home, 'import.ics');
  await writeFile(file, imported.text);
  await khal(['import', '--batch', file]);
  await vdirsyncer.sync('calendars');
  const { text } = await device.only(path);
  assert.match(text, /^SUMMARY:eingeführt\r?$/m);
  assert.ok(text.includes(imported.uid), 'another UID');
}
