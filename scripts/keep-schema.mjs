// Keeps what a release makes of its tables, with data in them, below fixtures/schemas/, where a test brings it up to date for
// ever after. Run it at each release: node scripts/keep-schema.mjs VERSION. Everything is made by the server and by the
// `latchkey` command, as a person and a device would.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { prepare, root } from './prepare.mjs';

const [version] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+[\w.-]*$/.test(version ?? '')) {
  console.error('Which version is it? node scripts/keep-schema.mjs 1.2.3');
  process.exit(64);
}
prepare();
const kept = join(root, 'fixtures', 'schemas', version);
mkdirSync(join(kept, '..'), { recursive: true });
mkdirSync(kept);
const folder = mkdtempSync(join(tmpdir(), 'latchkey-schema-'));
const environment = {
  ...process.env,
  LATCHKEY_DATA_DIR: folder,
  LATCHKEY_PORT: '0',
  LATCHKEY_LOG_LEVEL: 'warn',
};
delete environment.DATABASE_URL;

function command(...words) {
  const args = [join(root, 'dist/server/cli/main.js'), ...words, '--json'];
  return JSON.parse(execFileSync(process.execPath, args, { env: environment, encoding: 'utf8' }));
}

const child = spawn(process.execPath, [join(root, 'dist/server/main.js')], {
  env: environment,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [greeting] = await once(child.stdout.setEncoding('utf8'), 'data');
const url = `http://127.0.0.1:${/localhost:(\d+)/.exec(greeting)[1]}`;
command('account', 'add', 'alice', '--display-name', 'Alice', '--email', 'alice@example.org', '--admin');
command('account', 'add', 'bob');
const password = command('app-password', 'add', 'alice', '--label', 'Phone').secret;
const authorization = `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`;

async function send(method, path, body, headers = {}) {
  const answer = await fetch(url + path, { method, body, headers: { authorization, ...headers } });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.text();
}
const lines = (...all) => `${all.join('\r\n')}\r\n`;
const calendarObject = (...inside) =>
  lines('BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Latchkey//Fixture//EN', ...inside, 'END:VCALENDAR');
const event = (uid, ...more) =>
  calendarObject('BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', ...more, 'END:VEVENT');
const card = (uid, name, ...more) =>
  lines('BEGIN:VCARD', 'VERSION:3.0', `UID:${uid}`, `FN:${name}`, `N:${name};;;;`, ...more, 'END:VCARD');

const work = '/dav/calendars/alice/work/';
const people = '/dav/addressbooks/alice/people/';
await send(
  'MKCALENDAR',
  work,
  `<C:mkcalendar xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns="DAV:"><set><prop><displayname>Work</displayname>
    <C:calendar-timezone-id>Europe/Zurich</C:calendar-timezone-id>
    <mood xmlns="http://example.org/ns">calm</mood></prop></set></C:mkcalendar>`,
);
await send(
  'MKCOL',
  people,
  `<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/><C:addressbook
    xmlns:C="urn:ietf:params:xml:ns:carddav"/></resourcetype><displayname>People</displayname></prop></set></mkcol>`,
);
const calendarType = { 'content-type': 'text/calendar; charset=utf-8' };
const cardType = { 'content-type': 'text/vcard; charset=utf-8' };
const objects = {
  [`${work}once.ics`]: event('once', 'DTSTART:20260105T100000Z', 'DTEND:20260105T110000Z', 'SUMMARY:Once'),
  [`${work}daily.ics`]: event('daily', 'DTSTART:20260105T080000', 'RRULE:FREQ=DAILY', 'SUMMARY:Daily'),
  [`${work}all-day.ics`]: event('all-day', 'DTSTART;VALUE=DATE:20260501', 'SUMMARY:Holiday'),
  [`${work}task.ics`]: calendarObject(
    ...['BEGIN:VTODO', 'UID:task', 'DTSTAMP:20260101T000000Z', 'DUE:20260301T120000Z', 'END:VTODO'],
  ),
  [`${people}anna.vcf`]: card('anna', 'Anna', 'EMAIL:anna@example.org', 'BDAY:1990-02-03'),
  [`${people}ben.vcf`]: card('ben', 'Ben', 'TEL:+41 44 000 00 00'),
};
for (const [path, body] of Object.entries(objects))
  await send('PUT', path, body, path.endsWith('.ics') ? calendarType : cardType);
await send(
  'PROPPATCH',
  `${work}once.ics`,
  '<propertyupdate xmlns="DAV:"><set><prop><mood xmlns="http://example.org/ns">good</mood></prop></set></propertyupdate>',
);
const sync = async (path, token = '') => {
  const body = `<sync-collection xmlns="DAV:"><sync-token>${token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`;
  return /<D:sync-token>([^<]*)</.exec(await send('REPORT', path, body))[1];
};
// Tokens from before a deletion that they are to tell.
await send('PUT', `${work}gone.ics`, event('gone', 'DTSTART:20260105T100000Z'), calendarType);
const tokens = { [work]: await sync(work), [people]: await sync(people) };
await send('DELETE', `${work}gone.ics`);
await send('MKCALENDAR', '/dav/calendars/alice/old/');
await send('DELETE', '/dav/calendars/alice/old/');

child.kill('SIGTERM');
await once(child, 'exit');
writeFileSync(
  join(kept, 'database.sqlite.gz'),
  gzipSync(readFileSync(join(folder, 'latchkey.sqlite')), { level: 9 }),
);
writeFileSync(join(kept, 'secret.json'), readFileSync(join(folder, 'secret.json')));
writeFileSync(
  join(kept, 'expected.json'),
  `${JSON.stringify({ authorization, tokens, deleted: `${work}gone.ics`, objects }, undefined, 2)}\n`,
);
rmSync(folder, { recursive: true });

const [{ PostgresServer }, { openPostgres }, { migrate }, { schemaText }] = await Promise.all(
  [
    'test/postgres-server.js',
    'storage/postgres/index.js',
    'storage/migrations/index.js',
    'test/storage/schema-text.js',
  ].map((file) => import(join(root, 'dist', file))),
);
const server = await PostgresServer.start();
try {
  const database = await openPostgres({ url: server.urlOf(await server.createDatabase()) });
  await migrate(database);
  writeFileSync(join(kept, 'postgres.txt'), await schemaText(database));
  await database.close();
} finally {
  await server.stop();
}
console.log(`Kept in ${kept}`);
