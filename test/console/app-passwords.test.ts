import assert from 'node:assert/strict';
import type { AuthOutcome } from '../../auth/index.js';
import { Person, livedIn, setUpPath, house, shownPasswords, words } from './house.js';
import type { Answer, House } from './house.js';

const DAY = 86_400_000;

/** A device that asks for its calendars. */
function sync(home: House, name: string, secret: string, path = '/dav/calendars/'): Promise<AuthOutcome> {
  return home.auth.basic.authenticate({
    authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
    path,
    address: '192.0.2.20',
    https: true,
    loopback: false,
    userAgent: 'DAVx5/4.4.3-ose (2024/10/15; dav4jvm; okhttp/4.12.0) Android/14',
  });
}

async function make(anna: Person, fields: Record<string, string> = {}, device = 'iphone'): Promise<Answer> {
  const form = await anna.open(`/app-passwords/new?device=${device}`);
  return anna.send(form, '/app-passwords/new', fields);
}

describe('App passwords', () => {
  let home: House;
  let anna: Person;
  beforeEach(async () => {
    ({ home, anna } = await livedIn());
  });
  afterEach(() => home.dispose());

  it('are shown once, in the answer, with the fields that the device asks for', async () => {
    const shown = await make(anna, { label: 'Pixel' }, 'android');
    const [secret = ''] = shownPasswords(shown);
    assert.equal(shown.path, '/app-passwords/new');
    assert.equal(shown.headers.get('Cache-Control'), 'no-store');
    assert.match(words(shown), new RegExp(`Base URL ${home.origin} .*User name anna .*Password`));
    assert.equal((await sync(home, 'anna', secret)).kind, 'accepted');
    const found = await Promise.all(
      ['/', '/app-passwords', '/activity', '/app-passwords/new', '/profile'].map((path) => anna.open(path)),
    );
    for (const page of found) assert.ok(!page.body.includes(secret), page.path);
  });

  it('are not made again by a reload, a double press, or the way back', async () => {
    const form = await anna.open('/app-passwords/new?device=iphone');
    const first = await anna.send(form, '/app-passwords/new', { label: 'iPhone' });
    const again = await anna.send(form, '/app-passwords/new', { label: 'iPhone' });
    assert.equal(first.status, 200);
    assert.equal(again.status, 409);
    assert.deepEqual(shownPasswords(again), []);
    assert.match(words(again), /was shown already/);
    const { id } = await anna.account();
    assert.equal((await home.auth.appPasswords.list(id)).length, 1);

    const next = await anna.open('/app-passwords/new?device=mac');
    const both = await Promise.all([
      anna.post(next, '/app-passwords/new', { label: 'Mac' }),
      anna.post(next, '/app-passwords/new', { label: 'Mac' }),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
    assert.equal((await home.auth.appPasswords.list(id)).length, 2);
  });

  it('can be one for calendars and one for contacts', async () => {
    const shown = await make(anna, { label: 'iPhone', services: 'separate', access: 'read' });
    const [first, second] = shownPasswords(shown);
    assert.ok(first !== undefined && second !== undefined && first !== second);
    const { id } = await anna.account();
    const made = await home.auth.appPasswords.list(id);
    assert.deepEqual(made.map(({ label, services, access }) => [label, [...services], access]).sort(), [
      ['iPhone (calendars)', ['calendars'], 'read'],
      ['iPhone (contacts)', ['contacts'], 'read'],
    ]);
  });

  it('for calendars and for contacts are both made, or none where there is room for one alone', async () => {
    const { id } = await anna.account();
    for (let count = 0; count < 99; count += 1)
      await home.auth.appPasswords.create(
        id,
        { label: 'x', services: new Set(['calendars']), access: 'read' },
        { kind: 'shell' },
      );
    const refused = await make(anna, { label: 'iPhone', services: 'separate' });
    assert.equal(refused.status, 422);
    assert.deepEqual(shownPasswords(refused), []);
    assert.equal((await home.auth.appPasswords.list(id)).length, 99);
  });

  it('take an end, but none in the past', async () => {
    const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
    const past = await make(anna, { label: 'iPhone', expires: day(home.now() - 3 * DAY) });
    assert.equal(past.status, 422);
    assert.match(past.body, /<details open>/);
    const made = await anna.send(past, '/app-passwords/new', { expires: day(home.now() + 30 * DAY) });
    assert.equal(shownPasswords(made).length, 1);
    home.pass(32 * DAY);
    const [secret = ''] = shownPasswords(made);
    await anna.signIn();
    assert.equal((await sync(home, 'anna', secret)).kind, 'challenge');
    await home.auth.close();
    assert.match(words(await anna.open('/')), /Refused since it expired/);
  });

  it('wait for the first sync, which the page then shows', async () => {
    const shown = await make(anna);
    const { id } = await anna.account();
    const [password] = await home.auth.appPasswords.list(id);
    const path = `/app-passwords/${password?.id ?? ''}/wait`;
    assert.match(shown.body, new RegExp(`href="${path}"`));
    const waiting = await anna.open(path);
    assert.match(waiting.body, /<noscript><meta http-equiv="refresh"/);
    assert.deepEqual(JSON.parse((await anna.open(path.replace('/wait', '/state'))).body), { synced: false });
    assert.equal((await sync(home, 'anna', shownPasswords(shown)[0] ?? '')).kind, 'accepted');
    await home.auth.close();
    assert.match(words(await anna.open(path)), /iPhone is connected/);
    assert.deepEqual(JSON.parse((await anna.open(path.replace('/wait', '/state'))).body), { synced: true });
    const start = words(await anna.open('/'));
    assert.match(start, /Your devices/);
    assert.match(start, /DAVx/);
  });

  it('are revoked on a page of its own that names the device, and refused from the next request', async () => {
    const [secret = ''] = shownPasswords(await make(anna, { label: 'Anna’s iPhone' }));
    const list = await anna.open('/app-passwords');
    const path = /href="(\/app-passwords\/[^"/]+\/revoke)"/.exec(list.body)?.[1] ?? '';
    const ask = await anna.open(path);
    assert.match(words(ask), /Anna’s iPhone will stop syncing at once/);
    assert.equal((await sync(home, 'anna', secret)).kind, 'accepted');
    const done = await anna.send(ask, path);
    assert.equal(done.path, '/app-passwords');
    assert.match(words(done), /no longer works/);
    assert.doesNotMatch(words(await anna.open('/app-passwords')), /The app password no longer works/);
    assert.equal((await sync(home, 'anna', secret)).kind, 'challenge');
  });

  it('are revoked all at once, by name', async () => {
    const secrets: string[] = [];
    for (const label of ['Phone', 'Laptop']) {
      secrets.push(...shownPasswords(await make(anna, { label })));
      home.pass(1000);
    }
    const ask = await anna.open('/app-passwords/revoke-all');
    assert.match(words(ask), /Laptop Phone/);
    await anna.send(ask, '/app-passwords/revoke-all');
    for (const secret of secrets) assert.equal((await sync(home, 'anna', secret)).kind, 'challenge');
  });

  it('of somebody else are not there', async () => {
    await make(anna, { label: 'Phone' });
    const [password] = await home.auth.appPasswords.list((await anna.account()).id);
    const link = await home.auth.links.invite({}, { kind: 'shell' });
    const bob = new Person(home, 'bob');
    await bob.setUp(new URL(link.url).pathname);
    const own = await bob.open('/app-passwords/revoke-all').then(() => bob.open('/security'));
    for (const path of ['', '/wait', '/state', '/revoke']) {
      const page = await bob.open(`/app-passwords/${password?.id ?? ''}${path}`);
      assert.equal(page.status, 404, path);
    }
    const csrf = /name="csrf" value="([^"]+)"/.exec(own.body)?.[1] ?? '';
    const forced = await bob.request('POST', `/app-passwords/${password?.id ?? ''}/revoke`, { csrf });
    assert.equal(forced.status, 404);
    const [still] = await home.auth.appPasswords.list((await anna.account()).id);
    assert.equal(still?.revokedAt, undefined);
  });

  it('need names, and say so without losing the other answers', async () => {
    const wrong = await make(anna, { label: ' ', services: 'contacts' });
    assert.equal(wrong.status, 422);
    assert.match(wrong.body, /<a href="#label">/);
    assert.match(wrong.body, /value="contacts" checked/);
  });
});

describe('A device that sends the sign-in password', () => {
  it('is refused, and the holder learns of it on the start page', async () => {
    const home = await house();
    try {
      const anna = new Person(home, 'anna');
      await anna.setUp(await setUpPath(home));
      const { id } = await anna.account();
      assert.equal((await sync(home, 'anna', 'plum tree in the yard')).kind, 'challenge');
      for (let wait = 0; wait < 100 && (await anna.account()).loginPasswordSeenAt === undefined; wait += 1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.match(words(await anna.open('/')), /A device sent your sign-in password/);
      assert.deepEqual(await home.auth.appPasswords.list(id), []);
    } finally {
      await home.dispose();
    }
  });
});
