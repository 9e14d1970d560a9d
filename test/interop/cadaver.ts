/**
 * cadaver, the command line client of WebDAV: what somebody sees who comes with a generic client. Each command has to say
 * what stands beside it, success or the right refusal.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from './check.js';
import { Device } from './device.js';
import type { Lab } from './lab.js';
import { output } from './program.js';
import { card, event } from './samples.js';

type Step = readonly [command: string, said: RegExp];
const done = /succeeded\./;
const refused = (status: number): RegExp => new RegExp(`failed:\\s+${status} `);

export function cadaverChecks(lab: Lab): Check[] {
  return [
    {
      name: 'ls, put, get, propset, propget, copy, move, lock, discover, unlock, delete of objects; what is none is refused',
      run: (signal) => objects(lab, signal),
    },
    {
      name: 'copy, move, lock, rmcol of collections; mkcol is refused, since only calendars and address books can be made',
      run: (signal) => collections(lab, signal),
    },
  ];
}

async function objects(lab: Lab, signal: AbortSignal): Promise<void> {
  for (const [kind, file, { text }] of [
    ['calendars', 'one.ics', event('Ball')],
    ['contacts', 'one.vcf', card('Anna')],
  ] as const) {
    const device = new Device(lab.baseUrl, await lab.sharedAccount(signal), signal);
    const path = await device.makeCollection(kind);
    const other = await device.makeCollection(kind);
    const folder = await lab.home();
    await writeFile(join(folder, file), text);
    await writeFile(join(folder, 'plain.txt'), 'This is a test file.\n');
    await session(lab, device, folder, path, [
      ['ls', /collection is empty/],
      [`put ${file}`, done],
      ['ls', new RegExp(`succeeded\\.\\n +${file} +${Buffer.byteLength(text)} `)],
      ['put plain.txt', refused(403)],
      ['put plain.txt none/plain.txt', refused(409)],
      [`get ${file} got`, done],
      [`propset ${file} note hello`, done],
      [`propget ${file} note`, /Value of note is: hello/],
      // RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1: one UID, one object.
      [`copy ${file} two`, refused(409)],
      [`copy ${file} ${other}copy`, done],
      [`move ${file} moved`, done],
      ['ls', /succeeded\.\n +moved /],
      ['propget moved note', /Value of note is: hello/],
      ['lock moved', done],
      ['discover moved', /Scope: exclusive +Type: write/],
      [`put ${file} moved`, done],
      ['unlock moved', done],
      ['lock reserved', done],
      ['ls', /succeeded\.\n +moved [^\n]*$/],
      ['unlock reserved', done],
      ['mkcol inside', refused(403)],
      ['delete moved', done],
      ['ls', /collection is empty/],
    ]);
    assert.equal(await readFile(join(folder, 'got'), 'utf8'), text);
  }
}

async function collections(lab: Lab, signal: AbortSignal): Promise<void> {
  const device = new Device(lab.baseUrl, await lab.account(signal), signal);
  const { user } = device.login;
  const path = await device.makeCollection('calendars');
  const folder = await lab.home();
  await writeFile(join(folder, 'plain.txt'), 'This is a test file.\n');
  await session(lab, device, folder, '/', [
    ['ls', /succeeded\.\nColl: +dav /],
    ['cd /dav/calendars/', /^$/],
    ['ls', new RegExp(`succeeded\\.\\nColl: +${user} [^\\n]*$`)],
    [`cd ${user}`, /^$/],
    ['mkcol plain', refused(403)],
    ['put plain.txt', refused(405)],
    [`copy ${path} copied`, done],
    ['move copied renamed', done],
    ['ls', /Coll: +renamed /],
    ['lock renamed', done],
    ['unlock renamed', done],
    ['rmcol renamed', done],
    ['ls', /succeeded\.\n(?!.*renamed)/s],
    [`rmcol /dav/calendars/${user}/`, refused(405)],
    [`rmcol /dav/principals/${user}/`, refused(405)],
  ]);
}

/** Types the commands one after another, and compares what is said to each. */
async function session(
  lab: Lab,
  { login }: Device,
  folder: string,
  path: string,
  steps: readonly Step[],
): Promise<void> {
  const url = new URL(path, lab.baseUrl);
  await writeFile(
    join(folder, '.netrc'),
    `machine ${url.hostname} login ${login.user} password ${login.secret}\n`,
    { mode: 0o600 },
  );
  const said = await output('cadaver', [url.href], {
    // A line that is longer than the terminal is would be drawn again and again.
    environment: { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8', TERM: 'dumb', COLUMNS: '1000' },
    signal: AbortSignal.timeout(60_000),
    input: [...steps.map(([command]) => command), 'quit', ''].join('\n'),
    folder,
  });
  const answers = said.split(/^dav:\S+ /m).slice(1);
  for (const [index, [command, expected]] of steps.entries()) {
    const [typed, ...lines] = (answers[index] ?? '').trim().split('\n');
    assert.equal(typed, command, said);
    assert.match(lines.join('\n'), expected, `${command}\n${said}`);
  }
}
