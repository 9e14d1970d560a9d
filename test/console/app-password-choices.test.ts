/** What an app password may do, chosen and chosen anew in the console; and how it is doing. */
import assert from 'node:assert/strict';
import type { AppPassword, AuthOutcome } from '../../auth/index.js';
import { createCollection } from '../../storage/index.js';
import type { CollectionId } from '../../storage/index.js';
import { until } from '../until.js';
import { goodPassword, livedIn, Person, shownPasswords, words } from './house.js';
import type { Answer, Fields, House } from './house.js';

const MINUTE = 60_000;
const userAgent = 'DAVx5/4.5-ose (dav4jvm; okhttp/5.1.0) Android/15';

describe('App passwords in the console: what they may do, and how they are doing', () => {
  let home: House;
  let anna: Person;
  beforeEach(async () => {
    ({ home, anna } = await livedIn());
  });
  afterEach(() => home.dispose());

  const passwords = async (): Promise<readonly AppPassword[]> =>
    home.auth.appPasswords.list((await anna.account()).id);
  const newest = async (): Promise<AppPassword> => (await passwords())[0] ?? assert.fail('there is none');
  const make = async (fields: Fields = {}, device = 'thunderbird'): Promise<Answer> => {
    home.pass(1);
    return anna.send(await anna.open(`/app-passwords/new?device=${device}`), '/app-passwords/new', fields);
  };
  const collection = async (kind: 'calendar' | 'addressbook', name: string): Promise<CollectionId> => {
    const { id } = await anna.account();
    const made = await home.database.write((writer) =>
      createCollection(writer, id, { kind, name, displayName: name, now: home.now() }),
    );
    return made.id;
  };
  const sync = (password: string, more: { name?: string; address?: string } = {}): Promise<AuthOutcome> =>
    home.auth.basic.authenticate({
      authorization: `Basic ${Buffer.from(`${more.name ?? 'anna'}:${password}`).toString('base64')}`,
      path: '/dav/calendars/',
      method: 'PROPFIND',
      address: more.address ?? '192.0.2.20',
      https: true,
      loopback: false,
      userAgent,
    });

  it('are limited to the calendars and address books that are ticked', async () => {
    const work = await collection('calendar', 'Work');
    const family = await collection('addressbook', 'Family');
    const form = await anna.open('/app-passwords/new?device=thunderbird');
    assert.match(
      words(form),
      /Which calendars and address books\? .*Calendars Calendar Work Address books Contacts Family/,
    );
    const none = await make({ limit: 'some' });
    assert.equal(none.status, 422);
    assert.match(words(none), /Choose at least one/);
    assert.match(none.body, /<details open>/);
    const made = await anna.send(none, '/app-passwords/new', {
      limit: 'some',
      [`collection-${work}`]: 'on',
      [`collection-${family}`]: 'on',
    });
    const outcome = await sync(shownPasswords(made)[0] ?? '');
    assert.ok(outcome.kind === 'accepted');
    assert.deepEqual([...(outcome.actor.collections ?? [])], [work, family]);
    const shown = words(await anna.open(`/app-passwords/${(await newest()).id}`));
    assert.match(shown, /Calendars and contacts, only some of them Only these Work, Family/);
  });

  it('with one password for each list, each is limited to its own', async () => {
    const work = await collection('calendar', 'Work');
    const family = await collection('addressbook', 'Family');
    await make({
      services: 'separate',
      limit: 'some',
      [`collection-${work}`]: 'on',
      [`collection-${family}`]: 'on',
    });
    assert.deepEqual(
      (await passwords()).map(({ collections }) => [...(collections ?? [])].join()).sort(),
      [String(work), String(family)].sort(),
    );
  });

  it('take networks, and say which one is wrong in which field', async () => {
    const wrong = await make({ addresses: '192.0.2.0/24, somewhere' });
    assert.equal(wrong.status, 422);
    assert.match(wrong.body, /href="#addresses"/);
    assert.match(words(wrong), /You are at 127\.0\.0\.1 now/);
    const made = await anna.send(wrong, '/app-passwords/new', { addresses: '192.0.2.0/24, 2001:db8::/32' });
    const [secret = ''] = shownPasswords(made);
    assert.equal((await sync(secret)).kind, 'accepted');
    assert.equal((await sync(secret, { address: '198.51.100.1' })).kind, 'challenge');
    assert.deepEqual((await newest()).addresses, ['192.0.2.0/24', '2001:db8::/32']);
  });

  it('are offered to an iPhone by QR code with the same choices', async () => {
    const work = await collection('calendar', 'Work');
    const code = await make(
      {
        how: 'code',
        services: 'calendars',
        limit: 'some',
        [`collection-${work}`]: 'on',
        addresses: '192.0.2.1',
      },
      'iphone',
    );
    const link = /<code id="link"[^>]*>([^<]*)</.exec(code.body)?.[1] ?? '';
    const { pathname } = new URL(link);
    const phone = new Person(home, 'nobody');
    await phone.send(await phone.open(pathname), pathname);
    const { collections, addresses, services } = await newest();
    assert.deepEqual(
      [[...(collections ?? [])], addresses, [...services]],
      [[work], ['192.0.2.1'], ['calendars']],
    );
  });

  it('are granted to a device that asks with the same choices', async () => {
    const work = await collection('calendar', 'Work');
    const started = (await (
      await fetch(`${home.origin}/index.php/login/v2`, {
        method: 'POST',
        headers: { 'User-Agent': userAgent },
      })
    ).json()) as { login: string; poll: { token: string; endpoint: string } };
    const page = new URL(started.login).pathname;
    const asked = await anna.open(page);
    assert.match(asked.body, /value="DAVx5 on Android"/);
    const wrong = await anna.send(asked, page, {
      services: 'calendars',
      limit: 'some',
      expires: '2001-01-01',
    });
    assert.equal(wrong.status, 422);
    await anna.send(wrong, page, { expires: '', [`collection-${work}`]: 'on' });
    const answer = await fetch(started.poll.endpoint, {
      method: 'POST',
      body: new URLSearchParams({ token: started.poll.token }),
    });
    assert.equal(answer.status, 200);
    assert.deepEqual([...((await newest()).collections ?? [])], [work]);
  });

  it('suggest a name of its own for each device', async () => {
    const suggested = async (device: string): Promise<string> =>
      /<input id="label"[^>]* value="([^"]*)"/.exec(
        (await anna.open(`/app-passwords/new?device=${device}`)).body,
      )?.[1] ?? '';
    assert.equal(await suggested('iphone'), 'iPhone');
    await make({}, 'iphone');
    assert.equal(await suggested('iphone'), 'iPhone 2');
    const account = await anna.account();
    await home.auth.accounts.setProfile(account.id, { displayName: 'Anna Lee' }, { kind: 'shell' });
    assert.equal(await suggested('iphone'), 'Anna’s iPhone');
    assert.equal(await suggested('thunderbird'), 'Thunderbird');
    const page = await anna.open('/app-passwords/new?device=iphone');
    assert.match(
      page.body,
      /<datalist id="label-list"><option value="Anna’s iPhone"><option value="Anna’s iPad"><option value="iPhone 2">/,
    );
  });

  it('say before the form that there are as many as there can be, also to a device that asks', async () => {
    const { id } = await anna.account();
    const input = { label: 'x', services: new Set(['calendars'] as const), access: 'read' as const };
    await home.auth.appPasswords.createEach(
      id,
      Array.from({ length: 100 }, () => input),
      { kind: 'shell' },
    );
    const started = (await (await fetch(`${home.origin}/index.php/login/v2`, { method: 'POST' })).json()) as {
      login: string;
    };
    for (const path of [
      '/app-passwords/new',
      '/app-passwords/new?device=iphone',
      new URL(started.login).pathname,
    ]) {
      const page = await anna.open(path);
      assert.match(words(page), /You have as many app passwords as an account can have/, path);
      assert.doesNotMatch(page.body, /name="label"/);
    }
  });

  describe('chosen anew', () => {
    const edit = async (fields: Fields): Promise<Answer> => {
      const path = `/app-passwords/${(await newest()).id}/edit`;
      return anna.send(await anna.open(path), path, fields);
    };

    it('show what is chosen by now, and what was changed in the activity', async () => {
      const work = await collection('calendar', 'Work');
      const [secret = ''] = shownPasswords(await make({ label: 'Laptop' }));
      const done = await edit({
        label: 'Old laptop',
        services: 'calendars',
        access: 'read',
        limit: 'some',
        [`collection-${work}`]: 'on',
        addresses: '192.0.2.0/24',
      });
      assert.match(words(done), /The app password is changed.*Old laptop/);
      const outcome = await sync(secret);
      assert.ok(outcome.kind === 'accepted');
      assert.deepEqual(
        [[...outcome.actor.services], outcome.actor.access, outcome.actor.collections?.size],
        [['calendars'], 'read', 1],
      );
      const again = await anna.open(`/app-passwords/${(await newest()).id}/edit`);
      assert.match(again.body, new RegExp(`name="collection-${work}" checked`));
      assert.match(again.body, /name="limit" value="some" checked/);
      assert.match(again.body, /name="addresses"[^>]* value="192\.0\.2\.0\/24"/);
      assert.match(
        words(await anna.open('/activity')),
        /App password changed Old laptop · was called “Laptop” · Calendars · Read only · only Work · only from 192\.0\.2\.0\/24/,
      );
      await edit({ limit: 'all', addresses: '', access: 'write', services: 'both' });
      assert.match(words(await anna.open('/activity')), /all calendars and address books · from any address/);
    });

    it('keep an end that is over while something else is changed, and take a later one', async () => {
      const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
      await make({ expires: day(home.now() + 86_400_000) });
      home.pass(4 * 86_400_000);
      await anna.signIn();
      assert.match(
        words(await anna.open(`/app-passwords/${(await newest()).id}`)),
        /Expired.*Choose a later end/,
      );
      assert.match(words(await edit({ label: 'Later' })), /is changed/);
      assert.match(words(await edit({ expires: day(home.now() + 9 * 86_400_000) })), /is changed/);
      const early = await edit({ expires: '2001-01-01' });
      assert.equal(early.status, 422);
    });

    it('need a step-up, and are no page for others (Nextcloud CVE-2017-0936) or for a revoked one', async () => {
      await make();
      const { id } = await newest();
      const eve = new Person(home, 'eve');
      const { url } = await home.auth.links.invite({}, { kind: 'shell' });
      await eve.setUp(new URL(url).pathname);
      const path = `/app-passwords/${id}/edit`;
      assert.equal((await eve.open(path)).status, 404);
      const own = await eve.send(await eve.open('/app-passwords/new?device=other'), '/app-passwords/new');
      assert.equal(own.status, 200);
      const { id: hers } = await home.auth.appPasswords
        .list((await eve.account()).id)
        .then(([first]) => first ?? assert.fail());
      const form = await eve.open(`/app-passwords/${hers}/edit`);
      const csrf = /name="csrf" value="([^"]*)"/.exec(form.body)?.[1] ?? '';
      const answer = await eve.request('POST', path, {
        csrf,
        label: 'Mine',
        services: 'both',
        access: 'write',
      });
      assert.equal(answer.status, 404);
      assert.equal((await newest()).label, 'Thunderbird');
      home.pass(11 * MINUTE);
      assert.match((await anna.open(path)).path, /^\/step-up\?next=/);
      await anna.stepUp(path);
      await home.auth.appPasswords.revoke((await anna.account()).id, id, { kind: 'shell' });
      assert.equal((await anna.open(path)).status, 404);
    });
  });

  describe('how they are doing', () => {
    const answered = async (more: object): Promise<void> => {
      const { id: accountId } = await anna.account();
      home.auth.recentRequests.answered({
        ...{
          accountId,
          appPasswordId: (await newest()).id,
          method: 'PUT',
          status: 403,
          address: '192.0.2.20',
          userAgent,
        },
        target: { kind: 'object', home: 'calendars', collection: 'work', object: 'lunch.ics' },
        ...more,
      });
      await home.auth.close();
    };

    it('is said on the page of each, with cause and remedy, and in a word on the start page and the list', async () => {
      await collection('calendar', 'work');
      const [secret = ''] = shownPasswords(await make({ access: 'read' }));
      const path = `/app-passwords/${(await newest()).id}`;
      assert.match(words(await anna.open(path)), /How is it doing\? No request yet/);
      assert.equal((await sync(secret)).kind, 'accepted');
      await home.auth.close();
      assert.match(words(await anna.open(path)), /All is well/);
      await answered({ reason: 'need-privileges', sentence: 'This app password may only read.' });
      const page = await anna.open(path);
      assert.match(words(page), /Its changes are refused.*may only read.*Allow it to write.*Change/);
      assert.match(
        words(page),
        /Save “lunch\.ics” in “work” DAVx5 4\.5 on Android, 192\.0\.2\.20 Refused PUT 403 This app password may only read\./,
      );
      assert.match(page.body, new RegExp(`href="${path}/edit"`));
      assert.match(words(page), /Requests 1 today, 1 in all/);
      for (const start of ['/', '/app-passwords'])
        assert.match(words(await anna.open(start)), /Its changes are refused/);
    });

    it('tells of file names as they are and never as markup', async () => {
      await make();
      await answered({ target: { kind: 'nothing', path: '/<script>alert(1)</script>' }, status: 404 });
      const page = await anna.open(`/app-passwords/${(await newest()).id}`);
      assert.doesNotMatch(page.body, /<script>alert/);
      assert.match(words(page), /where nothing is/);
    });

    it('of the login password is told with the client, until it is read or the client has an app password', async () => {
      const { id: accountId } = await anna.account();
      const told = async (): Promise<boolean> => {
        await sync(goodPassword);
        await until(async () => (await anna.account()).loginPasswordSeenAt !== undefined, 'it is noticed');
        return words(await anna.open('/')).includes(
          'DAVx5 on Android was refused, since devices need an app password',
        );
      };
      assert.ok(await told());
      const trouble = await anna.open('/app-passwords/trouble');
      assert.match(words(trouble), /DAVx5 on Android sent your sign-in password.*Make an app password/);
      for (const { body } of [trouble, await anna.open('/')])
        assert.match(body, /href="\/app-passwords\/new\?device=android"/);
      const start = await anna.send(await anna.open('/'), '/app-passwords/trouble/dismiss');
      assert.match(words(start), /This note is gone/);
      assert.doesNotMatch(words(await anna.open('/')), /sign-in password/);
      home.pass(2 * MINUTE);
      assert.ok(await told(), 'it comes back');
      home.pass(MINUTE);
      const [secret = ''] = shownPasswords(await make());
      assert.equal((await sync(secret)).kind, 'accepted');
      await home.auth.close();
      assert.doesNotMatch(words(await anna.open('/')), /was refused, since devices/);
      assert.ok((await home.auth.accounts.get(accountId))?.loginPasswordSeenAt !== undefined);
    });

    it('of requests without an app password is told on a page of its own', async () => {
      await make();
      assert.match(words(await anna.open('/app-passwords/trouble')), /nothing of the kind/);
      await answered({ appPasswordId: undefined, status: 401, reason: 'mistyped' });
      const page = await anna.open('/app-passwords/trouble');
      assert.match(words(page), /An app password was mistyped.*Save something .*Refused: mistyped password/);
      assert.match((await anna.open('/app-passwords')).body, /href="\/app-passwords\/trouble"/);
      assert.match((await anna.open('/')).body, /href="\/app-passwords\/trouble"/);
    });
  });
});
