import assert from 'node:assert/strict';
import { generateSync } from 'otplib';
import type { PasskeyCreation, PasskeyRequest } from '../../auth/index.js';
import { Authenticator } from '../auth/authenticator.js';
import {
  Person,
  Visitor,
  formOn,
  goodPassword,
  house,
  livedIn,
  setUpPath,
  typedKey,
  words,
} from './house.js';
import type { Answer, House } from './house.js';
import { addPasskey, questionOn } from './passkey.js';

describe('Passkeys in the console', () => {
  let home: House;
  let anna: Person;
  let key: Authenticator;
  beforeEach(async () => {
    ({ home, anna } = await livedIn());
    key = new Authenticator(home.origin);
  });
  afterEach(() => home.dispose());

  const noErrors = (): void => assert.deepEqual(home.errors, []);
  const passkeysOf = async (who: Person) => home.auth.passkeys.list((await who.account()).id);

  /** The page of the second step, in another browser. */
  async function secondStep(password = goodPassword): Promise<{ visitor: Visitor; page: Answer }> {
    const visitor = new Visitor(home.origin);
    const first = await visitor.open('/sign-in');
    return { visitor, page: await visitor.send(first, '/sign-in', { name: 'anna', password }) };
  }

  describe('are added', () => {
    it('at set-up, where one may choose them, with recovery codes after that', async () => {
      const empty = await house();
      const eva = new Person(empty, 'eva');
      const path = await setUpPath(empty);
      const fields = { name: 'eva', password: goodPassword, repeat: goodPassword };
      const choose = await eva.send(await eva.open(path), path, fields);
      const page = await eva.send(choose, '/security/two-step', { method: 'passkey' });
      assert.equal(page.path, '/security/two-step/passkey');
      assert.match(words(page), /Add a passkey/);
      assert.equal(formOn(page, '/security/two-step/passkey')['label'], 'Firefox on Linux');
      const codes = await addPasskey(eva, new Authenticator(empty.origin), 'Laptop');
      assert.match(words(codes), /Recovery codes/);
      const done = await eva.send(codes, '/security/recovery-codes/saved', { saved: 'yes' });
      assert.equal(done.path, '/app-passwords/new');
      await empty.dispose();
    });

    it('beside an app; the page of all methods shows both', async () => {
      const page = await addPasskey(anna, key, '  Blue security key ');
      assert.match(words(page), /It is added\. Other browsers have been signed out\./);
      assert.match(words(page), /Blue security key Passkey, on one device only · added/);
      assert.match(words(page), /Authenticator app added/);
      assert.match(words(await anna.open('/security')), /On, with a passkey and an authenticator app/);
      assert.match(words(await anna.open('/activity')), /Passkey added.*Blue security key/);
      noErrors();
    });

    it('not with an answer that is none, which the page says', async () => {
      const path = '/security/two-step/passkey';
      for (const passkey of [
        '',
        '{}',
        key.create(await questionOn<PasskeyCreation>(anna, path), { rpId: 'x' }),
      ]) {
        const answer = await anna.send(await anna.open(path), path, { passkey, label: 'Mine' });
        assert.equal(answer.status, 422);
        assert.match(words(answer), /The passkey could not be checked/);
        assert.equal(formOn(answer, path)['label'], 'Mine');
        assert.equal(formOn(answer, path)['passkey'], '');
      }
      assert.deepEqual(await passkeysOf(anna), []);
      noErrors();
    });

    it('only by a form of ours: a question is refused without its token', async () => {
      const answer = await anna.request('POST', '/security/two-step/passkey/question', {});
      assert.equal(answer.status, 403);
    });
  });

  it('a second app has a name of its own', async () => {
    await anna.stepUp('/');
    const overview = await anna.open('/security/two-step');
    const app = await anna.send(overview, '/security/two-step');
    const code = generateSync({ secret: typedKey(app), epoch: Math.floor(home.now() / 1000) });
    const done = await anna.send(app, '/security/two-step/app', { code });
    assert.match(words(done), /It is added.*Authenticator app 2/);
    noErrors();
  });

  describe('sign in', () => {
    it('alone, and go on to where one wanted to', async () => {
      await addPasskey(anna, key, 'Laptop');
      const visitor = new Visitor(home.origin);
      const page = await visitor.open('/sign-in?next=%2Factivity');
      const question = await questionOn<PasskeyRequest>(
        visitor,
        '/sign-in/passkey',
        '/sign-in/question',
        page,
      );
      assert.equal(question.userVerification, 'required');
      const done = await visitor.send(page, '/sign-in/passkey', { passkey: key.get(question) });
      assert.equal(done.path, '/activity');
      assert.match(words(done), /Signed in.*Laptop/);
      // The same answer once more.
      const again = await visitor.post(page, '/sign-in/passkey', { passkey: key.get(question) });
      assert.notEqual(again.location, '/activity');
      noErrors();
    });

    it('not when their holder was not verified: the page says so, and offers the password', async () => {
      await addPasskey(anna, key, 'Laptop');
      const visitor = new Visitor(home.origin);
      const page = await visitor.open('/sign-in');
      const question = await questionOn<PasskeyRequest>(
        visitor,
        '/sign-in/passkey',
        '/sign-in/question',
        page,
      );
      const passkey = key.get(question, { userVerified: false });
      const refused = await visitor.send(page, '/sign-in/passkey', { passkey });
      assert.equal(refused.status, 422);
      assert.match(words(refused), /This passkey did not let you in/);
      formOn(refused, '/sign-in');
    });

    it('as the second step, in the same page for every name and password', async () => {
      await addPasskey(anna, key, 'Laptop');
      const right = await secondStep();
      const wrong = await secondStep('another password');
      const shown = ({ body }: Answer): string => body.replace(/name="csrf" value="[^"]*"/g, '');
      assert.equal(shown(right.page), shown(wrong.page));
      for (const [{ visitor, page }, status] of [
        [wrong, 422],
        [right, 200],
      ] as const) {
        const question = await questionOn<PasskeyRequest>(
          visitor,
          '/sign-in/code',
          '/sign-in/code/question',
          page,
        );
        assert.deepEqual(question.allowCredentials, []);
        const done = await visitor.send(page, '/sign-in/code', { passkey: key.get(question) });
        assert.equal(done.status, status, words(done));
      }
      noErrors();
    });

    it('slowed down like codes, on a page that leads back', async () => {
      const visitor = new Visitor(home.origin);
      const page = await visitor.open('/sign-in');
      let last = page;
      for (let attempt = 0; attempt < 30 && last.status !== 429; attempt += 1)
        last = await visitor.post(page, '/sign-in/passkey', { passkey: '{}' });
      assert.equal(last.status, 429);
      const [, again = ''] = /href="([^"]*)" data-countdown/.exec(last.body) ?? [];
      assert.equal((await visitor.open(again)).path, '/sign-in');
    });

    it('and there is no question without the first step', async () => {
      const visitor = new Visitor(home.origin);
      const page = await visitor.open('/sign-in');
      const { csrf = '' } = formOn(page, '/sign-in');
      const answer = await visitor.request('POST', '/sign-in/code/question', { csrf });
      assert.equal(answer.location, '/sign-in');
    });
  });

  it('confirm what is sensitive', async () => {
    await addPasskey(anna, key, 'Laptop');
    home.pass(11 * 60_000);
    const page = await anna.open('/security/password');
    assert.match(words(page), /Confirm that it is you/);
    const question = await questionOn<PasskeyRequest>(anna, '/step-up', '/step-up/question', page);
    const forged = await anna.post(page, '/step-up', { passkey: key.get(question, { forged: true }) });
    assert.equal(forged.status, 422);
    const done = await anna.send(page, '/step-up', { passkey: key.get(question) });
    assert.equal(done.path, '/security/password');
    noErrors();
  });

  it('alone, a recovery code confirms too where there is no app', async () => {
    await addPasskey(anna, key, 'Laptop');
    const [app] = await home.auth.totp.list((await anna.account()).id);
    const path = `/security/two-step/app/${app?.id ?? ''}/remove`;
    await anna.send(await anna.open(path), path);
    const codes = await anna.send(await anna.open('/security/recovery-codes'), '/security/recovery-codes');
    const [, code = ''] = /<li><code>([^<]*)<\/code>/.exec(codes.body) ?? [];
    await anna.send(codes, '/security/recovery-codes/saved', { saved: 'yes' });
    home.pass(11 * 60_000);
    const page = await anna.open('/security/password');
    assert.match(words(page), /Use a recovery code/);
    assert.doesNotMatch(words(page), /Six-digit code/);
    const missing = await anna.post(page, '/step-up');
    assert.match(words(missing), /Enter one of your recovery codes/);
    assert.equal((await anna.send(page, '/step-up', { code })).path, '/security/password');
  });

  describe('and apps', () => {
    it('are renamed', async () => {
      await addPasskey(anna, key, 'Laptop');
      const [passkey] = await passkeysOf(anna);
      const [app] = await home.auth.totp.list((await anna.account()).id);
      for (const [path, label] of [
        [`/security/two-step/passkey/${passkey?.id ?? ''}/rename`, 'Work laptop'],
        [`/security/two-step/app/${app?.id ?? ''}/rename`, 'Aegis on my phone'],
      ] as const) {
        const wrong = await anna.send(await anna.open(path), path, { label: ' ' });
        assert.equal(wrong.status, 422);
        assert.match(words(await anna.send(wrong, path, { label })), new RegExp(`name is saved.*${label}`));
      }
      noErrors();
    });

    it('are removed on a page that says what happens', async () => {
      await addPasskey(anna, key, 'Laptop');
      const [passkey] = await passkeysOf(anna);
      const path = `/security/two-step/passkey/${passkey?.id ?? ''}/remove`;
      const ask = await anna.open(path);
      assert.match(words(ask), /Remove Laptop\? It will no longer let you in\./);
      assert.match(words(ask), /You can go on signing in with an authenticator app\./);
      const done = await anna.send(ask, path);
      assert.match(words(done), /It no longer lets you in/);
      assert.deepEqual(await passkeysOf(anna), []);
      assert.equal((await anna.open(path)).path, '/security/two-step');
      noErrors();
    });

    it('but the last stays, and the pages say why', async () => {
      const [app] = await home.auth.totp.list((await anna.account()).id);
      const path = `/security/two-step/app/${app?.id ?? ''}/remove`;
      const overview = await anna.open('/security/two-step');
      assert.ok(!overview.body.includes(path));
      assert.match(words(overview), /This is your only method, so it cannot be removed/);
      const ask = await anna.open(path);
      assert.match(words(ask), /This is your only method/);
      const { csrf = '' } = formOn(ask, '/sign-out');
      const refused = await anna.request('POST', path, { csrf });
      assert.equal(refused.status, 409);
      assert.match(words(refused), /Add another passkey or authenticator app first/);
    });

    it('of others are not there', async () => {
      await addPasskey(anna, key, 'Laptop');
      const [passkey] = await passkeysOf(anna);
      const ben = new Person(home, 'ben');
      const { url } = await home.auth.links.invite({}, { kind: 'shell' });
      await ben.setUp(new URL(url).pathname);
      const { csrf = '' } = formOn(await ben.open('/security'), '/sign-out');
      const path = `/security/two-step/passkey/${passkey?.id ?? ''}`;
      assert.equal((await ben.open(`${path}/remove`)).path, '/security/two-step');
      assert.equal((await ben.request('POST', `${path}/remove`, { csrf })).status, 404);
      assert.equal((await ben.request('POST', `${path}/rename`, { csrf, label: 'Mine' })).status, 404);
      assert.equal((await passkeysOf(anna))[0]?.label, 'Laptop');
    });
  });

  it('need scripts, which only their pages load, and none that stands in a page', async () => {
    const visitor = new Visitor(home.origin);
    const signIn = await visitor.open('/sign-in');
    assert.match(signIn.body, /<script src="\/assets\/passkey\.[\w-]+\.js" defer/);
    assert.match(signIn.body, /<script src="\/assets\/simplewebauthn\.[\w-]+\.js" defer/);
    assert.match(signIn.body, /autocomplete="username webauthn"/);
    for (const form of signIn.body.match(/<form[^>]*data-passkey[^>]*>/g) ?? [])
      assert.match(form, / hidden>/);
    for (const page of [await anna.open('/'), await anna.open('/app-passwords'), await visitor.open('/help')])
      assert.doesNotMatch(page.body, /passkey\.[\w-]+\.js|simplewebauthn/);
    const [, script = ''] = /src="(\/assets\/simplewebauthn[^"]*)"/.exec(signIn.body) ?? [];
    assert.equal((await visitor.request('GET', script)).status, 200);
  });

  it('are not offered at an address where browsers take none', async () => {
    const elsewhere = await livedIn({ baseUrl: new URL('http://192.0.2.1:8008') });
    const visitor = new Visitor(elsewhere.home.origin);
    const signIn = await visitor.open('/sign-in');
    assert.doesNotMatch(signIn.body, /passkey|webauthn/);
    const page = await elsewhere.anna.open('/security/two-step/passkey');
    assert.match(words(page), /This browser cannot make a passkey here/);
    assert.doesNotMatch(page.body, /<form[^>]*data-passkey/);
    await elsewhere.home.dispose();
  });

  it('are gone when an administrator resets two-step verification', async () => {
    const ben = new Person(home, 'ben');
    const { url } = await home.auth.links.invite({}, { kind: 'shell' });
    await ben.setUp(new URL(url).pathname);
    await addPasskey(ben, key, 'Laptop');
    await anna.stepUp('/admin');
    const path = `/admin/accounts/${(await ben.account()).id}/reset-factors`;
    const ask = await anna.open(path);
    assert.match(words(ask), /Passkeys, authenticator apps and recovery codes of ben stop working/);
    await anna.send(ask, path);
    assert.deepEqual(await passkeysOf(ben), []);
    assert.equal((await ben.account()).hasSecondFactor, false);
  });
});

describe('Where one is signed in', () => {
  let home: House;
  let anna: Person;
  before(async () => {
    ({ home, anna } = await livedIn());
  });
  after(() => home.dispose());

  it('each browser is told in words, and can be given a name', async () => {
    assert.match(words(await anna.open('/security')), /Firefox on Linux This device/);
    const [entry] = await home.auth.sessions.list((await anna.account()).id);
    const path = `/security/sessions/${entry?.id ?? ''}/name`;
    const ask = await anna.open(path);
    assert.match(words(ask), /Name Firefox on Linux/);
    const done = await anna.send(ask, path, { label: 'Laptop in the study' });
    assert.match(words(done), /Laptop in the study This device · Firefox on Linux/);
    assert.equal((await anna.send(ask, path, { label: 'x'.repeat(101) })).status, 422);
    assert.match(words(await anna.send(ask, path, { label: '' })), /Firefox on Linux This device/);
  });

  it('a browser of somebody else’s is not there to name', async () => {
    const ben = new Person(home, 'ben');
    const { url } = await home.auth.links.invite({}, { kind: 'shell' });
    await ben.setUp(new URL(url).pathname);
    const [entry] = await home.auth.sessions.list((await anna.account()).id);
    const path = `/security/sessions/${entry?.id ?? ''}/name`;
    assert.equal((await ben.open(path)).path, '/security');
    const { csrf = '' } = formOn(await ben.open('/security'), '/sign-out');
    assert.equal((await ben.request('POST', path, { csrf, label: 'Mine' })).status, 404);
  });
});
