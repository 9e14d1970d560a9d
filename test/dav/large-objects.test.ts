/**
 * RFC 4791 §11: objects that are very large, through everything that looks into them. How long it takes is not looked at,
 * but where it is done: what takes long is done in a thread, once for each question, and others are served meanwhile.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { calendarObjects, CalendarObjects } from '../../dav/caldav/large-objects.js';
import { DavError } from '../../dav/http/errors.js';
import { text } from '../../dav/xml/element.js';
import { caldav, dav } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import { calendarQueryBody } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendar, component, iso, seconds } from './icalendar/objects.js';
import { calendarType } from './requests.js';
import type { Answer } from './requests.js';

const first = seconds('2026-01-01T00:00:00Z');
const time = (at: number): string => iso(at).replace(/[-:]/g, '');
const minutes = (count: number): string[] => Array.from({ length: count }, (_, at) => time(first + at * 60));
const day = (number: number): number => first + number * 86_400;
const start = 'DTSTART:20260101T000000Z';
const length = 'DURATION:PT30S';

/** Daily at midnight, and each of the first days moved to noon. */
function overridden(count: number, range = ''): string {
  const overrides = Array.from({ length: count }, (_, number) =>
    component(
      'VEVENT',
      `RECURRENCE-ID${range}:${time(day(number))}`,
      `DTSTART:${time(day(number) + 43_200)}`,
      length,
    ),
  );
  return calendar(...component('VEVENT', start, length, 'RRULE:FREQ=DAILY'), ...overrides.flat());
}

/** Each with a day in the midst of it: the instances of that day, and the components that matter to it. */
const objects: readonly (readonly [string, string, { day: number; instances: number; kept: number }])[] = [
  [
    '10^5 EXDATEs, a line each',
    calendar(
      ...component(
        'VEVENT',
        start,
        length,
        'RRULE:FREQ=HOURLY',
        ...minutes(100_000).map((each) => `EXDATE:${each}`),
      ),
    ),
    { day: 71, instances: 24, kept: 1 },
  ],
  [
    '10^5 EXDATEs in one line',
    calendar(
      ...component('VEVENT', start, length, 'RRULE:FREQ=HOURLY', `EXDATE:${minutes(100_000).join(',')}`),
    ),
    { day: 71, instances: 24, kept: 1 },
  ],
  [
    '10^5 RDATEs',
    calendar(...component('VEVENT', start, length, `RDATE:${minutes(100_000).join(',')}`)),
    { day: 40, instances: 1440, kept: 1 },
  ],
  ['9,000 overridden instances', overridden(9_000), { day: 4_500, instances: 1, kept: 2 }],
  [
    '2,000 overrides of all future instances',
    overridden(2_000, ';RANGE=THISANDFUTURE'),
    // The one before it, whose last instance might have been as long as to reach into the day, is kept too.
    { day: 1_000, instances: 1, kept: 3 },
  ],
];

const headers = { Depth: '1' };

/** A query that the index cannot answer, for a part of what is found. */
function query(part: string): string {
  const text = element(caldav('text-match'), '1');
  const filter = element(caldav('prop-filter'), text, ' name="UID"');
  const ofEvents = element(caldav('comp-filter'), filter, ' name="VEVENT"');
  const ofCalendars = element(caldav('comp-filter'), ofEvents, ' name="VCALENDAR"');
  const data = element(caldav('calendar-data'), part);
  return document(
    caldav('calendar-query'),
    element(dav('prop'), data) + element(caldav('filter'), ofCalendars),
  );
}

describe('RFC 4791 §11: very large objects', () => {
  const suite = davSuite({ limits: { maxInstances: 200_000 } });
  const rangeOf = (name: string, { day: number }: { day: number }): string =>
    element(caldav(name), '', ` start="${time(day(number))}" end="${time(day(number + 1))}"`);
  /** Sends the request, and small ones one after another until it is answered; how many those were. */
  async function beside(request: Promise<Answer>): Promise<{ answer: Answer; served: number }> {
    let [served, pending] = [0, true];
    const finished = request.finally(() => {
      pending = false;
    });
    do {
      await suite.propfind('/dav/', [dav('current-user-principal')]);
      if (pending) served += 1;
    } while (pending);
    return { answer: await finished, served };
  }

  for (const [what, body, expected] of objects) {
    describe(what, () => {
      let path: string;
      before(async () => {
        path = await suite.newCollection();
        assert.ok(body.length > 100_000);
      });
      const dataOf = (answer: Answer): string =>
        text(property(multistatus(answer.body)[0], caldav('calendar-data')));

      it('is stored, and comes back as it came', async () => {
        await suite.put(`${path}a`, body);
        assert.equal((await suite.send('GET', `${path}a`)).body, body);
      });

      for (const part of ['expand', 'limit-recurrence-set'] as const) {
        it(`calendar-query with ${part}: two looks into it in the thread, and others are served`, async () => {
          const count = calendarObjects.count;
          const request = suite.send('REPORT', path, { headers, body: query(rangeOf(part, expected)) });
          const { answer, served } = await beside(request);
          assert.equal(calendarObjects.count, count + 2);
          assert.ok(served > 0);
          const found = dataOf(answer).match(/^BEGIN:VEVENT\r$/gm)?.length;
          assert.equal(found, part === 'expand' ? expected.instances : expected.kept);
        });
      }

      it('free-busy-query: one look', async () => {
        const count = calendarObjects.count;
        const body = document(caldav('free-busy-query'), rangeOf('time-range', expected));
        const { answer, served } = await beside(suite.send('REPORT', path, { headers, body }));
        assert.equal(calendarObjects.count, count + 1);
        assert.ok(served > 0);
        assert.equal(answer.body.match(/^FREEBUSY;FBTYPE=BUSY:/gm)?.length, expected.instances, answer.body);
      });

      it('GET with time zones: one look', async () => {
        const count = calendarObjects.count;
        const request = suite.send('GET', `${path}a`, { headers: { 'CalDAV-Timezones': 'T' } });
        const { answer, served } = await beside(request);
        assert.equal(calendarObjects.count, count + 1);
        assert.ok(served > 0);
        assert.equal(answer.body, body);
      });
    });
  }

  it('one that cannot match by its time is not looked into, whatever else the filter asks', async () => {
    const path = await suite.newCollection();
    const dates = minutes(10_000).map((each) => `EXDATE:${each}`);
    await suite.put(
      `${path}a`,
      calendar(...component('VEVENT', start, length, 'RRULE:FREQ=HOURLY;COUNT=300', ...dates)),
    );
    const filterIn = (range: string): string => {
      const match = element(caldav('prop-filter'), element(caldav('text-match'), '1'), ' name="UID"');
      return calendarQueryBody(element(caldav('comp-filter'), range + match, ' name="VEVENT"'));
    };
    for (const [number, matches] of [
      [3, 0],
      [8, 1],
      [20, 0],
    ] as const) {
      const count = calendarObjects.count;
      const body = filterIn(rangeOf('time-range', { day: number }));
      const answer = await suite.send('REPORT', path, { headers, body });
      assert.equal(multistatus(answer.body).length, matches, `day ${number}`);
      assert.equal(calendarObjects.count, count + matches, `day ${number}`);
    }
  });
});

describe('RFC 4791 §11: limits of one object', () => {
  const suite = davSuite();

  it('§5.3.2.1: one that names more dates than an object may have instances is refused with max-instances', async () => {
    const path = await suite.newCollection();
    const few = minutes(10_000);
    const many = minutes(10_001);
    for (const [lines, status] of [
      [few.map((each) => `EXDATE:${each}`), 201],
      [many.map((each) => `EXDATE:${each}`), 403],
      [[`EXDATE:${many.join(',')}`], 403],
      [[`RDATE;VALUE=DATE-TIME:${many.join(',\r\n ')}`], 403],
      [[`RDATE:${few.slice(0, 5_000).join(',')}`, `EXDATE:${few.slice(0, 5_001).join(',')}`], 403],
      [[`DESCRIPTION:EXDATE:${','.repeat(20_000)}`, ` RDATE:${','.repeat(20_000)}`], 201],
    ] as const) {
      const body = calendar(...component('VEVENT', start, length, 'RRULE:FREQ=MINUTELY', ...lines));
      const answer = await suite.send('PUT', `${path}${status}`, { headers: calendarType, body });
      if (status === 403) assertRefused(answer, 403, caldav('max-instances'));
      else assert.ok([201, 204].includes(answer.status), answer.body);
    }
  });

  it('one that would be expanded to more than one object may be is refused alone: 507', async () => {
    const path = await suite.newCollection();
    await suite.put(
      `${path}large`,
      calendar(
        ...component('VEVENT', start, length, 'RRULE:FREQ=MINUTELY', `DESCRIPTION:${'x'.repeat(100_000)}`),
      ),
    );
    const other = calendar(...component('VEVENT', start, length)).replace(/^UID:.*$/m, 'UID:1-small');
    await suite.put(`${path}small`, other);
    const body = query(element(caldav('expand'), '', ` start="20260101T000000Z" end="20270101T000000Z"`));
    const answers = multistatus((await suite.send('REPORT', path, { headers, body })).body);
    const outcomes = answers.map(({ href, order, errors }) => [href.slice(path.length), order, errors[0]]);
    assert.deepEqual(outcomes, [
      ['large', [507], dav('number-of-matches-within-limits')],
      ['small', [200], undefined],
    ]);
  });
});

describe('RFC 4791 §5.3.2.1: what was stored within the limits can be read', () => {
  const suite = davSuite({ limits: { maxAttendees: 3_000 } });

  it('more overridden instances and attendees than other servers take are found by what they say', async () => {
    const path = await suite.newCollection();
    const attendees = Array.from({ length: 2_500 }, (_, at) => `ATTENDEE:mailto:${at}@example.org`);
    await suite.put(`${path}instances`, overridden(6_000));
    await suite.put(
      `${path}attendees`,
      calendar(...component('VEVENT', start, ...attendees)).replace(/^UID:.*$/m, 'UID:2'),
    );
    const there = element(caldav('prop-filter'), '', ' name="UID"');
    const filter = element(
      caldav('comp-filter'),
      element(caldav('comp-filter'), there, ' name="VEVENT"'),
      ' name="VCALENDAR"',
    );
    const body = document(
      caldav('calendar-query'),
      element(dav('prop'), element(dav('getetag'), '')) + element(caldav('filter'), filter),
    );
    const answer = await suite.send('REPORT', path, { headers: { Depth: '1' }, body });
    assert.equal(multistatus(answer.body).length, 2);
  });
});

describe('Large calendar objects that take more than one object may', () => {
  const data = Buffer.from(calendar(...component('VEVENT', start, length, `X-LONG:${'x'.repeat(70_000)}`)));
  const range = { start: day(0), end: day(1) };
  /** A thread that never answers. */
  const silent = 'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => {});';
  const objects = new CalendarObjects(
    { maxMilliseconds: 20 },
    new URL(`data:text/javascript,${encodeURIComponent(silent)}`),
  );
  const filter = { name: 'VCALENDAR', isNotDefined: false, compFilters: [], propFilters: [] };

  it('match every filter, and are busy tentatively', async () => {
    assert.equal(await objects.match({ data, filter, zone: 'UTC' }), true);
    const options = { range, maxPeriodsOfObject: 10 };
    const { periods } = await objects.busyTime({ data, zone: 'UTC', options });
    assert.deepEqual(periods, [{ ...range, type: 'BUSY-TENTATIVE' }]);
  });

  it('cannot be given in part: 507', async () => {
    const projection = { selection: null, expand: range, limitRecurrenceSet: null, limitFreebusySet: null };
    const mediaType = 'text/calendar';
    const written = objects.written({
      ...{ data, projection, timezones: undefined, mediaType, zone: 'UTC', maxInstances: 10 },
    });
    await assert.rejects(written, (error) => error instanceof DavError && error.status === 507);
  });

  it('that cannot be read say so from the thread as from the process', async () => {
    const thread = new CalendarObjects();
    for (const broken of ['BEGIN:VCALENDAR', `BEGIN:VCALENDAR\r\nX:${'x'.repeat(70_000)}`]) {
      const matched = thread.match({ data: Buffer.from(broken), filter, zone: 'UTC' });
      await assert.rejects(matched, { precondition: 'valid-calendar-data' });
    }
    assert.equal(thread.count, 1);
  });
});
