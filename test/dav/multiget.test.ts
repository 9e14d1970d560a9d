import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { text } from '../../dav/xml/element.js';
import { caldav, carddav, dav } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import type { MemberResponse } from './answers.js';
import { multigetBody } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { describeReportFixtures } from './report-fixtures.js';
import { card, event, firstCollection, put } from './requests.js';
import type { Answer } from './requests.js';

for (const [kind, home, data, make] of [
  ['calendar', 'calendars', caldav('calendar-data'), (uid: string) => event(uid)],
  ['addressbook', 'addressbooks', carddav('address-data'), (uid: string) => card(uid)],
] as const) {
  const section = kind === 'calendar' ? 'RFC 4791 §7.9' : 'RFC 6352 §8.7';

  describe(`${section}: ${kind}-multiget`, () => {
    const suite = davSuite();
    if (kind === 'calendar') describeReportFixtures(suite, 'calendar-multiget', home);
    let path: string;
    before(async () => {
      path = await suite.newCollection(home);
      for (const uid of ['a', 'b', 'c']) await suite.put(`${path}${uid}`, make(uid));
    });
    const multiget = async (
      hrefs: readonly string[],
      headers: Readonly<Record<string, string>> = {},
    ): Promise<MemberResponse[]> => {
      const answer = await suite.send('REPORT', path, { headers, body: multigetBody(kind, hrefs) });
      assert.equal(answer.status, 207, answer.body);
      return multistatus(answer.body);
    };

    it('answers each href with ETag and data, in the order asked', async () => {
      const asked = ['c', 'a', 'b'].map((each) => path + each);
      const responses = await multiget(asked);
      assert.deepEqual(
        responses.map(({ href }) => href),
        asked,
      );
      for (const [index, uid] of ['c', 'a', 'b'].entries()) {
        assert.equal(text(property(responses[index], data)), make(uid));
        assert.equal(
          text(property(responses[index], dav('getetag'))),
          (await suite.send('GET', path + uid)).headers.get('etag'),
        );
      }
    });

    it('says 404 in place of what is missing, among what is there (client need 27, 56)', async () => {
      const asked = [`${path}x`, `${path}a`, `${path}y`, `${path}b`];
      assert.deepEqual(
        (await multiget(asked)).map(({ href, status, order }) => [href, status ?? order[0]]),
        [
          [asked[0], 404],
          [asked[1], 200],
          [asked[2], 404],
          [asked[3], 200],
        ],
      );
    });

    it('an href that was asked twice is answered once (RFC 4918 §14.7)', async () => {
      const asked = [`${path}a`, `${path}x`, `${path}b`, ` ${path}a `, `${path}x`];
      assert.deepEqual(
        (await multiget(asked)).map(({ href }) => href),
        [`${path}a`, `${path}x`, `${path}b`],
      );
    });

    it('an object is sent under so many spellings of its address, and 507 stands for more', async () => {
      const asked = Array.from({ length: 20 }, (_, host) => `http://host-${host}${path}a`);
      const responses = await multiget([...asked, `${path}b`]);
      assert.deepEqual(
        responses.map(({ status, order }) => status ?? order[0]),
        [...Array<number>(16).fill(200), 507, 507, 507, 507, 200],
      );
      assert.deepEqual(responses[16]?.errors, [dav('number-of-matches-within-limits')]);
    });

    it('the answer repeats each href as it was written (client need 9, 27)', async () => {
      const name = 'W@x &Y%2';
      const at = path + encodeURIComponent(name);
      await suite.put(at, make('odd'));
      const variants = [
        at,
        path + encodeURIComponent(name).replace('%40', '@'),
        path + encodeURIComponent(name).replace('%26', '&'),
        path.replace('alice', '%61lice') + encodeURIComponent(name),
        `http://calendar.example.org${at}`,
        `https://localhost:8443${at}`,
        `HTTPS://LOCALHOST${at}`,
      ];
      const responses = await multiget(variants);
      assert.deepEqual(
        responses.map(({ href }) => href),
        variants,
      );
      for (const response of responses)
        assert.equal(text(property(response, data)), make('odd'), response.href);
    });

    it('what is not a member of this collection is 404, wherever it leads', async () => {
      const { device: bob } = await suite.server.addUser('bob');
      const foreign = await firstCollection(suite.server, bob, home);
      await put(suite.server, bob, `${foreign}a`, make('a'));
      const sibling = await suite.newCollection(home);
      await suite.put(`${sibling}a`, make('a'));
      const asked = [
        `${foreign}a`,
        `${sibling}a`,
        path,
        '/dav/',
        '/',
        'a',
        '../a',
        `${path}../${path.split('/').at(-2) ?? ''}/a`,
        `${path}%2e%2e/a`,
        `${path}a/b`,
        `${path}%zz`,
        `//localhost${path}a`,
        `ftp://localhost${path}a`,
        'urn:uuid:1',
        `${path}${'x'.repeat(300)}`,
      ];
      assert.deepEqual(
        (await multiget(asked)).map(({ href, status }) => [href, status]),
        asked.map((href) => [href, 404]),
      );
    });

    it('white space around an href is none of it', async () => {
      const [response] = await multiget([`\n   ${path}a\n  `]);
      assert.equal(text(property(response, data)), make('a'));
    });

    it('is answered without Depth and with any (client need 53)', async () => {
      for (const headers of [{}, { Depth: '0' }, { Depth: '1' }, { Depth: 'infinity' }]) {
        assert.equal((await multiget([`${path}a`], headers as Record<string, string>)).length, 1);
      }
    });

    const root = kind === 'calendar' ? caldav('calendar-multiget') : carddav('addressbook-multiget');
    const ask = (content: string): Promise<Answer> =>
      suite.send('REPORT', path, { body: document(root, content + element(dav('href'), `${path}a`)) });

    it('gives properties without data, names alone, and 404 for what an object does not have', async () => {
      const some = await ask(
        element(dav('prop'), element(dav('getcontenttype'), '') + element(dav('displayname'), '')),
      );
      const [response] = multistatus(some.body);
      assert.deepEqual(response?.order, [200, 404]);
      const [named] = multistatus((await ask(element(dav('propname'), ''))).body);
      assert.ok(named?.properties.get(200)?.has(dav('getetag')));
      const [all] = multistatus((await ask(element(dav('allprop'), ''))).body);
      assert.ok(all?.properties.get(200)?.has(dav('getetag')));
      assert.ok(!all?.properties.get(200)?.has(data), 'allprop carries no data');
    });

    it('a media type that is not offered is refused with the supported data', async () => {
      const answer = await ask(
        element(dav('prop'), element(data, '', ' content-type="application/json" version="9"')),
      );
      assertRefused(
        answer,
        403,
        kind === 'calendar' ? caldav('supported-calendar-data') : carddav('supported-address-data'),
      );
    });

    it('without an href it is 400', async () => {
      assertRefused(await suite.send('REPORT', path, { body: multigetBody(kind, []) }), 400);
    });

    it('300 hrefs come back in order, over several reads', async () => {
      const there: Readonly<Record<number, string>> = { 0: 'c', 99: 'a', 100: 'b' };
      const asked = Array.from({ length: 300 }, (_, index) => `${path}${there[index] ?? `x${index}`}`);
      const responses = await multiget(asked);
      assert.deepEqual(
        responses.map(({ href }) => href),
        asked,
      );
      assert.deepEqual(
        responses.map(({ status }) => status),
        asked.map((_, index) => (there[index] === undefined ? 404 : undefined)),
      );
    });
  });
}

describe('Multiget: the limit of hrefs', () => {
  const suite = davSuite({ limits: { maxHrefs: 5 } });

  it('is 403 DAV:number-of-matches-within-limits above it, and an answer at it', async () => {
    const path = await suite.firstCollection();
    const hrefs = (count: number): string[] => Array.from({ length: count }, (_, index) => `${path}${index}`);
    const above = await suite.send('REPORT', path, { body: multigetBody('calendar', hrefs(6)) });
    assertRefused(above, 403, dav('number-of-matches-within-limits'));
    const at = await suite.send('REPORT', path, { body: multigetBody('calendar', hrefs(5)) });
    assert.equal(multistatus(at.body).length, 5);
  });
});
