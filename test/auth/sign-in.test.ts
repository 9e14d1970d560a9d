import assert from 'node:assert/strict';
import { AuthError } from '../../auth/index.js';
import type { By, SignInOutcome } from '../../auth/index.js';
import { PasswordHashing } from '../../auth/password-hashing.js';
import type { Database, Reader } from '../../storage/database.js';
import type { AccountId } from '../../storage/ids.js';
import {
  acting,
  ask,
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

describe('Signing in', () => {
  let home: House;
  let anna: Person;
  beforeEach(async () => {
    home = await house();
    anna = await person(home, 'anna', { email: 'anna@example.org' });
  });
  afterEach(() => home.dispose());

  const begin = (name = 'anna', password = goodPassword, client = laptop): Promise<SignInOutcome> =>
    home.auth.signIn.begin({ name, password, client });
  const ticketOf = async (outcome: Promise<SignInOutcome>): Promise<string> => {
    const begun = await outcome;
    assert.equal(begun.kind, 'second-step');
    return cookieOf(begun.setCookie);
  };
  const finish = (cookieHeader: string, code: string, client = laptop): Promise<SignInOutcome> =>
    home.auth.signIn.finish({ cookieHeader, code, client });
  const code = (): string => codeOf(anna.secret, home.now());
  const opened = async (cookieHeader: string): Promise<string> =>
    (await home.auth.sessions.open(cookieHeader, laptop)).kind;

  it('takes name or mail address and password, then a code', async () => {
    for (const name of ['anna', 'ANNA@example.org']) {
      const outcome = await finish(await ticketOf(begin(name)), code());
      assert.equal(outcome.kind, 'signed-in');
      assert.equal(outcome.session.stage, 'full');
      assert.equal(outcome.session.factorProvedAt, home.now());
      assert.match(
        outcome.setCookie,
        /^__Host-latchkey=s\.[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure$/,
      );
      assert.equal(await opened(cookieOf(outcome.setCookie)), 'session');
      home.pass(30_000);
    }
  });

  it('between its steps opens nothing, on no page and not on DAV (Nextcloud CVE-2026-45691)', async () => {
    const ticket = await ticketOf(begin());
    assert.equal(await opened(ticket), 'second-step');
    for (const header of [`Bearer ${ticket}`, `Bearer ${ticket.split('=')[1] ?? ''}`])
      assert.equal((await ask(home, header)).kind, 'challenge');
    // Neither can it be passed off as a session.
    assert.equal(await opened(ticket.replace('=t.', '=s.')), 'none');
    assert.equal(await opened(`__Host-latchkey=s.${anna.account.id}.${'A'.repeat(43)}`), 'none');
    home.pass(10 * minuteMs);
    assert.equal(await opened(ticket), 'none');
    assert.equal((await finish(ticket, code())).kind, 'begin-again');
  });

  it('tells of a wrong name or password only at the end, in the same words and the same length', async () => {
    const right = await ticketOf(begin());
    const wrong = await ticketOf(begin('anna', 'another password'));
    const unknown = await ticketOf(begin('nobody', goodPassword));
    assert.equal(wrong.length, right.length);
    assert.equal(unknown.length, right.length);
    assert.deepEqual(await finish(wrong, code()), { kind: 'refused' });
    assert.deepEqual(await finish(unknown, code()), { kind: 'refused' });
    assert.deepEqual(await finish(right, '000000'), { kind: 'refused' });
    assert.equal((await finish(right, code())).kind, 'signed-in');
  });

  it('takes a code once: replayed in the same or the other session it is refused (RFC 6238 §5.2)', async () => {
    const used = code();
    assert.equal((await finish(await ticketOf(begin()), used)).kind, 'signed-in');
    assert.equal((await finish(await ticketOf(begin()), used)).kind, 'refused');
    await assert.rejects(
      home.auth.signIn.stepUp({ session: anna.session, code: used, client: laptop }),
      refusedAs('code-wrong'),
    );
    // Nor one from before it, though the leeway would allow that.
    const earlier = codeOf(anna.secret, home.now() - 30_000);
    assert.equal((await finish(await ticketOf(begin()), earlier)).kind, 'refused');
  });

  it('lets one in when the same code comes twice at the same moment', async () => {
    const ticket = await ticketOf(begin());
    const outcomes = await Promise.all([
      finish(ticket, code()),
      finish(ticket, code()),
      finish(ticket, code()),
    ]);
    assert.deepEqual(outcomes.map(({ kind }) => kind).sort(), ['refused', 'refused', 'signed-in']);
  });

  it('takes a recovery code once, and tells of it', async () => {
    const [recovery = ''] = anna.recoveryCodes;
    assert.match(recovery, /^[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}$/);
    assert.equal(anna.recoveryCodes.length, 10);
    const typed = recovery.toUpperCase().replaceAll('-', ' ');
    assert.equal((await finish(await ticketOf(begin()), typed)).kind, 'signed-in');
    assert.equal((await finish(await ticketOf(begin()), recovery)).kind, 'refused');
    assert.equal((await home.auth.recoveryCodes.state(anna.account.id)).left, 9);
    const [entry] = await home.auth.activity.list(anna.account.id, { events: ['recovery-code.used'] });
    assert.equal(entry?.detail['left'], 9);
  });

  it('refuses recovery codes that newer ones replaced', async () => {
    await home.auth.recoveryCodes.generate(anna.by);
    assert.equal((await finish(await ticketOf(begin()), anna.recoveryCodes[1] ?? '')).kind, 'refused');
    // They are to be saved first.
    const outcome = await finish(await ticketOf(begin()), code());
    assert.equal(outcome.kind === 'signed-in' && outcome.session.stage, 'enrol');
  });

  it('is void when the password changes in between, or the account is disabled', async () => {
    const ticket = await ticketOf(begin());
    home.pass(1);
    await home.auth.accounts.setPassword(anna.account.id, 'a very different one', shell);
    assert.equal((await finish(ticket, code())).kind, 'refused');
    const next = await ticketOf(begin('anna', 'a very different one'));
    await home.auth.accounts.disable(anna.account.id, shell);
    assert.equal((await finish(next, code())).kind, 'refused');
    assert.equal((await begin('anna', 'a very different one')).kind, 'second-step');
  });

  it('opens nothing when the account is disabled while the password is being hashed', async () => {
    const { id } = await home.auth.accounts.create({ name: 'ben', password: goodPassword }, shell);
    const begun = begin('ben');
    await home.auth.accounts.disable(id, shell);
    assert.equal((await begun).kind, 'second-step');
    await home.auth.accounts.enable(id, shell);
    assert.deepEqual(await home.auth.sessions.list(id), []);
  });

  it('refuses over plain http from another machine; on loopback the cookie has neither prefix nor Secure', async () => {
    assert.equal((await begin('anna', goodPassword, { ...laptop, https: false })).kind, 'insecure');
    const here = { ...laptop, https: false, loopback: true };
    const ticket = await ticketOf(begin('anna', goodPassword, here));
    const outcome = await finish(ticket, code(), here);
    assert.equal(outcome.kind, 'signed-in');
    assert.match(outcome.setCookie, /^latchkey=s\.[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/);
  });

  it('takes the same work for an unknown name, a wrong and a right password', async () => {
    const counts: string[] = [];
    for (const [name, password] of [
      ['anna', goodPassword],
      ['anna', 'another password'],
      ['nobody', 'another password'],
      ['nobody', 'x'.repeat(2_000)],
    ] as const) {
      const work = counting(home.database);
      const auth = await home.again({ database: work.database });
      const compares = work.comparisons(() => auth.signIn.begin({ name, password, client: elsewhere }));
      const { outcome, comparisons } = await compares;
      assert.equal(outcome.kind, 'second-step');
      counts.push(`${comparisons} comparisons, ${work.reads()} reads`);
      const cookieHeader = cookieOf(outcome.setCookie);
      const before = work.reads();
      assert.equal(
        (await auth.signIn.finish({ cookieHeader, code: '000000', client: elsewhere })).kind,
        'refused',
      );
      counts.push(`${work.reads() - before} reads`);
      await auth.close();
    }
    assert.equal(new Set(counts.filter((_, index) => index % 2 === 0)).size, 1, counts.join('; '));
    assert.equal(new Set(counts.filter((_, index) => index % 2 === 1)).size, 1, counts.join('; '));
    assert.match(counts[0] ?? '', /^1 comparisons/);
  });

  describe('is slowed down', () => {
    it('after five wrong attempts, by a delay that doubles, for known and unknown names alike', async () => {
      for (const name of ['anna', 'nobody']) {
        const waits: number[] = [];
        for (let attempt = 0; attempt < 12; attempt += 1) {
          const outcome = await begin(name, 'another password', elsewhere);
          if (outcome.kind !== 'throttled') continue;
          waits.push(outcome.retryAfterSeconds);
          home.pass(outcome.retryAfterSeconds * 1000);
        }
        assert.deepEqual(waits, [2, 4, 8], name);
        home.pass(24 * 60 * minuteMs);
      }
    });

    it('never for ever, nor by waiting too little', async () => {
      for (let attempt = 0; attempt < 60; attempt += 1) {
        const outcome = await begin('anna', 'another password', elsewhere);
        if (outcome.kind !== 'throttled') continue;
        assert.ok(outcome.retryAfterSeconds <= 900);
        const again = await begin('anna', 'another password', elsewhere);
        assert.ok(again.kind === 'throttled' && again.retryAfterSeconds <= outcome.retryAfterSeconds);
        home.pass(outcome.retryAfterSeconds * 1000);
      }
      home.pass(900_000);
      assert.equal(
        (await finish(await ticketOf(begin('anna', goodPassword, elsewhere)), code(), elsewhere)).kind,
        'signed-in',
      );
    });

    it('for many attempts at the same moment, in two processes (Nextcloud CVE-2021-41177)', async () => {
      const other = await home.again();
      const ticket = await ticketOf(begin());
      const guesses = Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? home.auth : other).signIn.finish({
          cookieHeader: ticket,
          code: String(100_000 + index),
          client: laptop,
        }),
      );
      const kinds = (await Promise.all(guesses)).map(({ kind }) => kind);
      assert.ok(kinds.filter((kind) => kind === 'refused').length <= 6, kinds.join(' '));
    });

    it('but nobody is locked out by the guesses of others: from where one signed in before it stays open', async () => {
      await finish(await ticketOf(begin()), code());
      home.pass(30_000);
      for (let network = 0; network < 40; network += 1) {
        const attacker = { ...elsewhere, address: `198.51.100.${network}` };
        await begin('anna', 'another password', attacker);
      }
      assert.equal((await begin('anna', goodPassword, elsewhere)).kind, 'throttled');
      assert.equal((await finish(await ticketOf(begin()), code())).kind, 'signed-in');
    });

    it('by network: one source that tries many names', async () => {
      const kinds: string[] = [];
      for (let index = 0; index < 25; index += 1)
        kinds.push((await begin(`name${index}`, 'x', { ...elsewhere, address: `2001:db8::${index}` })).kind);
      assert.ok(kinds.includes('throttled'));
      assert.equal(kinds.indexOf('throttled'), 21);
    });

    it('without filling the activity: what is slowed down is noted once an hour', async () => {
      for (let attempt = 0; attempt < 20; attempt += 1) await begin('anna', 'another password', elsewhere);
      await home.auth.close();
      const noted = (await home.auth.activity.list(anna.account.id)).map(({ event }) => event);
      assert.equal(noted.filter((event) => event === 'sign-in.throttled').length, 1);
      assert.equal(noted.filter((event) => event === 'sign-in.failed').length, 6);
    });
  });
});

describe('Sessions', () => {
  let home: House;
  let anna: Person;
  beforeEach(async () => {
    home = await house();
    anna = await person(home, 'anna');
  });
  afterEach(() => home.dispose());

  const isOpen = async (cookie: string): Promise<boolean> =>
    (await home.auth.sessions.open(cookie, laptop)).kind === 'session';
  const another = async (): Promise<{ cookie: string }> => {
    home.pass(30_000);
    const begun = await home.auth.signIn.begin({ name: 'anna', password: goodPassword, client: laptop });
    assert.equal(begun.kind, 'second-step');
    const outcome = await home.auth.signIn.finish({
      cookieHeader: cookieOf(begun.setCookie),
      code: codeOf(anna.secret, home.now()),
      client: laptop,
    });
    assert.equal(outcome.kind, 'signed-in');
    return { cookie: cookieOf(outcome.setCookie) };
  };

  it('end after 30 minutes without a request', async () => {
    for (let visit = 0; visit < 3; visit += 1) {
      home.pass(29 * minuteMs);
      assert.equal(await isOpen(anna.cookie), true);
      // The visit is written beside the request.
      const seen = home.now();
      for (let wait = 0; wait < 200; wait += 1) {
        if ((await home.auth.sessions.list(anna.account.id))[0]?.lastSeenAt === seen) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    home.pass(30 * minuteMs);
    assert.equal(await isOpen(anna.cookie), false);
    assert.deepEqual(await home.auth.sessions.list(anna.account.id), []);
  });

  it('end after 12 hours whatever happens', async () => {
    const lasting = await home.again({ sessionIdleMs: 24 * 60 * minuteMs });
    home.pass(12 * 60 * minuteMs - 31_000);
    assert.equal((await lasting.sessions.open(anna.cookie, laptop)).kind, 'session');
    home.pass(31_000);
    assert.equal((await lasting.sessions.open(anna.cookie, laptop)).kind, 'none');
  });

  it('get a new token with each proof; the one before is worth nothing (ASVS 7.2.4)', async () => {
    home.pass(10 * minuteMs);
    assert.equal(home.auth.sessions.isSteppedUp(anna.session), false);
    const renewed = await home.auth.signIn.stepUp({
      session: anna.session,
      code: codeOf(anna.secret, home.now()),
      client: laptop,
    });
    assert.equal(home.auth.sessions.isSteppedUp(renewed.session), true);
    assert.equal(await isOpen(anna.cookie), false);
    assert.equal(await isOpen(cookieOf(renewed.setCookie)), true);
  });

  it('are listed, and end one by one or all but the own', async () => {
    const second = await another();
    const third = await another();
    const list = await home.auth.sessions.list(anna.account.id);
    assert.equal(list.length, 3);
    assert.equal(list[0]?.client, 'Firefox on Linux');
    assert.equal(list[0].address, laptop.address);
    const newest = list.find(({ createdAt }) => createdAt === home.now());
    assert.ok(newest);
    await home.auth.sessions.end(anna.account.id, newest.id, anna.by);
    assert.equal(await isOpen(third.cookie), false);
    assert.equal(await home.auth.sessions.endOthers(anna.account.id, anna.by), 1);
    assert.equal(await isOpen(second.cookie), false);
    assert.equal(await isOpen(anna.cookie), true);
    const { setCookie } = await home.auth.sessions.signOut(anna.session, laptop);
    assert.match(setCookie, /^__Host-latchkey=; Path=\/; Max-Age=0;/);
    assert.equal(await isOpen(anna.cookie), false);
  });

  it('of others end when the password changes (Nextcloud CVE-2019-15612), and the old password is worth nothing', async () => {
    const other = await another();
    const { setCookie } = await home.auth.passwords.change(
      { current: goodPassword, next: 'quite another tree' },
      anna.by,
    );
    assert.equal(await isOpen(other.cookie), false);
    assert.equal(await isOpen(anna.cookie), false);
    assert.equal(await isOpen(cookieOf(setCookie)), true);
    home.pass(30_000);
    const begun = await home.auth.signIn.begin({ name: 'anna', password: goodPassword, client: laptop });
    assert.equal(begun.kind, 'second-step');
    const code = codeOf(anna.secret, home.now());
    const finished = await home.auth.signIn.finish({
      cookieHeader: cookieOf(begun.setCookie),
      code,
      client: laptop,
    });
    assert.equal(finished.kind, 'refused');
  });

  it('cannot change the password without the current one or without a recent proof', async () => {
    const change = (current: string, next: string) => home.auth.passwords.change({ current, next }, anna.by);
    await assert.rejects(change('not the password', 'quite another tree'), refusedAs('password-wrong'));
    await assert.rejects(change(goodPassword, 'short'), refusedAs('password-too-short'));
    home.pass(10 * minuteMs);
    await assert.rejects(change(goodPassword, 'quite another tree'), refusedAs('step-up-required'));
  });

  it('end when factors are reset, and the account enrols anew', async () => {
    await home.auth.accounts.resetFactors(anna.account.id, shell);
    assert.equal(await isOpen(anna.cookie), false);
    const begun = await home.auth.signIn.begin({ name: 'anna', password: goodPassword, client: laptop });
    assert.equal(begun.kind === 'signed-in' && begun.session.stage, 'enrol');
  });

  const ends = {
    'every other session is ended': (by: By, id: AccountId) => home.auth.sessions.endOthers(id, by),
    'the session is ended': async (by: By, id: AccountId) => {
      const [other] = (await home.auth.sessions.list(id)).filter(
        (entry) => by.kind !== 'session' || entry.id !== by.session.id,
      );
      assert.ok(other);
      await home.auth.sessions.end(id, other.id, by);
    },
    'the holder changes the password': (by: By) =>
      home.auth.passwords.change({ current: goodPassword, next: 'a very different one' }, by),
    'a shell sets the password': (_: By, id: AccountId) =>
      home.auth.accounts.setPassword(id, 'a very different one', { kind: 'shell' }),
  };
  for (const [when, end] of Object.entries(ends))
    it(`the set-up of an app that a stolen session began is over when ${when}`, async () => {
      const stolen = await home.auth.sessions.open((await another()).cookie, laptop);
      assert.equal(stolen.kind, 'session');
      const thief = acting(stolen.session);
      const enrolment = await home.auth.totp.begin(thief);
      await end(anna.by, anna.account.id);
      assert.equal(
        (await home.auth.totp.resume(anna.by))?.id,
        undefined,
        'nobody is shown the secret that the thief has',
      );
      const theirs = codeOf(enrolment.secret, home.now());
      await assert.rejects(
        home.auth.totp.confirm({ id: enrolment.id, code: theirs, label: 'x' }, anna.by),
        refusedAs('not-found'),
      );
    });

  it('a replaced authenticator is really replaced (SOGo 83d4c52), and the last cannot be removed', async () => {
    const [first] = await home.auth.totp.list(anna.account.id);
    assert.ok(first);
    await assert.rejects(home.auth.totp.remove(first.id, anna.by), refusedAs('last-factor'));
    const enrolment = await home.auth.totp.begin(anna.by);
    assert.deepEqual(await home.auth.totp.resume(anna.by), enrolment);
    await assert.rejects(
      home.auth.totp.confirm(
        { id: enrolment.id, code: codeOf(anna.secret, home.now()), label: 'x' },
        anna.by,
      ),
      refusedAs('code-wrong'),
    );
    const code = codeOf(enrolment.secret, home.now());
    const { session } = await home.auth.totp.confirm({ id: enrolment.id, code, label: 'Tablet' }, anna.by);
    await home.auth.totp.remove(first.id, acting(session));
    home.pass(30_000);
    await assert.rejects(
      home.auth.signIn.stepUp({ session, code: codeOf(anna.secret, home.now()), client: laptop }),
      refusedAs('code-wrong'),
    );
    await home.auth.signIn.stepUp({ session, code: codeOf(enrolment.secret, home.now()), client: laptop });
  });
});

/** Counts what a database is asked, and what hashes are compared. */
function counting(database: Database): {
  readonly database: Database;
  reads(): number;
  comparisons(work: () => Promise<SignInOutcome>): Promise<{ outcome: SignInOutcome; comparisons: number }>;
} {
  let reads = 0;
  const counted: Database = {
    read: (work) =>
      database.read((reader) => {
        const watched: Reader = {
          all: (statement, parameters) => ((reads += 1), reader.all(statement, parameters)),
          get: (statement, parameters) => ((reads += 1), reader.get(statement, parameters)),
          getEach: (statement, each) => ((reads += each.length), reader.getEach(statement, each)),
        };
        return work(watched);
      }),
    write: (work, options) => database.write(work, options),
    alone: (work) => database.alone(work),
    concurrentReads: database.concurrentReads,
    changes: database.changes,
    ping: () => database.ping(),
    close: () => database.close(),
  };
  return {
    database: counted,
    reads: () => reads,
    comparisons: async (work) => {
      let comparisons = 0;
      // eslint's rule about methods apart from their object: this one is called with it.
      const original = Object.getOwnPropertyDescriptor(PasswordHashing.prototype, 'compare');
      assert.ok(original);
      const compare = original.value as (input: string, hash: string | undefined) => Promise<boolean>;
      PasswordHashing.prototype.compare = function (input, hash) {
        comparisons += 1;
        return compare.call(this, input, hash);
      };
      try {
        return { outcome: await work(), comparisons };
      } finally {
        Object.defineProperty(PasswordHashing.prototype, 'compare', original);
      }
    },
  };
}
