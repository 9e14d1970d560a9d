/** What two do at the same moment, in two processes; and what somebody does who was signed out a moment before. */
import assert from 'node:assert/strict';
import { AuthError } from '../../auth/index.js';
import type { Auth, AuthErrorCode, NewAppPassword, SignUp } from '../../auth/index.js';
import {
  acting,
  ask,
  authorization,
  codeOf,
  cookieOf,
  elsewhere,
  goodPassword,
  house,
  kindOf,
  laptop,
  person,
  phone,
  shell,
  type House,
  type Person,
} from './house.js';

const refusedAs = (code: AuthErrorCode) => (error: unknown) =>
  error instanceof AuthError && error.code === code;
const input: NewAppPassword = {
  label: 'Phone',
  services: new Set(['calendars', 'contacts']),
  access: 'write',
};

describe('At the same moment', () => {
  let home: House;
  let other: Auth;
  let anna: Person;
  beforeEach(async () => {
    home = await house({ registration: 'open', mails: true });
    other = await home.again();
    anna = await person(home, 'anna', { isAdmin: true, email: 'anna@example.org' });
  });
  afterEach(() => home.dispose());

  const code = (): string => codeOf(anna.secret, home.now());

  /** Signs anna in once more, somewhere else. */
  async function again(): Promise<Person['by']> {
    const begun = await home.auth.signIn.begin({ name: 'anna', password: goodPassword, client: elsewhere });
    assert.equal(begun.kind, 'second-step');
    const cookieHeader = cookieOf(begun.setCookie);
    const done = await home.auth.signIn.finish({ cookieHeader, code: code(), client: elsewhere });
    assert.equal(done.kind, 'signed-in');
    home.pass(30_000);
    return acting(done.session, elsewhere);
  }

  /** Codes of the refusals, one for each that did not succeed. */
  async function refusals(works: readonly Promise<unknown>[]): Promise<readonly string[]> {
    const results = await Promise.allSettled(works);
    return results.flatMap((result) => {
      if (result.status === 'fulfilled') return [];
      assert.ok(result.reason instanceof AuthError, String(result.reason));
      return [result.reason.code];
    });
  }

  const someone = (name: string, email?: string): SignUp => ({
    name,
    password: goodPassword,
    email,
    client: laptop,
  });

  describe('a session is ended, and with it whatever it was about to do', () => {
    /** Each gives a lasting right, or changes who has one. */
    const verbs: Readonly<Record<string, (auth: Auth, by: Person['by'], ben: Person) => Promise<unknown>>> = {
      'make an app password': (auth, by) => auth.appPasswords.create(by.session.account.id, input, by),
      'agree to a device': (auth, by) =>
        auth.deviceLogins.grant(auth.deviceLogins.begin(phone).token, input, by),
      'offer a profile': (auth, by) => auth.deviceLogins.offer(input, by),
      'make recovery codes': (auth, by) => auth.recoveryCodes.generate(by),
      'begin an authenticator app': (auth, by) => auth.totp.begin(by),
      'want another mail address': (auth, by) => auth.mailAddress.change('eve@example.org', by),
      'take the mail address away': (auth, by) => auth.mailAddress.remove(by),
      'set a mail address': (auth, by, ben) => auth.accounts.setMail(ben.account.id, 'eve@example.org', by),
      'take everything along': (auth, by) => auth.accounts.noteExport(by.session.account.id, by),
      'take files in': (auth, by) => auth.accounts.noteImport(by.session.account.id, by),
      'delete an account': (auth, by, ben) => auth.accounts.remove(ben.account.id, by),
      'make an account': (auth, by) => auth.accounts.create({ name: 'eve', password: goodPassword }, by),
      'switch an account off': (auth, by, ben) => auth.accounts.disable(ben.account.id, by),
      'switch an account on': (auth, by, ben) => auth.accounts.enable(ben.account.id, by),
      'reset factors': (auth, by, ben) => auth.accounts.resetFactors(ben.account.id, by),
      'give a role': (auth, by, ben) => auth.administration.setAdministrator(ben.account.id, true, by),
      'make an invite': (auth, by) => auth.links.invite({ isAdmin: true }, by),
      'make a reset link': (auth, by, ben) => auth.links.reset(ben.account.id, by),
      'mail a reset link': (auth, by, ben) => auth.links.mailReset(ben.account.id, by),
    };

    for (const [verb, act] of Object.entries(verbs)) {
      it(`to ${verb}`, async () => {
        const ben = await person(home, 'ben', { email: 'ben@example.org' });
        const thief = await again();
        const count = async () => (await home.auth.activity.list(ben.account.id)).length;
        const before = await count();
        await home.auth.sessions.endOthers(anna.account.id, anna.by);
        await assert.rejects(act(other, thief, ben), refusedAs('session-ended'));
        assert.equal(await count(), before);
      });
    }

    it('to change an app password', async () => {
      const { appPassword } = await home.auth.appPasswords.create(anna.account.id, input, anna.by);
      const thief = await again();
      await home.auth.sessions.endOthers(anna.account.id, anna.by);
      await assert.rejects(
        other.appPasswords.change(anna.account.id, appPassword.id, { ...input, access: 'read' }, thief),
        refusedAs('session-ended'),
      );
    });

    it('to choose who may sign up', async () => {
      const free = await home.again({ registration: undefined });
      const thief = await again();
      await home.auth.sessions.endOthers(anna.account.id, anna.by);
      await assert.rejects(free.registration.choose('open', thief), refusedAs('session-ended'));
    });
  });

  it('recovery codes are made anew in two windows: one ten is shown, and works', async () => {
    const { createdAt = 0 } = await home.auth.recoveryCodes.state(anna.account.id);
    const works = [home.auth, other, home.auth].map((auth) =>
      auth.recoveryCodes.generate(anna.by, createdAt),
    );
    assert.deepEqual(await refusals(works), ['codes-replaced', 'codes-replaced']);
    const [made] = (await Promise.allSettled(works)).flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    assert.ok(made !== undefined);
    assert.notEqual(made.createdAt, createdAt);
    const { session, client } = anna.by;
    await home.auth.signIn.stepUp({ session, client, code: made.codes[0] ?? '' });
  });

  it('recovery codes that newer ones replaced cannot be confirmed as saved', async () => {
    const older = await home.auth.recoveryCodes.generate(anna.by);
    const newer = await other.recoveryCodes.generate(anna.by);
    await assert.rejects(
      home.auth.recoveryCodes.confirmSaved(anna.by, older.createdAt),
      refusedAs('codes-replaced'),
    );
    assert.equal((await home.auth.recoveryCodes.state(anna.account.id)).confirmedAt, undefined);
    await home.auth.recoveryCodes.confirmSaved(anna.by, newer.createdAt);
    // The button pressed twice.
    await home.auth.recoveryCodes.confirmSaved(anna.by, newer.createdAt);
  });

  it('a code signs in and steps up: it does one of them', async () => {
    const begun = await home.auth.signIn.begin({ name: 'anna', password: goodPassword, client: laptop });
    assert.equal(begun.kind, 'second-step');
    const cookieHeader = cookieOf(begun.setCookie);
    const { session, client } = anna.by;
    const results = await Promise.allSettled([
      home.auth.signIn.finish({ cookieHeader, code: code(), client: laptop }),
      other.signIn.stepUp({ session, client, code: code() }),
      other.signIn.finish({ cookieHeader, code: code(), client: laptop }),
    ]);
    const taken = results.filter(
      (result) =>
        result.status === 'fulfilled' && !('kind' in result.value && result.value.kind === 'refused'),
    );
    assert.equal(taken.length, 1);
  });

  it('a recovery code signs in twice: once', async () => {
    const tickets = await Promise.all(
      [home.auth, other].map(async (auth) => {
        const begun = await auth.signIn.begin({ name: 'anna', password: goodPassword, client: laptop });
        assert.equal(begun.kind, 'second-step');
        return cookieOf(begun.setCookie);
      }),
    );
    const [recovery = ''] = anna.recoveryCodes;
    const outcomes = await Promise.all(
      tickets.map((cookieHeader, index) =>
        (index === 0 ? home.auth : other).signIn.finish({ cookieHeader, code: recovery, client: laptop }),
      ),
    );
    assert.deepEqual(outcomes.map(({ kind }) => kind).sort(), ['refused', 'signed-in']);
    assert.equal((await home.auth.recoveryCodes.state(anna.account.id)).left, 9);
  });

  it('two authenticator apps are removed, each as the one that is left over: one stays', async () => {
    const begun = await home.auth.totp.begin(anna.by);
    const added = { id: begun.id, code: codeOf(begun.secret, home.now()), label: 'Tablet' };
    const { session } = await home.auth.totp.confirm(added, anna.by);
    const by = acting(session);
    const [one, two] = await home.auth.totp.list(anna.account.id);
    const works = [home.auth.totp.remove(one?.id ?? '', by), other.totp.remove(two?.id ?? '', by)];
    assert.deepEqual(await refusals(works), ['last-factor']);
    assert.equal((await home.auth.totp.list(anna.account.id)).length, 1);
  });

  it('an authenticator app is confirmed in two windows: it is one app', async () => {
    const begun = await home.auth.totp.begin(anna.by);
    const added = { id: begun.id, code: codeOf(begun.secret, home.now()), label: 'Tablet' };
    const works = [home.auth.totp.confirm(added, anna.by), other.totp.confirm(added, anna.by)];
    assert.equal((await refusals(works)).length, 1);
    assert.equal((await home.auth.totp.list(anna.account.id)).length, 2);
  });

  it('one name is taken by several, also in other letters: it is one account’s', async () => {
    const invite = await home.auth.links.invite({}, anna.by);
    const token = invite.url.split('/').at(-1) ?? '';
    const works = [
      home.auth.registration.signUp(someone('zoe')),
      other.registration.signUp(someone('ZOE')),
      other.registration.signUp(someone('ｚｏｅ')),
      home.auth.registration.redeem('invite', token, someone('Zoe')),
    ];
    assert.deepEqual(await refusals(works), ['name-taken', 'name-taken', 'name-taken']);
    assert.equal(await home.auth.accounts.count(), 2);
  });

  it('an invite is used by three: it makes one account', async () => {
    const invite = await home.auth.links.invite({}, anna.by);
    const token = invite.url.split('/').at(-1) ?? '';
    const works = ['ben', 'cleo', 'dora'].map((name, index) =>
      (index === 1 ? other : home.auth).registration.redeem('invite', token, someone(name)),
    );
    assert.deepEqual(await refusals(works), ['link-invalid', 'link-invalid']);
    assert.equal(await home.auth.accounts.count(), 2);
  });

  it('a profile link is opened by several: one gets it', async () => {
    const { url } = await home.auth.deviceLogins.offer(input, anna.by);
    const token = url.split('/').at(-1) ?? '';
    const answers = await Promise.all(
      [home.auth, other, home.auth, other, other].map((auth) => auth.deviceLogins.collect(token, phone)),
    );
    assert.equal(answers.filter((answer) => answer !== undefined).length, 1);
    assert.equal((await home.auth.appPasswords.list(anna.account.id)).length, 1);
  });

  it('a device is agreed to twice: it gets one app password', async () => {
    const { token, pollToken } = home.auth.deviceLogins.begin(phone);
    const works = [home.auth, other].map((auth) => auth.deviceLogins.grant(token, input, anna.by));
    assert.deepEqual(await refusals(works), ['link-invalid']);
    const answers = await Promise.all(
      [home.auth, other].map((auth) => auth.deviceLogins.collect(pollToken, phone)),
    );
    assert.equal(answers.filter((answer) => answer !== undefined).length, 1);
    assert.equal((await home.auth.appPasswords.list(anna.account.id)).length, 1);
  });

  it('a device comes for its app password, and all are revoked: what it has works no more', async () => {
    for (let round = 0; round < 6; round += 1) {
      const { token, pollToken } = home.auth.deviceLogins.begin(phone);
      await home.auth.deviceLogins.grant(token, input, anna.by);
      const revoke = (): Promise<number> => other.appPasswords.revokeAll(anna.account.id, anna.by);
      const collect = () => home.auth.deviceLogins.collect(pollToken, phone);
      const works = round % 2 === 0 ? [collect(), revoke()] : [revoke(), collect()];
      for (const answer of await Promise.all(works)) {
        if (typeof answer !== 'object') continue;
        assert.equal(await kindOf(ask(home, authorization('anna', answer.secret))), 'revoked');
      }
      assert.equal(await home.auth.deviceLogins.collect(pollToken, phone), undefined);
    }
  });

  it('an app password is changed twice, and revoked: what counts is one of them whole, and the end', async () => {
    const { appPassword, secret } = await home.auth.appPasswords.create(anna.account.id, input, anna.by);
    const change = (auth: Auth, more: Partial<NewAppPassword>) =>
      auth.appPasswords.change(anna.account.id, appPassword.id, { ...input, ...more }, anna.by);
    await Promise.all([
      change(home.auth, { services: new Set(['contacts']), access: 'read' }),
      change(other, { services: new Set(['calendars']) }),
    ]);
    const outcome = await ask(home, authorization('anna', secret));
    assert.equal(outcome.kind, 'accepted');
    const { services, access } = outcome.actor;
    assert.ok(
      ['contacts read', 'calendars write'].includes(`${[...services].join(' ')} ${access}`),
      `${[...services].join(' ')} ${access}`,
    );
    await refusals([
      other.appPasswords.revoke(anna.account.id, appPassword.id, anna.by),
      change(home.auth, {}),
    ]);
    assert.equal(await kindOf(ask(home, authorization('anna', secret))), 'revoked');
  });

  it('the last room for an app password is wanted by two: one gets it', async () => {
    const many = Array.from({ length: 99 }, () => input);
    await home.auth.appPasswords.createEach(anna.account.id, many, shell);
    const works = [home.auth, other].map((auth) => auth.appPasswords.create(anna.account.id, input, anna.by));
    assert.deepEqual(await refusals(works), ['too-many-app-passwords']);
  });

  it('two sessions change the password: one does, and the other is ended', async () => {
    const second = await again();
    const change = (auth: Auth, by: Person['by'], next: string) =>
      auth.passwords.change({ current: goodPassword, next }, by);
    const works = [
      change(home.auth, anna.by, 'pear tree in the yard'),
      change(other, second, 'fig tree in the yard'),
    ];
    assert.deepEqual(await refusals(works), ['session-ended']);
    assert.equal((await home.auth.sessions.list(anna.account.id)).length, 1);
  });

  it('a session that another one has ended by changing the password hears that it is over', async () => {
    const second = await again();
    await home.auth.passwords.change({ current: goodPassword, next: 'pear tree in the yard' }, anna.by);
    const late = other.passwords.change({ current: goodPassword, next: 'fig tree in the yard' }, second);
    assert.deepEqual(await refusals([late]), ['session-ended']);
  });
});
