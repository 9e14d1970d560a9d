import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { AuthError, rotateKeyFile } from '../../auth/index.js';
import { statement } from '../../storage/statement.js';
import { everythingStored } from '../storage/temporary-database.js';
import {
  acting,
  appPassword,
  ask,
  authorization,
  codeOf,
  eventually,
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

const refusedAs = (code: string) => (error: unknown) => error instanceof AuthError && error.code === code;
const dayMs = 24 * 60 * 60 * 1000;

describe('App passwords', () => {
  let home: House;
  let anna: Person;
  beforeEach(async () => {
    home = await house();
    anna = await person(home, 'anna');
  });
  afterEach(() => home.dispose());

  const plain = { label: 'Phone', services: new Set(['calendars'] as const), access: 'read' } as const;

  it('are limited to services and access', async () => {
    const secret = await appPassword(home, anna, { services: new Set(['contacts']), access: 'read' });
    const outcome = await ask(home, authorization('anna', secret));
    assert.equal(outcome.kind, 'accepted');
    assert.deepEqual([...outcome.actor.services], ['contacts']);
    assert.equal(outcome.actor.access, 'read');
  });

  it('work for their own account alone', async () => {
    await home.auth.accounts.create({ name: 'bert' }, shell);
    const secret = await appPassword(home, anna);
    assert.equal(await kindOf(ask(home, authorization('bert', secret))), 'wrong');
  });

  it('are named by what a command takes for a word: no id begins with a dash', async () => {
    await appPassword(home, anna);
    const [made] = await home.auth.appPasswords.list(anna.account.id);
    assert.match(made?.id ?? '', /^[0-9a-f]{18}$/);
  });

  it('are refused from the next request on when revoked, in another process too (Cyrus CVE-2026-47087)', async () => {
    const secret = await appPassword(home, anna);
    const other = { auth: await home.again() };
    assert.equal(await kindOf(ask(other, authorization('anna', secret))), 'accepted');
    const [made] = await home.auth.appPasswords.list(anna.account.id);
    assert.ok(made);
    await home.auth.appPasswords.revoke(anna.account.id, made.id, anna.by);
    assert.equal(await kindOf(ask(home, authorization('anna', secret))), 'revoked');
    assert.equal(await kindOf(ask(other, authorization('anna', secret))), 'revoked');
    await assert.rejects(
      home.auth.appPasswords.revoke(anna.account.id, made.id, anna.by),
      refusedAs('not-found'),
    );
  });

  it('end on their day, and say when a device still tries', async () => {
    const secret = await appPassword(home, anna, { expiresAt: home.now() + dayMs });
    assert.equal(await kindOf(ask(home, authorization('anna', secret))), 'accepted');
    home.pass(dayMs);
    assert.equal(await kindOf(ask(home, authorization('anna', secret))), 'expired');
    await home.auth.close();
    const [row] = await (await home.again()).appPasswords.list(anna.account.id);
    assert.equal(row?.lastRefusedAt, home.now());
    assert.equal(row.requestCount, 1);
  });

  it('can be revoked all at once', async () => {
    const secrets = [await appPassword(home, anna), await appPassword(home, anna)];
    assert.equal(await home.auth.appPasswords.revokeAll(anna.account.id, anna.by), 2);
    for (const secret of secrets)
      assert.equal(await kindOf(ask(home, authorization('anna', secret))), 'revoked');
  });

  it('are not accepted for a disabled account, and work again when it is enabled', async () => {
    const secret = await appPassword(home, anna);
    await home.auth.accounts.disable(anna.account.id, shell);
    assert.equal(await kindOf(ask(home, authorization('anna', secret))), 'disabled');
    await home.auth.accounts.enable(anna.account.id, shell);
    assert.equal(await kindOf(ask(home, authorization('anna', secret))), 'accepted');
  });

  it('need two-step verification, saved recovery codes and a recent proof in the console; not in a shell', async () => {
    const bert = await home.auth.accounts.create({ name: 'bert', password: goodPassword }, shell);
    const begun = await home.auth.signIn.begin({ name: 'bert', password: goodPassword, client: laptop });
    assert.equal(begun.kind, 'signed-in');
    const create = (session = begun.session) =>
      home.auth.appPasswords.create(bert.id, plain, acting(session));
    assert.equal(begun.session.stage, 'enrol');
    await assert.rejects(create(), refusedAs('second-factor-required'));
    const enrolment = await home.auth.totp.begin(acting(begun.session));
    const { session } = await home.auth.totp.confirm(
      { id: enrolment.id, code: codeOf(enrolment.secret, home.now()), label: '' },
      acting(begun.session),
    );
    assert.equal(session.stage, 'enrol');
    await assert.rejects(create(session), refusedAs('second-factor-required'));
    const { recoveryCodes } = home.auth;
    await assert.rejects(recoveryCodes.confirmSaved(acting(session), 0), refusedAs('not-found'));
    const { createdAt } = await recoveryCodes.generate(acting(session));
    const full = (await recoveryCodes.confirmSaved(acting(session), createdAt)).session;
    assert.equal(full.stage, 'full');
    await create(full);
    home.pass(10 * 60 * 1000);
    await assert.rejects(create(full), refusedAs('step-up-required'));
    await home.auth.appPasswords.create(bert.id, plain, shell);
    const events = (await home.auth.activity.list(bert.id)).filter(
      ({ event }) => event === 'app-password.created',
    );
    assert.deepEqual(
      events.map(({ actor }) => actor),
      ['shell', 'account'],
    );
  });

  it('of others can neither be made, seen nor revoked (Nextcloud CVE-2017-0936), by administrators either', async () => {
    const root = await person(home, 'root', { isAdmin: true });
    await appPassword(home, anna);
    const [hers] = await home.auth.appPasswords.list(anna.account.id);
    assert.ok(hers);
    for (const by of [root.by, (await person(home, 'eve')).by]) {
      await assert.rejects(home.auth.appPasswords.create(anna.account.id, plain, by), refusedAs('not-found'));
      await assert.rejects(
        home.auth.appPasswords.revoke(anna.account.id, hers.id, by),
        refusedAs('not-found'),
      );
      await assert.rejects(home.auth.appPasswords.revokeAll(anna.account.id, by), refusedAs('not-found'));
    }
    assert.equal(await home.auth.appPasswords.get(root.account.id, hers.id), undefined);
  });

  it('are checked when they are made', async () => {
    const make = (input: object) =>
      home.auth.appPasswords.create(anna.account.id, { ...plain, ...input }, anna.by);
    await assert.rejects(make({ label: ' ' }), refusedAs('label-invalid'));
    await assert.rejects(make({ label: 'a\nb' }), refusedAs('label-invalid'));
    await assert.rejects(make({ label: 'x'.repeat(101) }), refusedAs('label-invalid'));
    await assert.rejects(make({ services: new Set() }), refusedAs('services-empty'));
    await assert.rejects(make({ expiresAt: home.now() }), refusedAs('expiry-invalid'));
    await assert.rejects(make({ expiresAt: Number.NaN }), refusedAs('expiry-invalid'));
    for (let count = 0; count < 100; count += 1) await make({});
    await assert.rejects(make({}), refusedAs('too-many-app-passwords'));
  });

  it('that are made together are all made or none', async () => {
    const { appPasswords, activity } = home.auth;
    const { id } = anna.account;
    const both = [
      { ...plain, services: new Set(['calendars'] as const) },
      { ...plain, services: new Set(['contacts'] as const) },
    ];
    const made = await appPasswords.createEach(id, both, anna.by);
    assert.deepEqual(
      made.map(({ appPassword: { services } }) => [...services]),
      [['calendars'], ['contacts']],
    );
    for (const { secret } of made)
      assert.equal((await ask(home, authorization('anna', secret))).kind, 'accepted');
    await assert.rejects(
      appPasswords.createEach(id, [plain, { ...plain, label: ' ' }], anna.by),
      refusedAs('label-invalid'),
    );
    for (let count = 2; count < 99; count += 1) await appPasswords.create(id, plain, anna.by);
    await assert.rejects(appPasswords.createEach(id, both, anna.by), refusedAs('too-many-app-passwords'));
    assert.equal((await appPasswords.list(id)).length, 99);
    const created = (await activity.list(id, { limit: 200 })).filter(
      ({ event }) => event === 'app-password.created',
    );
    assert.equal(created.length, 99, 'nor is what was not made in the activity');
  });

  it('tell when, from where and with which client they were last used, and of each new client', async () => {
    const secret = await appPassword(home, anna);
    const [{ id } = { id: undefined }] = await home.auth.appPasswords.list(anna.account.id);
    assert.ok(id);
    const events = async (): Promise<string[]> =>
      (await home.auth.activity.list(anna.account.id))
        .map(({ event }) => event)
        .filter((event) => event.includes('used') || event.includes('new-client'));
    await ask(home, authorization('anna', secret));
    await ask(home, authorization('anna', secret), { address: '192.0.2.99' });
    // The first use is written soon: its page waits for it.
    await eventually(
      async () => (await home.auth.appPasswords.get(anna.account.id, id))?.lastUsedAt !== undefined,
    );
    const used = await home.auth.appPasswords.get(anna.account.id, id);
    assert.equal(used?.lastClient, 'DAVx5 4.4 on Android');
    assert.equal(used.lastAddress, '192.0.2.99');
    assert.equal(used.requestCount, 2);
    assert.deepEqual(await events(), ['app-password.first-used']);
    for (const userAgent of ['Evolution/3.46.4', phone.userAgent, 'Evolution/3.46.4']) {
      const other = await home.again();
      await ask({ auth: other }, authorization('anna', secret), { userAgent });
      await other.close();
    }
    assert.deepEqual(await events(), ['app-password.new-client', 'app-password.first-used']);
    assert.equal((await home.auth.appPasswords.get(anna.account.id, id))?.requestCount, 5);
  });

  it('are kept as a keyed hash: the database alone, dump and log, holds no secret', async () => {
    const secret = await appPassword(home, anna);
    const all = statement()((db) => db.selectFrom('app_password').selectAll());
    const [row] = await home.database.read((reader) => reader.all(all, {}));
    assert.equal(row?.secret_hash.length, 32);
    assert.equal(row.key_id, home.keyring.currentId);
    for (const bytes of await everythingStored(home)) {
      for (const form of [
        secret,
        secret.replaceAll('-', ''),
        anna.secret,
        anna.secret.replaceAll(' ', ''),
        goodPassword,
        anna.recoveryCodes[0] ?? '-',
      ])
        assert.equal(bytes.includes(form), false, 'a secret lies in the database');
    }
  });

  describe('when the server key is rotated', () => {
    it('go on working, and move to the new key at their next use', async () => {
      const secret = await appPassword(home, anna);
      await rotateKeyFile(home.secretFile);
      const rotated = await home.again();
      assert.equal(await kindOf(ask({ auth: rotated }, authorization('anna', secret))), 'accepted');
      assert.equal(await kindOf(ask({ auth: rotated }, authorization('anna', secret.slice(0, -1)))), 'wrong');
      await rotated.close();
      const all = statement()((db) => db.selectFrom('app_password').select('key_id'));
      const [row] = await home.database.read((reader) => reader.all(all, {}));
      assert.notEqual(row?.key_id, home.keyring.currentId);
      assert.equal(
        await kindOf(ask({ auth: await home.again() }, authorization('anna', secret))),
        'accepted',
      );
    });

    it('sign-in, authenticator and recovery codes go on working too', async () => {
      await rotateKeyFile(home.secretFile);
      const auth = await home.again();
      for (const code of [codeOf(anna.secret, home.now()), anna.recoveryCodes[4] ?? '']) {
        const begun = await auth.signIn.begin({ name: 'anna', password: goodPassword, client: laptop });
        assert.equal(begun.kind, 'second-step');
        const cookieHeader = begun.setCookie.split(';', 1)[0];
        assert.equal((await auth.signIn.finish({ cookieHeader, code, client: laptop })).kind, 'signed-in');
      }
    });
  });
});

describe('Guessing at app passwords', () => {
  let home: House;
  let secret: string;
  before(async () => {
    home = await house();
    secret = await appPassword(home, await person(home, 'anna'));
  });
  after(() => home.dispose());

  const guess = (address: string, password = 'not it at all') =>
    kindOf(ask(home, authorization('anna', password), { address }));

  it('ends in 429 for the address, and for the whole /64, but never for a valid password', async () => {
    const outcomes: string[] = [];
    for (let count = 0; count < 70; count += 1)
      outcomes.push(await guess(`2001:db8:0:1::${count.toString(16)}`));
    assert.deepEqual(new Set(outcomes.slice(0, 60)), new Set(['wrong']));
    assert.deepEqual(new Set(outcomes.slice(60)), new Set(['throttled']));
    assert.equal(await guess('2001:db8:0:1:ffff::1', secret), 'accepted');
    assert.equal(await guess('2001:db8:0:2::1'), 'wrong');
    const throttled = await ask(home, authorization('nobody', 'x'), { address: '2001:db8:0:1::1' });
    assert.equal(throttled.kind, 'throttled');
    assert.ok(throttled.retryAfterSeconds > 0 && throttled.retryAfterSeconds <= 600);
    home.pass(600_000);
    assert.equal(await guess('2001:db8:0:1::1'), 'wrong');
  });

  it('adds up what comes to several processes', async () => {
    const address = '192.0.2.88';
    for (let count = 0; count < 60; count += 1) assert.equal(await guess(address), 'wrong');
    const other = await home.again();
    const there = async (): Promise<string> =>
      kindOf(ask({ ...home, auth: other }, authorization('anna', 'not it'), { address }));
    let guesses = 0;
    for (let outcome = ''; outcome !== 'throttled'; guesses += 1) {
      // Alone it would let 60 pass.
      assert.ok(guesses < 50, 'it hears of the guesses elsewhere');
      outcome = await there();
      if (guesses >= 5) await delay(100);
    }
    assert.ok(guesses > 5);
  });

  it('does not count typing mistakes, nor requests without credentials or with malformed ones', async () => {
    const mistyped = secret.slice(0, -1) + (secret.endsWith('a') ? 'b' : 'a');
    for (let count = 0; count < 100; count += 1) {
      assert.equal(await guess('192.0.2.77', mistyped), 'mistyped');
      assert.equal(await kindOf(ask(home, undefined, { address: '192.0.2.77' })), 'none-given');
      assert.equal(await kindOf(ask(home, 'Basic ?', { address: '192.0.2.77' })), 'malformed');
    }
    assert.equal(await guess('192.0.2.77'), 'wrong');
  });
});

describe('RFC 4791 §2, §11: Basic needs TLS', () => {
  it('is refused with a sentence and without a challenge in the clear from another machine', async () => {
    const home = await house();
    try {
      const secret = await appPassword(home, await person(home, 'anna'));
      const header = authorization('anna', secret);
      const clear = { https: false, loopback: false };
      for (const each of [header, undefined]) {
        const outcome = await ask(home, each, clear);
        assert.equal(outcome.kind, 'insecure');
        assert.match(outcome.sentence, /https/);
      }
      assert.equal(await kindOf(ask(home, header, { https: false, loopback: true })), 'accepted');
      const lax = { auth: await home.again({ allowInsecure: true }) };
      assert.equal(await kindOf(ask(lax, header, clear)), 'accepted');
    } finally {
      await home.dispose();
    }
  });
});
