import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { text } from '../../dav/xml/element.js';
import { caldav, carddav, dav } from '../../dav/xml/names.js';
import { only, property } from './answers.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { calendarType, card, cardType, event } from './requests.js';

describe('RFC 5995: POST adds a member', () => {
  const suite = davSuite();
  let calendar: string;
  let book: string;
  before(async () => {
    calendar = await suite.newCollection();
    book = await suite.newCollection('addressbooks');
  });
  const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    suite.send('POST', path, {
      headers: { ...(body.startsWith('BEGIN:VCARD') ? cardType : calendarType), ...headers },
      body,
    });

  it('§3.2.1: DAV:add-member leads to where it can be done, and is not in allprop', async () => {
    for (const path of [calendar, book]) {
      const [found] = await suite.propfind(path, [dav('add-member')]);
      assert.equal(text(only(property(found, dav('add-member')), dav('href'))), path);
    }
    const [found] = await suite.propfind('/dav/calendars/alice/', [dav('add-member')]);
    assert.ok(found?.properties.get(404)?.has(dav('add-member')));
  });

  it('§3.1: 201 with the address of the new member, its ETag, and the bytes as they came', async () => {
    for (const [path, body, suffix] of [
      [calendar, event('posted'), '.ics'],
      [book, card('posted'), '.vcf'],
    ] as const) {
      for (const at of [path, path.slice(0, -1)]) {
        const sent = body.replace('posted', `posted${at.length}`);
        const answer = await post(at, sent, { Slug: 'ignored' });
        assert.equal(answer.status, 201, answer.body);
        const location = answer.headers.get('location') ?? '';
        assert.ok(location.startsWith(path) && location.endsWith(suffix), location);
        const got = await suite.send('GET', location);
        assert.deepEqual([got.body, got.headers.get('etag')], [sent, answer.headers.get('etag')]);
      }
    }
  });

  it('§3.1: the preconditions of PUT hold', async () => {
    await post(calendar, event('twice'));
    assertRefused(await post(calendar, event('twice')), 409, caldav('no-uid-conflict'));
    assertRefused(await post(calendar, 'no calendar'), 403, caldav('valid-calendar-data'));
    assertRefused(await post(book, card('x').replace('END:VCARD', '')), 403, carddav('valid-address-data'));
  });

  it('conditions are about the collection', async () => {
    assertRefused(await post(calendar, event('conditional'), { 'If-None-Match': '*' }), 412);
    const [found] = await suite.propfind(calendar, [dav('sync-token')]);
    const token = text(property(found, dav('sync-token')));
    assert.equal((await post(calendar, event('conditional'), { If: `(<${token}>)` })).status, 201);
    assertRefused(await post(calendar, event('late'), { If: `(<${token}>)` }), 412);
  });

  it('elsewhere is 405, 404, or 403 for who may only read', async () => {
    await suite.put(`${calendar}a`, event('a'));
    for (const path of ['/dav/', '/dav/calendars/alice/', `${calendar}a`])
      assertRefused(await post(path, event('b')), 405);
    assertRefused(await post('/dav/calendars/bob/', event('b')), 404);
    const device = await suite.server.addDevice('alice', { access: 'read' });
    const options = { headers: calendarType, body: event('b') };
    assertRefused(await suite.send('POST', calendar, options, device), 403, dav('need-privileges'));
  });
});

describe('RFC 7240 and RFC 8144: what a client prefers', () => {
  const suite = davSuite();
  let calendar: string;
  before(async () => {
    calendar = await suite.newCollection();
    await suite.put(`${calendar}a`, event('a'));
  });
  const representation = { Prefer: 'return=representation' } as const;

  it('8144 §3: PUT and POST answer with what is there by then', async () => {
    const body = event('b');
    const options = { headers: { ...calendarType, ...representation }, body };
    const created = await suite.send('PUT', `${calendar}b`, options);
    assert.deepEqual([created.status, created.body], [201, body]);
    const updated = await suite.send('PUT', `${calendar}b`, options);
    assert.equal(updated.status, 200);
    const posted = await suite.send('POST', calendar, { ...options, body: event('c') });
    assert.equal(posted.status, 201);
    for (const answer of [created, updated, posted]) {
      const location = answer === posted ? posted.headers.get('location') : `${calendar}b`;
      assert.equal(answer.headers.get('content-location'), location);
      assert.equal(answer.headers.get('preference-applied'), 'return=representation');
      assert.match(answer.headers.get('vary') ?? '', /prefer/i);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/calendar/);
      const got = await suite.send('GET', location ?? '');
      assert.deepEqual([got.body, got.headers.get('etag')], [answer.body, answer.headers.get('etag')]);
    }
  });

  it('8144 §3.2: a condition that fails answers 412 with what is there', async () => {
    const got = await suite.send('GET', `${calendar}a`);
    const headers = { ...calendarType, ...representation, 'If-Match': '"other"' };
    const answer = await suite.send('PUT', `${calendar}a`, { headers, body: event('a', { summary: 'New' }) });
    assert.equal(answer.status, 412);
    assert.deepEqual([answer.body, answer.headers.get('etag')], [got.body, got.headers.get('etag')]);
    assert.equal(answer.headers.get('content-location'), `${calendar}a`);
    const nothing = await suite.send('PUT', `${calendar}none`, { headers, body: event('none') });
    assertRefused(nothing, 412);
  });

  it('without the preference there is no body', async () => {
    for (const Prefer of ['return=minimal', 'respond-async', 'x="return=representation"']) {
      const options = { headers: { ...calendarType, Prefer }, body: event('a') };
      const answer = await suite.send('PUT', `${calendar}a`, options);
      assert.deepEqual([answer.status, answer.body], [204, '']);
    }
  });

  const noRoot: readonly [string, string][] = [
    ['depth-noroot', 'depth-noroot'],
    ['return=minimal, depth-noroot', 'return=minimal, depth-noroot'],
    ['Depth-NoRoot ; x=1', 'depth-noroot'],
  ];
  for (const [Prefer, applied] of noRoot) {
    it(`8144 §4: ${Prefer} leaves the collection out of its listing`, async () => {
      const members = await suite.send('PROPFIND', calendar, { headers: { Depth: '1', Prefer } });
      assert.equal(members.headers.get('preference-applied'), applied);
      const found = await suite.propfind(calendar, [dav('getetag')], { Depth: '1', Prefer });
      const hrefs = found.map(({ href }) => href);
      assert.ok(hrefs.length > 0 && !hrefs.includes(calendar));
    });
  }

  it('8144 §4: with Depth 0 it means nothing', async () => {
    const found = await suite.propfind(calendar, [], { Depth: '0', Prefer: 'depth-noroot' });
    assert.deepEqual(
      found.map(({ href }) => href),
      [calendar],
    );
  });

  it('RFC 4918 §5.2: a collection asked for without its slash is told with it', async () => {
    const answer = await suite.send('PROPFIND', calendar.slice(0, -1), { headers: { Depth: '0' } });
    assert.equal(answer.headers.get('content-location'), calendar);
    const whole = await suite.send('PROPFIND', calendar, { headers: { Depth: '0' } });
    assert.equal(whole.headers.get('content-location'), null);
  });
});
