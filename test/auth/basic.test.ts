import assert from 'node:assert/strict';
import {
  appPassword,
  ask,
  authorization,
  codeOf,
  cookieOf,
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

describe('HTTP Basic on DAV', () => {
  let home: House;
  let anna: Person;
  let secret: string;
  before(async () => {
    home = await house();
    anna = await person(home, 'anna', { email: 'anna@example.org' });
    secret = await appPassword(home, anna);
  });
  after(() => home.dispose());

  describe('RFC 7617 §2 credentials', () => {
    it('accept an app password and say who acts, and how much of the world they see', async () => {
      const outcome = await ask(home, authorization('anna', secret));
      assert.equal(outcome.kind, 'accepted');
      assert.equal(outcome.actor.accountName, 'anna');
      assert.equal(outcome.actor.accountId, anna.account.id);
      assert.deepEqual([...outcome.actor.services], ['calendars', 'contacts']);
      assert.equal(outcome.actor.access, 'write');
    });

    it('take the name in any letter case, composed or decomposed, and the mail address', async () => {
      const zoe = await home.auth.accounts.create({ name: 'Zo\u00eb' }, shell);
      const { secret: hers } = await home.auth.appPasswords.create(
        zoe.id,
        { label: 'x', services: new Set(['contacts']), access: 'read' },
        shell,
      );
      assert.equal(await kindOf(ask(home, authorization('ANNA', secret))), 'accepted');
      assert.equal(await kindOf(ask(home, authorization('Anna@Example.ORG', secret))), 'accepted');
      assert.equal(await kindOf(ask(home, authorization('zoe\u0308', hers))), 'accepted');
      assert.equal(await kindOf(ask(home, authorization('zoe', hers))), 'wrong');
    });

    it('take the secret however it is typed: capitals, spaces, no dashes, look-alikes', async () => {
      const typed = secret.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l');
      assert.equal(await kindOf(ask(home, authorization('anna', typed))), 'accepted');
      assert.equal(await kindOf(ask(home, authorization('anna', secret.replaceAll('-', '')))), 'accepted');
    });

    it('refuse an unconfirmed mail address', async () => {
      const link = await home.auth.links.invite({}, shell);
      const token = link.url.split('/').at(-1) ?? '';
      const { session } = await home.auth.registration.redeem('invite', token, {
        name: 'bert',
        password: goodPassword,
        email: 'bert@example.org',
        client: laptop,
      });
      const { secret: his } = await home.auth.appPasswords.create(
        session.account.id,
        { label: 'x', services: new Set(['contacts']), access: 'read' },
        shell,
      );
      assert.equal(session.account.emailConfirmed, false);
      assert.equal(await kindOf(ask(home, authorization('bert@example.org', his))), 'wrong');
      assert.equal(await kindOf(ask(home, authorization('bert', his))), 'accepted');
    });
  });

  describe('what passport-http gets wrong', () => {
    const challenged = async (header: string | undefined, path = '/dav/'): Promise<string> => {
      const outcome = await ask(home, header, { path });
      assert.equal(outcome.kind, 'challenge');
      return outcome.headers['WWW-Authenticate'];
    };

    it('malformed credentials are challenged, not 400', async () => {
      for (const header of [
        'Basic',
        'Basic ',
        'Basic !!!',
        'Basic YW5uYQ==',
        'Basic ====',
        `Basic ${'A'.repeat(9000)}`,
      ])
        assert.equal(await kindOf(ask(home, header)), 'malformed', header.slice(0, 20));
    });

    it('a scheme that only begins with or holds "Basic" is another scheme; letter case does not count', async () => {
      const credentials = authorization('anna', secret).slice('Basic '.length);
      for (const scheme of ['Basically', 'XBasic', 'Basic2', 'Bearer'])
        assert.equal(await kindOf(ask(home, `${scheme} ${credentials}`)), 'none-given', scheme);
      assert.equal(await kindOf(ask(home, `bASIC ${credentials}`)), 'accepted');
      assert.equal(await kindOf(ask(home, `Basic   ${credentials}`)), 'accepted');
    });

    it('the password goes to the end, colons and all', async () => {
      assert.equal(await kindOf(ask(home, authorization('anna', `${secret}:`))), 'wrong');
      assert.equal(await kindOf(ask(home, authorization('anna', `${secret}:more`))), 'wrong');
    });

    it('bytes that are not UTF-8, and control characters, are malformed', async () => {
      const bytes = (values: number[]): string => `Basic ${Buffer.from(values).toString('base64')}`;
      assert.equal(await kindOf(ask(home, bytes([0x61, 0xff, 0x3a, 0x62]))), 'malformed');
      assert.equal(await kindOf(ask(home, bytes([0x61, 0xc0, 0xaf, 0x3a, 0x62]))), 'malformed');
      assert.equal(await kindOf(ask(home, bytes([0x61, 0x00, 0x3a, 0x62]))), 'malformed');
      assert.equal(await kindOf(ask(home, authorization('anna', `${secret}\n`))), 'malformed');
    });

    it('an empty name or password is wrong like any other', async () => {
      assert.equal(await kindOf(ask(home, authorization('', ''))), 'wrong');
      assert.equal(await kindOf(ask(home, authorization('anna', ''))), 'wrong');
    });

    it('the realm follows the URL, and the challenge names UTF-8 (RFC 7617 §2.1)', async () => {
      assert.equal(await challenged(undefined), 'Basic realm="Latchkey", charset="UTF-8"');
      assert.equal(
        await challenged(undefined, '/dav/calendars/anna/'),
        'Basic realm="Latchkey calendars", charset="UTF-8"',
      );
      assert.equal(
        await challenged('Basic broken', '/dav/addressbooks/'),
        'Basic realm="Latchkey contacts", charset="UTF-8"',
      );
      assert.equal(
        await challenged(undefined, '/dav/principals/anna/'),
        'Basic realm="Latchkey", charset="UTF-8"',
      );
      assert.equal(
        await challenged(undefined, '/.well-known/caldav'),
        'Basic realm="Latchkey", charset="UTF-8"',
      );
    });

    it('a password of 5 KB is refused like any other', async () => {
      assert.equal(await kindOf(ask(home, authorization('anna', 'x'.repeat(5_000)))), 'malformed');
      assert.equal(await kindOf(ask(home, authorization('anna', 'x'.repeat(2_000)))), 'wrong');
    });
  });

  describe('other secrets', () => {
    it('refuses the login password, session cookies and sign-in tickets, in every place of the header', async () => {
      const ticket = await home.auth.signIn.begin({ name: 'anna', password: goodPassword, client: laptop });
      assert.equal(ticket.kind, 'second-step');
      const tokens = [
        goodPassword,
        anna.cookie,
        anna.cookie.split('=')[1] ?? '',
        anna.recoveryCodes[0] ?? '',
        codeOf(anna.secret, home.now()),
      ];
      tokens.push(cookieOf(ticket.setCookie), cookieOf(ticket.setCookie).split('=')[1] ?? '');
      for (const token of tokens) {
        assert.equal(await kindOf(ask(home, authorization('anna', token))), 'wrong');
        assert.equal(await kindOf(ask(home, `Bearer ${token}`)), 'none-given');
      }
    });

    it('tells the account holder when a device sends the login password, once a minute, and answers as ever', async () => {
      home.pass(61_000);
      assert.equal(await kindOf(ask(home, authorization('anna', goodPassword))), 'wrong');
      await eventually(
        async () => (await home.auth.accounts.find('anna'))?.loginPasswordSeenAt !== undefined,
      );
      await ask(home, authorization('anna', goodPassword));
      const [entry] = await home.auth.activity.list(anna.account.id, { events: ['password.sent-by-device'] });
      assert.equal(entry?.client, 'DAVx5 on Android');
      assert.equal(entry.address, phone.address);
    });
  });
});
