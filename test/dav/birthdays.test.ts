import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { catchUp, setBirthdayCalendar } from '../../dav/index.js';
import { children, text } from '../../dav/xml/element.js';
import { caldav, calendarServer, carddav, dav } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import { calendarQueryBody, lockBody, multigetBody, propertyUpdate } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import type { DavSuite } from './dav-suite.js';
import type { Device } from './dav-server.js';
import { card, collectionsOf, event } from './requests.js';
import { storedEventsOf } from './stored-events.js';

const now = Date.UTC(2026, 0, 5);

async function idOf(suite: DavSuite, name = 'alice'): Promise<Parameters<typeof setBirthdayCalendar>[1]> {
  const account = await suite.server.auth.accounts.find(name);
  assert.ok(account);
  return account.id;
}

/** Switches alice's calendar on, and answers its path. */
async function switchOn(suite: DavSuite): Promise<string> {
  const before = new Set(await collectionsOf(suite.server, suite.device, 'calendars'));
  await setBirthdayCalendar(suite.server.database, await idOf(suite), true, now);
  await catchUp(suite.server.database, await idOf(suite), () => now);
  const made = (await collectionsOf(suite.server, suite.device, 'calendars')).filter(
    (path) => !before.has(path),
  );
  assert.equal(made.length, 1);
  return made[0] ?? '';
}

const switchOff = async (suite: DavSuite): Promise<void> =>
  setBirthdayCalendar(suite.server.database, await idOf(suite), false, now);

describe('The calendar of birthdays', () => {
  const suite = davSuite({ clock: () => now });
  afterEach(() => switchOff(suite));
  /** DTSTART, RRULE and SUMMARY of every event, sorted. */
  const events = async (path: string): Promise<string[][]> => storedEventsOf(suite, path);

  it('is there for those who want it, and gone when they want it no more', async () => {
    const before = await collectionsOf(suite.server, suite.device, 'calendars');
    const path = await switchOn(suite);
    const [calendar] = await suite.propfind(path, [dav('displayname'), caldav('schedule-calendar-transp')]);
    assert.equal(text(property(calendar, dav('displayname'))), 'Birthdays');
    await setBirthdayCalendar(suite.server.database, await idOf(suite), true, now);
    assert.equal((await collectionsOf(suite.server, suite.device, 'calendars')).length, before.length + 1);
    await switchOff(suite);
    await switchOff(suite);
    assert.deepEqual(await collectionsOf(suite.server, suite.device, 'calendars'), before);
    assert.equal((await suite.send('PROPFIND', path)).status, 404);
  });

  it('holds what cards said before, with years where they are known, and leap days', async () => {
    const book = await suite.newCollection('addressbooks');
    await suite.put(`${book}a`, card('a', 'Anna, B.', ['BDAY:1985-04-12', 'X-ANNIVERSARY:--0808']));
    await suite.put(`${book}b`, card('b', 'Berta', ['BDAY:1984-02-29']));
    await suite.put(`${book}c`, card('c', 'Carl', ['BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29']));
    await suite.put(`${book}d`, card('d', 'Dora'));
    const path = await switchOn(suite);
    assert.deepEqual(await events(path), [
      ['19720229', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1', '\u{1f382} Carl'],
      ['19720808', 'FREQ=YEARLY', '\u{1f48d} Anna\\, B.'],
      ['19840229', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1', '\u{1f382} Berta (1984)'],
      ['19850412', 'FREQ=YEARLY', '\u{1f382} Anna\\, B. (1985)'],
    ]);
  });

  it('29 February is celebrated on the last day of February (RFC 4791 §7.8)', async () => {
    const book = await suite.newCollection('addressbooks');
    await suite.put(`${book}b`, card('b', 'Leap', ['BDAY:1984-02-29']));
    const path = await switchOn(suite);
    for (const [start, end, found] of [
      ['20280229T000000Z', '20280301T000000Z', 1],
      ['20280228T000000Z', '20280229T000000Z', 0],
      ['20270228T000000Z', '20270301T000000Z', 1],
      ['20270301T000000Z', '20270302T000000Z', 0],
    ] as const) {
      const range = element(caldav('time-range'), '', ` start="${start}" end="${end}"`);
      const body = calendarQueryBody(element(caldav('comp-filter'), range, ' name="VEVENT"'));
      const answer = await suite.send('REPORT', path, { headers: { Depth: '1' }, body });
      const hits = (
        await Promise.all(multistatus(answer.body).map(async ({ href }) => suite.send('GET', href)))
      ).filter(({ body: stored }) => stored.includes('Leap'));
      assert.equal(hits.length, found, start);
    }
  });

  it('is never behind a card that was put, changed, moved, copied or deleted, and syncs (RFC 6578)', async () => {
    const book = await suite.newCollection('addressbooks');
    const other = await suite.newCollection('addressbooks');
    const path = await switchOn(suite);
    const before = await events(path);
    const added = async (): Promise<string[]> => {
      const known = new Set(before.map((each) => each.join()));
      return (await events(path)).map((each) => each.join()).filter((each) => !known.has(each));
    };
    const token = async (): Promise<string> => {
      const [calendar] = await suite.propfind(path, [dav('sync-token'), calendarServer('getctag')]);
      assert.equal(
        text(property(calendar, dav('sync-token'))),
        text(property(calendar, calendarServer('getctag'))),
      );
      return text(property(calendar, dav('sync-token')));
    };
    const changedSince = async (from: string): Promise<(number | undefined)[]> => {
      const body = document(
        dav('sync-collection'),
        element(dav('sync-token'), from) +
          element(dav('sync-level'), '1') +
          element(dav('prop'), element(dav('getetag'), '')),
      );
      const answer = await suite.send('REPORT', path, { body });
      return multistatus(answer.body).map(({ status }) => status);
    };
    const start = await token();
    await suite.put(`${book}a`, card('a', 'Anna', ['BDAY:1985-04-12']));
    assert.deepEqual(await added(), ['19850412,FREQ=YEARLY,\u{1f382} Anna (1985)']);
    assert.deepEqual(await changedSince(start), [undefined]);

    const quiet = await token();
    await suite.put(`${book}a`, card('a', 'Anna', ['BDAY:1985-04-12', 'NOTE:x']));
    await suite.put(`${book}n`, card('n', 'Nobody'));
    assert.equal(await token(), quiet, 'what no event shows is no change');

    await suite.put(`${book}a`, card('a', 'Anna', ['BDAY:1985-04-13']));
    assert.deepEqual(await added(), ['19850413,FREQ=YEARLY,\u{1f382} Anna (1985)']);
    const destination = { Destination: `${other}moved` };
    assert.equal((await suite.send('COPY', `${book}a`, { headers: destination })).status, 201);
    assert.equal((await added()).length, 2);
    assert.equal((await suite.send('MOVE', `${book}a`, { headers: destination })).status, 204);
    assert.equal((await added()).length, 1);
    const whole = await suite.send('COPY', other, {
      headers: { Destination: '/dav/addressbooks/alice/copied/' },
    });
    assert.equal(whole.status, 201);
    assert.equal((await added()).length, 2);
    assert.equal((await suite.send('DELETE', '/dav/addressbooks/alice/copied/')).status, 204);
    assert.equal((await added()).length, 1);
    const beforeLast = await token();
    assert.equal((await suite.send('DELETE', `${other}moved`)).status, 204);
    assert.deepEqual(await added(), []);
    assert.deepEqual(await changedSince(beforeLast), [404]);
  });

  it('takes more cards than one unit of work does', async () => {
    const book = await suite.newCollection('addressbooks');
    const path = await switchOn(suite);
    const before = (await events(path)).length;
    for (let count = 0; count < 50; count += 1)
      await suite.put(`${book}${count}`, card(`${count}`, `Person ${count}`, ['BDAY:1985-04-12']));
    assert.equal((await events(path)).length, before + 50);
    assert.equal(
      (await suite.send('COPY', book, { headers: { Destination: '/dav/addressbooks/alice/many/' } })).status,
      201,
    );
    await catchUp(suite.server.database, await idOf(suite), () => now);
    assert.equal((await events(path)).length, before + 100);
    assert.equal((await suite.send('DELETE', '/dav/addressbooks/alice/many/')).status, 204);
    await catchUp(suite.server.database, await idOf(suite), () => now);
    assert.equal((await events(path)).length, before + 50);
  });

  it('RFC 3744 §5.4: nobody writes it but the server (client needs 17, 32, 55)', async () => {
    const book = await suite.newCollection('addressbooks');
    await suite.put(`${book}a`, card('a', 'Anna', ['BDAY:1985-04-12']));
    const path = await switchOn(suite);
    const listed = await suite.send('PROPFIND', path, { headers: { Depth: '1' } });
    const member = multistatus(listed.body).find(({ href }) => href !== path)?.href ?? '';
    const needs = dav('need-privileges');
    const type = { 'Content-Type': 'text/calendar' };
    const ordinary = await suite.firstCollection();
    await suite.put(`${ordinary}x.ics`, event('x'));
    for (const [method, at, headers, body] of [
      ['PUT', `${path}new.ics`, type, event('new')],
      ['PUT', member, type, event('new')],
      ['DELETE', member, {}, undefined],
      ['DELETE', path, {}, undefined],
      ['LOCK', member, {}, lockBody()],
      ['MOVE', member, { Destination: `${ordinary}y.ics` }, undefined],
      ['MOVE', path, { Destination: '/dav/calendars/alice/other/' }, undefined],
      ['COPY', `${ordinary}x.ics`, { Destination: `${path}y.ics` }, undefined],
      ['COPY', ordinary, { Destination: path }, undefined],
      ['MOVE', ordinary, { Destination: path }, undefined],
      ['LOCK', path, {}, lockBody()],
      ['LOCK', `${path}vacant.ics`, {}, lockBody()],
      ['POST', path, type, event('new')],
    ] as const) {
      const answer = await suite.send(method, at, { headers, ...(body === undefined ? {} : { body }) });
      assertRefused(answer, 403, needs, `${method} ${at}`);
    }
    const elsewhere = { Destination: `http://other.example${path}y.ics` };
    assertRefused(await suite.send('MOVE', `${ordinary}x.ics`, { headers: elsewhere }), 502);
    assertRefused(await suite.send('MKCALENDAR', path), 405, dav('resource-must-be-null'));
    const [calendar] = await suite.propfind(path, [dav('current-user-privilege-set')]);
    const privileges = children(property(calendar, dav('current-user-privilege-set'))).flatMap((each) =>
      children(each).map(({ name }) => name),
    );
    assert.ok(privileges.includes(dav('read')));
    // Thunderbird takes it for writable with any of them.
    for (const privilege of ['write', 'write-content', 'write-properties', 'bind', 'unbind'])
      assert.ok(!privileges.includes(dav(privilege)), privilege);
    const allow = (await suite.send('OPTIONS', path)).headers.get('allow') ?? '';
    assert.doesNotMatch(allow, /PUT|DELETE/);
    const named = await suite.send('PROPPATCH', path, {
      body: propertyUpdate({ set: element(dav('displayname'), 'Geburtstage') }),
    });
    assertRefused(named, 403, needs);
    const copied = await suite.send('COPY', member, { headers: { Destination: `${ordinary}copy.ics` } });
    assert.equal(copied.status, 201);
  });

  it('is not seen by an app password without contacts (docs/security.md)', async () => {
    const path = await switchOn(suite);
    const listed = await suite.send('PROPFIND', path, { headers: { Depth: '1' } });
    const member = multistatus(listed.body).find(({ href }) => href !== path)?.href;
    assert.ok(member);
    const only = (services: Set<'calendars' | 'contacts'>): Promise<Device> =>
      suite.server.addDevice('alice', { services });
    const calendars = await only(new Set(['calendars']));
    const contacts = await only(new Set(['contacts']));
    assert.ok(!(await collectionsOf(suite.server, calendars, 'calendars')).includes(path));
    for (const device of [calendars, contacts])
      for (const [method, at] of [
        ['PROPFIND', path],
        ['GET', member],
        ['DELETE', member],
        ['PUT', `${path}x`],
        ['OPTIONS', path],
      ] as const)
        assert.equal((await suite.send(method, at, {}, device)).status, 404, `${method} ${at}`);
    const ordinary = await suite.firstCollection();
    const body = multigetBody('calendar', [member]);
    const [missing] = multistatus((await suite.send('REPORT', ordinary, { body }, calendars)).body);
    assert.equal(missing?.status, 404);
    const readOnly = await suite.server.addDevice('alice', { access: 'read' });
    assert.equal((await suite.send('GET', member, {}, readOnly)).status, 200);
  });

  it('a home whose last other calendar is deleted gets a new one', async () => {
    const { device } = await suite.server.addUser('bob');
    const [only] = await collectionsOf(suite.server, device, 'calendars');
    await setBirthdayCalendar(suite.server.database, await idOf(suite, 'bob'), true, now);
    assert.equal((await suite.send('DELETE', only ?? '', {}, device)).status, 204);
    assert.equal((await collectionsOf(suite.server, device, 'calendars')).length, 2);
  });

  it('the description of a collection keeps its language (RFC 4791 §5.2.1, RFC 6352 §6.2.1)', async () => {
    for (const [home, name] of [
      ['calendars', caldav('calendar-description')],
      ['addressbooks', carddav('addressbook-description')],
    ] as const) {
      const path = await suite.newCollection(home);
      const described = element(name, 'Freunde', ' xml:lang="de"');
      await suite.send('PROPPATCH', path, { body: propertyUpdate({ set: described }) });
      const languageOf = async (): Promise<string | undefined> => {
        const [response] = await suite.propfind(path, [name]);
        return property(response, name).attributes.get('{http://www.w3.org/XML/1998/namespace}lang');
      };
      assert.equal(await languageOf(), 'de');
      await suite.send('PROPPATCH', path, { body: propertyUpdate({ set: element(name, 'Friends') }) });
      assert.equal(await languageOf(), undefined);
    }
  });
});
