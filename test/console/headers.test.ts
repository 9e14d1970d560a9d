import assert from 'node:assert/strict';
import request from 'supertest';
import { pages } from '../../server/console/pages/index.js';
import { Visitor, formOn, goodPassword, livedIn, words } from './house.js';
import type { House, Person } from './house.js';

describe('Every answer of the console', () => {
  let home: House;
  let anna: Person;
  before(async () => {
    ({ home, anna } = await livedIn());
  });
  after(() => home.dispose());

  it('forbids the browser what no page needs (OWASP ASVS 3.4)', async () => {
    for (const path of ['/', '/sign-in', '/help', '/no-such-page', '/app-passwords']) {
      const { headers } = await anna.request('GET', path);
      const policy = headers.get('Content-Security-Policy') ?? '';
      assert.match(policy, /default-src 'none'/, path);
      assert.match(policy, /script-src 'self'(;|$)/, path);
      assert.match(policy, /style-src 'self'(;|$)/, path);
      for (const name of ['frame-ancestors', 'base-uri', 'object-src']) {
        assert.match(policy, new RegExp(`${name} 'none'`), path);
      }
      assert.equal(headers.get('Referrer-Policy'), 'no-referrer', path);
      assert.equal(headers.get('X-Content-Type-Options'), 'nosniff', path);
      assert.equal(headers.get('Cache-Control'), 'no-store', path);
      assert.equal(headers.get('X-Powered-By'), null, path);
      assert.equal(headers.get('Strict-Transport-Security'), null, path);
    }
  });

  it('has no script and no style of its own, nothing from elsewhere', async () => {
    for (const path of [
      '/',
      '/app-passwords/new?device=iphone',
      '/security',
      '/help',
      '/admin',
      '/activity',
    ]) {
      const { body } = await anna.open(path);
      assert.doesNotMatch(body, /<style|style="| on[a-z]+="|javascript:/, path);
      assert.doesNotMatch(body, /<script(?! src="\/assets\/)/, path);
      const targets = [...body.matchAll(/(?:src|href|action)="([^"]*)"/g)].map(([, target = '']) => target);
      assert.deepEqual(
        targets.filter((target) => !/^[/#](?!\/)/.test(target)),
        [],
        path,
      );
    }
  });

  it('asks for https for a year where it came by https', async () => {
    home.comesFrom({ https: true, loopback: false });
    const { headers } = await anna.request('GET', '/sign-in');
    home.comesFrom({ https: false, loopback: true });
    assert.equal(headers.get('Strict-Transport-Security'), 'max-age=31536000');
    assert.match(headers.get('Set-Cookie') ?? '', /^__Host-.*; Secure/);
  });

  it('says its language and direction, and has one main heading', async () => {
    const { body } = await anna.open('/');
    assert.match(body, /^<!doctype html>\s*<html lang="en" dir="ltr">/);
    assert.equal(body.match(/<h1[ >]/g)?.length, 1);
  });

  it('is a page in words where nothing is found', async () => {
    const page = await anna.open('/no-such-page');
    assert.equal(page.status, 404);
    assert.match(words(page), /There is no such page/);
  });

  it('is a page in words where a body is too large, and reports nothing', async () => {
    const page = await anna.open('/profile');
    const large = await anna.post(page, '/profile', { displayName: 'a'.repeat(20_000) });
    assert.equal(large.status, 413);
    assert.match(words(large), /Nothing was changed/);
    assert.deepEqual(home.errors, []);
  });

  it('is a page in words where the server fails, with nothing of the fault in it', async () => {
    const passwords = { ...home.auth.appPasswords };
    Object.assign(home.auth.appPasswords, { list: () => Promise.reject(new Error('secret detail')) });
    const page = await anna.open('/');
    Object.assign(home.auth.appPasswords, passwords);
    assert.equal(page.status, 500);
    assert.doesNotMatch(page.body, /secret detail/);
    assert.match(words(page), /not your fault/);
    assert.equal(home.errors.splice(0).length, 1);
  });
});

describe('Forms', () => {
  let home: House;
  let anna: Person;
  before(async () => {
    ({ home, anna } = await livedIn());
  });
  after(() => home.dispose());

  it('are what every POST is but the two of the login flow, for which no cookie counts', () => {
    const others = pages.filter((page) => page.byDevice === true);
    assert.deepEqual(
      others.map(({ method, path, access }) => [method, path, access]),
      [
        ['post', '/index.php/login/v2', 'anyone'],
        ['post', '/index.php/login/v2/poll', 'anyone'],
      ],
    );
  });

  it('of ours are taken from browsers, which say of them that their origin is null (Chromium)', async () => {
    const fields = formOn(await anna.open('/profile'), '/profile');
    const cookie = [...anna.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const send = (site: string) =>
      request(home.server)
        .post('/profile')
        .set({ Cookie: cookie, Origin: 'null', 'Sec-Fetch-Site': site })
        .type('form')
        .send(fields);
    await send('same-origin').expect(303);
    await send('cross-site').expect(403);
  });

  it('of somebody else are refused', async () => {
    const token = formOn(await new Visitor(home.origin).open('/sign-in'), '/sign-in')['csrf'] ?? '';
    const forced = await anna.request('POST', '/profile', { csrf: token, displayName: 'Mallory' });
    assert.equal(forced.status, 403);
    assert.equal((await anna.account()).displayName, undefined);
  });

  it('lead on with 303, so that a reload repeats nothing', async () => {
    const page = await anna.open('/profile');
    const answer = await anna.post(page, '/profile', { displayName: 'Anna Lee' });
    assert.equal(answer.status, 303);
    assert.match(words(await anna.follow(answer)), /Your profile is saved/);
  });

  it('show what people type as text', async () => {
    const name = '<script>alert(1)</script> "quoted" & \'so\'';
    const page = await anna.send(await anna.open('/profile'), '/profile', { displayName: name });
    assert.doesNotMatch(page.body, /<script>/);
    assert.equal(formOn(page, '/profile')['displayName'], name);
  });

  it('never put a secret into an address or a title', async () => {
    const visitor = new Visitor(home.origin);
    const page = await visitor.open('/sign-in');
    const answers = [
      await visitor.post(page, '/sign-in', { name: 'anna', password: goodPassword }),
      await visitor.post(page, '/sign-in', { name: '', password: goodPassword }),
    ];
    for (const { location, body } of answers) {
      assert.ok(!`${location ?? ''}${body}`.includes(goodPassword));
      assert.ok(!`${location ?? ''}${body}`.includes(encodeURIComponent(goodPassword)));
    }
    const form = await anna.open('/app-passwords/new?device=other');
    const shown = await anna.post(form, '/app-passwords/new', {});
    const secret =
      /<code id="secret-0">([\s\S]*?)<\/code>/.exec(shown.body)?.[1]?.replace(/<[^>]*>/g, '') ?? '';
    const title = /<title>([^<]*)/.exec(shown.body)?.[1] ?? '';
    assert.match(secret, /^([a-z0-9]{5}-){4}/);
    assert.equal(shown.location, null);
    for (const group of secret.split('-')) assert.ok(!title.includes(group));
    const links = [...shown.body.matchAll(/(?:href|action|src|data-[a-z]+)="([^"]*)"/g)].join(' ');
    assert.ok(!links.includes(secret));
  });
});

describe('The first paint', () => {
  let home: House;
  let anna: Person;
  before(async () => {
    ({ home, anna } = await livedIn());
  });
  after(() => home.dispose());

  it('needs less than 60 KB in all, compressed as it is sent', async () => {
    for (const path of ['/sign-in', '/', '/app-passwords/new?device=iphone', '/help']) {
      // Whoever is signed in does not see the sign-in.
      const { body } = await (path === '/sign-in' ? new Visitor(home.origin) : anna).open(path);
      const urls = [...body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, url = '']) => url);
      assert.ok(urls.length >= 3);
      let bytes = Buffer.byteLength(body);
      for (const url of urls) bytes += await transferred(home, url);
      assert.ok(bytes < 60_000, `${path} needs ${bytes} bytes`);
    }
  });

  it('keeps style and scripts for ever, under a name that changes with them', async () => {
    const { body } = await anna.open('/help');
    const url = /href="(\/assets\/console\.[\w-]{12}\.css)"/.exec(body)?.[1] ?? '';
    const answer = await request(home.server).get(url).set('Accept-Encoding', 'br');
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(answer.headers['content-encoding'], 'br');
    assert.equal(answer.headers['vary'], 'Accept-Encoding');
    assert.match(answer.text, /Pico CSS[\s\S]*--accent/);
    await request(home.server).get('/assets/console.css').expect(404);
    await request(home.server).get('/assets/..%2f..%2fpackage.json').expect(404);
    await request(home.server).get('/assets/__proto__').expect(404);
  });
});

/** What goes over the wire for an asset; `fetch` would undo the compression. */
async function transferred(home: House, url: string): Promise<number> {
  const answer = await request(home.server).get(url).set('Accept-Encoding', 'gzip').expect(200);
  const plain = Number(answer.headers['content-length'] ?? 0);
  assert.ok(plain > 0, `${url} says no length`);
  return plain;
}
