import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuthError, rotateKeyFile } from '../../auth/index.js';
import type { Auth, Client, Renewed, SignInOutcome } from '../../auth/index.js';
import { projectRoot } from '../../server/config.js';
import { statement } from '../../storage/statement.js';
import { Authenticator } from './authenticator.js';
import type { Deviations } from './authenticator.js';
import {
  acting,
  appPassword,
  codeOf,
  cookieOf,
  elsewhere,
  eventually,
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
const challenges = statement()((db) => db.selectFrom('used_challenge').select('account_id'));

describe('Passkeys and security keys', () => {
  let home: House;
  let anna: Person;
  let key: Authenticator;
  beforeEach(async () => {
    home = await house();
    anna = await person(home, 'anna');
    key = new Authenticator();
  });
  afterEach(() => home.dispose());

  /** Adds one to the account; the session goes on under another token. */
  async function add(who: Person, authenticator = key, deviations: Deviations = {}): Promise<Renewed> {
    const { passkeys } = home.auth;
    const passkey = authenticator.create(await passkeys.begin(who.by), deviations);
    return passkeys.add({ passkey, label: 'Laptop' }, who.by);
  }

  const listOf = (who: Person) => home.auth.passkeys.list(who.account.id);
  const eventsOf = async (who: Person): Promise<readonly string[]> =>
    (await home.auth.activity.list(who.account.id)).map(({ event }) => event);

  /** The cookie of a browser that has opened the page where one signs in. */
  function formCookie(auth: Auth = home.auth, client: Client = laptop): string {
    const { setCookie } = auth.csrf.issue({ session: undefined, cookieHeader: undefined, client });
    return cookieOf(setCookie ?? '');
  }

  async function ticketOf(name = 'anna', password = goodPassword): Promise<string> {
    const begun = await home.auth.signIn.begin({ name, password, client: laptop });
    assert.equal(begun.kind, 'second-step');
    return cookieOf(begun.setCookie);
  }

  /** Without a name: the question, and the answer sent in. */
  async function signIn(deviations: Deviations = {}, authenticator = key): Promise<SignInOutcome> {
    const cookieHeader = formCookie();
    const asked = home.auth.passkeys.askToSignIn({ cookieHeader, client: laptop });
    assert.ok(asked !== undefined);
    const passkey = authenticator.get(asked, deviations);
    return home.auth.signIn.byPasskey({ cookieHeader, passkey, client: laptop });
  }

  async function secondStep(cookieHeader: string, deviations: Deviations = {}, authenticator = key) {
    const asked = home.auth.passkeys.askSecondStep({ cookieHeader, client: laptop });
    assert.ok(asked !== undefined);
    const passkey = authenticator.get(asked, deviations);
    return home.auth.signIn.finish({ cookieHeader, passkey, client: laptop });
  }

  async function stepUp(who: Person, deviations: Deviations = {}, authenticator = key): Promise<Renewed> {
    const passkey = authenticator.get(await home.auth.passkeys.askToStepUp(who.session), deviations);
    return home.auth.signIn.stepUp({ session: who.session, passkey, client: laptop });
  }

  describe('are made', () => {
    it('known to their authenticator, for this host, under a handle that is not the account', async () => {
      const first = await home.auth.passkeys.begin(anna.by);
      assert.equal(first.rp.id, 'dav.example.org');
      assert.equal(first.attestation, 'none');
      assert.equal(first.authenticatorSelection?.residentKey, 'required');
      assert.equal(Buffer.from(first.user.id, 'base64url').length, 32);
      const again = await home.auth.passkeys.begin(anna.by);
      assert.equal(again.user.id, first.user.id);
      assert.notEqual(again.challenge, first.challenge);
      const ben = await person(home, 'ben');
      assert.notEqual((await home.auth.passkeys.begin(ben.by)).user.id, first.user.id);
    });

    it('and listed, renamed and noted; other sessions end, and the token of this one is new', async () => {
      const other = await home.auth.signIn.finish({
        cookieHeader: await ticketOf(),
        code: codeOf(anna.secret, home.now()),
        client: elsewhere,
      });
      assert.equal(other.kind, 'signed-in');
      const renewed = await add(anna);
      assert.equal((await home.auth.sessions.open(anna.cookie, laptop)).kind, 'none');
      assert.equal((await home.auth.sessions.open(cookieOf(renewed.setCookie), laptop)).kind, 'session');
      assert.equal((await home.auth.sessions.open(cookieOf(other.setCookie), laptop)).kind, 'none');
      const [passkey] = await listOf(anna);
      assert.equal(passkey?.label, 'Laptop');
      await home.auth.passkeys.rename(passkey.id, ' Work laptop ', anna.by);
      assert.deepEqual(
        (await listOf(anna)).map(({ label }) => label),
        ['Work laptop'],
      );
      await assert.rejects(home.auth.passkeys.rename(passkey.id, ' ', anna.by), refusedAs('label-invalid'));
      assert.deepEqual((await eventsOf(anna)).slice(0, 2), ['passkey.renamed', 'passkey.added']);
    });

    it('several for an account; the ones that are there are not made again', async () => {
      await add(anna);
      const options = await home.auth.passkeys.begin(anna.by);
      assert.deepEqual(
        options.excludeCredentials?.map(({ id }) => id),
        [key.credentials[0]?.id],
      );
      await add(anna, new Authenticator());
      assert.equal((await listOf(anna)).length, 2);
    });

    it('to an account without a second factor, which has one then', async () => {
      await home.auth.accounts.create({ name: 'ben', password: goodPassword }, shell);
      const begun = await home.auth.signIn.begin({ name: 'ben', password: goodPassword, client: laptop });
      assert.equal(begun.kind, 'signed-in');
      const by = acting(begun.session);
      const passkey = key.create(await home.auth.passkeys.begin(by));
      const added = await home.auth.passkeys.add({ passkey, label: '' }, by);
      assert.equal(added.session.account.hasSecondFactor, true);
      assert.equal(added.session.factorProvedAt, home.now());
      assert.equal(added.session.stage, 'enrol');
      const enrolled = acting(added.session);
      const { createdAt } = await home.auth.recoveryCodes.generate(enrolled);
      const saved = await home.auth.recoveryCodes.confirmSaved(enrolled, createdAt);
      assert.equal(saved.session.stage, 'full');
      await appPassword(home, { account: saved.session.account, by: acting(saved.session) });
      // From now on the password alone lets nobody in.
      assert.equal((await signIn()).kind, 'signed-in');
      await ticketOf('ben');
    });

    for (const [what, deviations] of [
      ['from another origin', { origin: 'https://dav.example.org.attacker.example' }],
      ['from another port', { origin: 'https://dav.example.org:8443' }],
      ['in a frame of another site', { crossOrigin: true }],
      ['for another host', { rpId: 'example.org' }],
      ['to a challenge of its own', { challenge: 'c2VsZi1tYWRl' }],
      ['as a use', { type: 'webauthn.get' }],
      ['without anybody there', { userPresent: false }],
    ] as const satisfies readonly (readonly [string, Deviations])[]) {
      it(`but not ${what} (WebAuthn §7.1)`, async () => {
        await assert.rejects(add(anna, key, deviations), refusedAs('passkey-wrong'));
        assert.deepEqual(await listOf(anna), []);
      });
    }

    it('whatever their maker says of them, which nobody reads', async () => {
      await add(anna, key, { fmt: 'packed' });
      assert.equal((await signIn()).kind, 'signed-in');
    });

    it('only by the session that was asked, in time, and once', async () => {
      const options = await home.auth.passkeys.begin(anna.by);
      const ben = await person(home, 'ben');
      const passkey = key.create(options);
      await assert.rejects(
        home.auth.passkeys.add({ passkey, label: '' }, ben.by),
        refusedAs('passkey-wrong'),
      );
      await home.auth.passkeys.add({ passkey, label: '' }, anna.by);
      const [added] = await listOf(anna);
      await home.auth.passkeys.remove(added?.id ?? '', anna.by);
      await assert.rejects(
        home.auth.passkeys.add({ passkey, label: '' }, anna.by),
        refusedAs('passkey-wrong'),
      );
      const late = key.create(await home.auth.passkeys.begin(anna.by));
      home.pass(6 * minuteMs);
      await assert.rejects(
        home.auth.passkeys.add({ passkey: late, label: '' }, anna.by),
        refusedAs('passkey-wrong'),
      );
    });

    it('for one account: another cannot have the same one', async () => {
      const [first, second] = [await home.auth.passkeys.begin(anna.by), await person(home, 'ben')];
      const passkey = key.create(first);
      await home.auth.passkeys.add({ passkey, label: '' }, anna.by);
      const { challenge } = await home.auth.passkeys.begin(second.by);
      // The same credential, answering the other's question.
      const answer = JSON.parse(passkey) as { response: { clientDataJSON: string } };
      const clientData = JSON.parse(
        Buffer.from(answer.response.clientDataJSON, 'base64url').toString(),
      ) as object;
      answer.response.clientDataJSON = Buffer.from(JSON.stringify({ ...clientData, challenge })).toString(
        'base64url',
      );
      await assert.rejects(
        home.auth.passkeys.add({ passkey: JSON.stringify(answer), label: '' }, second.by),
        refusedAs('passkey-taken'),
      );
    });

    it('and refused as anything else', async () => {
      for (const passkey of ['', 'null', '[]', '{"id":"AAAA"}', 'x'.repeat(100_000), '['.repeat(10_000)])
        await assert.rejects(
          home.auth.passkeys.add({ passkey, label: '' }, anna.by),
          (error: unknown) => refusedAs('passkey-wrong')(error) || refusedAs('throttled')(error),
        );
    });

    it('at most twenty, and with a second factor there only after a step-up', async () => {
      for (let count = 0; count < 20; count += 1) await add(anna, new Authenticator());
      await assert.rejects(home.auth.passkeys.begin(anna.by), refusedAs('too-many-factors'));
      home.pass(10 * minuteMs);
      await assert.rejects(home.auth.passkeys.begin(anna.by), refusedAs('step-up-required'));
    });
  });

  describe('sign in without a name', () => {
    beforeEach(() => add(anna));

    it('asking for any passkey of this host, whose holder is verified', async () => {
      const asked = home.auth.passkeys.askToSignIn({ cookieHeader: formCookie(), client: laptop });
      assert.equal(asked?.rpId, 'dav.example.org');
      assert.equal(asked.userVerification, 'required');
      assert.deepEqual(asked.allowCredentials, []);
      assert.equal(home.auth.passkeys.askToSignIn({ cookieHeader: undefined, client: laptop }), undefined);
    });

    it('fully: a passkey that verifies its holder is two factors', async () => {
      const outcome = await signIn();
      assert.equal(outcome.kind, 'signed-in');
      assert.equal(outcome.session.stage, 'full');
      assert.equal(outcome.session.account.name, 'anna');
      assert.equal(outcome.session.factorProvedAt, home.now());
      const [entry] = await home.auth.activity.list(anna.account.id, { events: ['sign-in.succeeded'] });
      assert.deepEqual(entry?.detail, { method: 'passkey', label: 'Laptop' });
      assert.equal((await listOf(anna))[0]?.lastUsedAt, home.now());
    });

    it('but not when the PIN was asked for and not verified (Nextcloud CVE-2020-8236)', async () => {
      assert.deepEqual(await signIn({ userVerified: false }), { kind: 'refused' });
      await eventually(async () => (await eventsOf(anna)).includes('sign-in.failed'));
      assert.equal((await signIn()).kind, 'signed-in');
    });

    for (const [what, deviations] of [
      ['from another origin', { origin: 'https://dav-example.org' }],
      ['over http', { origin: 'http://dav.example.org' }],
      ['in a frame of another site', { crossOrigin: true }],
      ['for another host', { rpId: 'attacker.example' }],
      ['with a challenge of its own', { challenge: 'c2VsZi1tYWRl' }],
      ['as a new passkey', { type: 'webauthn.create' }],
      ['without anybody there', { userPresent: false }],
      ['with another signature', { forged: true }],
      ['with the handle of another account', { userHandle: 'QUFBQUFBQUFBQUFB' }],
      ['with no handle', { userHandle: undefined }],
      ['as one that can be copied, which it could not be', { backupEligible: true }],
    ] as const satisfies readonly (readonly [string, Deviations])[]) {
      it(`nor ${what} (WebAuthn §7.2)`, async () => {
        assert.deepEqual(await signIn(deviations), { kind: 'refused' });
      });
    }

    it('nor twice with one answer, in whatever process', async () => {
      const cookieHeader = formCookie();
      const asked = home.auth.passkeys.askToSignIn({ cookieHeader, client: laptop });
      assert.ok(asked !== undefined);
      const input = { cookieHeader, passkey: key.get(asked), client: laptop };
      const other = await home.again();
      const outcomes = await Promise.all([home.auth.signIn.byPasskey(input), other.signIn.byPasskey(input)]);
      assert.deepEqual(outcomes.map(({ kind }) => kind).sort(), ['refused', 'signed-in']);
      assert.equal((await other.signIn.byPasskey(input)).kind, 'refused');
      // Nobody takes that for a copied passkey.
      assert.ok(!(await eventsOf(anna)).includes('passkey.refused'));
    });

    it('also where the authenticator does not count: one answer, one session', async () => {
      const silent = new Authenticator(undefined, false);
      const { session } = await home.auth.signIn.stepUp({
        session: anna.session,
        code: codeOf(anna.secret, home.now()),
        client: laptop,
      });
      await add({ ...anna, by: acting(session) }, silent);
      const cookieHeader = formCookie();
      const asked = home.auth.passkeys.askToSignIn({ cookieHeader, client: laptop });
      assert.ok(asked !== undefined);
      const input = { cookieHeader, passkey: silent.get(asked), client: laptop };
      assert.equal((await home.auth.signIn.byPasskey(input)).kind, 'signed-in');
      assert.equal((await home.auth.signIn.byPasskey(input)).kind, 'refused');
      assert.equal((await signIn({}, silent)).kind, 'signed-in');
    });

    it('nor in another browser than the one that was asked, nor later', async () => {
      const cookieHeader = formCookie();
      const asked = home.auth.passkeys.askToSignIn({ cookieHeader, client: laptop });
      assert.ok(asked !== undefined);
      const stolen = { cookieHeader: formCookie(), passkey: key.get(asked), client: laptop };
      assert.equal((await home.auth.signIn.byPasskey(stolen)).kind, 'refused');
      const late = { cookieHeader, passkey: key.get(asked), client: laptop };
      home.pass(6 * minuteMs);
      assert.equal((await home.auth.signIn.byPasskey(late)).kind, 'refused');
      assert.equal(
        (await home.auth.signIn.byPasskey({ ...late, cookieHeader: undefined })).kind,
        'begin-again',
      );
    });

    it('also across a change of the server key', async () => {
      const cookieHeader = formCookie();
      const asked = home.auth.passkeys.askToSignIn({ cookieHeader, client: laptop });
      assert.ok(asked !== undefined);
      await rotateKeyFile(home.secretFile);
      const restarted = await home.again();
      const input = { cookieHeader, passkey: key.get(asked), client: laptop };
      assert.equal((await restarted.signIn.byPasskey(input)).kind, 'signed-in');
    });

    it('nor with the answer to another question', async () => {
      const cookieHeader = formCookie();
      const forStepUp = key.get(await home.auth.passkeys.askToStepUp(anna.session));
      const outcome = await home.auth.signIn.byPasskey({
        cookieHeader,
        passkey: forStepUp,
        client: laptop,
      });
      assert.equal(outcome.kind, 'refused');
    });

    it('nor with a count that has not risen: there may be a copy, and the holder is told (WebAuthn §6.1.1)', async () => {
      const [credential] = key.credentials;
      assert.ok(credential !== undefined);
      assert.equal((await signIn({ counter: 40 })).kind, 'signed-in');
      assert.deepEqual(await signIn({ counter: 40 }), { kind: 'refused' });
      assert.deepEqual(await signIn({ counter: 7 }), { kind: 'refused' });
      assert.deepEqual(await signIn({ counter: 0 }), { kind: 'refused' });
      const told = await home.auth.activity.list(anna.account.id, { events: ['passkey.refused'] });
      assert.deepEqual(
        told.map(({ detail }) => detail['label']),
        ['Laptop', 'Laptop', 'Laptop'],
      );
      assert.equal((await signIn({ counter: 41 })).kind, 'signed-in');
    });

    it('nor to an account that is disabled, nor with a passkey that was removed or reset', async () => {
      await home.auth.accounts.disable(anna.account.id, shell);
      assert.equal((await signIn()).kind, 'refused');
      await home.auth.accounts.enable(anna.account.id, shell);
      assert.equal((await signIn()).kind, 'signed-in');
      await home.auth.accounts.resetFactors(anna.account.id, shell);
      assert.equal((await signIn()).kind, 'refused');
      assert.deepEqual(await listOf(anna), []);
      // The same authenticator may be added anew.
      const begun = await home.auth.signIn.begin({ name: 'anna', password: goodPassword, client: laptop });
      assert.equal(begun.kind, 'signed-in');
      await add({ ...anna, by: acting(begun.session) });
      assert.equal((await signIn()).kind, 'signed-in');
    });

    it('nor with one that nobody has added, which is slowed down after many', async () => {
      const stranger = new Authenticator();
      stranger.create(await home.auth.passkeys.begin(anna.by));
      const kinds: string[] = [];
      for (let attempt = 0; attempt < 25; attempt += 1) kinds.push((await signIn({}, stranger)).kind);
      assert.equal(kinds.indexOf('throttled'), 21);
      // A code has its own count.
      const code = codeOf(anna.secret, home.now());
      const outcome = await home.auth.signIn.finish({ cookieHeader: await ticketOf(), code, client: laptop });
      assert.equal(outcome.kind, 'signed-in');
    });

    it('and many people of one network are not slowed down by their own', async () => {
      for (let attempt = 0; attempt < 30; attempt += 1) assert.equal((await signIn()).kind, 'signed-in');
    });

    it('only over https, or on this machine', async () => {
      const client = { ...laptop, https: false };
      const outcome = await home.auth.signIn.byPasskey({ cookieHeader: undefined, passkey: '', client });
      assert.equal(outcome.kind, 'insecure');
    });
  });

  describe('are the second step', () => {
    beforeEach(() => add(anna));

    it('after the password, where being there is enough', async () => {
      const outcome = await secondStep(await ticketOf(), { userVerified: false });
      assert.equal(outcome.kind, 'signed-in');
      assert.equal(outcome.session.stage, 'full');
    });

    it('asked for in the same words for every name and password', async () => {
      await person(home, 'ben');
      const tickets = [
        await ticketOf(),
        await ticketOf('anna', 'another password'),
        await ticketOf('ben'),
        await ticketOf('nobody'),
      ];
      const questions = tickets.map((cookieHeader) => {
        const asked = home.auth.passkeys.askSecondStep({ cookieHeader, client: laptop });
        assert.ok(asked !== undefined);
        const { challenge, ...rest } = asked;
        return JSON.stringify({ ...rest, length: challenge.length });
      });
      assert.equal(new Set(questions).size, 1, questions.join('\n'));
      assert.equal(
        home.auth.passkeys.askSecondStep({ cookieHeader: anna.cookie, client: laptop }),
        undefined,
      );
    });

    it('and refused in the same words after a wrong name or password, though the passkey is right', async () => {
      for (const ticket of [await ticketOf('anna', 'another password'), await ticketOf('nobody')])
        assert.deepEqual(await secondStep(ticket), { kind: 'refused' });
      assert.deepEqual(await secondStep(await ticketOf(), { forged: true }), { kind: 'refused' });
    });

    it('but not with the passkey of another account', async () => {
      const ben = await person(home, 'ben');
      const keyOfBen = new Authenticator();
      await add(ben, keyOfBen);
      assert.deepEqual(await secondStep(await ticketOf(), {}, keyOfBen), { kind: 'refused' });
      await assert.rejects(stepUp(anna, {}, keyOfBen), refusedAs('passkey-wrong'));
    });

    it('nor with the answer that another first step was asked for', async () => {
      const [one, other] = [await ticketOf(), await ticketOf()];
      const asked = home.auth.passkeys.askSecondStep({ cookieHeader: one, client: laptop });
      assert.ok(asked !== undefined);
      const passkey = key.get(asked);
      const finish = (cookieHeader: string) =>
        home.auth.signIn.finish({ cookieHeader, passkey, client: laptop });
      assert.equal((await finish(other)).kind, 'refused');
      assert.equal((await finish(one)).kind, 'signed-in');
      assert.equal((await finish(one)).kind, 'refused');
    });

    it('nor when the password changed in between, or the account is disabled', async () => {
      const ticket = await ticketOf();
      home.pass(1);
      await home.auth.accounts.setPassword(anna.account.id, 'a very different one', shell);
      assert.equal((await secondStep(ticket)).kind, 'refused');
      const next = await ticketOf('anna', 'a very different one');
      await home.auth.accounts.disable(anna.account.id, shell);
      assert.equal((await secondStep(next)).kind, 'refused');
    });

    it('slowed down like codes', async () => {
      const ticket = await ticketOf();
      const kinds: string[] = [];
      for (let attempt = 0; attempt < 8; attempt += 1)
        kinds.push((await secondStep(ticket, { forged: true })).kind);
      assert.ok(kinds.includes('throttled'), kinds.join(' '));
    });
  });

  describe('confirm what is sensitive', () => {
    it('with one of the account’s own, under a new token', async () => {
      const { session } = await add(anna);
      home.pass(11 * minuteMs);
      const asked = await home.auth.passkeys.askToStepUp(session);
      assert.deepEqual(asked.allowCredentials, [
        { id: key.credentials[0]?.id, type: 'public-key', transports: ['internal', 'hybrid'] },
      ]);
      const renewed = await stepUp(anna, { userVerified: false });
      assert.equal(renewed.session.factorProvedAt, home.now());
      const [entry] = await home.auth.activity.list(anna.account.id, { events: ['step-up.succeeded'] });
      assert.equal(entry?.detail['method'], 'passkey');
    });

    it('and not with a wrong answer, which is noted', async () => {
      await add(anna);
      await assert.rejects(stepUp(anna, { forged: true }), refusedAs('passkey-wrong'));
      await assert.rejects(stepUp(anna, { origin: 'https://other.example' }), refusedAs('passkey-wrong'));
      const told = await home.auth.activity.list(anna.account.id, { events: ['step-up.failed'] });
      assert.deepEqual(
        told.map(({ detail }) => detail['method']),
        ['passkey', 'passkey'],
      );
    });
  });

  describe('are removed', () => {
    it('while another passkey or app stays; other sessions end', async () => {
      await add(anna);
      const [passkey] = await listOf(anna);
      const [app] = await home.auth.totp.list(anna.account.id);
      const other = await signIn();
      assert.equal(other.kind, 'signed-in');
      const renewed = await home.auth.passkeys.remove(passkey?.id ?? '', anna.by);
      assert.equal((await home.auth.sessions.open(cookieOf(other.setCookie), laptop)).kind, 'none');
      assert.equal((await home.auth.sessions.open(cookieOf(renewed.setCookie), laptop)).kind, 'session');
      assert.equal((await signIn()).kind, 'refused');
      await assert.rejects(home.auth.totp.remove(app?.id ?? '', anna.by), refusedAs('last-factor'));
      await assert.rejects(home.auth.passkeys.remove(passkey?.id ?? '', anna.by), refusedAs('not-found'));
      const [entry] = await home.auth.activity.list(anna.account.id, { events: ['passkey.removed'] });
      assert.equal(entry?.detail['label'], 'Laptop');
    });

    it('so that browsers can be told which are left', async () => {
      assert.equal(await home.auth.passkeys.known(anna.account.id), undefined);
      await add(anna);
      const known = await home.auth.passkeys.known(anna.account.id);
      const [credential] = key.credentials;
      assert.deepEqual(known, {
        rpId: 'dav.example.org',
        userId: credential?.userHandle,
        allAcceptedCredentialIds: [credential?.id],
      });
      const [passkey] = await listOf(anna);
      await home.auth.passkeys.remove(passkey?.id ?? '', anna.by);
      const left = await home.auth.passkeys.known(anna.account.id);
      assert.deepEqual(left?.allAcceptedCredentialIds, []);
    });

    it('never the last: the app may go when a passkey is there, and not the passkey after it', async () => {
      await add(anna);
      const [app] = await home.auth.totp.list(anna.account.id);
      const { session } = await home.auth.totp.remove(app?.id ?? '', anna.by);
      const [passkey] = await listOf(anna);
      await assert.rejects(
        home.auth.passkeys.remove(passkey?.id ?? '', acting(session)),
        refusedAs('last-factor'),
      );
      assert.equal((await signIn()).kind, 'signed-in');
    });

    it('never both at the same moment', async () => {
      await add(anna);
      const [app] = await home.auth.totp.list(anna.account.id);
      const [passkey] = await listOf(anna);
      const results = await Promise.allSettled([
        home.auth.totp.remove(app?.id ?? '', anna.by),
        home.auth.passkeys.remove(passkey?.id ?? '', anna.by),
      ]);
      assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    });

    it('by their holder only, after a step-up', async () => {
      await add(anna);
      const [passkey] = await listOf(anna);
      const ben = await person(home, 'ben');
      await assert.rejects(home.auth.passkeys.remove(passkey?.id ?? '', ben.by), refusedAs('not-found'));
      await assert.rejects(
        home.auth.passkeys.rename(passkey?.id ?? '', 'Mine', ben.by),
        refusedAs('not-found'),
      );
      home.pass(11 * minuteMs);
      for (const attempt of [
        home.auth.passkeys.remove(passkey?.id ?? '', anna.by),
        home.auth.passkeys.rename(passkey?.id ?? '', 'Mine', anna.by),
      ])
        await assert.rejects(attempt, refusedAs('step-up-required'));
    });
  });

  it('are offered only where browsers take them (WebAuthn §5.1.3)', async () => {
    for (const [baseUrl, origin] of [
      ['https://dav.example.org', 'https://dav.example.org'],
      ['https://dav.example.org:8443/', 'https://dav.example.org:8443'],
      ['http://localhost:8008', 'http://localhost:8008'],
      ['http://dav.example.org', undefined],
      ['https://192.0.2.1', undefined],
      ['https://[2001:db8::1]', undefined],
    ] as const) {
      const auth = await home.again({ baseUrl: new URL(baseUrl) });
      assert.equal(auth.passkeys.origin, origin, baseUrl);
    }
  });

  it('cost a server nothing whose people have none: the library is loaded at its first use', () => {
    const folder = join(projectRoot, 'auth');
    const loading = readdirSync(folder).filter((name) =>
      /^(?:import|export)(?! type)[^;]*'@simplewebauthn/m.test(readFileSync(join(folder, name), 'utf8')),
    );
    assert.deepEqual(loading, []);
  });

  it('leave no used challenge behind when its time is over', async () => {
    await add(anna);
    assert.equal((await signIn()).kind, 'signed-in');
    home.pass(6 * minuteMs);
    await home.auth.removeExpired();
    const left = await home.database.read((reader) => reader.all(challenges, {}));
    assert.deepEqual(left, []);
  });
});

describe('Authenticator apps', () => {
  it('can be renamed', async () => {
    const home = await house();
    const anna = await person(home, 'anna');
    const [app] = await home.auth.totp.list(anna.account.id);
    await home.auth.totp.rename(app?.id ?? '', 'Old phone', anna.by);
    assert.equal((await home.auth.totp.list(anna.account.id))[0]?.label, 'Old phone');
    await assert.rejects(home.auth.totp.rename('other', 'x', anna.by), refusedAs('not-found'));
    await home.dispose();
  });
});
