/** Mail to account holders: what is queued, to whom, how often, and what its links do. */
import assert from 'node:assert/strict';
import type { Auth, Letter, MailAbout, SendOutcome } from '../../auth/index.js';
import { statement } from '../../storage/statement.js';
import { everythingStored } from '../storage/temporary-database.js';
import {
  acting,
  appPassword,
  ask,
  authorization,
  codeOf,
  cookieOf,
  elsewhere,
  eventually,
  goodPassword,
  house,
  laptop,
  person,
  phone,
  shell,
  type House,
  type Person,
} from './house.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const newPassword = 'seven green bottles fell';

const rowsOf = statement()((db) => db.selectFrom('outbox').selectAll());

describe('Mail to account holders', () => {
  let home: House;
  let anna: Person;

  beforeEach(async () => {
    home = await house({ mails: true, registration: 'open' });
    anna = await person(home, 'anna', { email: 'anna@example.org' });
    await sent();
  });
  afterEach(() => home.dispose());

  /** Sends what is due, and answers it. */
  async function sent(outcome: SendOutcome = 'sent', auth: Auth = home.auth): Promise<Letter[]> {
    const letters: Letter[] = [];
    const send = async (letter: Letter): Promise<SendOutcome> => {
      letters.push(letter);
      return outcome;
    };
    await auth.outbox.deliver({ send, onGivenUp: () => undefined }, new AbortController().signal);
    return letters;
  }

  const inWords = ({ to, about }: Letter): string =>
    `${to} ${about.kind === 'notice' ? about.event : about.kind}`;
  const linkOf = (letter: Letter | undefined): string => {
    assert.ok(letter !== undefined && 'url' in letter.about, 'there is no mail with a link');
    return letter.about.url;
  };
  const tokenOf = (letter: Letter | undefined): string => linkOf(letter).split('/').at(-1) ?? '';
  const refusedWith = (code: string) => (error: unknown) =>
    error instanceof Error && 'code' in error && error.code === code;
  /** The same session, with a fresh proof of the second factor. */
  const steppedUp = async (who: Person = anna) => {
    home.pass(30_000);
    const code = codeOf(who.secret, home.now());
    const { session } = await home.auth.signIn.stepUp({ session: who.session, code, client: laptop });
    return acting(session);
  };
  const current = async () => {
    const account = await home.auth.accounts.get(anna.account.id);
    assert.ok(account !== undefined);
    return account;
  };
  const eventsOf = async (who: Person = anna): Promise<string[]> =>
    (await home.auth.activity.list(who.account.id)).map(({ event }) => event);

  describe('is kept in the outbox', () => {
    it('encrypted, so that the database tells neither links nor addresses', async () => {
      await home.auth.links.forgotten({ name: 'anna', client: laptop });
      await eventually(async () => (await rows()).length > 0);
      const [row] = await rows();
      const bytes = Buffer.from(row?.sealed ?? []).toString('latin1');
      assert.ok(bytes.length > 100);
      for (const word of ['anna', 'example', 'reset', 'https']) assert.ok(!bytes.includes(word), word);
      assert.equal(row?.kind, 'reset');
      const stored = await everythingStored(home);
      const token = tokenOf((await sent())[0]);
      assert.equal(token.length, 43);
      for (const part of stored) assert.ok(!part.includes(token), 'the token of the link is nowhere');
    });

    it('and goes with the unit of work that failed', async () => {
      await home.auth.accounts.create({ name: 'bob', email: 'bob@example.org' }, shell);
      await assert.rejects(
        home.auth.accounts.setMail(anna.account.id, 'bob@example.org', shell),
        refusedWith('mail-taken'),
      );
      assert.deepEqual(await sent(), []);
    });

    it('and is sent once by two processes that look at the same moment', async () => {
      const other = await home.again();
      const by = await steppedUp();
      for (let number = 0; number < 3; number += 1) await appPassword(home, { account: anna.account, by });
      const letters = await Promise.all([sent(), sent('sent', other)]);
      const ids = letters.flat().map(({ id }) => id);
      assert.equal(ids.length, 3);
      assert.equal(new Set(ids).size, 3);
      assert.deepEqual(await rows(), []);
    });

    it('and is tried again after pauses that grow, the same each time, until it is too old', async () => {
      await home.auth.passwords.change({ current: goodPassword, next: newPassword }, await steppedUp());
      const started = home.now();
      const ids = new Set<string>();
      const tries: number[] = [];
      while (home.now() < started + 60 * hourMs) {
        for (const { id } of await sent('later')) {
          ids.add(id);
          tries.push((home.now() - started) / 1000);
        }
        home.pass(30_000);
      }
      assert.equal(ids.size, 1);
      assert.deepEqual(tries.slice(0, 6), [0, 30, 90, 210, 450, 930]);
      const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
      assert.equal(Math.max(...pauses), 3600);
      assert.ok((tries.at(-1) ?? 0) <= 48 * 3600);
      assert.deepEqual(await rows(), []);
      assert.equal((await eventsOf())[0], 'mail.failed');
    });

    it('and one whose address is refused is given up at once', async () => {
      await home.auth.passwords.change({ current: goodPassword, next: newPassword }, await steppedUp());
      assert.equal((await sent('never')).length, 1);
      assert.deepEqual(await rows(), []);
      const [failed] = await home.auth.activity.list(anna.account.id);
      assert.equal(failed?.event, 'mail.failed');
      assert.deepEqual(failed.detail, { about: 'password.changed' });
    });

    it('and with a server that is down the others are not tried', async () => {
      const by = await steppedUp();
      for (let number = 0; number < 3; number += 1) await appPassword(home, { account: anna.account, by });
      assert.equal((await sent('down')).length, 1);
      assert.equal((await rows()).length, 3);
      assert.equal((await sent()).length, 2);
      home.pass(minuteMs);
      assert.equal((await sent()).length, 1);
    });

    it('and a process that dies while it sends leaves it to the others', async () => {
      await home.auth.passwords.change({ current: goodPassword, next: newPassword }, await steppedUp());
      const dying = { send: () => Promise.reject(new Error('killed')), onGivenUp: () => undefined };
      await assert.rejects(home.auth.outbox.deliver(dying, new AbortController().signal), /killed/);
      assert.deepEqual(await sent(), []);
      home.pass(5 * minuteMs);
      assert.equal((await sent()).length, 1);
    });

    it('and is not kept for ever where there is nobody any more who sends it', async () => {
      await home.auth.passwords.change({ current: goodPassword, next: newPassword }, await steppedUp());
      home.pass(70 * hourMs);
      await home.auth.removeExpired();
      assert.equal((await rows()).length, 1);
      home.pass(3 * hourMs);
      await home.auth.removeExpired();
      assert.deepEqual(await rows(), []);
    });

    it('and of each kind an address has at most five in an hour, the last of which says so', async () => {
      const by = await steppedUp();
      for (let number = 0; number < 8; number += 1) await appPassword(home, { account: anna.account, by });
      await home.auth.passwords.change({ current: goodPassword, next: newPassword }, by);
      const letters = await sent();
      assert.deepEqual(
        letters.map(({ about }) => (about as MailAbout & { kind: 'notice' }).last),
        [false, false, false, false, true, false],
      );
      home.pass(hourMs);
      await appPassword(home, { account: anna.account, by: await steppedUp() });
      assert.equal((await sent()).length, 1);
    });

    const rows = () => home.database.read((reader) => reader.all(rowsOf, {}));
  });

  describe('Notices (OWASP ASVS 6.3.7)', () => {
    it('tell of new and removed factors, recovery codes, app passwords and passwords', async () => {
      const by = await steppedUp();
      const begun = await home.auth.totp.begin(by);
      const code = codeOf(begun.secret, home.now());
      const { session } = await home.auth.totp.confirm({ id: begun.id, code, label: 'Tablet' }, by);
      const after = acting(session);
      const [first] = await home.auth.totp.list(anna.account.id);
      await home.auth.totp.remove(first?.id ?? '', after);
      const made = await home.auth.recoveryCodes.generate(after);
      const [recovery = ''] = made.codes;
      await home.auth.recoveryCodes.confirmSaved(after, made.createdAt);
      await appPassword(home, { account: anna.account, by: after });
      await home.auth.signIn.stepUp({ session, code: recovery, client: elsewhere });
      await home.auth.accounts.resetFactors(anna.account.id, shell);
      await home.auth.accounts.setPassword(anna.account.id, newPassword, shell);
      assert.deepEqual((await sent()).map(inWords), [
        'anna@example.org totp.added',
        'anna@example.org totp.removed',
        'anna@example.org recovery-codes.generated',
        'anna@example.org app-password.created',
        'anna@example.org recovery-code.used',
        'anna@example.org factors.reset',
        'anna@example.org password.set',
      ]);
    });

    it('tell from where and by whom', async () => {
      await home.auth.signIn.stepUp({
        session: anna.session,
        code: anna.recoveryCodes[0] ?? '',
        client: elsewhere,
      });
      const [letter] = await sent();
      assert.deepEqual(letter?.about, {
        kind: 'notice',
        event: 'recovery-code.used',
        name: 'anna',
        actor: 'account',
        from: { address: elsewhere.address, client: 'Firefox on Linux' },
        detail: { method: 'recovery-code', left: 9 },
        last: false,
      });
    });

    it('tell of the first sync of a device, unless the holder does without', async () => {
      const secret = await appPassword(home, { account: anna.account, by: await steppedUp() });
      await ask(home, authorization('anna', secret), phone);
      await eventually(async () => (await eventsOf()).includes('app-password.first-used'));
      assert.deepEqual((await sent()).map(inWords), [
        'anna@example.org app-password.created',
        'anna@example.org app-password.first-used',
      ]);
      await home.auth.mailAddress.setAllNotices(false, anna.by);
      assert.equal((await current()).allNotices, false);
      const another = await appPassword(home, { account: anna.account, by: await steppedUp() });
      await ask(home, authorization('anna', another), phone);
      await eventually(
        async () => (await eventsOf()).filter((event) => event === 'app-password.first-used').length === 2,
      );
      assert.deepEqual((await sent()).map(inWords), ['anna@example.org app-password.created']);
    });

    it('tell of a sign-in from a network that is new, once, unless the holder does without', async () => {
      const signIn = async (client = elsewhere): Promise<void> => {
        const begun = await home.auth.signIn.begin({ name: 'anna', password: goodPassword, client });
        const cookieHeader = begun.kind === 'second-step' ? cookieOf(begun.setCookie) : '';
        home.pass(30_000);
        const code = codeOf(anna.secret, home.now());
        const { kind } = await home.auth.signIn.finish({ cookieHeader, code, client });
        assert.equal(kind, 'signed-in');
      };
      await signIn(laptop);
      assert.deepEqual(await sent(), [], 'known from before');
      await signIn();
      const [letter, ...more] = await sent();
      assert.ok(letter?.about.kind === 'notice' && more.length === 0);
      assert.equal(letter.about.event, 'sign-in.succeeded');
      assert.equal(letter.about.from.address, elsewhere.address);
      await signIn();
      assert.deepEqual(await sent(), []);
      await home.auth.mailAddress.setAllNotices(false, anna.by);
      await signIn({ ...elsewhere, address: '203.0.113.9' });
      assert.deepEqual(await sent(), []);
    });

    it('go to no address that nobody confirmed, and nowhere where no mail is sent', async () => {
      const bob = await person(home, 'bob');
      await sent();
      await home.auth.mailAddress.change('bob@example.org', await steppedUp(bob));
      assert.deepEqual((await sent()).map(inWords), ['bob@example.org confirm']);
      await appPassword(home, { account: bob.account, by: await steppedUp(bob) });
      assert.deepEqual(await sent(), []);
      const silent = await home.again({ mails: false });
      await silent.accounts.setPassword(anna.account.id, newPassword, shell);
      assert.equal(silent.outbox.works, false);
      assert.deepEqual(await sent(), []);
    });
  });

  describe('A new mail address', () => {
    it('stands once the link that was mailed to it is used, and the one before is told', async () => {
      await home.auth.mailAddress.change('new@example.org', await steppedUp());
      assert.equal((await current()).email, 'anna@example.org');
      assert.equal((await current()).newEmail, 'new@example.org');
      const [letter, ...more] = await sent();
      assert.deepEqual(
        [letter, ...more].map((each) => each && inWords(each)),
        ['new@example.org confirm'],
      );
      assert.match(linkOf(letter), /^https:\/\/dav\.example\.org\/confirm\/[\w-]{43}$/);
      const token = tokenOf(letter);
      const view = await home.auth.links.look('confirm', token);
      assert.equal(view?.email, 'new@example.org');
      assert.equal(view.accountName, 'anna');
      assert.equal(
        (await home.auth.accounts.find('new@example.org'))?.name,
        undefined,
        'looking is not using',
      );
      const changed = await home.auth.mailAddress.confirm({ token, client: laptop });
      assert.deepEqual(
        [changed.email, changed.emailConfirmed, changed.newEmail],
        ['new@example.org', true, undefined],
      );
      assert.equal((await home.auth.accounts.find('new@example.org'))?.name, 'anna');
      assert.equal(await home.auth.accounts.find('anna@example.org'), undefined);
      assert.deepEqual((await sent()).map(inWords), ['anna@example.org account.mail-changed']);
      await assert.rejects(
        home.auth.mailAddress.confirm({ token, client: laptop }),
        refusedWith('link-invalid'),
      );
    });

    it('needs a step-up, and the link is over after 15 minutes, or with the next one', async () => {
      home.pass(11 * minuteMs);
      await assert.rejects(
        home.auth.mailAddress.change('new@example.org', anna.by),
        refusedWith('step-up-required'),
      );
      await home.auth.mailAddress.change('new@example.org', await steppedUp());
      const [first] = await sent();
      await home.auth.mailAddress.resend(anna.by);
      const [second] = await sent();
      assert.equal(second?.to, 'new@example.org');
      const use = (letter: Letter | undefined) =>
        home.auth.mailAddress.confirm({ token: tokenOf(letter), client: laptop });
      await assert.rejects(use(first), refusedWith('link-invalid'));
      home.pass(15 * minuteMs);
      await assert.rejects(use(second), refusedWith('link-invalid'));
    });

    it('that another has is answered alike: its holder is told, nobody else', async () => {
      await home.auth.accounts.create({ name: 'bob', email: 'bob@example.org' }, shell);
      await home.auth.mailAddress.change('BOB@example.org', await steppedUp());
      assert.equal((await current()).newEmail, 'BOB@example.org');
      const [letter, ...more] = await sent();
      assert.equal(letter && inWords(letter), 'BOB@example.org address-taken');
      assert.deepEqual(more, []);
      assert.equal((await home.auth.accounts.find('bob@example.org'))?.name, 'bob');
    });

    it('that was taken meanwhile is refused to who confirms it', async () => {
      await home.auth.mailAddress.change('new@example.org', await steppedUp());
      const [letter] = await sent();
      await home.auth.accounts.create({ name: 'bob', email: 'new@example.org' }, shell);
      const confirm = home.auth.mailAddress.confirm({ token: tokenOf(letter), client: laptop });
      await assert.rejects(confirm, refusedWith('mail-taken'));
      assert.equal((await current()).email, 'anna@example.org');
    });

    it('can be given up, and the one that stands be taken away', async () => {
      await home.auth.mailAddress.change('new@example.org', await steppedUp());
      const [letter] = await sent();
      await home.auth.mailAddress.cancel(anna.by);
      assert.equal((await current()).newEmail, undefined);
      const confirm = home.auth.mailAddress.confirm({ token: tokenOf(letter), client: laptop });
      await assert.rejects(confirm, refusedWith('link-invalid'));
      await home.auth.mailAddress.remove(await steppedUp());
      assert.equal((await current()).email, undefined);
      assert.deepEqual((await sent()).map(inWords), ['anna@example.org account.mail-changed']);
    });

    it('cannot be used to write to strangers without end', async () => {
      const by = await steppedUp();
      for (let number = 0; number < 5; number += 1)
        await home.auth.mailAddress.change(`stranger${number}@example.org`, by);
      const sixth = home.auth.mailAddress.change('stranger6@example.org', by);
      await assert.rejects(sixth, refusedWith('throttled'));
      assert.equal((await sent()).length, 5);
    });

    it('of who signs up is asked for at once', async () => {
      await home.auth.registration.signUp({
        name: 'carl',
        password: goodPassword,
        email: 'carl@example.org',
        client: laptop,
      });
      const [letter] = await sent();
      assert.equal(letter && inWords(letter), 'carl@example.org confirm');
      const carl = await home.auth.mailAddress.confirm({ token: tokenOf(letter), client: elsewhere });
      assert.deepEqual([carl.name, carl.emailConfirmed], ['carl', true]);
    });

    it('cannot be asked for where no mail is sent', async () => {
      const silent = await home.again({ mails: false });
      const change = silent.mailAddress.change('new@example.org', await steppedUp());
      await assert.rejects(change, refusedWith('mail-unavailable'));
      assert.equal((await current()).newEmail, undefined);
    });
  });

  describe('A forgotten password', () => {
    /** What is mailed for a name; the work after the answer is waited for. */
    const forgotten = async (name: string): Promise<Letter[]> => {
      const auth = await home.again();
      await auth.links.forgotten({ name, client: elsewhere });
      await auth.close();
      return sent();
    };

    it('is set anew by a mailed link, and the second step is still asked for (ASVS 6.4.3)', async () => {
      const [letter] = await forgotten('anna@example.org');
      assert.ok(letter?.about.kind === 'reset' && letter.to === 'anna@example.org');
      const token = tokenOf(letter);
      await home.auth.links.redeemReset({ token, password: newPassword, client: elsewhere });
      const again = home.auth.links.redeemReset({ token, password: newPassword, client: elsewhere });
      await assert.rejects(again, refusedWith('link-invalid'));
      const opened = await home.auth.sessions.open(anna.cookie, laptop);
      assert.equal(opened.kind, 'none', 'sessions have ended');
      const outcome = await home.auth.signIn.begin({
        name: 'anna',
        password: newPassword,
        client: elsewhere,
      });
      assert.ok(outcome.kind === 'second-step');
      assert.ok((await current()).hasSecondFactor);
      const cookieHeader = cookieOf(outcome.setCookie);
      const wrong = await home.auth.signIn.finish({ cookieHeader, code: '000000', client: elsewhere });
      assert.equal(wrong.kind, 'refused');
      home.pass(30_000);
      const code = codeOf(anna.secret, home.now());
      const right = await home.auth.signIn.finish({ cookieHeader, code, client: elsewhere });
      assert.equal(right.kind, 'signed-in');
      assert.deepEqual((await sent()).map(inWords), [
        'anna@example.org password.reset',
        'anna@example.org sign-in.succeeded',
      ]);
    });

    it('can end the app passwords too', async () => {
      const secret = await appPassword(home, { account: anna.account, by: await steppedUp() });
      await sent();
      const [letter] = await forgotten('anna');
      const token = tokenOf(letter);
      const input = { token, password: newPassword, revokeAppPasswords: true, client: elsewhere };
      await home.auth.links.redeemReset(input);
      assert.equal((await ask(home, authorization('anna', secret))).kind, 'challenge');
    });

    it('leads to no mail for who is not there, is disabled, or has no confirmed address', async () => {
      await home.auth.accounts.create({ name: 'dan', email: 'dan@example.org' }, shell);
      const dan = await home.auth.accounts.find('dan');
      await home.auth.accounts.disable(dan?.id ?? anna.account.id, shell);
      await home.auth.registration.signUp({
        name: 'eva',
        password: goodPassword,
        email: 'eva@example.org',
        client: laptop,
      });
      await sent();
      for (const name of ['nobody', 'nobody@example.org', 'dan', 'eva', 'eva@example.org', '', '\r\nBcc: x'])
        assert.deepEqual(await forgotten(name), [], name);
    });

    it('floods nobody: one address gets five links in an hour, and earlier ones stay valid', async () => {
      const letters: Letter[] = [];
      for (let number = 0; number < 8; number += 1) {
        const client = { ...elsewhere, address: `198.51.${number}.7` };
        await home.auth.links.forgotten({ name: 'anna', client });
        await eventually(async () => {
          letters.push(...(await sent()));
          return letters.length >= Math.min(number + 1, 5);
        });
      }
      assert.equal(letters.length, 5);
      await home.auth.links.redeemReset({
        token: tokenOf(letters[0]),
        password: newPassword,
        client: laptop,
      });
      const later = home.auth.links.redeemReset({
        token: tokenOf(letters[4]),
        password: goodPassword,
        client: laptop,
      });
      await assert.rejects(later, refusedWith('link-invalid'), 'a new password ends the other links');
    });

    it('is limited by address and by what was typed, whether it is anybody’s or not', async () => {
      for (const name of ['anna', 'nobody']) {
        const ask = () => home.auth.links.forgotten({ name, client: elsewhere });
        for (let number = 0; number < 6; number += 1) await ask();
        await assert.rejects(ask(), refusedWith('throttled'));
      }
      const unlimited = home.auth.links.forgotten({ name: 'anna@example.org', client: elsewhere });
      await assert.doesNotReject(unlimited, 'that both are one account is not told');
    });

    it('is mailed by an administrator too, where mail reaches the account', async () => {
      await home.auth.links.mailReset(anna.account.id, shell);
      const [letter] = await sent();
      assert.ok(letter?.about.kind === 'reset' && letter.about.byAdministrator);
      const bob = await home.auth.accounts.create({ name: 'bob' }, shell);
      await assert.rejects(home.auth.links.mailReset(bob.id, shell), refusedWith('mail-unavailable'));
      await assert.rejects(home.auth.links.mailReset(bob.id, anna.by), refusedWith('not-allowed'));
    });

    it('a reset link that was mailed is void when the address is not theirs any more', async () => {
      const [letter] = await forgotten('anna');
      await home.auth.accounts.setMail(anna.account.id, 'new@example.org', shell);
      const reset = home.auth.links.redeemReset({
        token: tokenOf(letter),
        password: newPassword,
        client: elsewhere,
      });
      await assert.rejects(reset, refusedWith('link-invalid'));
    });
  });

  describe('A changed password', () => {
    it('Nextcloud CVE-2019-15612: other sessions with a proved second factor end with it', async () => {
      const begun = await home.auth.signIn.begin({ name: 'anna', password: goodPassword, client: elsewhere });
      const cookieHeader = begun.kind === 'second-step' ? cookieOf(begun.setCookie) : '';
      home.pass(30_000);
      const code = codeOf(anna.secret, home.now());
      const other = await home.auth.signIn.finish({ cookieHeader, code, client: elsewhere });
      const otherCookie = other.kind === 'signed-in' ? cookieOf(other.setCookie) : '';
      assert.equal((await home.auth.sessions.open(otherCookie, elsewhere)).kind, 'session');
      const renewed = await home.auth.passwords.change(
        { current: goodPassword, next: newPassword },
        await steppedUp(),
      );
      assert.equal((await home.auth.sessions.open(otherCookie, elsewhere)).kind, 'none');
      assert.equal((await home.auth.sessions.open(cookieOf(renewed.setCookie), laptop)).kind, 'session');
    });

    it('Nextcloud CVE-2019-15612: a sign-in between its two steps is over', async () => {
      const begun = await home.auth.signIn.begin({ name: 'anna', password: goodPassword, client: elsewhere });
      const cookieHeader = begun.kind === 'second-step' ? cookieOf(begun.setCookie) : '';
      await home.auth.passwords.change({ current: goodPassword, next: newPassword }, await steppedUp());
      home.pass(30_000);
      const code = codeOf(anna.secret, home.now());
      const outcome = await home.auth.signIn.finish({ cookieHeader, code, client: elsewhere });
      assert.equal(outcome.kind, 'refused');
    });

    it('ends the app passwords where that is asked for, and only then', async () => {
      const secret = await appPassword(home, { account: anna.account, by: await steppedUp() });
      const renewed = await home.auth.passwords.change(
        { current: goodPassword, next: newPassword },
        await steppedUp(),
      );
      assert.equal((await ask(home, authorization('anna', secret))).kind, 'accepted');
      const by = acting(renewed.session);
      const input = { current: newPassword, next: goodPassword, revokeAppPasswords: true };
      await home.auth.passwords.change(input, by);
      assert.equal((await ask(home, authorization('anna', secret))).kind, 'challenge');
    });
  });
});
