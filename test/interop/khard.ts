/** khard, the address book for a terminal, on the files that vdirsyncer keeps in step with the server. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from './check.js';
import type { Lab } from './lab.js';
import { output } from './program.js';
import { card } from './samples.js';
import { openPair } from './vdirsyncer-pair.js';
import type { Pair } from './vdirsyncer-pair.js';

/** khard with its files, and another device of the account. */
interface Desk extends Pair {
  readonly khard: (args: readonly string[], input?: string) => Promise<string>;
}

export function khardChecks(lab: Lab): Check[] {
  const at = (name: string, run: (desk: Desk) => Promise<void>): Check => ({
    name,
    run: async (signal) => run(await openDesk(lab, signal)),
  });
  return [
    at('lists and shows a contact that the server has, with umlauts', shows),
    at('a new vCard 3.0 contact arrives on the server', (desk) => makes(desk, '3.0')),
    at('a new vCard 4.0 contact arrives on the server', (desk) => makes(desk, '4.0')),
    at('a contact that it changes arrives on the server, under its name', changes),
    at('a contact that it removes is gone from the server', removes),
  ];
}

async function openDesk(lab: Lab, signal: AbortSignal): Promise<Desk> {
  const pair = await openPair(lab, 'contacts', signal);
  const { home } = pair.vdirsyncer;
  const configuration = join(home, 'khard.ini');
  await writeFile(configuration, settings(pair.folder));
  const environment = { PATH: process.env['PATH'], HOME: home, LANG: 'C.UTF-8' };
  return {
    ...pair,
    khard: (args, input = '') =>
      output('khard', ['-c', configuration, ...args], { environment, signal, input }),
  };
}

const settings = (folder: string): string => `[addressbooks]
[[home]]
path = ${folder}
[general]
editor = /bin/true
merge_editor = /bin/true
[contact table]
display = formatted_name
`;

async function shows({ vdirsyncer, device, path, khard }: Desk): Promise<void> {
  const jose = card('José', 'Øster-Weißgräber');
  await device.put('contacts', path, jose);
  await vdirsyncer.sync('contacts');
  assert.match(await khard(['list']), /José Øster-Weißgräber/);
  assert.match(
    await khard(['email', '--parsable', 'Weißgräber']),
    /^someone@example\.org\tJosé Øster-Weißgräber\t/m,
  );
  assert.match(await khard(['show', 'uid:' + jose.uid]), /José Øster-Weißgräber/);
}

async function makes(desk: Desk, version: '3.0' | '4.0'): Promise<void> {
  const { vdirsyncer, device, path, khard } = desk;
  const template = await templateFile(desk, [
    'First name : Jürgen',
    'Last name : Groß',
    'Note : "Straße, 2; Hof"',
  ]);
  await khard(['new', '--addressbook', 'home', '--vcard-version', version, '--input-file', template]);
  await vdirsyncer.sync('contacts');
  const { text } = await device.only(path);
  assert.match(text, new RegExp(`^VERSION:${version.replace('.', '\\.')}\\r?$`, 'm'));
  assert.match(text, /^FN:Jürgen Groß\r?$/m);
  assert.match(text, /^N:Groß;Jürgen;;;\r?$/m);
  assert.match(text, /^NOTE:Straße\\, 2\\; Hof\r?$/m);
}

async function changes(desk: Desk): Promise<void> {
  const { vdirsyncer, device, path, khard } = desk;
  const before = card('Anna');
  const href = await device.put('contacts', path, before);
  await vdirsyncer.sync('contacts');
  const template = await templateFile(desk, [
    'Formatted name : Anna Größer',
    'First name : Anna',
    'Last name : Größer',
  ]);
  await khard(['modify', '--input-file', template, `uid:${before.uid}`], 'y\n');
  await vdirsyncer.sync('contacts');
  assert.deepEqual(await device.list(path), [href]);
  assert.match(await device.get(href), /^FN:Anna Größer\r?$/m);
}

async function removes({ vdirsyncer, device, path, khard }: Desk): Promise<void> {
  const [doomed, kept] = [card('Doomed'), card('Kept')];
  await device.put('contacts', path, doomed);
  await device.put('contacts', path, kept);
  await vdirsyncer.sync('contacts');
  await khard(['remove', '--force', `uid:${doomed.uid}`]);
  await vdirsyncer.sync('contacts');
  assert.equal((await device.only(path)).text, kept.text);
}

async function templateFile({ vdirsyncer }: Desk, lines: readonly string[]): Promise<string> {
  const file = join(vdirsyncer.home, 'contact.yaml');
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}
