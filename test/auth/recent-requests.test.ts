/** What is kept of the latest requests of app passwords. */
import assert from 'node:assert/strict';
import type { AnsweredRequest, AppPassword, RecentRequest } from '../../auth/index.js';
import { deleteAccount } from '../../storage/account-deletion.js';
import {
  appPassword,
  ask,
  authorization,
  eventually,
  goodPassword,
  house,
  person,
  phone,
  type House,
  type Person,
} from './house.js';

const dayMs = 24 * 60 * 60 * 1000;

describe('The latest requests of app passwords', () => {
  let home: House;
  let anna: Person;
  let secret: string;
  let made: AppPassword;
  beforeEach(async () => {
    home = await house();
    anna = await person(home, 'anna');
    secret = await appPassword(home, anna);
    [made] = (await home.auth.appPasswords.list(anna.account.id)) as [AppPassword];
  });
  afterEach(() => home.dispose());

  const request = (more: Partial<AnsweredRequest> = {}): AnsweredRequest => ({
    accountId: anna.account.id,
    appPasswordId: made.id,
    method: 'PROPFIND',
    target: { kind: 'home', home: 'calendars' },
    status: 207,
    address: phone.address,
    userAgent: phone.userAgent,
    ...more,
  });
  /** Writes what was gathered: as at the end of a process. */
  const written = async (id = made.id): Promise<readonly RecentRequest[]> => {
    await home.auth.close();
    return home.auth.recentRequests.ofAppPassword(anna.account.id, id);
  };

  it('leave nothing of an account that was deleted before they were written', async () => {
    home.auth.recentRequests.answered(request());
    const { id } = anna.account;
    await home.database.write((writer) =>
      deleteAccount(writer, id, { names: [], mail: undefined }, home.now()),
    );
    assert.deepEqual(await written(), []);
  });

  it('are one where they are alike, with how often, when and from where, whichever process had them', async () => {
    const first = home.now();
    home.auth.recentRequests.answered(request());
    home.pass(1_000);
    home.auth.recentRequests.answered(request({ address: '192.0.2.99' }));
    home.auth.recentRequests.answered(request({ status: 404 }));
    const other = await home.again();
    home.pass(1_000);
    other.recentRequests.answered(request());
    await home.auth.close();
    await other.close();
    const [newest, older, ...more] = await written();
    assert.deepEqual(more, []);
    assert.deepEqual(newest, {
      method: 'PROPFIND',
      target: { kind: 'home', home: 'calendars' },
      status: 207,
      reason: undefined,
      sentence: undefined,
      count: 3,
      firstAt: first,
      lastAt: first + 2_000,
      address: phone.address,
      client: 'DAVx5 4.4 on Android',
    });
    assert.equal(older?.status, 404);
  });

  it('are the last fifty different ones', async () => {
    for (let count = 0; count < 80; count += 1) {
      home.pass(1);
      home.auth.recentRequests.answered(
        request({
          target: { kind: 'object', home: 'calendars', collection: 'work', object: `${count}.ics` },
        }),
      );
      if (count % 30 === 29) await home.auth.close();
    }
    const kept = (await written()).map(({ target }) => target.object);
    assert.equal(kept.length, 50);
    assert.equal(kept[0], '79.ics');
    assert.equal(kept.at(-1), '30.ics');
  });

  it('keep what was refused beside what went well later', async () => {
    const objectOf = (count: number) =>
      ({ kind: 'object', home: 'calendars', collection: 'work', object: `${count}.ics` }) as const;
    for (let count = 0; count < 1_000; count += 1) {
      home.pass(1);
      const refused = count % 100 === 0;
      home.auth.recentRequests.answered(
        request({ method: 'PUT', status: refused ? 403 : 201, target: objectOf(count) }),
      );
      if (count % 333 === 332) await home.auth.close();
    }
    const kept = await written();
    assert.deepEqual(
      kept.filter(({ status }) => status === 403).map(({ target }) => target.object),
      [900, 800, 700, 600, 500, 400, 300, 200, 100, 0].map((count) => `${count}.ics`),
    );
    assert.equal(kept.filter(({ status }) => status === 201).length, 50);
    assert.equal(kept[0]?.target.object, '999.ics');
  });

  it('are bounded in what is kept of each', async () => {
    const long = 'x'.repeat(5_000);
    home.auth.recentRequests.answered(
      request({ method: long, sentence: long, userAgent: long, target: { kind: 'nothing', path: long } }),
    );
    const [kept] = await written();
    assert.ok(kept !== undefined && JSON.stringify(kept).length < 1_000);
  });

  it('are of the account’s own holder alone', async () => {
    const eve = await person(home, 'eve');
    home.auth.recentRequests.answered(request());
    await home.auth.close();
    assert.deepEqual(await home.auth.recentRequests.ofAppPassword(eve.account.id, made.id), []);
    assert.deepEqual([...(await home.auth.recentRequests.ofAccount(eve.account.id, 0))], []);
    assert.deepEqual([...(await home.auth.recentRequests.ofAccount(anna.account.id, 0)).keys()], [made.id]);
  });

  it('are gone after thirty days', async () => {
    home.auth.recentRequests.answered(request());
    home.pass(15 * dayMs);
    home.auth.recentRequests.answered(request({ method: 'REPORT' }));
    await home.auth.close();
    home.pass(15 * dayMs + 1);
    await home.auth.removeExpired();
    assert.deepEqual(
      (await written()).map(({ method }) => method),
      ['REPORT'],
    );
  });

  it('are counted for the day in the account’s time zone', async () => {
    await home.auth.accounts.setProfile(anna.account.id, { timeZone: 'Pacific/Auckland' }, anna.by);
    const used = async (): Promise<[number, number] | undefined> => {
      await home.auth.close();
      const [row] = await home.auth.appPasswords.list(anna.account.id);
      return row && [row.requestsToday, row.requestCount];
    };
    const sync = () => ask(home, authorization('anna', secret));
    // Noon UTC is one in the morning there.
    for (let count = 0; count < 3; count += 1) await sync();
    assert.deepEqual(await used(), [3, 3]);
    home.pass(10 * 60 * 60 * 1000);
    await sync();
    assert.deepEqual(await used(), [4, 4]);
    home.pass(13 * 60 * 60 * 1000);
    assert.deepEqual(await used(), [0, 4]);
    await sync();
    assert.deepEqual(await used(), [1, 5]);
  });

  describe('for which there was no app password', () => {
    const refused = async (): Promise<readonly RecentRequest[]> => {
      await home.auth.close();
      return home.auth.recentRequests.withoutAppPassword(anna.account.id);
    };

    it('say whose name it was and why, and not what was asked for', async () => {
      const outcome = await ask(home, authorization('anna', 'x'.repeat(25)));
      assert.ok(outcome.kind === 'challenge');
      assert.deepEqual(outcome.about, { accountId: anna.account.id, appPasswordId: undefined });
      assert.equal((await ask(home, authorization('nobody', 'x'))).kind, 'challenge');
      home.auth.recentRequests.answered(
        request({
          appPasswordId: undefined,
          status: 401,
          reason: 'wrong',
          target: { kind: 'object', home: 'calendars', collection: 'a', object: 'b' },
        }),
      );
      const [kept] = await refused();
      assert.deepEqual([kept?.reason, kept?.target], ['wrong', { kind: 'object' }]);
    });

    it('are told of by name for a request over plain http too, once a minute, in the background', async () => {
      const plain = { https: false, loopback: false };
      for (let count = 0; count < 3; count += 1)
        assert.equal((await ask(home, authorization('anna', secret), plain)).kind, 'insecure');
      await ask(home, authorization('nobody', secret), plain);
      await ask(home, undefined, plain);
      await eventually(async () => (await refused()).length === 1);
      const [kept] = await refused();
      assert.deepEqual([kept?.reason, kept?.status, kept?.count], ['insecure', 403, 1]);
    });

    it('a revoked, expired or misplaced one is known by its own', async () => {
      await home.auth.appPasswords.change(
        anna.account.id,
        made.id,
        { label: 'Phone', services: made.services, access: 'write', addresses: '198.51.100.1' },
        anna.by,
      );
      const outcome = await ask(home, authorization('anna', secret));
      assert.ok(outcome.kind === 'challenge');
      assert.deepEqual(outcome.about, { accountId: anna.account.id, appPasswordId: made.id });
    });

    it('tell which client sent the login password, until the holder has read it', async () => {
      await ask(home, authorization('anna', goodPassword));
      const seen = () => home.auth.accounts.get(anna.account.id);
      await eventually(async () => (await seen())?.loginPasswordSeenAt !== undefined);
      assert.equal((await seen())?.loginPasswordClient, 'DAVx5 on Android');
      const eve = await person(home, 'eve');
      await assert.rejects(home.auth.accounts.dismissLoginPassword(anna.account.id, eve.by));
      await home.auth.accounts.dismissLoginPassword(anna.account.id, anna.by);
      const dismissed = await seen();
      assert.deepEqual(
        [dismissed?.loginPasswordSeenAt, dismissed?.loginPasswordClient],
        [undefined, undefined],
      );
    });
  });
});
