import assert from 'node:assert/strict';
import { Person, Visitor, formOn, livedIn, unescape, words } from './house.js';
import type { House } from './house.js';

describe('The pages of administrators', () => {
  let home: House;
  let anna: Person;
  let bob: Person;
  before(async () => {
    ({ home, anna } = await livedIn());
    const invite = await anna.send(await anna.open('/admin'), '/admin/invites');
    const link = unescape(/<code id="link"[^>]*>([^<]+)/.exec(invite.body)?.[1] ?? '');
    bob = new Person(home, 'bob');
    await bob.setUp(new URL(link).pathname);
  });
  after(() => home.dispose());

  it('let people in by an invite that is shown once, and is not made again by a reload', async () => {
    const form = await anna.open('/admin');
    const shown = await anna.send(form, '/admin/invites');
    assert.match(shown.body, /<code id="link"/);
    const again = await anna.send(form, '/admin/invites');
    assert.equal(again.path, '/admin');
    assert.doesNotMatch(again.body, /\/invite\//);
  });

  it('are not for others', async () => {
    const { id } = await anna.account();
    for (const path of ['/admin', `/admin/accounts/${id}`, `/admin/accounts/${id}/disable`]) {
      const page = await bob.open(path);
      assert.equal(page.status, 403, path);
      assert.match(words(page), /for administrators/);
    }
    assert.doesNotMatch((await bob.open('/')).body, /href="\/admin"/);
    const { csrf = '' } = formOn(await bob.open('/profile'), '/profile');
    const forced = await bob.request('POST', `/admin/accounts/${id}/disable`, { csrf });
    assert.equal(forced.status, 403);
    assert.equal((await anna.account()).disabledAt, undefined);
  });

  it('list accounts with their state, and say how the server is doing', async () => {
    const page = words(await anna.open('/admin'));
    assert.match(page, /anna · administrator On In use/);
    assert.match(page, /bob On In use/);
    assert.match(page, new RegExp(`Address ${home.origin}`));
    assert.match(page, /Database Answers/);
  });

  it('switch an account off after asking, and on again', async () => {
    const { id } = await bob.account();
    const ask = await anna.open(`/admin/accounts/${id}/disable`);
    assert.match(words(ask), /all devices of the account stop syncing/);
    const done = await anna.send(ask, `/admin/accounts/${id}/disable`);
    assert.match(words(done), /The account is switched off/);
    assert.equal((await bob.open('/')).path, '/sign-in');
    const on = await anna.open(`/admin/accounts/${id}/enable`);
    await anna.send(on, `/admin/accounts/${id}/enable`);
    bob.cookies.clear();
    assert.equal((await bob.signIn()).path, '/');
  });

  it('keep the last administrator', async () => {
    const { id } = await anna.account();
    const page = await anna.send(
      await anna.open(`/admin/accounts/${id}/disable`),
      `/admin/accounts/${id}/disable`,
    );
    assert.equal(page.status, 409);
    assert.match(words(page), /last administrator/);
  });

  it('reset two-step verification, which the person then sets up anew', async () => {
    const { id } = await bob.account();
    const ask = await anna.open(`/admin/accounts/${id}/reset-factors`);
    await anna.send(ask, `/admin/accounts/${id}/reset-factors`);
    bob.cookies.clear();
    const first = await bob.open('/sign-in');
    const choose = await bob.send(first, '/sign-in', { name: 'bob', password: 'plum tree in the yard' });
    assert.equal(choose.path, '/security/two-step');
    await bob.enrol(choose);
    assert.equal((await bob.account()).hasSecondFactor, true);
    assert.match(words(await bob.open('/activity')), /Two-step verification reset by anna/);
  });

  it('make a reset link that opens the page for a new password', async () => {
    const { id } = await bob.account();
    const page = await anna.open(`/admin/accounts/${id}`);
    const shown = await anna.send(page, `/admin/accounts/${id}/reset-link`);
    const link = unescape(/<code id="link"[^>]*>([^<]+)/.exec(shown.body)?.[1] ?? '');
    const reset = await new Visitor(home.origin).open(new URL(link).pathname);
    assert.equal(reset.status, 200);
    assert.match(words(reset), /Choose a new password/);
  });

  it('ask for a fresh code first', async () => {
    home.pass(11 * 60_000);
    const { id } = await bob.account();
    const path = `/admin/accounts/${id}/disable`;
    assert.equal((await anna.open(path)).path, `/step-up?next=${encodeURIComponent(path)}`);
    const page = await anna.open('/admin');
    assert.equal((await anna.post(page, '/admin/invites')).location, '/step-up?next=%2Fadmin');
  });

  it('answer an account that is not there like any page that is not there', async () => {
    for (const id of ['999', '0', '-1', 'x', '1e3', '99999999999999999999']) {
      assert.equal((await anna.open(`/admin/accounts/${id}`)).status, 404, id);
    }
  });
});
