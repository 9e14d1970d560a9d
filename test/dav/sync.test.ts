import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import fc from 'fast-check';
import { calendarServer, caldav, carddav, dav } from '../../dav/xml/names.js';
import { text } from '../../dav/xml/element.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, property, refusal, syncTokenOf } from './answers.js';
import type { MemberResponse } from './answers.js';
import { startDav } from './dav-server.js';
import type { DavServer, Device } from './dav-server.js';
import { card, event, firstCollection, put, send, syncBody } from './requests.js';
import type { Answer } from './requests.js';
import { Replica } from './replica.js';

describe('RFC 6578: collection synchronization', () => {
  let server: DavServer;
  let device: Device;
  before(async () => {
    server = await startDav();
    ({ device } = await server.addUser('alice'));
  });
  after(() => server.stop());

  let count = 0;
  const newCalendar = async (): Promise<string> => {
    count += 1;
    const path = `/dav/calendars/alice/sync-${count}/`;
    assert.equal((await send(server, device, 'MKCALENDAR', path)).status, 201);
    return path;
  };
  const sync = (path: string, token = '', limit?: number): Promise<Answer> =>
    send(server, device, 'REPORT', path, { body: syncBody(token, limit) });
  const remove = async (path: string): Promise<void> => {
    assert.equal((await send(server, device, 'DELETE', path)).status, 204);
  };

  it('§3.4: begins with all members and an empty token, without the collection and without deletions', async () => {
    const path = await newCalendar();
    const etag = await put(server, device, `${path}a.ics`, event('a'));
    await put(server, device, `${path}b.ics`, event('b'));
    await remove(`${path}b.ics`);
    const answer = await sync(path);
    assert.equal(answer.status, 207);
    const members = multistatus(answer.body);
    assert.deepEqual(
      members.map(({ href }) => href),
      [`${path}a.ics`],
    );
    assert.equal(text(property(members[0], dav('getetag'))), etag);
    assert.ok(URL.canParse(syncTokenOf(answer.body)));
  });

  it('§3.5: then tells changes once, and deletions as 404 of the whole response', async () => {
    const path = await newCalendar();
    await put(server, device, `${path}same.ics`, event('same'));
    await put(server, device, `${path}gone.ics`, event('gone'));
    const token = syncTokenOf((await sync(path)).body);
    await remove(`${path}gone.ics`);
    await put(server, device, `${path}new.ics`, event('new'));
    await put(server, device, `${path}new.ics`, event('new', { summary: 'again' }));
    const members = multistatus((await sync(path, token)).body);
    assert.deepEqual(
      members.map(({ href, status }) => [href, status]),
      [
        [`${path}gone.ics`, 404],
        [`${path}new.ics`, undefined],
      ],
    );
  });

  it('§3.5: an object that came and went in between is told as gone, one that came again as there', async () => {
    const path = await newCalendar();
    await put(server, device, `${path}back.ics`, event('back'));
    const token = syncTokenOf((await sync(path)).body);
    await put(server, device, `${path}brief.ics`, event('brief'));
    await remove(`${path}brief.ics`);
    await remove(`${path}back.ics`);
    await put(server, device, `${path}back.ics`, event('back'));
    const statuses = new Map(
      multistatus((await sync(path, token)).body).map(({ href, status }) => [href, status]),
    );
    assert.equal(statuses.get(`${path}back.ics`), undefined);
    assert.ok(statuses.has(`${path}back.ics`));
    assert.equal(statuses.get(`${path}brief.ics`), 404);
  });

  it('§4: DAV:sync-token and ctag are the token of the report, and change with every change of a member alone', async () => {
    const path = await newCalendar();
    const tokens = async (): Promise<string[]> => {
      const body =
        '<propfind xmlns="DAV:" xmlns:c="http://calendarserver.org/ns/"><prop><sync-token/><c:getctag/></prop></propfind>';
      const [found] = multistatus(
        (await send(server, device, 'PROPFIND', path, { headers: { Depth: '0' }, body })).body,
      );
      return [text(property(found, dav('sync-token'))), text(property(found, calendarServer('getctag')))];
    };
    const first = await tokens();
    assert.deepEqual(first[0], syncTokenOf((await sync(path)).body));
    const rename =
      '<propertyupdate xmlns="DAV:"><set><prop><displayname>New name</displayname></prop></set></propertyupdate>';
    assert.equal((await send(server, device, 'PROPPATCH', path, { body: rename })).status, 207);
    assert.deepEqual(await tokens(), first);
    await put(server, device, `${path}a.ics`, event('a'));
    const second = await tokens();
    assert.notDeepEqual(second, first);
    await remove(`${path}a.ics`);
    assert.notDeepEqual(await tokens(), second);
  });

  it('§3.3, RFC 4791 §9.6, RFC 6352 §10.4: objects themselves are no properties: 404 beside what there is', async () => {
    const calendar = await newCalendar();
    const book = await firstCollection(server, device, 'addressbooks');
    await put(server, device, `${calendar}a.ics`, event('a'));
    await put(server, device, `${book}a.vcf`, card('a'));
    for (const [path, data] of [
      [calendar, caldav('calendar-data')],
      [book, carddav('address-data')],
    ] as const) {
      const prop = element(dav('prop'), element(dav('getetag'), '') + element(data, ''));
      const synced = async (at: string, level: string): Promise<MemberResponse | undefined> => {
        const wanted = element(dav('sync-token'), '') + element(dav('sync-level'), level) + prop;
        const body = document(dav('sync-collection'), wanted);
        const answer = await send(server, device, 'REPORT', at, { body });
        return multistatus(answer.body).find(({ href }) => href.startsWith(path) && href !== path);
      };
      const home = path.slice(0, path.lastIndexOf('/', path.length - 2) + 1);
      for (const member of [await synced(path, '1'), await synced(home, 'infinite')]) {
        assert.deepEqual(member?.order, [200, 404]);
        assert.deepEqual([...(member.properties.get(404)?.keys() ?? [])], [data]);
        assert.ok(text(property(member, dav('getetag'))));
      }
    }
  });

  it('§3.6: a limit cuts with 507 on the request-URI and a token that goes on, until nothing is left', async () => {
    const path = await newCalendar();
    for (let index = 0; index < 5; index += 1)
      await put(server, device, `${path}${index}.ics`, event(`${index}`));
    const seen: string[] = [];
    let token = '';
    for (const expected of [true, true, false]) {
      const answer = await sync(path, token, 2);
      const responses = multistatus(answer.body);
      const cut = responses.filter(({ status }) => status === 507);
      assert.equal(cut.length, expected ? 1 : 0);
      if (expected) {
        assert.equal(cut[0]?.href, path);
        assert.deepEqual(cut[0].errors, [dav('number-of-matches-within-limits')]);
        assert.equal(responses.at(-1), cut[0]);
      }
      seen.push(...responses.filter(({ status }) => status !== 507).map(({ href }) => href));
      token = syncTokenOf(answer.body);
    }
    assert.deepEqual(
      seen,
      ['0', '1', '2', '3', '4'].map((name) => `${path}${name}.ics`),
    );
    assert.equal(multistatus((await sync(path, token, 2)).body).length, 0);
  });

  it('appendix A: without sync-level the Depth header says it, and nothing means 1', async () => {
    const path = await newCalendar();
    await put(server, device, `${path}a.ics`, event('a'));
    const body = '<sync-collection xmlns="DAV:"><sync-token/><prop><getetag/></prop></sync-collection>';
    for (const headers of [{ Depth: '1' }, { Depth: 'infinity' }, {}] as Record<string, string>[]) {
      const answer = await send(server, device, 'REPORT', path, { body, headers });
      assert.equal(multistatus(answer.body).length, 1, JSON.stringify(headers));
    }
  });

  it('§3.3: is a report of calendars, address books and homes, not of objects', async () => {
    const path = await newCalendar();
    await put(server, device, `${path}a.ics`, event('a'));
    const book = await firstCollection(server, device, 'addressbooks');
    await put(server, device, `${book}a.vcf`, card('a'));
    assert.equal(multistatus((await sync(book)).body).length, 1);
    for (const other of [`${path}a.ics`, '/dav/principals/alice/', '/dav/']) {
      const answer = await sync(other);
      assert.equal(answer.status, 403, other);
      assert.deepEqual(refusal(answer.body).preconditions, [dav('supported-report')]);
    }
  });

  describe('§3.2: a token that was not given out here', () => {
    const cases: readonly [string, (token: string) => string][] = [
      ['of the future', (token) => token.replace(/\d+$/, '999999')],
      ['negative', (token) => token.replace(/\d+$/, '-1')],
      ['of another epoch', (token) => token.replace(server.epoch, 'f'.repeat(16))],
      ['of another scheme', () => 'http://example.org/ns/sync/1'],
      ['that is markup', () => '<x/>'],
    ];
    for (const [what, change] of cases) {
      it(`is refused: one ${what}`, async () => {
        const path = await newCalendar();
        const token = change(syncTokenOf((await sync(path)).body));
        const answer = await sync(path, token);
        assert.equal(answer.status, 403);
        assert.deepEqual(refusal(answer.body).preconditions, [dav('valid-sync-token')]);
      });
    }

    it('is refused: one of a calendar that was deleted and made again under the same name', async () => {
      const path = await newCalendar();
      await put(server, device, `${path}a.ics`, event('a'));
      const token = syncTokenOf((await sync(path)).body);
      await remove(path);
      assert.equal((await send(server, device, 'MKCALENDAR', path)).status, 201);
      assert.equal((await sync(path, token)).status, 403);
      await put(server, device, `${path}b.ics`, event('b'));
      assert.equal((await sync(path, token)).status, 403);
    });
  });

  for (const [why, body] of [
    ['no token element', '<sync-collection xmlns="DAV:"><sync-level>1</sync-level><prop/></sync-collection>'],
    [
      'an unknown level',
      '<sync-collection xmlns="DAV:"><sync-token/><sync-level>2</sync-level><prop/></sync-collection>',
    ],
    ['a limit of nothing', syncBody('', 0)],
    [
      'a limit that is no number',
      syncBody('').replace('<prop>', '<limit><nresults>many</nresults></limit><prop>'),
    ],
  ] as const) {
    it(`§3.8: is refused with 400 for ${why}`, async () => {
      const path = await newCalendar();
      assert.equal((await send(server, device, 'REPORT', path, { body })).status, 400);
    });
  }

  it('§3: replicas that see the calendar only through reports with random limits always end equal', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(Replica.step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const path = await newCalendar();
        const replicas = [new Replica(server, device, path), new Replica(server, device, path)];
        for (const step of steps) {
          if (step.kind === 'put')
            await put(server, device, `${path}${step.name}.ics`, event(step.name, { summary: step.summary }));
          else if (step.kind === 'delete') await send(server, device, 'DELETE', `${path}${step.name}.ics`);
          else await replicas[step.replica]?.syncOnce(step.limit);
        }
        const truth = new Map(
          multistatus(
            (
              await send(server, device, 'PROPFIND', path, {
                headers: { Depth: '1' },
                body: '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>',
              })
            ).body,
          )
            .filter(({ href }) => href !== path)
            .map((member) => [member.href, text(property(member, dav('getetag')))]),
        );
        for (const replica of replicas) {
          await replica.syncToEnd();
          assert.deepEqual(replica.sorted(), [...truth].sort());
        }
      }),
      { numRuns: 25 },
    );
  });

  it('leaves no fault behind', () => assert.deepEqual(server.faults, []));
});
