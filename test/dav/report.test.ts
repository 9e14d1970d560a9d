import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { caldav, carddav, dav, name } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus } from './answers.js';
import { addressbookQueryBody, calendarQueryBody, multigetBody, propfindBody } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { card, event, syncBody } from './requests.js';

describe('REPORT (RFC 3253 §3.6)', () => {
  const suite = davSuite();
  let calendar: string;
  let book: string;
  before(async () => {
    calendar = await suite.firstCollection();
    book = await suite.firstCollection('addressbooks');
    await suite.put(`${calendar}a.ics`, event('a'));
    await suite.put(`${book}a.vcf`, card('a'));
  });

  const unserved: readonly Name[] = [
    ...['version-tree', 'SYNC-COLLECTION'].map(dav),
    name('urn:example', 'sync-collection'),
  ];
  for (const report of unserved) {
    it(`${report} is not served: DAV:supported-report, and it is not advertised`, async () => {
      for (const path of [calendar, '/dav/principals/alice/', '/dav/']) {
        assertRefused(
          await suite.send('REPORT', path, { body: document(report, '') }),
          403,
          dav('supported-report'),
        );
      }
    });
  }

  const served: readonly [string, () => string, () => readonly string[]][] = [
    ['calendar-query', () => calendarQueryBody(), () => [calendar, `${calendar}a.ics`]],
    [
      'calendar-multiget',
      () => multigetBody('calendar', [`${calendar}a.ics`]),
      () => [calendar, `${calendar}a.ics`],
    ],
    ['addressbook-query', () => addressbookQueryBody(''), () => [book, `${book}a.vcf`]],
    [
      'addressbook-multiget',
      () => multigetBody('addressbook', [`${book}a.vcf`]),
      () => [book, `${book}a.vcf`],
    ],
    [
      'sync-collection',
      () => syncBody(''),
      () => [calendar, book, '/dav/calendars/alice/', '/dav/addressbooks/alice/'],
    ],
  ];
  for (const [what, bodyOf, where] of served) {
    it(`${what} is answered where it belongs, with or without the slash, and DAV:supported-report elsewhere`, async () => {
      for (const path of where()) {
        for (const at of path.endsWith('/') ? [path, path.slice(0, -1)] : [path]) {
          const responses = multistatus((await suite.send('REPORT', at, { body: bodyOf() })).body);
          assert.equal(responses.length, 1, at);
          assert.ok(responses[0]?.href.startsWith(path));
        }
      }
      const everywhere = [
        '/',
        '/dav/',
        '/dav/principals/alice/',
        '/dav/calendars/alice/',
        '/dav/addressbooks/alice/',
        calendar,
        book,
        `${calendar}a.ics`,
        `${book}a.vcf`,
      ];
      for (const path of everywhere.filter((each) => !where().includes(each))) {
        assertRefused(
          await suite.send('REPORT', path, { body: bodyOf() }),
          403,
          dav('supported-report'),
          path,
        );
      }
    });

    it(`${what} of what is not there is 404`, async () => {
      for (const path of [
        '/dav/calendars/alice/missing/',
        `${calendar}missing.ics`,
        '/dav/calendars/bob/x/',
        '/nothing',
      ]) {
        assertRefused(await suite.send('REPORT', path, { body: bodyOf() }), 404);
      }
    });
  }

  it('without a body it is 400, and so is a body that is no XML', async () => {
    for (const options of [{}, { body: '' }, { body: 'calendar-query' }, { body: '<a' }]) {
      assertRefused(await suite.send('REPORT', calendar, options), 400);
    }
  });

  it('a body that asks twice what to tell of each object is 400', async () => {
    const twice = calendarQueryBody().replace('<D:prop>', '<D:allprop/><D:prop>');
    assertRefused(await suite.send('REPORT', calendar, { headers: { Depth: '1' }, body: twice }), 400);
  });

  it('DAV:allprop and DAV:propname are understood in queries', async () => {
    const filter = element(caldav('filter'), element(caldav('comp-filter'), '', ' name="VCALENDAR"'));
    for (const wish of ['allprop', 'propname']) {
      const body = document(caldav('calendar-query'), element(dav(wish), '') + filter);
      const [response] = multistatus((await suite.send('REPORT', calendar, { body })).body);
      assert.ok(response?.properties.get(200)?.has(dav('getetag')), wish);
    }
  });

  it('a report that asks for no properties names the objects alone', async () => {
    const filter = element(caldav('filter'), element(caldav('comp-filter'), '', ' name="VCALENDAR"'));
    const answer = await suite.send('REPORT', calendar, { body: document(caldav('calendar-query'), filter) });
    assert.deepEqual(
      multistatus(answer.body).map(({ href }) => href),
      [`${calendar}a.ics`],
    );
  });

  it('RFC 8144 §2.1: return=minimal leaves out what is not found', async () => {
    const body = calendarQueryBody('', [dav('getetag'), dav('displayname')]);
    const answer = await suite.send('REPORT', calendar, { headers: { Prefer: 'return=minimal' }, body });
    assert.deepEqual(multistatus(answer.body)[0]?.order, [200]);
    assert.equal(answer.headers.get('preference-applied'), 'return=minimal');
  });

  it('a body of PROPFIND is no report', async () => {
    assertRefused(
      await suite.send('REPORT', calendar, { body: propfindBody(dav('getetag')) }),
      403,
      dav('supported-report'),
    );
  });

  it('carddav names in the caldav namespace, and the other way, are no reports', async () => {
    for (const report of [caldav('addressbook-query'), carddav('calendar-query')]) {
      for (const path of [calendar, book]) {
        assertRefused(
          await suite.send('REPORT', path, { body: document(report, '') }),
          403,
          dav('supported-report'),
        );
      }
    }
  });
});
