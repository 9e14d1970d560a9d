import assert from 'node:assert/strict';
import { AuthError } from '../../auth/index.js';
import type { Account, Auth, IssuedLink, SignUp } from '../../auth/index.js';
import { makeRestored } from '../../storage/index.js';
import {
  acting,
  codeOf,
  cookieOf,
  elsewhere,
  goodPassword,
  house,
  laptop,
  person,
  shell,
  type House,
  type Person,
} from './house.js';

const refusedAs = (code: string) => (error: unknown) => error instanceof AuthError && error.code === code;
const minuteMs = 60_000;
const tokenOf = (link: IssuedLink | undefined): string => link?.url.split('/').at(-1) ?? '';
const someone = (name: string, more: Partial<SignUp> = {}): SignUp => ({
  name,
  password: goodPassword,
  client: laptop,
  ...more,
});

describe('Accounts', () => {
  let home: House;
  beforeEach(async () => {
    home = await house();
  });
  afterEach(() => home.dispose());

  it('are found by name and mail address, and both are taken once', async () => {
    const { accounts } = home.auth;
    const anna = await accounts.create({ name: 'Anna', email: 'Anna@example.org', isAdmin: true }, shell);
    assert.equal(anna.name, 'Anna');
    assert.equal(anna.emailConfirmed, true);
    for (const name of ['anna', 'ANNA', 'anna@EXAMPLE.org'])
      assert.equal((await accounts.find(name))?.id, anna.id);
    await assert.rejects(accounts.create({ name: 'ANNA' }, shell), refusedAs('name-taken'));
    await assert.rejects(
      accounts.create({ name: 'b', email: 'anna@example.org' }, shell),
      refusedAs('mail-taken'),
    );
    // A refused one leaves nothing behind.
    assert.equal(await accounts.find('b'), undefined);
    assert.equal(await accounts.count(), 1);
  });

  it('begin with what belongs to a new one, or not at all', async () => {
    const made: string[] = [];
    const auth = await home.again({
      onAccountCreated: async (writer, { id, name }) => {
        assert.ok(writer);
        if (name === 'unlucky') throw new Error('no calendar');
        made.push(`${id} ${name}`);
      },
    });
    const { id } = await auth.accounts.create({ name: 'anna' }, shell);
    await assert.rejects(auth.accounts.create({ name: 'unlucky' }, shell), /no calendar/);
    assert.deepEqual(made, [`${id} anna`]);
    assert.equal(await auth.accounts.find('unlucky'), undefined);
  });

  it('are listed page by page', async () => {
    for (const name of ['a', 'b', 'c']) await home.auth.accounts.create({ name }, shell);
    const [first, second] = await home.auth.accounts.list({ limit: 2 });
    assert.deepEqual([first?.name, second?.name], ['a', 'b']);
    assert.deepEqual(
      (await home.auth.accounts.list({ after: second?.id })).map(({ name }) => name),
      ['c'],
    );
  });

  it('are administered by administrators with a recent proof, and the last of them stays', async () => {
    const root = await person(home, 'root', { isAdmin: true });
    const anna = await person(home, 'anna');
    const { accounts } = home.auth;
    await assert.rejects(accounts.create({ name: 'x' }, anna.by), refusedAs('not-allowed'));
    await assert.rejects(accounts.disable(root.account.id, anna.by), refusedAs('not-allowed'));
    await assert.rejects(accounts.resetFactors(root.account.id, anna.by), refusedAs('not-allowed'));
    await assert.rejects(accounts.disable(root.account.id, shell), refusedAs('last-administrator'));
    assert.equal((await accounts.find('root'))?.disabledAt, undefined);
    // An administrator may start a reset, but not choose the password (ASVS 6.4.6).
    await assert.rejects(
      accounts.setPassword(anna.account.id, 'a very different one', root.by),
      refusedAs('not-allowed'),
    );
    await accounts.disable(anna.account.id, root.by);
    assert.equal((await home.auth.sessions.open(anna.cookie, laptop)).kind, 'none');
    home.pass(10 * minuteMs);
    await assert.rejects(accounts.enable(anna.account.id, root.by), refusedAs('step-up-required'));
    const [entry] = await home.auth.activity.list(anna.account.id);
    assert.equal(entry?.event, 'account.disabled');
    assert.equal(entry.actor, 'administrator root');
  });

  it('are found by a part of what they are called, whatever the letters, and by signs that mean themselves', async () => {
    const { accounts, administration } = home.auth;
    await accounts.create({ name: 'zoe', displayName: 'Éloïse ÖZIL' }, shell);
    await accounts.create({ name: 'percy', displayName: '100%_\\' }, shell);
    const found = async (text: string) =>
      (await administration.accounts({ text })).map(({ account }) => account.name);
    for (const text of ['Éloïse', 'éloïse', 'ÖZIL', 'özil', 'loïse ö', 'e\u0301lo', 'ZO'])
      assert.deepEqual(await found(text), ['zoe'], text);
    for (const text of ['%', '_', '\\', '0%_']) assert.deepEqual(await found(text), ['percy'], text);
    assert.deepEqual(await found("'; --"), []);
  });

  it('keep an administrator when the last two lose the role, and are switched off, at the same moment', async () => {
    const { accounts, administration } = home.auth;
    const made = ['anna', 'bob'].map((name) => accounts.create({ name, isAdmin: true }, shell));
    const ids = (await Promise.all(made)).map(({ id }) => id);
    const done = await Promise.allSettled([
      ...ids.map((id) => administration.setAdministrator(id, false, shell)),
      ...ids.map((id) => accounts.disable(id, shell)),
      ...ids.map((id) => accounts.remove(id, shell)),
    ]);
    assert.ok(
      done.some((each) => each.status === 'rejected' && refusedAs('last-administrator')(each.reason)),
    );
    const left = await Promise.all(ids.map((id) => administration.account(id)));
    const able = left.filter((row) => row?.account.isAdmin === true && row.account.disabledAt === undefined);
    assert.equal(able.length, 1);
  });

  it('do not go on, after a restore, with an enrolment that a session of before had begun', async () => {
    const { by } = await person(home, 'anna');
    await home.auth.totp.begin(by);
    assert.ok((await home.auth.totp.resume(by)) !== undefined);
    await home.database.write((writer) => makeRestored(writer, home.now()));
    assert.equal(await home.auth.totp.resume(by), undefined);
    assert.equal((await home.auth.totp.list(by.session.account.id)).length, 1);
  });

  it('change their mail address only after a step-up; by their own word it does not sign in', async () => {
    const anna = await person(home, 'anna', { email: 'anna@example.org' });
    await home.auth.accounts.setMail(anna.account.id, 'bert@example.org', anna.by);
    assert.equal(await home.auth.accounts.find('bert@example.org'), undefined);
    assert.equal(await home.auth.accounts.find('anna@example.org'), undefined);
    await home.auth.accounts.setMail(anna.account.id, 'bert@example.org', shell);
    assert.equal((await home.auth.accounts.find('bert@example.org'))?.id, anna.account.id);
    home.pass(10 * minuteMs);
    await assert.rejects(
      home.auth.accounts.setMail(anna.account.id, null, anna.by),
      refusedAs('step-up-required'),
    );
  });

  it('have an activity that pages backwards and holds no secret', async () => {
    const anna = await person(home, 'anna');
    const all = await home.auth.activity.list(anna.account.id);
    const events = all.map(({ event }) => event);
    assert.deepEqual(events, [
      'recovery-codes.saved',
      'recovery-codes.generated',
      'totp.added',
      'sign-in.succeeded',
      'account.created',
    ]);
    assert.equal(all.at(-1)?.actor, 'shell');
    const rest = await home.auth.activity.list(anna.account.id, { before: all[1]?.id, limit: 2 });
    assert.deepEqual(rest, all.slice(2, 4));
    const text = JSON.stringify(all);
    for (const secret of [anna.secret, anna.secret.replaceAll(' ', ''), goodPassword, ...anna.recoveryCodes])
      assert.equal(text.includes(secret), false);
  });
});

describe('Links', () => {
  let home: House;
  beforeEach(async () => {
    home = await house({ registration: 'closed' });
  });
  afterEach(() => home.dispose());

  it('set up the first, administrator, account, which is signed in and has to enrol', async () => {
    const link = await home.auth.links.setup();
    assert.match(link?.url ?? '', /^https:\/\/dav\.example\.org\/setup\/[A-Za-z0-9_-]{43}$/);
    assert.equal(link?.expiresAt, home.now() + 15 * minuteMs);
    // Looking is free: mail scanners and previews open links.
    for (let look = 0; look < 3; look += 1)
      assert.equal((await home.auth.links.look('setup', tokenOf(link)))?.kind, 'setup');
    assert.equal(await home.auth.links.look('invite', tokenOf(link)), undefined);
    const { session, setCookie } = await home.auth.registration.redeem(
      'setup',
      tokenOf(link),
      someone('root'),
    );
    assert.equal(session.account.isAdmin, true);
    assert.equal(session.stage, 'enrol');
    assert.equal((await home.auth.sessions.open(cookieOf(setCookie), laptop)).kind, 'session');
    assert.equal(await home.auth.links.look('setup', tokenOf(link)), undefined);
    await assert.rejects(
      home.auth.registration.redeem('setup', tokenOf(link), someone('two')),
      refusedAs('link-invalid'),
    );
    assert.equal(await home.auth.links.setup(), undefined);
  });

  it('of a set-up are void after 15 minutes, and when a new one is made', async () => {
    const first = await home.auth.links.setup();
    const second = await home.auth.links.setup();
    assert.equal(await home.auth.links.look('setup', tokenOf(first)), undefined);
    home.pass(15 * minuteMs);
    await assert.rejects(
      home.auth.registration.redeem('setup', tokenOf(second), someone('root')),
      refusedAs('link-invalid'),
    );
  });

  it('are used once, also by two at the same moment', async () => {
    const link = await home.auth.links.setup();
    const results = await Promise.allSettled(
      ['one', 'two', 'three'].map((name) =>
        home.auth.registration.redeem('setup', tokenOf(link), someone(name)),
      ),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(await home.auth.accounts.count(), 1);
  });

  it('are not used up by a form with a mistake in it', async () => {
    const link = await home.auth.links.setup();
    await assert.rejects(
      home.auth.registration.redeem('setup', tokenOf(link), someone('root', { password: 'short' })),
      refusedAs('password-too-short'),
    );
    await home.auth.registration.redeem('setup', tokenOf(link), someone('root'));
  });

  it('invite for seven days, with the address that the administrator gave', async () => {
    const link = await home.auth.links.invite({ email: 'bert@example.org' }, shell);
    assert.equal(link.expiresAt, home.now() + 7 * 24 * 60 * minuteMs);
    assert.equal((await home.auth.links.look('invite', tokenOf(link)))?.email, 'bert@example.org');
    const { session } = await home.auth.registration.redeem('invite', tokenOf(link), someone('bert'));
    assert.equal(session.account.emailConfirmed, true);
    assert.equal(session.account.isAdmin, false);
  });

  it('of a reset set the password and nothing else: the second factor is still asked (ASVS 6.4.3)', async () => {
    const anna = await person(home, 'anna');
    const first = await home.auth.links.reset(anna.account.id, shell);
    const link = await home.auth.links.reset(anna.account.id, shell);
    const reset = (token: string, password = 'a very different one') =>
      home.auth.links.redeemReset({ token, password, client: elsewhere });
    await assert.rejects(
      home.auth.links.redeemReset({
        token: tokenOf(link),
        password: 'a very different one',
        client: { ...elsewhere, https: false },
      }),
      refusedAs('insecure'),
    );
    await assert.rejects(reset(tokenOf(first)), refusedAs('link-invalid'));
    await assert.rejects(reset(tokenOf(link), 'short'), refusedAs('password-too-short'));
    await reset(tokenOf(link));
    await assert.rejects(reset(tokenOf(link)), refusedAs('link-invalid'));
    assert.equal((await home.auth.sessions.open(anna.cookie, laptop)).kind, 'none');
    const begun = await home.auth.signIn.begin({
      name: 'anna',
      password: 'a very different one',
      client: laptop,
    });
    assert.equal(begun.kind, 'second-step');
    const code = codeOf(anna.secret, home.now());
    const outcome = await home.auth.signIn.finish({
      cookieHeader: cookieOf(begun.setCookie),
      code,
      client: laptop,
    });
    assert.equal(outcome.kind, 'signed-in');
  });

  const ways = {
    'the holder changes the password': ({ by }: Person) =>
      home.auth.passwords.change({ current: goodPassword, next: 'a very different one' }, by),
    'a shell sets the password': ({ account }: Person) =>
      home.auth.accounts.setPassword(account.id, 'a very different one', shell),
    'the factors are reset': ({ account }: Person) => home.auth.accounts.resetFactors(account.id, shell),
    'the account is disabled': async ({ account }: Person) => {
      await home.auth.accounts.disable(account.id, shell);
      await home.auth.accounts.enable(account.id, shell);
    },
  };
  for (const [when, does] of Object.entries(ways))
    it(`of a reset are void when ${when}, and those of others are not`, async () => {
      const anna = await person(home, 'anna');
      const bert = await person(home, 'bert');
      const hers = await home.auth.links.reset(anna.account.id, shell);
      const his = await home.auth.links.reset(bert.account.id, shell);
      await does(anna);
      assert.equal(await home.auth.links.look('reset', tokenOf(hers)), undefined);
      const use = (link: IssuedLink) =>
        home.auth.links.redeemReset({
          token: tokenOf(link),
          password: 'still another one',
          client: elsewhere,
        });
      await assert.rejects(use(hers), refusedAs('link-invalid'));
      await use(his);
    });

  it('are kept as a hash, and guessing at them is slowed down', async () => {
    const { auth } = home;
    const kinds: string[] = [];
    for (let attempt = 0; attempt < 25; attempt += 1)
      await auth.registration.redeem('invite', `guess${attempt}`, someone('eve')).catch((error: unknown) => {
        kinds.push(error instanceof AuthError ? error.code : 'other');
      });
    assert.equal(kinds.indexOf('throttled'), 21);
    assert.equal(kinds.filter((kind) => kind === 'link-invalid').length, 21);
  });

  for (const [what, undo] of [
    ['loses the role', ({ administration }, id) => administration.setAdministrator(id, false, shell)],
    ['is switched off', ({ accounts }, id) => accounts.disable(id, shell)],
    ['is deleted', ({ accounts }, id) => accounts.remove(id, shell)],
  ] satisfies [string, (auth: Auth, id: Account['id']) => Promise<void>][])
    it(`of an administrator are void when the administrator ${what}, and those of others are not`, async () => {
      const auth = await home.again({ registration: 'invite' });
      const { by, account } = await person(home, 'mallory', { isAdmin: true });
      const other = await person(home, 'root', { isAdmin: true });
      const victim = await auth.accounts.create({ name: 'victim', password: goodPassword }, shell);
      const invite = tokenOf(await auth.links.invite({ isAdmin: true }, by));
      const others = tokenOf(await auth.links.invite({}, other.by));
      const reset = tokenOf(await auth.links.reset(victim.id, by));
      await undo(auth, account.id);
      assert.equal(await auth.links.look('invite', invite), undefined);
      assert.equal(await auth.links.look('reset', reset), undefined);
      assert.equal((await auth.administration.invites()).length, 1);
      await assert.rejects(
        auth.registration.redeem('invite', invite, someone('again')),
        refusedAs('link-invalid'),
      );
      await assert.rejects(
        auth.links.redeemReset({ token: reset, password: 'another plum tree', client: laptop }),
        refusedAs('link-invalid'),
      );
      await auth.registration.redeem('invite', others, someone('eve'));
    });

  it('of administrators invite nobody any more when registration is closed; those of a shell do', async () => {
    const root = await person(home, 'root', { isAdmin: true });
    const inviting = await home.again({ registration: 'invite' });
    const byRoot = tokenOf(await inviting.links.invite({}, root.by));
    const byShell = tokenOf(await inviting.links.invite({}, shell));
    const closed = await home.again({ registration: 'closed' });
    await assert.rejects(
      closed.registration.redeem('invite', byRoot, someone('eve')),
      refusedAs('link-invalid'),
    );
    await closed.registration.redeem('invite', byShell, someone('bert'));
  });

  it('registration follows the policy', async () => {
    await assert.rejects(home.auth.registration.signUp(someone('eve')), refusedAs('registration-closed'));
    const root = await person(home, 'root', { isAdmin: true });
    await assert.rejects(home.auth.links.invite({}, root.by), refusedAs('registration-closed'));
    const inviting = await home.again({ registration: 'invite' });
    await inviting.links.invite({}, root.by);
    await assert.rejects(
      inviting.links.invite({}, (await person(home, 'anna')).by),
      refusedAs('not-allowed'),
    );
    await assert.rejects(inviting.registration.signUp(someone('eve')), refusedAs('registration-closed'));
    const open = await home.again({ registration: 'open' });
    const { session } = await open.registration.signUp(someone('eve', { email: 'root@example.org' }));
    assert.equal(session.account.isAdmin, false);
    assert.equal(session.account.emailConfirmed, false);
    const clear = { ...laptop, https: false };
    await assert.rejects(
      open.registration.signUp(someone('mallory', { client: clear })),
      refusedAs('insecure'),
    );
  });
});

describe('Forms of other sites (CSRF)', () => {
  let home: House;
  before(async () => {
    home = await house();
  });
  after(() => home.dispose());

  it('are refused without the token of the session, or of the anonymous cookie', async () => {
    const anna = await person(home, 'anna');
    const eve = await person(home, 'eve');
    const { csrf } = home.auth;
    const issue = (session: typeof anna.session | undefined, cookieHeader?: string) =>
      csrf.issue({ session, cookieHeader, client: laptop });
    const accepts = (
      session: typeof anna.session | undefined,
      token: string | undefined,
      cookieHeader?: string,
    ) => csrf.accepts({ session, token, cookieHeader, headers: {}, client: laptop });
    const hers = issue(anna.session);
    assert.equal(hers.setCookie, undefined);
    assert.equal(accepts(anna.session, hers.token), true);
    assert.notEqual(issue(anna.session).token, hers.token);
    for (const token of [
      undefined,
      '',
      'x',
      issue(eve.session).token,
      issue(undefined).token,
      `${hers.token}A`,
    ])
      assert.equal(accepts(anna.session, token), false);
    const anonymous = issue(undefined);
    const cookie = cookieOf(anonymous.setCookie ?? '');
    assert.match(
      anonymous.setCookie ?? '',
      /^__Host-latchkey-form=[^;]{22}; Path=\/; Max-Age=7200; HttpOnly; SameSite=Lax; Secure$/,
    );
    assert.equal(accepts(undefined, anonymous.token, cookie), true);
    assert.equal(accepts(undefined, issue(undefined, cookie).token, cookie), true);
    assert.equal(accepts(undefined, anonymous.token), false);
    assert.equal(accepts(undefined, anonymous.token, cookieOf(issue(undefined).setCookie ?? '')), false);
    assert.equal(accepts(undefined, hers.token, cookie), false);
    // A cookie without the prefix may have been set by another host of the domain.
    assert.equal(accepts(undefined, anonymous.token, cookie.replace('__Host-', '')), false);
    assert.equal(acting(anna.session).kind, 'session');
  });

  it('are refused when the browser says that they come from elsewhere', async () => {
    const root = await person(home, 'root');
    const { csrf } = home.auth;
    const { token } = csrf.issue({ session: root.session, cookieHeader: undefined, client: laptop });
    const from = (headers: Parameters<typeof csrf.accepts>[0]['headers']): boolean =>
      csrf.accepts({ session: root.session, token, cookieHeader: undefined, headers, client: laptop });
    assert.equal(from({ origin: 'https://dav.example.org', 'sec-fetch-site': 'same-origin' }), true);
    assert.equal(from({ origin: 'http://localhost:8800', host: 'localhost:8800' }), true);
    assert.equal(from({ 'sec-fetch-site': 'cross-site' }), false);
    assert.equal(from({ 'sec-fetch-site': 'same-site' }), false);
    assert.equal(from({ origin: 'https://evil.example' }), false);
    // What browsers say of forms on pages with no-referrer, ours and others': then the rest decides.
    assert.equal(from({ origin: 'null', 'sec-fetch-site': 'same-origin' }), true);
    assert.equal(from({ origin: 'null', 'sec-fetch-site': 'cross-site' }), false);
    assert.equal(from({ origin: 'https://dav.example.org.evil.example', host: 'dav.example.org' }), false);
  });
});
