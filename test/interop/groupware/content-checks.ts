/** What of an object must come through a client: pictures, groups, and series with an exception. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DeskCheck } from './checks.js';
import { card, event } from '../samples.js';
import type { Sample } from '../samples.js';
import type { Desk } from './desk.js';

export const contentChecks: readonly DeskCheck[] = [
  { name: 'contacts: a photo comes here, and stays when something else is changed here', run: photo },
  { name: 'contacts: a group as Apple writes it keeps its members when it is renamed here', run: appleGroup },
  { name: 'contacts: a group of vCard 4.0 keeps its members when it is renamed here', run: vcard4Group },
  { name: 'events: a series with an exception comes here', run: seriesThere },
  { name: 'events: an exception made here arrives on the server, in the same object', run: exceptionHere },
  { name: 'events: a series changed here keeps its exception', run: seriesChangedHere },
];

// The smallest picture there is: one transparent dot.
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

async function photo(desk: Desk): Promise<void> {
  const anna = withLines(card('Anna'), [`PHOTO;ENCODING=b;TYPE=PNG:${PNG.toString('base64')}`]);
  const had = await desk.clientHas('contacts', (await shared(desk, anna)).uid, 'PHOTO');
  assert.deepEqual(photoIn(had), PNG, 'the photo here');
  await desk.client.edit(desk.collection('contacts'), anna.uid, 'Anna', 'Änne');
  const { text } = await desk.serverHas('contacts', anna.uid, 'Änne');
  assert.deepEqual(photoIn(text), PNG, 'the photo on the server');
}

/** The bytes of PHOTO in vCard 3.0 (base64) or 4.0 (a data URI), folded anywhere, or in a file of the client. */
function photoIn(text: string): Buffer {
  const [, value = ''] = /^PHOTO[^:]*:(.*)$/m.exec(unfolded(text)) ?? [];
  if (value.startsWith('file:')) return readFileSync(fileURLToPath(value));
  return Buffer.from(value.replace(/^data:image\/png;base64\\?,/, ''), 'base64');
}

async function appleGroup(desk: Desk): Promise<void> {
  const member = `X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:${randomUUID()}`;
  await group(desk, card('Friends', ''), ['X-ADDRESSBOOKSERVER-KIND:group', member]);
}

async function vcard4Group(desk: Desk): Promise<void> {
  const { uid, title, text } = card('Friends', '');
  const sample = { uid, title, text: text.replace('VERSION:3.0', 'VERSION:4.0').replace(';TYPE=WORK', '') };
  await group(desk, sample, ['KIND:group', `MEMBER:urn:uuid:${randomUUID()}`]);
}

async function group(desk: Desk, sample: Sample, lines: readonly string[]): Promise<void> {
  const { uid } = await shared(desk, withLines(sample, lines));
  await desk.client.edit(desk.collection('contacts'), uid, 'Friends', 'Family');
  const { text } = await desk.serverHas('contacts', uid, 'Family');
  const present = unfolded(text).split(/\r?\n/);
  for (const line of lines) assert.ok(present.includes(line), `no ${line} in\n${text}`);
}

const SECOND = '20300620T080000Z';

const series = (): Sample =>
  event('Weekly', { when: ['DTSTART:20300613T080000Z', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;COUNT=5'] });

function withException({ uid, title, text }: Sample): Sample {
  const exception = [
    ...['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20300101T000000Z', `RECURRENCE-ID:${SECOND}`],
    ...['DTSTART:20300620T100000Z', 'DURATION:PT1H', 'SUMMARY:Moved', 'END:VEVENT', ''],
  ];
  return { uid, title, text: text.replace('END:VCALENDAR', `${exception.join('\r\n')}END:VCALENDAR`) };
}

async function seriesThere(desk: Desk): Promise<void> {
  const { uid } = await shared(desk, withException(series()), 'events');
  const had = await desk.clientHas('events', uid, 'Moved');
  assert.match(had, /^RRULE:(?=.*FREQ=WEEKLY)(?=.*COUNT=5)/m);
  assert.match(had, /^RECURRENCE-ID.*:20300620T080000Z\r?$/m);
  assert.match(had, /^DTSTART.*:20300620T100000Z\r?$/m);
}

async function exceptionHere(desk: Desk): Promise<void> {
  const { uid } = await shared(desk, series(), 'events');
  await desk.client.editOne(desk.collection('events'), uid, SECOND, 'Only this time');
  const { text } = await desk.serverHas('events', uid, 'Only this time');
  assert.match(text, /^RECURRENCE-ID.*:20300620T080000Z\r?$/m);
  assert.match(text, /^SUMMARY:Weekly\r?$/m, 'the title of the series');
}

async function seriesChangedHere(desk: Desk): Promise<void> {
  const { uid } = await shared(desk, withException(series()), 'events');
  await desk.client.edit(desk.collection('events'), uid, 'Weekly', 'Every week');
  const { text } = await desk.serverHas('events', uid, 'Every week');
  assert.match(text, /^RECURRENCE-ID.*:20300620T080000Z\r?$/m);
  assert.match(text, /^SUMMARY:Moved\r?$/m);
}

async function shared(
  desk: Desk,
  sample: Sample,
  store: 'contacts' | 'events' = 'contacts',
): Promise<Sample> {
  await desk.share(store, sample);
  return sample;
}

const unfolded = (text: string): string => text.replace(/\r?\n[ \t]/g, '');

const withLines = ({ uid, title, text }: Sample, lines: readonly string[]): Sample => ({
  uid,
  title,
  text: text.replace('END:VCARD', `${lines.join('\r\n')}\r\nEND:VCARD`),
});
