import assert from 'node:assert/strict';
import { quotaOfAccount } from '../../storage/index.js';
import { Person, Visitor, formOn, livedIn, unescape, words } from './house.js';
import type { House } from './house.js';
import { postOf } from './post.js';

describe('The pages of administrators', () => {
  let home: House;
  let anna: Person;
  let bob: Person;
  before(async () => {
    ({ home, anna } = await livedIn());
    const invite = await anna.send(await anna.open('/admin/invites'), '/admin/invites');
    const link = unescape(/<code id="link"[^>]*>([^<]+)/.exec(invite.body)?.[1] ?? '');
    bob = new Person(home, 'bob');
    await bob.setUp(new URL(link).pathname);
  });
  after(() => home.dispose());

  it('let people in by an invite that is shown once, and is not made again by a reload', async () => {
    const form = await anna.open('/admin/invites');
    const shown = await anna.send(form, '/admin/invites');
    assert.match(shown.body, /<code id="link"/);
    const again = await anna.send(form, '/admin/invites');
    assert.equal(again.path, '/admin/invites');
    assert.doesNotMatch(again.body, /<code id="link"/);
  });

  it('are not for others', async () => {
    const { id } = await anna.account();
    const paths = ['/admin', '/admin/groups', '/admin/invites', '/admin/registration', '/admin/server'];
    for (const path of [...paths, `/admin/accounts/${id}`, `/admin/accounts/${id}/disable`]) {
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
    const server = words(await anna.open('/admin/server'));
    assert.match(page, /anna · administrator On In use 0 bytes just now/);
    assert.match(page, /bob On In use 0 bytes/);
    assert.match(server, new RegExp(`Address ${home.origin}`));
    assert.match(server, /Database Answers Accounts 2 /);
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

  it('change a user name: both sign in, and an earlier one is given free after it was said who uses it', async () => {
    const { id } = await home.auth.accounts.create(
      { name: 'olga', password: 'plum tree in the yard' },
      { kind: 'shell' },
    );
    const services = new Set(['calendars', 'contacts'] as const);
    await home.auth.appPasswords.create(id, { label: 'Phone', services, access: 'write' }, { kind: 'shell' });
    const path = `/admin/accounts/${id}/rename`;
    assert.equal((await bob.open(path)).status, 403);
    const form = await anna.open(path);
    const taken = await anna.send(form, path, { name: 'BOB' });
    assert.equal(taken.status, 422);
    assert.match(words(taken), /This user name is taken/);
    const done = await anna.send(form, path, { name: 'olivia' });
    assert.equal(done.path, `/admin/accounts/${id}`);
    assert.match(words(done), /olivia · before: olga/);
    for (const name of ['olga', 'olivia']) {
      const visitor = new Visitor(home.origin);
      const first = await visitor.open('/sign-in');
      const second = await visitor.send(first, '/sign-in', { name, password: 'plum tree in the yard' });
      assert.equal(second.path, '/security/two-step', name);
    }
    const asked = await anna.open(path);
    assert.match(words(asked), /1 app password in use is from that time/);
    const release = `/admin/accounts/${id}/release-name`;
    assert.equal((await bob.request('POST', release, { name: 'olga' })).status, 403);
    await anna.send(asked, release);
    assert.deepEqual((await home.auth.accounts.get(id))?.earlierNames, []);
    const visitor = new Visitor(home.origin);
    const refused = await visitor.send(await visitor.open('/sign-in'), '/sign-in', {
      name: 'olga',
      password: 'plum tree in the yard',
    });
    // As for every name that nobody has.
    assert.equal(refused.path, '/sign-in/code');
    const events = (await home.auth.activity.list(id)).map(({ event, actor }) => [event, actor]);
    for (const event of ['account.renamed', 'account.name-released'])
      assert.ok(
        events.some(([noted, by]) => noted === event && by === 'administrator anna'),
        event,
      );
    await home.auth.accounts.remove(id, { kind: 'shell' });
  });

  it('find accounts by a part of their names or mail address', async () => {
    await home.auth.accounts.create(
      { name: 'clara', displayName: 'Clara 100%', email: 'c.lara@example.org' },
      { kind: 'shell' },
    );
    const found = async (q: string): Promise<string[]> => {
      const { body } = await anna.open(`/admin?q=${encodeURIComponent(q)}`);
      return [...body.matchAll(/aria-label="Open ([^"]*)"/g)].map(([, name = '']) => name);
    };
    assert.deepEqual(await found('LAR'), ['clara']);
    assert.deepEqual(await found('c.lara@'), ['clara']);
    assert.deepEqual(await found('100%'), ['clara']);
    assert.deepEqual(await found('%'), ['clara']);
    assert.deepEqual(await found('_'), []);
    assert.match(words(await anna.open('/admin?q=nobody')), /No account has “nobody”/);
    assert.deepEqual(await found(''), ['anna', 'bob', 'clara']);
  });

  it('set a quota, or the server’s again, and say what is no number', async () => {
    const { id } = await bob.account();
    const path = `/admin/accounts/${id}`;
    const quota = (): Promise<number | null> => home.database.read((reader) => quotaOfAccount(reader, id));
    await anna.send(await anna.open(path), `${path}/quota`, { quota: '20' });
    assert.equal(await quota(), 20 * 1024 ** 2);
    const wrong = await anna.send(await anna.open(path), `${path}/quota`, { quota: '-1' });
    assert.equal(wrong.status, 422);
    assert.match(words(wrong), /whole megabytes/);
    await anna.send(await anna.open(path), `${path}/quota`, { quota: '' });
    assert.equal(await quota(), null);
    assert.match(words(await bob.open('/activity')), /Quota changed/);
  });

  it('give and take the role of administrator, which ends the sessions that had another', async () => {
    const { id } = await bob.account();
    const path = `/admin/accounts/${id}`;
    await anna.send(await anna.open(`${path}/promote`), `${path}/promote`);
    assert.equal((await bob.open('/')).path, '/sign-in');
    bob.cookies.clear();
    await bob.signIn();
    assert.equal((await bob.open('/admin')).status, 200);
    await anna.send(await anna.open(`${path}/demote`), `${path}/demote`);
    assert.equal((await bob.account()).isAdmin, false);
    const own = `/admin/accounts/${(await anna.account()).id}`;
    const last = await anna.send(await anna.open(`${own}/demote`), `${own}/demote`);
    assert.equal(last.status, 409);
    assert.match(words(last), /last administrator/);
    assert.equal((await anna.account()).isAdmin, true);
  });

  it('sign somebody out everywhere', async () => {
    bob.cookies.clear();
    await bob.signIn();
    const { id } = await bob.account();
    const path = `/admin/accounts/${id}`;
    const page = await anna.open(path);
    assert.match(words(page), /Signed in on 1 browser /);
    await anna.send(page, `${path}/end-sessions`);
    assert.equal((await bob.open('/')).path, '/sign-in');
    assert.match(words(await anna.open(path)), /Signed in nowhere/);
  });

  it('invite with a mail address, a role and a group, list what is open, and withdraw it', async () => {
    await home.auth.groups.create({ name: 'family', displayName: 'The family' }, { kind: 'shell' });
    const fields = { email: 'dora@example.org', role: 'administrator', group: 'family' };
    const invite = async (): Promise<string> => {
      const shown = await anna.send(await anna.open('/admin/invites'), '/admin/invites', fields);
      return new URL(unescape(/<code id="link"[^>]*>([^<]+)/.exec(shown.body)?.[1] ?? '')).pathname;
    };
    const link = await invite();
    const page = await anna.open('/admin/invites');
    assert.match(words(page), /dora@example\.org just now · works until [^·]+ · administrator · family/);
    const action = /action="([^"]*\/withdraw)"/.exec(page.body)?.[1] ?? '';
    await anna.send(page, action);
    assert.equal((await new Visitor(home.origin).open(link)).status, 404);
    assert.equal((await anna.post(page, action)).status, 404);
    const dora = new Person(home, 'dora');
    await dora.setUp(await invite());
    const account = await dora.account();
    assert.equal(account.isAdmin, true);
    assert.equal(account.emailConfirmed, true);
    assert.deepEqual(
      (await home.auth.groups.of(account.id)).map(({ name }) => name),
      ['family'],
    );
    const wrong = await anna.send(await anna.open('/admin/invites'), '/admin/invites', { email: 'dora' });
    assert.equal(wrong.status, 422);
  });

  it('lead through more groups, and more members of a group, than a page holds', async () => {
    const { auth } = home;
    const shell = { kind: 'shell' } as const;
    const made: string[] = [];
    for (let count = 0; count < 105; count += 1) {
      const name = `many-${String(count).padStart(3, '0')}`;
      const { id } = await auth.accounts.create({ name }, shell);
      await auth.groups.create({ name }, shell);
      await auth.groups.add('many-000', id, shell);
      made.push(name);
    }
    for (const first of ['/admin/groups', '/admin/groups/many-000']) {
      const seen = new Set<string>();
      let path: string | undefined = first;
      for (let pages = 0; path !== undefined && pages < 5; pages += 1) {
        const { body } = await anna.open(path);
        for (const [name] of body.matchAll(/many-\d{3}/g)) seen.add(name);
        const next = /href="([^"]*\?after=[^"]*)"/.exec(body)?.[1];
        path = next && unescape(next);
      }
      assert.deepEqual([...seen].sort(), made, first);
    }
    for (const name of made) await auth.groups.remove(name, shell);
  });

  it('keep groups: made, filled, renamed, emptied and removed', async () => {
    const list = await anna.open('/admin/groups');
    const group = await anna.send(list, '/admin/groups', { name: 'club', displayName: '' });
    assert.equal(group.path, '/admin/groups/club');
    const taken = await anna.send(list, '/admin/groups', { name: 'CLUB' });
    assert.equal(taken.status, 422);
    assert.match(words(taken), /There is a group of this name/);
    assert.equal((await anna.send(list, '/admin/groups', { name: 'a/b' })).status, 422);
    const filled = await anna.send(group, '/admin/groups/club/members', { member: 'bob' });
    assert.match(words(filled), /Members B bob bob Take out/);
    bob.cookies.clear();
    await bob.signIn();
    assert.match(words(await bob.open('/activity')), /Taken into a group/);
    for (const member of ['bob', 'nobody']) {
      const refused = await anna.send(filled, '/admin/groups/club/members', { member });
      assert.equal(refused.status, 422, member);
    }
    const renamed = await anna.send(filled, '/admin/groups/club', { displayName: 'The <club>' });
    assert.match(words(renamed), /The <club> Members/);
    assert.match(words(await anna.open('/admin/groups')), /The <club> club · 1 member Open/);
    const { id } = await bob.account();
    assert.match(words(await anna.open(`/admin/accounts/${id}`)), /Groups The <club>/);
    await anna.send(renamed, `/admin/groups/club/members/${id}/leave`);
    assert.deepEqual(await home.auth.groups.of(id), []);
    await home.auth.groups.add('club', id, { kind: 'shell' });
    const ask = await anna.open('/admin/groups/club/remove');
    await anna.send(ask, '/admin/groups/club/remove');
    assert.deepEqual(await home.auth.groups.of(id), []);
    assert.equal((await anna.open('/admin/groups/club')).status, 404);
  });

  it('delete an account once its name was typed in, and never their own', async () => {
    const made = await home.auth.accounts.create({ name: 'gone' }, { kind: 'shell' });
    await home.auth.groups.create({ name: 'leaving' }, { kind: 'shell' });
    await home.auth.groups.add('leaving', made.id, { kind: 'shell' });
    const input = { label: 'x', services: new Set(['calendars'] as const), access: 'write' } as const;
    const { secret } = await home.auth.appPasswords.create(made.id, input, { kind: 'shell' });
    const path = `/admin/accounts/${made.id}/delete`;
    const page = await anna.open(path);
    assert.match(words(page), /All calendars and contacts of gone are deleted/);
    const wrong = await anna.send(page, path, { typedName: 'bob' });
    assert.equal(wrong.status, 422);
    const done = await anna.send(page, path, { typedName: 'GONE' });
    assert.match(words(done), /The account is deleted/);
    assert.equal(await home.auth.accounts.find('gone'), undefined);
    assert.deepEqual(await home.auth.groups.members('leaving'), []);
    const device = {
      authorization: `Basic ${Buffer.from(`gone:${secret}`).toString('base64')}`,
      ...{ path: '/dav/', address: '192.0.2.1', https: true, loopback: false, userAgent: 'x' },
    };
    assert.equal((await home.auth.basic.authenticate(device)).kind, 'challenge');
    const own = `/admin/accounts/${(await anna.account()).id}/delete`;
    assert.equal((await anna.open(own)).status, 404);
    assert.equal((await bob.open(path)).status, 403);
  });

  it('say that the configuration decides who may make an account, where it does', async () => {
    const page = await anna.open('/admin/registration');
    assert.match(words(page), /By invite The person who runs this server has set this/);
    assert.ok(!page.body.includes('action="/admin/registration"'));
    const { csrf = '' } = formOn(await anna.open('/admin/groups'), '/admin/groups');
    const forced = await anna.request('POST', '/admin/registration', { csrf, policy: 'open' });
    assert.equal(forced.status, 403);
  });

  it('ask for a fresh code first', async () => {
    home.pass(11 * 60_000);
    const { id } = await bob.account();
    const path = `/admin/accounts/${id}/disable`;
    assert.equal((await anna.open(path)).path, `/step-up?next=${encodeURIComponent(path)}`);
    const page = await anna.open('/admin/invites');
    assert.equal((await anna.post(page, '/admin/invites')).location, '/step-up?next=%2Fadmin%2Finvites');
  });

  it('answer an account that is not there like any page that is not there', async () => {
    for (const id of ['999', '0', '-1', 'x', '1e3', '99999999999999999999']) {
      assert.equal((await anna.open(`/admin/accounts/${id}`)).status, 404, id);
    }
  });
});

describe('The pages of administrators, where mail is sent', () => {
  it('mail an invite to the address, and show the link all the same', async () => {
    const { home, anna } = await livedIn({ mails: true });
    const post = await postOf(home);
    try {
      const fields = { email: 'eva@example.org', mail: 'yes' };
      const shown = await anna.send(await anna.open('/admin/invites'), '/admin/invites', fields);
      assert.match(words(shown), /on its way to eva@example\.org/);
      const link = unescape(/<code id="link"[^>]*>([^<]+)/.exec(shown.body)?.[1] ?? '');
      const mail = await post.inbox.next('eva@example.org');
      assert.match(mail.text, /anna invites you to/);
      assert.ok(mail.text.includes(link));
      const eva = new Person(home, 'eva');
      await eva.setUp(new URL(link).pathname);
      assert.equal((await eva.account()).emailConfirmed, true);
      const plain = await anna.send(await anna.open('/admin/invites'), '/admin/invites', {
        email: 'dora@example.org',
      });
      assert.doesNotMatch(words(plain), /on its way/);
    } finally {
      await post.stop();
      await home.dispose();
    }
  });
});

describe('Who may make an account, where the configuration says nothing', () => {
  it('is nobody but administrators at first, and then as they choose, from the next request on', async () => {
    const { home, anna } = await livedIn({ registration: undefined });
    try {
      const stranger = new Visitor(home.origin);
      assert.equal((await stranger.open('/sign-up')).status, 404);
      assert.match(words(await anna.open('/admin/invites')), /Invites are switched off/);
      const page = await anna.open('/admin/registration');
      assert.equal(formOn(page, '/admin/registration')['policy'], 'closed');
      const chosen = await anna.send(page, '/admin/registration', { policy: 'open' });
      assert.match(words(chosen), /Your choice is saved/);
      assert.equal((await stranger.open('/sign-up')).status, 200);
      assert.match(words(await stranger.open('/sign-in')), /Make an account/);
      await anna.send(page, '/admin/registration', { policy: 'invite' });
      assert.equal((await stranger.open('/sign-up')).status, 404);
      assert.ok((await anna.open('/admin/invites')).body.includes('action="/admin/invites"'));
      assert.equal((await anna.send(page, '/admin/registration', { policy: 'x' })).status, 422);
    } finally {
      await home.dispose();
    }
  });
});
