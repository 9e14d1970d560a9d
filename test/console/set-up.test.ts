import assert from 'node:assert/strict';
import {
  Person,
  Visitor,
  formOn,
  goodPassword,
  house,
  setUpPath,
  shownPasswords,
  typedKey,
  words,
} from './house.js';
import type { Answer, House } from './house.js';

describe('Setting up an account', () => {
  let home: House;
  beforeEach(async () => {
    home = await house();
  });
  afterEach(() => home.dispose());

  it('leads from the first link through three steps to an app password, without JavaScript', async () => {
    const anna = new Person(home, 'anna');
    const path = await setUpPath(home);
    const start = await anna.open(path);
    assert.match(words(start), /Set up Latchkey/);
    assert.match(start.body, /aria-current="step">Your account/);

    const choose = await anna.send(start, path, {
      name: 'anna',
      displayName: 'Anna Lee',
      password: goodPassword,
      repeat: goodPassword,
    });
    assert.equal(choose.path, '/security/two-step');
    assert.match(choose.body, /aria-current="step">Two-step verification/);

    const app = await anna.send(choose, '/security/two-step');
    assert.match(app.body, /<svg viewBox="0 0 \d+ \d+"[^>]*><path d="M/);
    anna.secret = typedKey(app);

    const codes = await anna.send(app, '/security/two-step/app', { code: anna.code() });
    assert.equal(codes.body.match(/<li><code>[a-z0-9-]+<\/code>/g)?.length, 10);

    const device = await anna.send(codes, '/security/recovery-codes/saved', { saved: 'yes' });
    assert.equal(device.path, '/app-passwords/new');
    assert.match(device.body, /aria-current="step">First app password/);

    const form = await anna.open('/app-passwords/new?device=iphone');
    const shown = await anna.send(form, '/app-passwords/new', { label: 'Anna’s iPhone' });
    assert.equal(shown.status, 200);
    assert.equal(shownPasswords(shown).length, 1);
    assert.match(shownPasswords(shown)[0] ?? '', /^([a-z0-9]{5}-){4}[a-z0-9]{5}$/);

    const [password] = await home.auth.appPasswords.list((await anna.account()).id);
    assert.equal(password?.label, 'Anna’s iPhone');
    assert.equal((await anna.account()).isAdmin, true);
    assert.deepEqual(home.errors, []);
  });

  it('does not use a link up by looking at it, and uses it once', async () => {
    const path = await setUpPath(home);
    for (let look = 0; look < 3; look += 1) {
      assert.equal((await new Visitor(home.origin).open(path)).status, 200);
    }
    const anna = new Person(home, 'anna');
    await anna.setUp(path);
    const mallory = new Visitor(home.origin);
    assert.equal((await mallory.open(path)).status, 404);
    const page = await mallory.open('/sign-in');
    const again = await mallory.request('POST', path, {
      ...formOn(page, '/sign-in'),
      name: 'mallory',
      password: goodPassword,
      repeat: goodPassword,
    });
    assert.equal(again.status, 404);
    assert.equal(await home.auth.accounts.count(), 1);
  });

  it('keeps what was typed when something is wrong, except passwords, and links to the fields', async () => {
    const anna = new Visitor(home.origin);
    const path = await setUpPath(home);
    const fields = { name: 'anna', displayName: '<b>Anna</b>', password: 'short', repeat: 'shorter' };
    const wrong = await anna.send(await anna.open(path), path, fields);
    assert.equal(wrong.status, 422);
    assert.match(wrong.body, /<title>Error: /);
    assert.match(wrong.body, /<a href="#repeat">/);
    assert.match(wrong.body, /id="repeat"[^>]*aria-describedby="[^"]*repeat-error"[^>]*aria-invalid="true"/);
    assert.match(wrong.body, /id="displayName"[^>]* value="&lt;b&gt;Anna&lt;\/b&gt;"/);
    assert.doesNotMatch(wrong.body, /value="short/);
    const common = await anna.send(wrong, path, {
      ...fields,
      password: 'password1234',
      repeat: 'password1234',
    });
    assert.equal(common.status, 422);
    assert.match(common.body, /<a href="#password">/);
    const right = await anna.send(common, path, { password: goodPassword, repeat: goodPassword });
    assert.equal(right.path, '/security/two-step');
  });

  it('opens nothing else before two-step verification and the recovery codes are done', async () => {
    const anna = new Person(home, 'anna');
    const path = await setUpPath(home);
    const choose = await anna.send(await anna.open(path), path, {
      name: 'anna',
      password: goodPassword,
      repeat: goodPassword,
    });
    for (const page of [
      '/',
      '/profile',
      '/app-passwords',
      '/app-passwords/new',
      '/security',
      '/activity',
      '/admin',
    ]) {
      assert.equal((await anna.open(page)).path, '/security/two-step', page);
    }
    const forced = await anna.request('POST', '/app-passwords/new', {
      ...formOn(choose, '/security/two-step'),
      device: 'other',
      label: 'x',
      services: 'both',
      access: 'write',
      once: '0-',
    });
    assert.equal(forced.location, '/security/two-step');
    const app = await anna.send(choose, '/security/two-step');
    anna.secret = typedKey(app);
    await anna.send(app, '/security/two-step/app', { code: anna.code() });
    assert.equal((await anna.open('/app-passwords/new')).path, '/security/recovery-codes');
    assert.deepEqual(await home.auth.appPasswords.list((await anna.account()).id), []);
  });

  it('shows recovery codes once: the form sent again makes no others, and lost ones are made anew', async () => {
    const anna = new Person(home, 'anna');
    const path = await setUpPath(home);
    const choose = await anna.send(await anna.open(path), path, {
      name: 'anna',
      password: goodPassword,
      repeat: goodPassword,
    });
    const app = await anna.send(choose, '/security/two-step');
    anna.secret = typedKey(app);
    const code = anna.code();
    const codes = await anna.send(app, '/security/two-step/app', { code });
    const before = await home.auth.recoveryCodes.state((await anna.account()).id);
    const reload = await anna.send(app, '/security/two-step/app', { code });
    assert.equal(reload.path, '/security/recovery-codes');
    assert.doesNotMatch(reload.body, /<li><code>/);
    assert.equal(
      (await home.auth.recoveryCodes.state((await anna.account()).id)).createdAt,
      before.createdAt,
    );
    home.pass(1000);
    const anew = await anna.send(reload, '/security/recovery-codes');
    const firstCode = ({ body }: Answer): string | undefined => /<li><code>[^<]+/.exec(body)?.[0];
    assert.notEqual(firstCode(anew), firstCode(codes));
    const twice = await anna.send(reload, '/security/recovery-codes');
    assert.equal(twice.path, '/security/recovery-codes');
    assert.doesNotMatch(twice.body, /<li><code>/);
  });

  it('is open to everybody only where the server says so', async () => {
    assert.equal((await new Visitor(home.origin).open('/sign-up')).status, 404);
    assert.doesNotMatch((await new Visitor(home.origin).open('/sign-in')).body, /href="\/sign-up"/);
    const open = await house({ registration: 'open' });
    try {
      await open.auth.accounts.create({ name: 'root', password: goodPassword }, { kind: 'shell' });
      const bob = new Person(open, 'bob');
      assert.match((await bob.open('/sign-in')).body, /href="\/sign-up"/);
      const end = await bob.setUp('/sign-up');
      assert.equal(end.path, '/app-passwords/new');
      assert.equal((await bob.account()).isAdmin, false);
    } finally {
      await open.dispose();
    }
  });
});
