/** The index of calendars made anew: time moves on, the code changes, the calendar's time zone changes. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { calendarIndexedAs } from '../../dav/caldav/indexing.js';
import { INDEX_VERSION } from '../../dav/icalendar/index.js';
import { reindexStaleObjects } from '../../dav/index.js';
import { caldav } from '../../dav/xml/names.js';
import { element } from '../../dav/xml/write.js';
import { statement } from '../../storage/statement.js';
import { multistatus } from './answers.js';
import { calendarQueryBody, propertyUpdate } from './bodies.js';
import { davSuite } from './dav-suite.js';
import { event } from './requests.js';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 5);
const written = (instant: number): string => new Date(instant).toISOString().replace(/[-:]|\.000/g, '');

interface IndexRow {
  readonly name: string;
  readonly version: number;
  readonly windowStart: number | null;
  readonly windowEnd: number | null;
}
const indexRows = statement()((db) =>
  db
    .selectFrom('object')
    .select(['name', 'index_version as version', 'window_start as windowStart', 'window_end as windowEnd'])
    .orderBy('name'),
);
/** As of a version of the code that found nothing at all. */
const emptyIndex = statement()((db) => db.deleteFrom('object_span'));
const earlierVersion = calendarIndexedAs({ zone: null }).replace(
  String(INDEX_VERSION),
  String(INDEX_VERSION - 1),
);
const ofEarlierVersion = statement()((db) =>
  db.updateTable('collection').set({ indexed_as: earlierVersion }),
);

describe('The index of calendars (docs/architecture.md, "Stored as sent")', () => {
  let now = start;
  const suite = davSuite({ clock: () => now });
  const reindex = (): Promise<number> =>
    reindexStaleObjects(suite.server.database, new AbortController().signal, { clock: () => now });
  const query = async (path: string, from: number, until: number): Promise<string[]> => {
    const range = element(caldav('time-range'), '', ` start="${written(from)}" end="${written(until)}"`);
    const body = calendarQueryBody(element(caldav('comp-filter'), range, ' name="VEVENT"'));
    const answer = await suite.send('REPORT', path, { headers: { Depth: '1' }, body });
    assert.equal(answer.status, 207, answer.body);
    return multistatus(answer.body)
      .map(({ href }) => href.slice(path.length))
      .sort();
  };
  const rows = (): Promise<readonly IndexRow[]> =>
    suite.server.database.read((reader) => reader.all(indexRows, {}) as Promise<readonly IndexRow[]>);

  it('follows a clock that moves on: the window of an endless rule is renewed before it ends', async () => {
    const path = await suite.newCollection();
    await suite.put(`${path}weekly`, event('weekly', { lines: ['RRULE:FREQ=WEEKLY', 'DURATION:PT1H'] }));
    await suite.put(`${path}once`, event('once'));
    const windowOf = async (): Promise<IndexRow | undefined> =>
      (await rows()).find(({ name }) => name === 'weekly');
    const before = await windowOf();
    for (const years of [0, 1.5, 5, 50]) {
      now = start + Math.floor(years * 365.25) * day;
      // A Monday at ten, and the hours before it.
      const monday = now - ((new Date(now).getUTCDay() + 6) % 7) * day - (now % day);
      const isHere = async (): Promise<void> => {
        assert.deepEqual(
          await query(path, monday + 10 * 3_600_000, monday + 11 * 3_600_000),
          years === 0 ? ['once', 'weekly'] : ['weekly'],
        );
        assert.deepEqual(await query(path, monday, monday + 10 * 3_600_000), []);
      };
      await isHere();
      const renewed = await reindex();
      assert.equal(renewed, years === 0 ? 0 : 1, `${years} years`);
      await isHere();
      assert.equal(await reindex(), 0, 'and then there is nothing more to do');
    }
    const after = await windowOf();
    assert.ok((after?.windowEnd ?? 0) > (before?.windowEnd ?? 0) + 49 * 365 * 86_400);
    now = start;
  });

  it('of an earlier version is not asked, and made anew; answers are right meanwhile', async () => {
    const path = await suite.newCollection();
    await suite.put(`${path}a`, event('a', { lines: ['DURATION:PT1H'] }));
    const here = (): Promise<string[]> => query(path, start + 10 * 3_600_000, start + 11 * 3_600_000);
    await suite.server.database.write(async (writer) => {
      await writer.run(emptyIndex, {});
      await writer.run(ofEarlierVersion, {});
    });
    assert.deepEqual(await here(), ['a'], 'before');
    assert.ok((await reindex()) > 0);
    assert.deepEqual(await here(), ['a'], 'after');
    assert.equal(await reindex(), 0);
    const versions = new Set((await rows()).map(({ version }) => version));
    assert.deepEqual(versions.size, 1);
  });

  it('of floating times follows the calendar’s time zone: at once for answers, and then in itself', async () => {
    const path = await suite.newCollection();
    await suite.put(
      `${path}floating`,
      event('floating', { start: '20260105T180000', lines: ['DURATION:PT1H'] }),
    );
    await suite.put(
      `${path}day`,
      event('day', { start: '20260105' }).replace('DTSTART:', 'DTSTART;VALUE=DATE:'),
    );
    await suite.put(`${path}fixed`, event('fixed', { start: '20260105T180000Z', lines: ['DURATION:PT1H'] }));
    const zoneIs = async (zone: string): Promise<void> => {
      const set = element(caldav('calendar-timezone-id'), zone);
      assert.equal((await suite.send('PROPPATCH', path, { body: propertyUpdate({ set }) })).status, 207);
    };
    const hour = (at: number): Promise<string[]> =>
      query(path, start + at * 3_600_000, start + (at + 1) * 3_600_000);
    assert.deepEqual(
      [await hour(18), await hour(9), await hour(-9)],
      [['day', 'fixed', 'floating'], ['day'], []],
    );
    for (const [zone, expected] of [
      ['Asia/Tokyo', [['fixed'], ['day', 'floating'], ['day']]],
      ['America/New_York', [['day', 'fixed'], ['day'], []]],
    ] as const) {
      await zoneIs(zone);
      assert.deepEqual([await hour(18), await hour(9), await hour(-9)], expected, `${zone}, before`);
      assert.ok((await reindex()) > 0, zone);
      assert.deepEqual([await hour(18), await hour(9), await hour(-9)], expected, `${zone}, after`);
      assert.equal(await reindex(), 0);
    }
  });
});
