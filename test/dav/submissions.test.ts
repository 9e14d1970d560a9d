import assert from 'node:assert/strict';
import { DavError } from '../../dav/http/errors.js';
import { defaultLimits } from '../../dav/index.js';
import { readSubmission } from '../../dav/submission-reading.js';
import type { SubmittedObject } from '../../dav/submission-reading.js';
import { SubmissionThread } from '../../dav/submission-thread.js';
import { Submissions } from '../../dav/submissions.js';
import { calendar, component } from './icalendar/objects.js';
import type { Database } from '../../storage/index.js';
import { SqliteDatabase } from '../../storage/sqlite/index.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendarType } from './requests.js';
import type { Answer } from './requests.js';
import { caldav } from '../../dav/xml/names.js';

/** Of a server that takes many dates in one object. */
const limits = { ...defaultLimits, maxInstances: 200_000 };

const two = (number: number): string => String(number).padStart(2, '0');
const minuteOf = (number: number): string => {
  const at = new Date(Date.UTC(2026, 0, 1, 0, number));
  return `${at.getUTCFullYear()}${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}T${two(at.getUTCHours())}${two(at.getUTCMinutes())}00`;
};

function withExceptions(count: number): string {
  const dates = Array.from({ length: count }, (_, at) => `EXDATE;TZID=Europe/Berlin:${minuteOf(at)}`);
  const rule = ['DTSTART;TZID=Europe/Berlin:20260101T000000', 'RRULE:FREQ=HOURLY'];
  return calendar(...component('VEVENT', ...rule, ...dates));
}

function withPhoto(characters: number): string {
  const lines = 'QUFBQUFBQUFB'.repeat(characters / 12).replace(/(.{72})/g, '$1\r\n ');
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:A\r\nPHOTO;ENCODING=b;TYPE=JPEG:${lines}\r\nEND:VCARD\r\n`;
}

function submitted(text: string, home: SubmittedObject['home'] = 'calendars'): SubmittedObject {
  const now = Date.UTC(2026, 0, 1);
  return { home, body: Buffer.from(text), contentType: undefined, limits, zone: null, now };
}

const refusedWith = (status: number) => (error: unknown) =>
  error instanceof DavError && error.status === status;
/** A thread that runs other code. */
const running = (code: string, limits = {}): SubmissionThread =>
  new SubmissionThread(limits, new URL(`data:text/javascript,${encodeURIComponent(code)}`));

describe('Large objects at PUT are read in a thread', () => {
  for (const [what, object] of [
    ['a calendar of 4 MB with 10^5 EXDATEs', submitted(withExceptions(100_000))],
    ['a card with a photo of 5 MB', submitted(withPhoto(5_000_004), 'addressbooks')],
  ] as const) {
    it(`${what}, to the same end as in the process`, async () => {
      const thread = new SubmissionThread();
      const read = await new Submissions(thread).read(object);
      assert.equal(thread.count, 1);
      const here = readSubmission(object);
      assert.deepEqual(
        { ...read, index: read.index({ zone: null }, object.now) },
        { ...here, index: here.index({ zone: null }, object.now) },
      );
    }).timeout(60_000);
  }

  it('by the bounds alone, though those who have them may have other things beside', async () => {
    const object = submitted(withExceptions(20_000));
    // As a configuration has, which is no plain data: newer versions of Node do not send a URL to a thread.
    const more = { ...limits, baseUrl: new URL('https://dav.example.org'), onError: () => undefined };
    const thread = new SubmissionThread();
    assert.equal((await thread.read({ ...object, limits: more })).kind, 'read');
  });

  it('small ones are not', () => {
    const thread = new SubmissionThread();
    assert.ok(!(new Submissions(thread).read(submitted(withExceptions(10))) instanceof Promise));
    assert.equal(thread.count, 0);
  });

  it('with the refusals that the process gives', async () => {
    const object = submitted(withExceptions(4_000).replace('RRULE:FREQ=HOURLY', 'RRULE:FREQ=NEVER'));
    const refusal = async (): Promise<unknown> => new Submissions().read(object);
    await assert.rejects(refusal, (error) => {
      assert.ok(error instanceof DavError);
      assert.equal(error.status, 403);
      assert.equal(error.details.precondition, caldav('valid-calendar-data'));
      assert.match(error.message, /FREQ/);
      return true;
    });
  }).timeout(30_000);

  it('and not with an index that was made for another zone', async () => {
    const read = await new Submissions().read(submitted(withExceptions(4_000)));
    assert.throws(() => read.index({ zone: 'Asia/Tokyo' }, 0), refusedWith(503));
  }).timeout(30_000);
});

describe('The thread that reads large objects', () => {
  const object = submitted(withExceptions(1));

  it('reads one after another, and says 503 when too many wait', async () => {
    const thread = new SubmissionThread({ maxWaiting: 2 });
    const [first, second, third] = [thread.read(object), thread.read(object), thread.read(object)];
    await assert.rejects(thread.read(object), refusedWith(503));
    for (const answer of await Promise.all([first, second, third])) assert.equal(answer.kind, 'read');
    assert.equal((await thread.read(object)).kind, 'read');
  }).timeout(30_000);

  it('refuses what takes more memory than it has, and goes on with the next', async () => {
    const thread = new SubmissionThread({ maxMegabytes: 24 });
    const heavy = thread.read(submitted(withExceptions(100_000)));
    const next = thread.read(object);
    await assert.rejects(heavy, refusedWith(413));
    assert.equal((await next).kind, 'read');
  }).timeout(60_000);

  it('refuses what takes too long', async () => {
    const thread = running(
      'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => {});',
      {
        maxMilliseconds: 20,
      },
    );
    await assert.rejects(thread.read(object), refusedWith(413));
  }).timeout(30_000);

  it('may end or throw: that is a fault of one request, not of the server', async () => {
    await assert.rejects(running('process.exit(3)').read(object), /ended with 3/);
    await assert.rejects(running('throw new Error("broken")').read(object), /broken/);
    await assert.rejects(running('no code').read(object), SyntaxError);
  }).timeout(30_000);

  it('ends when it has nothing to do, and begins again', async () => {
    const thread = new SubmissionThread({ idleMilliseconds: 1 });
    assert.equal((await thread.read(object)).kind, 'read');
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((await thread.read(object)).kind, 'read');
  }).timeout(30_000);
});

describe('RFC 4791 §5.3.2 PUT of a large object', () => {
  const thread = new SubmissionThread();
  const suite = davSuite({ submissions: new Submissions(thread), limits });

  it('goes through the thread and is stored and indexed as it came', async () => {
    const path = `${await suite.firstCollection()}large.ics`;
    const body = withExceptions(100_000);
    await suite.put(path, body);
    assert.equal(thread.count, 1);
    assert.equal((await suite.send('GET', path)).body, body);
    // 10^5 minutes from 1 January reach to 11 March; the hours until then are taken out.
    for (const [start, hits] of [
      ['20260310T000000Z', 0],
      ['20260312T000000Z', 1],
    ] as const) {
      const query = `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop>
        <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
        <C:time-range start="${start}" end="${start.replace('T00', 'T03')}"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`;
      const answer = await suite.send('REPORT', path.replace('large.ics', ''), { body: query });
      assert.equal(answer.body.match(/large\.ics/g)?.length ?? 0, hits, start);
    }
  }).timeout(60_000);

  it('is written beside other requests, under the conditions of any PUT', async () => {
    const path = `${await suite.newCollection()}large.ics`;
    const [body, other] = [withExceptions(90_000), withExceptions(80_000)];
    const put = (text: string, headers: Readonly<Record<string, string>>): Promise<Answer> =>
      suite.send('PUT', path, { headers: { ...calendarType, ...headers }, body: text });
    const { database } = suite.server;
    const before = largeUnitsOf(database);
    const etag = await suite.put(path, body, { 'If-None-Match': '*' });
    assert.equal((await put(other, { 'If-None-Match': '*' })).status, 412);
    assert.equal((await put(other, { 'If-Match': '"another"' })).status, 412);
    assert.equal((await suite.send('GET', path)).body, body);
    const conflict = await suite.send('PUT', path.replace('large', 'other'), { headers: calendarType, body });
    assertRefused(conflict, 409, caldav('no-uid-conflict'));
    assert.equal((await put(other, { 'If-Match': etag })).status, 204);
    assert.equal((await suite.send('GET', path)).body, other);
    // On SQLite a thread did it; what was refused wrote nothing.
    if (before !== undefined) assert.equal(largeUnitsOf(database), before + 2);
    assert.equal((await suite.send('DELETE', path)).status, 204);
  }).timeout(60_000);
});

const largeUnitsOf = (database: Database): number | undefined =>
  database instanceof SqliteDatabase ? database.largeUnitCount : undefined;
