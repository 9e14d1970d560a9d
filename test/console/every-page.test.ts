/** The rules that hold for every page, tried on every page: a new one cannot be forgotten here. */
import assert from 'node:assert/strict';
import { pages } from '../../server/console/pages/index.js';
import type { Route } from '../../server/console/route.js';
import { Person, Visitor, goodPassword, livedIn, words } from './house.js';
import type { Answer, House } from './house.js';

type Fields = Readonly<Record<string, string>>;

describe('Every page of the console', () => {
  let home: House;
  let anna: Person;
  /** The same holder, in another browser. */
  let annaElsewhere: Person;
  let bob: Person;
  /** Has a password and no second factor yet. */
  let carol: Person;
  let somebody: Visitor;
  /** What stands for the names in paths: where a rule failed, something would really happen. */
  let parts: ReadonlyMap<string, string>;

  before(async () => {
    ({ home, anna } = await livedIn({ registration: 'open' }));
    annaElsewhere = new Person(home, 'anna');
    annaElsewhere.secret = anna.secret;
    await annaElsewhere.signIn();
    bob = new Person(home, 'bob');
    await bob.setUp('/sign-up');
    carol = new Person(home, 'carol');
    await signUp(carol);
    somebody = new Visitor(home.origin);
    const { id } = await anna.account();
    const by = { kind: 'shell' } as const;
    const input = { label: 'Phone', services: new Set(['calendars'] as const), access: 'write' } as const;
    const { appPassword } = await home.auth.appPasswords.create(id, input, by);
    parts = new Map([
      ['/app-passwords/:id', appPassword.id],
      ['/admin/accounts/:id', String(id)],
      [':id', 'x'],
      [':token', 'x'],
      [':kind', 'android'],
      [':name', 'family'],
    ]);
    await anna.stepUp('/');
  });
  after(() => home.dispose());

  async function signUp(person: Person): Promise<void> {
    const fields = { name: person.name, password: goodPassword, repeat: goodPassword };
    await person.send(await person.open('/sign-up'), '/sign-up', fields);
  }

  const addressOf = ({ path }: Route): string => {
    let address = path;
    for (const [name, value] of parts)
      address = address.replace(
        name,
        name.replace(/:\w+$/, () => value),
      );
    return address;
  };

  const noted = async (): Promise<number> => {
    let count = 0;
    for (const name of ['anna', 'bob', 'carol']) {
      const account = await home.auth.accounts.find(name);
      assert.ok(account !== undefined, name);
      count += (await home.auth.activity.list(account.id, { limit: 1000 })).length;
    }
    return count;
  };

  /** A token that this browser's forms carry. */
  const tokenOf = async (visitor: Visitor, page = '/sign-in'): Promise<string> => {
    const { body } = await visitor.open(page);
    const token = /name="csrf" value="([^"]+)"/.exec(body)?.[1];
    assert.ok(token !== undefined, 'the page has no form');
    return token;
  };

  const ask = (visitor: Visitor, route: Route, csrf: string): Promise<Answer> =>
    route.method === 'get'
      ? visitor.request('GET', addressOf(route))
      : visitor.request('POST', addressOf(route), { csrf });

  const others = (...access: readonly Route['access'][]): readonly Route[] =>
    pages.filter((page) => !access.includes(page.access));

  it('that is not for everybody leads somebody without a session to the sign-in, and does nothing', async () => {
    const before = await noted();
    const csrf = await tokenOf(somebody);
    for (const route of others('anyone')) {
      const answer = await ask(somebody, route, csrf);
      const which = `${route.method} ${route.path}`;
      assert.equal(answer.status, 303, which);
      assert.match(answer.location ?? '', /^\/sign-in(\?next=%2F[^/&]*)?$/, which);
    }
    assert.equal(await noted(), before);
  });

  it('that is for who is set up leads who is not to the set-up, and does nothing', async () => {
    const before = await noted();
    const csrf = await tokenOf(carol);
    for (const route of others('anyone', 'enrolling')) {
      const answer = await ask(carol, route, csrf);
      const which = `${route.method} ${route.path}`;
      assert.equal(answer.status, 303, which);
      assert.equal(answer.location, '/security/two-step', which);
    }
    assert.equal(await noted(), before);
  });

  it('of administrators is refused to every other holder, and does nothing', async () => {
    const before = await noted();
    const csrf = await tokenOf(bob);
    const theirs = pages.filter(({ access }) => access === 'administrator');
    assert.ok(theirs.length > 20);
    for (const route of theirs) {
      const answer = await ask(bob, route, csrf);
      const which = `${route.method} ${route.path}`;
      assert.equal(answer.status, 403, which);
      assert.match(words(answer), /for administrators/, which);
    }
    // Every page below /admin is one of theirs.
    assert.deepEqual(
      pages.filter(({ path, access }) => path.startsWith('/admin') && access !== 'administrator'),
      [],
    );
    assert.equal(await noted(), before);
  });

  describe('takes a form', () => {
    const posts = pages.filter(({ method, byDevice }) => method === 'post' && byDevice !== true);

    /** As `Visitor.request`, with more headers. */
    const post = async (who: Visitor, address: string, fields: Fields, headers: Fields): Promise<number> => {
      const cookie = [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(`${home.origin}${address}`, {
        method: 'POST',
        headers: { ...headers, Cookie: cookie },
        body: new URLSearchParams(fields),
        redirect: 'manual',
      });
      const body = await answer.text();
      if (answer.status === 403) assert.match(words({ body }), /Nothing was changed/, address);
      return answer.status;
    };

    it('with the token of its own session alone: without one, with one of somebody else’s, of another session', async () => {
      const before = await noted();
      const tokens = {
        none: undefined,
        empty: '',
        'of another holder': await tokenOf(bob, '/profile'),
        'of another session': await tokenOf(annaElsewhere, '/profile'),
        'of nobody': await tokenOf(somebody),
        'of who sets up': await tokenOf(carol, '/security/two-step'),
      };
      const own = await tokenOf(anna, '/profile');
      for (const route of posts) {
        const address = addressOf(route);
        for (const [whose, csrf] of Object.entries(tokens)) {
          const fields = csrf === undefined ? { name: 'x' } : { csrf };
          assert.equal(await post(anna, address, fields, {}), 403, `${route.path} ${whose}`);
        }
        assert.equal(await post(anna, `${address}?csrf=${own}`, {}, {}), 403, `${route.path} in the address`);
      }
      assert.equal(await noted(), before);
    });

    it('without a session with the token of that browser alone', async () => {
      const other = new Visitor(home.origin);
      const others = await tokenOf(other);
      const tokens = [others, await tokenOf(anna, '/profile'), '', undefined];
      for (const route of posts.filter(({ access }) => access === 'anyone')) {
        for (const csrf of tokens) {
          const fields = csrf === undefined ? { name: 'x' } : { csrf };
          assert.equal(await post(somebody, addressOf(route), fields, {}), 403, route.path);
        }
        const withoutCookie = new Visitor(home.origin);
        assert.equal(await post(withoutCookie, addressOf(route), { csrf: others }, {}), 403, route.path);
      }
    });

    it('from our own pages alone, whatever a proxy is made to say of the host', async () => {
      const before = await noted();
      const csrf = await tokenOf(anna, '/profile');
      const evil = 'https://evil.example';
      for (const route of posts) {
        for (const headers of [
          { Origin: evil },
          { Origin: evil, 'Sec-Fetch-Site': 'same-origin' },
          { Origin: evil, 'X-Forwarded-Host': 'evil.example' },
          { Origin: evil, Forwarded: 'host=evil.example' },
          { Origin: `${home.origin}.evil.example` },
          { Origin: 'nonsense' },
          { Origin: home.origin, 'Sec-Fetch-Site': 'cross-site' },
          { Origin: home.origin, 'Sec-Fetch-Site': 'same-site' },
          { Origin: 'null', 'Sec-Fetch-Site': 'none' },
        ])
          assert.equal(
            await post(anna, addressOf(route), { csrf }, headers),
            403,
            `${route.path} ${JSON.stringify(headers)}`,
          );
      }
      assert.equal(await noted(), before);
      assert.equal((await anna.open('/')).path, '/');
    });
  });

  it('that asks for a fresh second step does so before it reads a form or does anything', async () => {
    home.pass(11 * 60 * 1000);
    const before = await noted();
    const csrf = await tokenOf(anna);
    const sensitive = pages.filter(({ stepUp }) => stepUp !== undefined);
    assert.ok(sensitive.length > 30);
    for (const route of sensitive) {
      const answer = await ask(anna, route, csrf);
      const which = `${route.method} ${route.path}`;
      assert.equal(answer.status, 303, which);
      assert.match(answer.location ?? '', /^\/step-up\?next=%2F[^/&]*$/, which);
    }
    assert.equal(await noted(), before);
  });
});
