/** What is chosen for an app password when it is made, and chosen anew later. */
import assert from 'node:assert/strict';
import { AuthError } from '../../auth/index.js';
import type { AppPassword, AppPasswordInput, NewAppPassword } from '../../auth/index.js';
import { createCollection, deleteCollection, CollectionId } from '../../storage/index.js';
import type { Collection } from '../../storage/index.js';
import {
  appPassword as madeOf,
  ask,
  authorization,
  house,
  kindOf,
  person,
  shell,
  type House,
  type Person,
} from './house.js';

const refusedAs = (code: string) => (error: unknown) => error instanceof AuthError && error.code === code;
const dayMs = 24 * 60 * 60 * 1000;
const both = new Set(['calendars', 'contacts'] as const);
const plain: AppPasswordInput = { label: 'Phone', services: both, access: 'write' };

describe('What is chosen for an app password', () => {
  let home: House;
  let anna: Person;
  beforeEach(async () => {
    home = await house();
    anna = await person(home, 'anna');
  });
  afterEach(() => home.dispose());

  /** Each a moment after the one before, so that the newest is known. */
  const appPassword = (house: House, who: Person, input: Partial<NewAppPassword> = {}): Promise<string> => {
    home.pass(1);
    return madeOf(house, who, input);
  };
  const newest = async (who = anna): Promise<AppPassword> => {
    const [made] = await home.auth.appPasswords.list(who.account.id);
    return made ?? assert.fail('there is none');
  };
  const change = (
    input: Partial<AppPasswordInput>,
    id: AppPassword['id'],
    by = anna.by,
  ): Promise<AppPassword> => home.auth.appPasswords.change(anna.account.id, id, { ...plain, ...input }, by);
  const collection = (kind: 'calendar' | 'addressbook', name: string, who = anna): Promise<Collection> =>
    home.database.write((writer) =>
      createCollection(writer, who.account.id, {
        kind,
        name,
        displayName: name.toUpperCase(),
        now: home.now(),
      }),
    );
  const changes = async () =>
    (await home.auth.activity.list(anna.account.id)).filter(({ event }) => event === 'app-password.changed');

  describe('addresses', () => {
    it('decide from where it is taken: elsewhere it is refused like a wrong one, and says why in the log alone', async () => {
      const secret = await appPassword(home, anna, { addresses: '192.0.2.0/24, 2001:db8::/32\n203.0.113.9' });
      assert.deepEqual((await newest()).addresses, ['192.0.2.0/24', '2001:db8::/32', '203.0.113.9']);
      const from = (address: string) => ask(home, authorization('anna', secret), { address });
      for (const address of ['192.0.2.1', '192.0.2.255', '2001:db8:1::7', '203.0.113.9'])
        assert.equal(await kindOf(from(address)), 'accepted', address);
      for (const address of ['192.0.3.1', '2001:db9::1', '203.0.113.10', ''])
        assert.equal(await kindOf(from(address)), 'elsewhere', address);
      const refused = await from('198.51.100.1');
      const wrong = await ask(home, authorization('anna', 'wrong'));
      assert.ok(refused.kind === 'challenge' && wrong.kind === 'challenge');
      assert.deepEqual(refused.headers, wrong.headers);
    });

    it('are no guesses when they are others: nobody is slowed down for them', async () => {
      const secret = await appPassword(home, anna, { addresses: '192.0.2.1' });
      for (let count = 0; count < 100; count += 1)
        assert.equal(
          await kindOf(ask(home, authorization('anna', secret), { address: '198.51.100.1' })),
          'elsewhere',
        );
      assert.equal(await kindOf(ask(home, authorization('anna', 'x'), { address: '198.51.100.1' })), 'wrong');
    });

    for (const wrong of [
      '192.0.2',
      '192.0.2.0/33',
      '2001:db8::/129',
      'fe80::1%eth0',
      'example.org',
      '1.2.3.4/-1',
      '192.0.2.1/',
    ]) {
      it(`are refused as ${wrong}`, async () => {
        await assert.rejects(
          appPassword(home, anna, { addresses: `192.0.2.1 ${wrong}` }),
          refusedAs('addresses-invalid'),
        );
      });
    }

    it('are bounded, and kept in one form', async () => {
      const many = Array.from({ length: 51 }, (_, count) => `192.0.2.${count}`).join(' ');
      await assert.rejects(appPassword(home, anna, { addresses: many }), refusedAs('addresses-invalid'));
      await appPassword(home, anna, { addresses: ' 2001:DB8::1/128 ;192.0.2.1/32 192.0.2.1  ' });
      assert.deepEqual((await newest()).addresses, ['2001:db8::1', '192.0.2.1']);
      await appPassword(home, anna, { addresses: ' \n ' });
      assert.deepEqual((await newest()).addresses, []);
    });
  });

  describe('collections', () => {
    it('are those of the account, and one at least of each service', async () => {
      const work = await collection('calendar', 'work');
      const friends = await collection('addressbook', 'friends');
      const berta = await person(home, 'berta');
      // Numbers are counted for each account: this one is none of Anna’s.
      for (let count = 0; count < 3; count += 1) await collection('calendar', `hers-${count}`, berta);
      const hers = await collection('calendar', 'hers', berta);
      const make = (ids: readonly CollectionId[], services: AppPasswordInput['services'] = both) =>
        appPassword(home, anna, { collections: new Set(ids), services });
      await assert.rejects(make([]), refusedAs('collections-empty'));
      await assert.rejects(make([work.id]), refusedAs('collections-empty'));
      await assert.rejects(make([work.id, friends.id, hers.id]), refusedAs('collections-invalid'));
      await assert.rejects(make([work.id, friends.id, CollectionId(99)]), refusedAs('collections-invalid'));
      await make([friends.id, work.id]);
      assert.deepEqual([...((await newest()).collections ?? [])], [work.id, friends.id]);
      await make([friends.id, work.id], new Set(['calendars']));
      assert.deepEqual(
        [...((await newest()).collections ?? [])],
        [work.id],
        'without those of another service',
      );
      const outcome = await ask(home, authorization('anna', await make([work.id], new Set(['calendars']))));
      assert.ok(outcome.kind === 'accepted');
      assert.deepEqual([...(outcome.actor.collections ?? [])], [work.id]);
    });

    it('that are gone leave; the password goes on', async () => {
      const work = await collection('calendar', 'work');
      const secret = await appPassword(home, anna, {
        collections: new Set([work.id]),
        services: new Set(['calendars']),
      });
      await home.database.write((writer) => deleteCollection(writer, work, home.now()));
      const outcome = await ask(home, authorization('anna', secret));
      assert.equal(outcome.kind, 'accepted');
      assert.ok(outcome.actor.collections !== null, 'it is limited as before');
    });
  });

  describe('can be chosen anew', () => {
    it('and counts from the next request on, in another process too', async () => {
      const secret = await appPassword(home, anna);
      const { id } = await newest();
      const other = { auth: await home.again() };
      const seen = async () => {
        const outcomes = [
          await ask(home, authorization('anna', secret)),
          await ask(other, authorization('anna', secret)),
        ];
        return outcomes.map((outcome) =>
          outcome.kind === 'accepted'
            ? [[...outcome.actor.services].join(','), outcome.actor.access, outcome.actor.collections?.size]
            : outcome.kind === 'challenge' && outcome.reason,
        );
      };
      assert.deepEqual((await seen())[1], ['calendars,contacts', 'write', undefined]);
      const work = await collection('calendar', 'work');
      await change({ services: new Set(['calendars']), access: 'read', collections: new Set([work.id]) }, id);
      assert.deepEqual(await seen(), [
        ['calendars', 'read', 1],
        ['calendars', 'read', 1],
      ]);
      await change({ addresses: '198.51.100.0/24' }, id);
      assert.deepEqual(await seen(), ['elsewhere', 'elsewhere']);
      await change({ expiresAt: home.now() + dayMs }, id);
      home.pass(dayMs);
      assert.deepEqual(await seen(), ['expired', 'expired']);
      home.pass(-dayMs + 1);
      await change({}, id);
      assert.deepEqual(await seen(), [
        ['calendars,contacts', 'write', undefined],
        ['calendars,contacts', 'write', undefined],
      ]);
    });

    it('with what is different in the activity, and nothing where nothing is', async () => {
      await appPassword(home, anna);
      const { id } = await newest();
      await change({}, id);
      assert.deepEqual(await changes(), []);
      const work = await collection('calendar', 'work');
      const until = home.now() + dayMs;
      await change(
        {
          label: 'Pixel',
          services: new Set(['calendars']),
          access: 'read',
          collections: new Set([work.id]),
          addresses: '192.0.2.7',
          expiresAt: until,
        },
        id,
      );
      const [noted, ...more] = await changes();
      assert.deepEqual(more, []);
      assert.equal(noted?.actor, 'account');
      assert.deepEqual(noted.detail, {
        id,
        label: 'Pixel',
        labelBefore: 'Phone',
        services: 'calendars',
        access: 'read',
        collections: 'WORK',
        addresses: '192.0.2.7',
        expiresAt: until,
      });
      await change(
        { label: 'Pixel', services: new Set(['calendars']), access: 'read', expiresAt: until },
        id,
      );
      assert.deepEqual((await changes())[0]?.detail, {
        id,
        label: 'Pixel',
        collections: null,
        addresses: null,
      });
    });

    it('not for others, by administrators either (Nextcloud CVE-2017-0936)', async () => {
      const root = await person(home, 'root', { isAdmin: true });
      const eve = await person(home, 'eve');
      const secret = await appPassword(home, anna, { services: new Set(['contacts']), access: 'read' });
      const hers = await newest();
      for (const { by, account } of [root, eve]) {
        await assert.rejects(change({}, hers.id, by), refusedAs('not-found'));
        await assert.rejects(
          home.auth.appPasswords.change(account.id, hers.id, plain, by),
          refusedAs('not-found'),
        );
      }
      const outcome = await ask(home, authorization('anna', secret));
      assert.equal(outcome.kind, 'accepted');
      assert.deepEqual([...outcome.actor.services, outcome.actor.access], ['contacts', 'read']);
      assert.deepEqual(await changes(), []);
    });

    it('only with a proof of the second factor within ten minutes, and not when it is revoked', async () => {
      await appPassword(home, anna);
      const { id } = await newest();
      home.pass(10 * 60 * 1000);
      await assert.rejects(change({}, id), refusedAs('step-up-required'));
      await home.auth.appPasswords.change(anna.account.id, id, { ...plain, label: 'By shell' }, shell);
      assert.equal((await newest()).label, 'By shell');
      await home.auth.appPasswords.revoke(anna.account.id, id, shell);
      await assert.rejects(
        home.auth.appPasswords.change(anna.account.id, id, plain, shell),
        refusedAs('not-found'),
      );
    });

    it('with the same checks as a new one; one that is over may be given another name, or more time', async () => {
      const until = home.now() + 1_000;
      await appPassword(home, anna, { expiresAt: until });
      const { id } = await newest();
      await assert.rejects(change({ label: ' ' }, id), refusedAs('label-invalid'));
      await assert.rejects(change({ services: new Set() }, id), refusedAs('services-empty'));
      await assert.rejects(change({ expiresAt: home.now() - 1 }, id), refusedAs('expiry-invalid'));
      home.pass(2_000);
      assert.equal((await change({ label: 'Old', expiresAt: until }, id)).expiresAt, until);
      assert.equal((await change({ label: 'Old' }, id)).expiresAt, undefined);
    });

    it('a hundred at most work at a time, also when one that was over is given more time', async () => {
      await appPassword(home, anna, { label: 'First', expiresAt: home.now() + 1_000 });
      const { id } = await newest();
      home.pass(2_000);
      assert.equal(await home.auth.appPasswords.room(anna.account.id), 100);
      const inputs = Array.from({ length: 100 }, () => plain);
      await home.auth.appPasswords.createEach(anna.account.id, inputs, anna.by);
      assert.equal(await home.auth.appPasswords.room(anna.account.id), 0);
      await assert.rejects(change({ label: 'First' }, id), refusedAs('too-many-app-passwords'));
      await assert.rejects(appPassword(home, anna), refusedAs('too-many-app-passwords'));
    });
  });
});
