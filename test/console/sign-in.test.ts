import assert from 'node:assert/strict';
import { Visitor, formOn, goodPassword, livedIn, unescape, words } from './house.js';
import type { Answer, House, Person } from './house.js';

const MINUTE = 60_000;

/** A page without what is new on every visit. */
const comparable = ({ body }: Answer): string => body.replace(/name="csrf" value="[^"]*"/g, '');

describe('Signing in', () => {
  let home: House;
  let anna: Person;
  beforeEach(async () => {
    ({ home, anna } = await livedIn());
    anna.cookies.clear();
  });
  afterEach(() => home.dispose());

  it('takes name and password, then a code, and goes on to where one wanted to go', async () => {
    const first = await anna.open('/activity');
    assert.equal(first.path, '/sign-in?next=%2Factivity');
    const second = await anna.send(first, '/sign-in', { name: 'anna', password: goodPassword });
    assert.equal(second.path, '/sign-in/code?next=%2Factivity');
    assert.match(second.body, /autocomplete="one-time-code" inputmode="numeric"/);
    const end = await anna.send(second, '/sign-in/code', { code: anna.code().replace(/^(...)/, ' $1 ') });
    assert.equal(end.path, '/activity');
    assert.match(words(end), /Signed in/);
  });

  it('looks the same for a wrong password and a name that nobody has (OWASP ASVS 6.3.8)', async () => {
    const tries: string[] = [];
    for (const [name, password] of [
      ['anna', goodPassword],
      ['anna', 'not her password'],
      ['nobody', goodPassword],
    ] as const) {
      const visitor = new Visitor(home.origin);
      const second = await visitor.send(await visitor.open('/sign-in'), '/sign-in', { name, password });
      const end = await visitor.send(second, '/sign-in/code', { code: '000000' });
      tries.push([second.status, comparable(second), end.status, comparable(end)].join('\n'));
    }
    assert.equal(tries[1], tries[0]);
    assert.equal(tries[2], tries[0]);
    assert.match(tries[0] ?? '', /The code, the user name or the password is not right/);
  });

  it('opens nothing after the first step alone', async () => {
    const second = await anna.send(await anna.open('/sign-in'), '/sign-in', {
      name: 'anna',
      password: goodPassword,
    });
    for (const page of ['/', '/app-passwords', '/security', '/admin']) {
      assert.match((await anna.open(page)).path, /^\/sign-in/, page);
    }
    assert.equal(second.status, 200);
  });

  it('takes a recovery code once', async () => {
    const codes = await anna
      .signIn('/security/recovery-codes')
      .then((page) => anna.send(page, '/security/recovery-codes'));
    const code = /<li><code>([a-z0-9-]+)/.exec(codes.body)?.[1] ?? '';
    await anna.send(codes, '/security/recovery-codes/saved', { saved: 'yes' });
    for (const expected of ['/', '/sign-in/recovery']) {
      anna.cookies.clear();
      await anna.send(await anna.open('/sign-in'), '/sign-in', { name: 'anna', password: goodPassword });
      const page = await anna.open('/sign-in/recovery');
      const end = await anna.send(page, '/sign-in/recovery', { code: code.toUpperCase() });
      assert.equal(end.path, expected);
    }
  });

  it('takes recovery codes as saved only from the window that shows the newest', async () => {
    const older = await anna
      .signIn('/security/recovery-codes')
      .then((page) => anna.send(page, '/security/recovery-codes'));
    const saved = '/security/recovery-codes/saved';
    const newer = await anna.send(await anna.open('/security/recovery-codes'), '/security/recovery-codes');
    const late = await anna.send(older, saved, { saved: 'yes' });
    assert.equal(late.status, 409);
    assert.match(words(late), /These codes were replaced/);
    assert.equal((await anna.account()).recoveryConfirmedAt, undefined);
    const done = await anna.send(newer, saved, { saved: 'yes' });
    assert.match(words(done), /Your recovery codes are saved/);
  });

  it('never leads to another site', async () => {
    for (const next of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      'javascript:alert(1)',
    ]) {
      anna.cookies.clear();
      const page = await anna.open(`/sign-in?next=${encodeURIComponent(next)}`);
      assert.equal(formOn(page, '/sign-in')['next'], '/', next);
      const forced = await anna.post(page, '/sign-in', { name: 'anna', password: goodPassword, next });
      assert.equal(forced.location, '/sign-in/code', next);
    }
  });

  it('asks to wait after many attempts, and says for how long', async () => {
    let last = await anna.open('/sign-in');
    for (let attempt = 0; attempt < 30 && last.status !== 429; attempt += 1) {
      last = await anna.post(await anna.open('/sign-in'), '/sign-in', { name: 'anna', password: 'a guess' });
    }
    assert.equal(last.status, 429);
    assert.match(last.headers.get('Retry-After') ?? '', /^\d+$/);
    assert.match(last.body, /href="\/sign-in" data-countdown="\d+"/);
    assert.match(words(last), /try again in \d+ (second|minute)/);
  });

  it('refuses over plain http from another machine, and says why', async () => {
    home.comesFrom({ loopback: false, https: false, address: '192.0.2.1' });
    const page = await anna.open('/sign-in');
    assert.equal(page.status, 403);
    assert.doesNotMatch(page.body, /type="password"/);
    assert.match(words(page), /https/);
  });

  it('asks for a fresh code before something sensitive, ten minutes after the last one', async () => {
    await anna.signIn();
    assert.equal((await anna.open('/security/password')).path, '/security/password');
    home.pass(11 * MINUTE);
    for (const path of [
      '/app-passwords/new',
      '/app-passwords/revoke-all',
      '/security/password',
      '/security/recovery-codes',
    ]) {
      assert.equal((await anna.open(path)).path, `/step-up?next=${encodeURIComponent(path)}`, path);
    }
    const back = await anna.stepUp('/security/password');
    assert.equal(back.path, '/security/password');
  });

  it('refuses a sensitive form that was opened in time and sent too late', async () => {
    await anna.signIn();
    const form = await anna.open('/security/password');
    home.pass(11 * MINUTE);
    const late = await anna.post(form, '/security/password', {
      current: goodPassword,
      password: 'another good password',
      repeat: 'another good password',
    });
    assert.equal(late.location, '/step-up?next=%2Fsecurity%2Fpassword');
    anna.cookies.clear();
    assert.equal((await anna.signIn()).path, '/');
  });

  it('brings the device and the name back after a fresh code', async () => {
    await anna.signIn();
    const form = await anna.open('/app-passwords/new?device=mac');
    home.pass(11 * MINUTE);
    const late = await anna.post(form, '/app-passwords/new', { label: 'Anna’s Mac' });
    const page = await anna.follow(late);
    const next = formOn(page, '/step-up')['next'] ?? '';
    const back = await anna.send(page, '/step-up', { code: anna.code() });
    assert.match(next, /^\/app-passwords\/new\?device=mac&label=/);
    assert.match(unescape(back.body), /name="label"[^>]*value="Anna’s Mac"/);
  });

  it('ends a session here, one elsewhere, and all', async () => {
    await anna.signIn();
    const other = new Visitor(home.origin);
    for (const [name, value] of anna.cookies) other.cookies.set(name, value);
    anna.cookies.clear();
    await anna.signIn();
    const page = await anna.open('/security');
    const action = /action="(\/security\/sessions\/[^"/]+\/end)"/.exec(page.body)?.[1] ?? '';
    assert.match(words(await anna.send(page, action)), /That browser has been signed out/);
    assert.equal((await other.open('/security')).path, '/sign-in?next=%2Fsecurity');
    const end = await anna.send(await anna.open('/security'), '/security/sessions/end-all');
    assert.equal(end.path, '/sign-in');
    assert.equal((await anna.open('/')).path, '/sign-in');
    anna.cookies.clear();
    await anna.signIn();
    assert.equal((await anna.send(await anna.open('/'), '/sign-out')).path, '/sign-in');
    assert.equal((await anna.open('/')).path, '/sign-in');
  });

  it('changes the password, and revokes all app passwords where that is wished', async () => {
    const { id } = await anna.account();
    await home.auth.appPasswords.create(
      id,
      { label: 'Phone', services: new Set(['calendars']), access: 'write' },
      { kind: 'shell' },
    );
    await anna.signIn();
    const next = 'apricot stones and rain';
    const fields = { current: 'wrong one entirely', password: next, repeat: next, revokeAll: 'yes' };
    const wrong = await anna.send(await anna.open('/security/password'), '/security/password', fields);
    assert.equal(wrong.status, 422);
    assert.match(wrong.body, /<a href="#current">/);
    assert.match(wrong.body, /name="revokeAll" value="yes" checked/);
    const done = await anna.send(wrong, '/security/password', { ...fields, current: goodPassword });
    assert.match(words(done), /Your password is changed, and no app password works any more/);
    const [password] = await home.auth.appPasswords.list(id);
    assert.notEqual(password?.revokedAt, undefined);
  });

  it('sets a new password by a reset link, once', async () => {
    const { id } = await anna.account();
    const link = await home.auth.links.reset(id, { kind: 'shell' });
    const path = new URL(link.url).pathname;
    const visitor = new Visitor(home.origin);
    const page = await visitor.open(path);
    assert.doesNotMatch(page.body, /<title>[^<]*anna/i);
    const next = 'apricot stones and rain';
    const done = await visitor.send(page, path, { password: next, repeat: next });
    assert.match(words(done), /Your password is set/);
    assert.equal((await visitor.open(path)).status, 404);
    const second = await anna.send(await anna.open('/sign-in'), '/sign-in', { name: 'anna', password: next });
    assert.equal((await anna.send(second, '/sign-in/code', { code: anna.code() })).path, '/');
  });
});
