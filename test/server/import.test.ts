/** `latchkey export` and `latchkey import`: there and back, files of other programs, and what is refused. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catchUp, setBirthdayCalendar } from '../../dav/index.js';
import { loadConfig } from '../../server/config.js';
import { openCore } from '../../server/core.js';
import { createLog } from '../../server/observability/log.js';
import { exitCodes } from '../../server/exit-codes.js';
import { escapeText } from '../../dav/xml/write.js';
import { multistatus, syncTokenOf } from '../dav/answers.js';
import type { Device } from '../dav/dav-server.js';
import { lockBody, propertyUpdate } from '../dav/bodies.js';
import { calendarType, card, cardType, event, send, syncBody } from '../dav/requests.js';
import { until } from '../until.js';
import { runCommand, type Said } from './command.js';
import { beginLatchkey, dataFolder } from './process.js';
import type { DataFolder } from './process.js';
import { ServerProcess } from './server-process.js';

interface Counts {
  readonly new: number;
  readonly replaced: number;
  readonly unchanged: number;
}
interface Told {
  readonly collections: readonly (Counts & { kind: string; address: string; made: boolean })[];
  readonly refusals: number;
  readonly refused: readonly { place: string; sentence: string }[];
  readonly complete: boolean;
}

const timezone = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//Latchkey//Test//EN',
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Zurich',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19810329T020000',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
  'END:VCALENDAR',
  '',
].join('\r\n');

describe('latchkey export and import', function () {
  this.timeout(180_000);
  let data: DataFolder;
  let server: ServerProcess;
  const devices = new Map<string, Device>();
  let count = 0;
  before(async () => {
    data = await dataFolder();
    server = await ServerProcess.start(data);
  });
  after(async () => {
    await server.end('SIGKILL');
    await data.remove();
  });

  /** An account that no other test uses. */
  async function newAccount(): Promise<Device> {
    count += 1;
    const name = `person-${count}`;
    const device = { name, authorization: await server.addDevice(name) };
    devices.set(name, device);
    return device;
  }

  const run = (...args: readonly string[]): Promise<Said> => runCommand(data.variables, ...args);
  async function importing(...args: readonly string[]): Promise<Told & { code: number; err: string }> {
    const { code, out, err } = await run('import', ...args, '--json');
    assert.notEqual(out, '', err);
    return { ...(JSON.parse(out) as Told), code, err };
  }
  const sum = ({ collections }: Told): Counts =>
    collections.reduce(
      (total, each) => ({
        new: total.new + each.new,
        replaced: total.replaced + each.replaced,
        unchanged: total.unchanged + each.unchanged,
      }),
      { new: 0, replaced: 0, unchanged: 0 },
    );
  const file = async (name: string, content: string): Promise<string> => {
    const path = join(data.path, name);
    await writeFile(path, content);
    return path;
  };
  const members = async (device: Device, path: string): Promise<string[]> => {
    const answer = await send(server, device, 'PROPFIND', path, { headers: { Depth: '1' } });
    assert.equal(answer.status, 207, answer.body);
    return multistatus(answer.body)
      .map(({ href }) => decodeURIComponent(href.slice(path.length)))
      .filter((name) => name !== '')
      .sort();
  };
  const get = async (device: Device, path: string): Promise<string> => {
    const answer = await send(server, device, 'GET', path);
    assert.equal(answer.status, 200, path);
    return answer.body;
  };

  const properties = `<displayname xmlns="DAV:">Work &amp; play</displayname>
    <C:calendar-description xmlns:C="urn:ietf:params:xml:ns:caldav" xml:lang="de">Büro</C:calendar-description>
    <A:calendar-color xmlns:A="http://apple.com/ns/ical/">#FF0000FF</A:calendar-color>
    <A:calendar-order xmlns:A="http://apple.com/ns/ical/">7</A:calendar-order>
    <C:calendar-timezone xmlns:C="urn:ietf:params:xml:ns:caldav">${escapeText(timezone)}</C:calendar-timezone>
    <C:schedule-calendar-transp xmlns:C="urn:ietf:params:xml:ns:caldav"><C:transparent/></C:schedule-calendar-transp>
    <C:supported-calendar-component-set xmlns:C="urn:ietf:params:xml:ns:caldav"><C:comp name="VEVENT"/><C:comp name="VJOURNAL"/></C:supported-calendar-component-set>
    <X:mood xmlns:X="http://example.org/ns"><X:level>high</X:level></X:mood>`;

  /** Every property that the collection has for clients, but what belongs to this one alone. */
  async function told(device: Device, path: string): Promise<string> {
    const names = ['displayname', 'resourcetype'].map((name) => `<${name}/>`).join('');
    const caldav = [
      'calendar-description',
      'calendar-timezone',
      'supported-calendar-component-set',
      'schedule-calendar-transp',
    ]
      .map((name) => `<${name} xmlns="urn:ietf:params:xml:ns:caldav"/>`)
      .join('');
    const apple = ['calendar-color', 'calendar-order']
      .map((name) => `<${name} xmlns="http://apple.com/ns/ical/"/>`)
      .join('');
    const book = '<addressbook-description xmlns="urn:ietf:params:xml:ns:carddav"/>';
    const body = `<propfind xmlns="DAV:"><prop>${names}${caldav}${apple}${book}<mood xmlns="http://example.org/ns"/></prop></propfind>`;
    const answer = await send(server, device, 'PROPFIND', path, { headers: { Depth: '0' }, body });
    assert.equal(answer.status, 207);
    return answer.body.replaceAll(device.name, 'NAME');
  }

  const names = ['a.ics', 'B.ics', 'b.ics', 'with space & umlaut ä.ics', 'colon:star*.ics', 'no-extension'];

  it('there and back: every byte, name and property; and back once more changes nothing', async () => {
    const from = await newAccount();
    const home = `/dav/calendars/${from.name}/`;
    const calendar = `${home}work/`;
    const make = `<C:mkcalendar xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:set><D:prop>${properties}</D:prop></D:set></C:mkcalendar>`;
    assert.equal((await send(server, from, 'MKCALENDAR', calendar, { body: make })).status, 201);
    // Names of folders that would be the names of each other's files.
    for (const name of ['work.ics', 'work.json'])
      assert.equal((await send(server, from, 'MKCALENDAR', `${home}${name}/`)).status, 201);
    const body = `<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/><addressbook xmlns="urn:ietf:params:xml:ns:carddav"/></resourcetype><displayname>People</displayname><addressbook-description xmlns="urn:ietf:params:xml:ns:carddav">All</addressbook-description></prop></set></mkcol>`;
    const book = `/dav/addressbooks/${from.name}/people/`;
    assert.equal((await send(server, from, 'MKCOL', book, { body })).status, 201);
    for (const [at, name] of names.entries()) {
      // Bytes that nobody would write again: bare line feeds, and a line without an end.
      const content =
        at % 2 === 0 ? event(`uid-${at}`) : event(`uid-${at}`).replaceAll('\r\n', '\n').trimEnd();
      const path = calendar + encodeURIComponent(name);
      const { status } = await send(server, from, 'PUT', path, { headers: calendarType, body: content });
      assert.equal(status, 201, name);
    }
    const patch = propertyUpdate({ set: '<X:mood xmlns:X="http://example.org/ns">calm</X:mood>' });
    assert.equal((await send(server, from, 'PROPPATCH', `${calendar}a.ics`, { body: patch })).status, 207);
    await send(server, from, 'PUT', `${book}anna.vcf`, { headers: cardType, body: card('anna') });

    const folder = join(data.path, 'there');
    assert.equal((await run('export', from.name, folder)).code, 0);
    const to = await newAccount();
    const first = await importing(to.name, folder);
    assert.equal(first.code, 0, first.err);
    assert.deepEqual(sum(first), { new: names.length + 1, replaced: 0, unchanged: 0 });
    const copies = [
      [calendar, calendar.replace(from.name, to.name)],
      [book, book.replace(from.name, to.name)],
    ] as const;
    for (const [original, copy] of copies) {
      assert.equal(await told(to, copy), await told(from, original));
      const there = await members(from, original);
      assert.deepEqual(await members(to, copy), there);
      for (const name of there) {
        const path = encodeURIComponent(name);
        assert.equal(await get(to, copy + path), await get(from, original + path), name);
      }
    }
    assert.match(await told(to, `${copies[0][1]}a.ics`), /calm/);

    const state = async (): Promise<string> =>
      (await send(server, to, 'REPORT', copies[0][1], { body: syncBody('') })).body;
    const before = syncTokenOf(await state());
    const again = await importing(to.name, folder);
    assert.deepEqual(sum(again), { new: 0, replaced: 0, unchanged: names.length + 1 });
    assert.equal(syncTokenOf(await state()), before, 'no device has anything to download');
    assert.equal((await run('verify')).code, 0);
    const { out } = await run('export', to.name, join(data.path, 'back'));
    assert.match(out, /Wrote/);
    const there = join(folder, 'calendars', 'Work & play');
    for (const name of await readdir(there))
      assert.deepEqual(
        await readFile(join(data.path, 'back', 'calendars', 'Work & play', name)),
        await readFile(join(there, name)),
      );
  });

  it('puts back what was changed and deleted since, and leaves what is new', async () => {
    const device = await newAccount();
    const calendar = `/dav/calendars/${device.name}/work/`;
    await send(server, device, 'MKCALENDAR', calendar);
    for (const name of ['a', 'b', 'c'])
      await send(server, device, 'PUT', `${calendar}${name}.ics`, {
        headers: calendarType,
        body: event(name),
      });
    const folder = join(data.path, 'before');
    assert.equal((await run('export', device.name, folder)).code, 0);
    await send(server, device, 'DELETE', `${calendar}a.ics`);
    await send(server, device, 'PUT', `${calendar}b.ics`, {
      headers: calendarType,
      body: event('b', { summary: 'changed' }),
    });
    await send(server, device, 'PUT', `${calendar}d.ics`, { headers: calendarType, body: event('d') });
    await send(server, device, 'PROPPATCH', calendar, {
      body: propertyUpdate({ set: '<D:displayname xmlns:D="DAV:">Other</D:displayname>' }),
    });
    assert.deepEqual(sum(await importing(device.name, folder)), { new: 1, replaced: 1, unchanged: 1 });
    assert.deepEqual(await members(device, calendar), ['a.ics', 'b.ics', 'c.ics', 'd.ics']);
    assert.equal(await get(device, `${calendar}b.ics`), event('b'));
    assert.doesNotMatch(await told(device, calendar), /Other/);
  });

  it('takes one file apart: events with their overridden instances and time zones, wherever they stand', async () => {
    const device = await newAccount();
    const zone = timezone.split('\r\n').slice(3, -2);
    const lines = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Somebody//Else//EN',
      'METHOD:PUBLISH',
      'X-WR-CALNAME:Theirs',
      ...[
        'BEGIN:VEVENT',
        'UID:weekly',
        'DTSTAMP:20260101T000000Z',
        'RECURRENCE-ID;TZID=Europe/Zurich:20260112T100000',
      ],
      ...['DTSTART;TZID=Europe/Zurich:20260112T110000', 'SUMMARY:later', 'END:VEVENT'],
      ...['BEGIN:VEVENT', 'UID:one@example.org', 'DTSTAMP:20260101T000000Z', 'DTSTART:20260105T100000Z'],
      ...['SUMMARY:A line that is', ' folded', 'BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:UID:not-this'],
      ...['TRIGGER:-PT5M', 'END:VALARM', 'END:VEVENT'],
      ...zone,
      ...['BEGIN:VEVENT', 'UID:weekly', 'DTSTAMP:20260101T000000Z', 'RRULE:FREQ=WEEKLY;COUNT=4'],
      ...['DTSTART;TZID=Europe/Zurich:20260105T100000', 'SUMMARY:weekly', 'END:VEVENT'],
      ...['BEGIN:VTODO', 'UID:a b/c', 'DTSTAMP:20260101T000000Z', 'SUMMARY:do', 'END:VTODO'],
      'END:VCALENDAR',
      '',
    ];
    const path = await file('theirs.ics', lines.join('\n'));
    const first = await importing(device.name, path, '--into', 'Theirs');
    assert.equal(first.code, 0, first.err);
    assert.deepEqual(sum(first), { new: 3, replaced: 0, unchanged: 0 });
    const calendar = `/dav/calendars/${device.name}/${first.collections[0]?.address}/`;
    const stored = await members(device, calendar);
    assert.equal(stored.length, 3);
    const [hashed] = stored.filter((name) => !name.startsWith('weekly') && !name.startsWith('one@'));
    assert.match(hashed ?? '', /^[\w-]{43}\.ics$/);
    const weekly = await get(device, `${calendar}weekly.ics`);
    for (const part of ['TZID:Europe/Zurich', 'RRULE:FREQ=WEEKLY', 'SUMMARY:later', 'PRODID:-//Somebody'])
      assert.ok(weekly.includes(part), part);
    assert.ok(!weekly.includes('METHOD') && !weekly.includes('\r'));
    assert.ok(!(await get(device, `${calendar}one@example.org.ics`)).includes('VTIMEZONE'));
    // By the name that people see, and by the address.
    for (const into of ['Theirs', first.collections[0]?.address ?? ''])
      assert.deepEqual(sum(await importing(device.name, path, '--into', into)), {
        new: 0,
        replaced: 0,
        unchanged: 3,
      });
    const changed = await file('theirs-later.ics', lines.join('\n').replace('SUMMARY:do', 'SUMMARY:done'));
    assert.deepEqual(sum(await importing(device.name, changed, '--into', 'Theirs')), {
      new: 0,
      replaced: 1,
      unchanged: 2,
    });
  });

  it('takes cards, also without a UID, and folders of files by their names', async () => {
    const device = await newAccount();
    const nameless = card('x').replace('UID:x\r\n', '');
    const path = await file('people.vcf', `${card('anna')}${card('ben', 'Ben Example')}${nameless}`);
    const first = await importing(device.name, path, '--into', 'People');
    assert.deepEqual(sum(first), { new: 3, replaced: 0, unchanged: 0 });
    const book = `/dav/addressbooks/${device.name}/${first.collections[0]?.address}/`;
    assert.equal(await get(device, `${book}ben.vcf`), card('ben', 'Ben Example'));
    assert.deepEqual(sum(await importing(device.name, path, '--into', 'People')), {
      new: 0,
      replaced: 0,
      unchanged: 3,
    });
    const folder = join(data.path, 'loose');
    await mkdir(folder);
    await writeFile(join(folder, 'first.ics'), event('first-uid'));
    await writeFile(join(folder, 'second.vcf'), card('second-uid'));
    const loose = await importing(device.name, folder, '--into', 'Loose');
    assert.deepEqual(
      loose.collections.map(({ kind, new: made }) => [kind, made]),
      [
        ['calendar', 1],
        ['addressbook', 1],
      ],
    );
    assert.equal(
      await get(device, `/dav/calendars/${device.name}/${loose.collections[0]?.address}/first.ics`),
      event('first-uid'),
    );
  });

  it('says what is refused and where it stands; ends there, or goes on where that is asked for', async () => {
    const device = await newAccount();
    const folder = join(data.path, 'bad');
    await mkdir(folder);
    await writeFile(join(folder, '1-bad.ics'), event('bad', { start: 'yesterday' }));
    await writeFile(join(folder, '2-good.ics'), event('good'));
    await writeFile(join(folder, '3-torn.ics'), event('torn').slice(0, 120));
    await writeFile(join(folder, '4-same.ics'), event('good', { summary: 'says something else' }));
    const stopped = await importing(device.name, folder, '--into', 'Bad');
    assert.equal(stopped.code, exitCodes.data);
    assert.equal(stopped.complete, false);
    assert.deepEqual(
      stopped.refused.map(({ place }) => place),
      ['1-bad.ics'],
    );
    assert.match(stopped.err, /^1-bad\.ics: [A-Z].*\.$/m);
    const went = await importing(device.name, folder, '--into', 'Bad', '--keep-going');
    assert.equal(went.code, exitCodes.data);
    assert.deepEqual(
      went.refused.map(({ place }) => place),
      ['1-bad.ics', '3-torn.ics', '4-same.ics'],
    );
    assert.equal(sum(went).new + sum(went).unchanged, 1);

    const many = await file(
      'two-of-one.vcf',
      `${card('same')}${card('same', 'Somebody Else')}${card('same')}BEGIN:VCARD\r\nVERSION:3.0\r\n`,
    );
    const cards = await importing(device.name, many, '--into', 'Twice', '--keep-going');
    assert.deepEqual(sum(cards), { new: 1, replaced: 0, unchanged: 1 });
    assert.deepEqual(
      cards.refused.map(({ place }) => place),
      ['two-of-one.vcf, line 7', 'two-of-one.vcf'],
    );
    for (const [args, code] of [
      [[device.name, join(data.path, 'nowhere'), '--into', 'x'], 65],
      [[device.name, folder], 64],
      [['nobody', folder, '--into', 'x'], 65],
      [[device.name, await file('letter.txt', 'Dear Anna'), '--into', 'x'], 65],
    ] as const) {
      const ended = await run('import', ...args);
      assert.equal(ended.code, code, ended.err);
      assert.equal(ended.err.trim().split('\n').length, 1, ended.err);
    }
  });

  it('takes no export that leads elsewhere, and nothing that no client could set', async () => {
    const device = await newAccount();
    const calendar = `/dav/calendars/${device.name}/work/`;
    await send(server, device, 'MKCALENDAR', calendar);
    await send(server, device, 'PUT', `${calendar}a.ics`, { headers: calendarType, body: event('a') });
    const folder = join(data.path, 'forged');
    assert.equal((await run('export', device.name, folder)).code, 0);
    const description = join(folder, 'calendars', 'work.json');
    const original = await readFile(description, 'utf8');
    for (const [forged, sentence] of [
      [{ address: '../other' }, /address/],
      [{ names: { 'a.ics': '../../a.ics' } }, /name/],
      [{ otherProperties: ['<getetag xmlns="DAV:">1</getetag>'] }, /kept by the server/],
      [{ otherProperties: ['<a xmlns="urn:x"><b></a>'] }, /no XML element/],
      [{ displayName: 'x'.repeat(5000) }, /4096/],
      [{ displayName: 7 }, /does not describe/],
      [{ timeZone: 'Nowhere/City', calendarTimezone: null }, /not known/],
    ] as const) {
      await writeFile(description, JSON.stringify({ ...(JSON.parse(original) as object), ...forged }));
      const { code, refused } = await importing(device.name, folder, '--keep-going');
      assert.equal(code, exitCodes.data, JSON.stringify(forged));
      assert.match(refused.map((each) => each.sentence).join(' '), sentence);
    }
  });

  it('makes subscriptions again, leaves out what the server makes itself, and notes it in the activity', async () => {
    const from = await newAccount();
    const home = `/dav/calendars/${from.name}/`;
    const subscribed = `<mkcol xmlns="DAV:" xmlns:CS="http://calendarserver.org/ns/"><set><prop><resourcetype><collection/><CS:subscribed/></resourcetype><displayname>Holidays</displayname><CS:source><href>https://example.org/holidays.ics</href></CS:source></prop></set></mkcol>`;
    const made = await send(server, from, 'MKCOL', `${home}holidays/`, { body: subscribed });
    assert.equal(made.status, 201, made.body);
    const core = await openCore(loadConfig(data.variables), createLog('silent', process.stderr));
    const account = await core.auth.accounts.find(from.name);
    assert.ok(account);
    await setBirthdayCalendar(core.database, account.id, true, Date.now());
    await catchUp(core.database, account.id);
    const folder = join(data.path, 'subscribed');
    assert.equal((await run('export', from.name, folder)).code, 0);
    const to = await newAccount();
    const { code, out, err } = await run('import', to.name, folder);
    assert.equal(code, 0, err);
    assert.match(out, /The calendar of birthdays was left out/);
    const copy = `/dav/calendars/${to.name}/holidays/`;
    const source =
      '<propfind xmlns="DAV:"><prop><source xmlns="http://calendarserver.org/ns/"/></prop></propfind>';
    const answer = await send(server, to, 'PROPFIND', copy, { headers: { Depth: '0' }, body: source });
    assert.match(answer.body, /https:\/\/example\.org\/holidays\.ics/);
    const holder = await core.auth.accounts.find(to.name);
    assert.ok(holder);
    const [latest] = await core.auth.activity.list(holder.id);
    await core.dispose();
    assert.equal(latest?.event, 'account.imported');
  });

  it('takes the file of all objects where not all of them stand in the folder', async () => {
    const from = await newAccount();
    const calendar = `/dav/calendars/${from.name}/work/`;
    await send(server, from, 'MKCALENDAR', calendar);
    for (const name of ['a', 'b'])
      await send(server, from, 'PUT', `${calendar}${name}.ics`, { headers: calendarType, body: event(name) });
    const folder = join(data.path, 'incomplete');
    assert.equal((await run('export', from.name, folder)).code, 0);
    // As an archive of many thousands of objects has them.
    const description = join(folder, 'calendars', 'work.json');
    const described = JSON.parse(await readFile(description, 'utf8')) as object;
    await writeFile(description, JSON.stringify({ ...described, complete: false }));
    await rm(join(folder, 'calendars', 'work', 'b.ics'));
    const to = await newAccount();
    const told = await importing(to.name, folder);
    assert.equal(told.code, 0, told.err);
    assert.deepEqual(sum(told), { new: 2, replaced: 0, unchanged: 0 });
    assert.deepEqual(await members(to, calendar.replace(from.name, to.name)), ['a.ics', 'b.ics']);
  });

  it('writes nothing where a device holds a lock (RFC 4918 §7)', async () => {
    const device = await newAccount();
    const calendar = `/dav/calendars/${device.name}/work/`;
    await send(server, device, 'MKCALENDAR', calendar);
    await send(server, device, 'PUT', `${calendar}a.ics`, { headers: calendarType, body: event('a') });
    const lock = await send(server, device, 'LOCK', `${calendar}a.ics`, { body: lockBody() });
    assert.equal(lock.status, 200, lock.body);
    const folder = join(data.path, 'locked');
    await mkdir(folder);
    await writeFile(join(folder, 'a.ics'), event('a', { summary: 'changed' }));
    await writeFile(join(folder, 'b.ics'), event('b'));
    const told = await importing(device.name, folder, '--into', 'work', '--keep-going');
    assert.equal(told.code, exitCodes.data);
    assert.deepEqual(
      told.refused.map(({ place }) => place),
      ['a.ics'],
    );
    assert.match(told.refused[0]?.sentence ?? '', /locked/);
    assert.equal(sum(told).new, 1);
    assert.equal(await get(device, `${calendar}a.ics`), event('a'));
  });

  it('holds the quota, and ends where there is no room', async () => {
    const device = await newAccount();
    assert.equal((await run('account', 'quota', device.name, '4K')).code, 0);
    const folder = join(data.path, 'large');
    await mkdir(folder);
    for (let number = 0; number < 100; number += 1)
      await writeFile(
        join(folder, `${String(number).padStart(2, '0')}.ics`),
        event(`large-${number}`, { lines: [`DESCRIPTION:${'x'.repeat(1000)}`] }),
      );
    const { code, refused, ...ended } = await importing(
      device.name,
      folder,
      '--into',
      'Large',
      '--keep-going',
    );
    assert.equal(code, exitCodes.data);
    assert.ok(refused.length >= 1 && refused.length <= 64, `${refused.length} were under way`);
    assert.match(refused[0]?.sentence ?? '', /no room/);
    assert.equal(ended.complete, false);
    const used = JSON.parse((await run('account', 'quota', device.name, '--json')).out) as { used: number };
    assert.ok(used.used > 0 && used.used <= 4096, String(used.used));
  });

  it('goes on after kill -9 where it was, with a large file and little memory', async () => {
    const device = await newAccount();
    const EVENTS = 2_000;
    const events = Array.from({ length: EVENTS }, (_, number) =>
      event(`event-${number}`, { lines: [`DESCRIPTION:${'x'.repeat(800)}`] })
        .split('\r\n')
        .slice(3, -2)
        .join('\r\n'),
    );
    const whole = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Latchkey//Test//EN',
      ...events,
      'END:VCALENDAR',
      '',
    ];
    const path = await file('large.ics', whole.join('\r\n'));
    const args = ['import', device.name, path, '--into', 'Large', '--json'];
    const variables = { ...data.variables, NODE_OPTIONS: '--max-old-space-size=64' };
    const killed = beginLatchkey(args, variables);
    await until(
      () => /\b[12]\d %/.test(killed.said()),
      () => killed.said(),
      60_000,
    );
    killed.kill();
    assert.equal((await killed.ended).code, null, 'it was under way');
    const again = beginLatchkey(args, variables);
    const { code, stdout, stderr } = await again.ended;
    assert.equal(code, 0, stderr);
    const told = JSON.parse(stdout) as Told;
    const counts = sum(told);
    assert.equal(counts.new + counts.unchanged, EVENTS);
    assert.ok(counts.new > 0 && counts.unchanged > 0, JSON.stringify(counts));
    const calendar = `/dav/calendars/${device.name}/${told.collections[0]?.address}/`;
    assert.equal((await members(device, calendar)).length, EVENTS);
    assert.equal((await run('verify')).code, 0);
  });
});
