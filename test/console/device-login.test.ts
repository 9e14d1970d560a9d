/** Nextcloud's Login Flow v2 with requests as DAVx5 makes them (its published NextcloudLoginFlow), and the holder's page. */
import assert from 'node:assert/strict';
import { statement } from '../../storage/statement.js';
import { livedIn, words } from './house.js';
import type { Answer, House, Person } from './house.js';

const userAgent = 'DAVx5/4.5-ose (2025/09/01; dav4jvm; okhttp/5.1.0) Android/15';
const MINUTE = 60_000;
const links = statement()((db) => db.selectFrom('link').select('payload').where('kind', '=', 'device'));

interface Started {
  /** The path of the page that it opens in a browser. */
  readonly page: string;
  readonly endpoint: string;
  readonly token: string;
}

interface Handed {
  readonly server: string;
  readonly loginName: string;
  readonly appPassword: string;
}

describe('A device that asks for an app password (Login Flow v2)', () => {
  let home: House;
  let anna: Person;
  beforeEach(async () => {
    ({ home, anna } = await livedIn());
  });
  afterEach(() => home.dispose());

  /** An empty POST without a type, as okhttp sends it. */
  async function begin(): Promise<Started> {
    const headers = { 'User-Agent': userAgent };
    const response = await fetch(`${home.origin}/index.php/login/v2`, { method: 'POST', headers });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('Content-Type') ?? '', /^application\/json/);
    const { poll, login } = (await response.json()) as {
      poll: { token: string; endpoint: string };
      login: string;
    };
    assert.ok(login.startsWith(`${home.origin}/`));
    return { page: login.slice(home.origin.length), ...poll };
  }

  const ask = ({ endpoint, token }: Pick<Started, 'endpoint' | 'token'>): Promise<Response> =>
    fetch(endpoint, {
      method: 'POST',
      headers: { 'User-Agent': userAgent, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `token=${token}`,
    });

  const agree = async (page: string, fields: Record<string, string> = {}): Promise<Answer> =>
    anna.send(await anna.open(page), page, fields);

  const syncs = async ({ loginName, appPassword }: Handed, path = '/dav/calendars/'): Promise<unknown> => {
    const authorization = `Basic ${Buffer.from(`${loginName}:${appPassword}`).toString('base64')}`;
    const outcome = await home.auth.basic.authenticate({
      ...{ authorization, path, address: '192.0.2.20', https: true, loopback: false, userAgent },
    });
    return outcome.kind === 'accepted' ? [...outcome.actor.services, outcome.actor.access] : outcome.kind;
  };

  it('gets one once its holder has agreed, which works at once', async () => {
    const started = await begin();
    assert.equal((await ask(started)).status, 404);
    const page = await anna.open(started.page);
    assert.match(words(page), /Connect DAVx5 on Android\?.*at the address 127\.0\.0\.1 asks/);
    assert.equal((await ask(started)).status, 404, 'a page that is looked at grants nothing');
    assert.match(words(await agree(started.page)), /Go back to the app/);
    const answer = await ask(started);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('Content-Type') ?? '', /^application\/json/);
    assert.equal(answer.headers.get('Cache-Control'), 'no-store');
    const handed = (await answer.json()) as Handed;
    assert.deepEqual(
      { ...handed, appPassword: '' },
      { server: home.origin, loginName: 'anna', appPassword: '' },
    );
    assert.deepEqual(await syncs(handed), ['calendars', 'contacts', 'write']);
    const [password] = await home.auth.appPasswords.list((await anna.account()).id);
    assert.equal(password?.label, 'DAVx5 on Android');
    assert.match(
      words(await anna.open('/activity')),
      /App password made DAVx5 on Android.*App password agreed to, for a device to fetch DAVx5 on Android/,
    );
  });

  it('gets it once: asked again, and agreed to again, there is nothing', async () => {
    const started = await begin();
    await agree(started.page);
    const [first, second] = await Promise.all([ask(started), ask(started)]);
    assert.deepEqual([first.status, second.status].sort(), [200, 404]);
    const page = await anna.open(started.page);
    assert.equal((await anna.post(page, started.page)).status, 404);
    assert.equal((await ask(started)).status, 404);
    assert.equal((await home.auth.appPasswords.list((await anna.account()).id)).length, 1);
  });

  it('gets what its holder chose, under the name that they gave', async () => {
    const started = await begin();
    await agree(started.page, { label: 'Pixel', services: 'contacts', access: 'read' });
    const handed = (await (await ask(started)).json()) as Handed;
    assert.deepEqual(await syncs(handed), ['contacts', 'read']);
    const [password] = await home.auth.appPasswords.list((await anna.account()).id);
    assert.equal(password?.label, 'Pixel');
    const broken = await begin();
    const answer = await agree(broken.page, { label: '', services: 'everything' });
    assert.equal(answer.status, 422);
    assert.equal((await ask(broken)).status, 404);
  });

  it('is asked about behind the sign-in with its second step, and a step-up when that is long ago', async () => {
    const started = await begin();
    anna.cookies.clear();
    const signIn = await anna.open(started.page);
    assert.match(signIn.path, /^\/sign-in\?next=/);
    const back = await anna.signIn(started.page);
    assert.equal(back.path, started.page);
    home.pass(11 * MINUTE);
    assert.match((await anna.open(started.page)).path, /^\/step-up\?next=/);
    assert.equal((await anna.stepUp(started.page)).path, started.page);
  });

  it('is refused on a form that is not ours', async () => {
    const started = await begin();
    await anna.open(started.page);
    const answer = await anna.request('POST', started.page, {
      label: 'x',
      services: 'both',
      access: 'write',
    });
    assert.equal(answer.status, 403);
    assert.equal((await ask(started)).status, 404);
  });

  it('has twenty minutes to be agreed to, and then ten to come for it', async () => {
    const [late, agreed] = [await begin(), await begin()];
    home.pass(9 * MINUTE);
    await agree(agreed.page);
    home.pass(11 * MINUTE);
    await anna.stepUp('/');
    assert.equal((await anna.open(late.page)).status, 404);
    assert.equal((await ask(agreed)).status, 404);
    assert.equal((await home.auth.appPasswords.list((await anna.account()).id)).length, 0);
  });

  it('is put off where there are as many app passwords as there can be by now, until one is revoked', async () => {
    const started = await begin();
    await agree(started.page);
    const { id } = await anna.account();
    const { appPasswords } = home.auth;
    const made = { label: 'Other', services: new Set(['calendars'] as const), access: 'read' } as const;
    while ((await appPasswords.room(id)) > 0) await appPasswords.create(id, made, { kind: 'shell' });
    const answer = await ask(started);
    assert.equal(answer.status, 404);
    assert.deepEqual(await answer.json(), []);
    assert.deepEqual(home.errors, []);
    const [newest] = await appPasswords.list(id);
    await appPasswords.revoke(id, newest?.id ?? assert.fail(), { kind: 'shell' });
    assert.equal((await ask(started)).status, 200);
  });

  it('gets nothing for an account that is disabled meanwhile', async () => {
    const started = await begin();
    await agree(started.page);
    await home.auth.accounts.create({ name: 'boss', isAdmin: true }, { kind: 'shell' });
    await home.auth.accounts.disable((await anna.account()).id, { kind: 'shell' });
    assert.equal((await ask(started)).status, 404);
  });

  it('gets nothing when all app passwords were revoked meanwhile', async () => {
    const started = await begin();
    await agree(started.page);
    await home.auth.appPasswords.revokeAll((await anna.account()).id, { kind: 'shell' });
    assert.equal((await ask(started)).status, 404);
  });

  it('gets nothing when the login password was set, or the account was disabled and enabled, meanwhile', async () => {
    const { id } = await anna.account();
    const { accounts } = home.auth;
    const by = { kind: 'shell' } as const;
    await accounts.create({ name: 'boss', isAdmin: true }, by);
    const [first, second] = [await begin(), await begin()];
    await agree(first.page);
    await accounts.disable(id, by);
    await accounts.enable(id, by);
    assert.equal((await ask(first)).status, 404);
    anna.cookies.clear();
    await anna.signIn('/');
    await agree(second.page);
    await accounts.setPassword(id, 'a very different one', by);
    assert.equal((await ask(second)).status, 404);
    assert.equal((await home.auth.appPasswords.list(id)).length, 0);
  });

  it('gets nothing when other sessions were ended meanwhile: one of them may have agreed', async () => {
    const started = await begin();
    await agree(started.page);
    await home.auth.sessions.endOthers((await anna.account()).id, { kind: 'shell' });
    assert.equal((await ask(started)).status, 404);
  });

  it('leaves nothing in the database before, and no secret after it was agreed to', async () => {
    const started = await begin();
    const stored = () => home.database.read((reader) => reader.all(links, {}));
    assert.deepEqual(await stored(), []);
    await agree(started.page);
    const handed = (await (await ask(started)).json()) as Handed;
    const [link, ...others] = await stored();
    assert.deepEqual(others, []);
    assert.ok(!JSON.stringify(link).includes(handed.appPassword));
  });

  it('with a token that is not one is told as of one that nobody has agreed to', async () => {
    const started = await begin();
    for (const token of ['', 'x', started.page.split('/').at(-1) ?? '', 'ü'.repeat(500)])
      assert.equal((await ask({ ...started, token: encodeURIComponent(token) })).status, 404);
    for (const end of ['x', `${started.page.split('/').at(-1)}A`])
      assert.equal((await anna.open(`/index.php/login/v2/flow/${end}`)).status, 404);
  });
});
