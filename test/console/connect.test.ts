/** How devices are connected with little or nothing to type: links and codes for apps, guides with one's own addresses. */
import assert from 'node:assert/strict';
import { appLinks } from '../../server/console/app-links.js';
import { deviceKinds } from '../../server/console/devices.js';
import { Visitor, livedIn, shownPasswords, unescape, words } from './house.js';
import type { Answer, House, Person } from './house.js';

const secret = 'abcde-fghjk-mnpqr-stuvw-xyz23';
const both = new Set(['calendars', 'contacts'] as const);

describe('Links that open an app with everything filled in', () => {
  const place = { origin: 'https://dav.example.org:8443', userName: 'jörg' };

  it('are davx5:// for Android, with address, user name and app password', () => {
    const [link, ...others] = appLinks('android', both, place, secret);
    assert.deepEqual(others, []);
    assert.equal(link?.href, `davx5://j%C3%B6rg:${secret}@dav.example.org:8443/`);
    // What DAVx5 makes of it: https, and the two parts of the user information.
    const read = new URL(link.href.replace(/^davx5/, 'https'));
    assert.equal(read.origin, place.origin);
    assert.equal(decodeURIComponent(read.username), place.userName);
    assert.equal(read.password, secret);
    assert.ok(link.qr.path.length > 1000);
  });

  it('are caldavs:// and carddavs:// for other apps, by what the password is for', () => {
    const schemes = (services: ReadonlySet<'calendars' | 'contacts'>): string[] =>
      appLinks('other', services, place, secret).map(({ href }) => href.split(':')[0] ?? '');
    assert.deepEqual(schemes(both), ['caldavs', 'carddavs']);
    assert.deepEqual(schemes(new Set(['contacts'])), ['carddavs']);
  });

  it('are not for devices that do not take them, and not without https, which they stand for', () => {
    assert.deepEqual(appLinks('iphone', both, place, secret), []);
    assert.deepEqual(appLinks('android', both, { ...place, origin: 'http://localhost:8800' }, secret), []);
  });
});

describe('Connecting a device', () => {
  let home: House;
  let anna: Person;
  const make = async (device: string): Promise<Answer> =>
    anna.send(await anna.open(`/app-passwords/new?device=${device}`), '/app-passwords/new', { label: 'x' });

  afterEach(() => home.dispose());

  it('shows link and code once, beside the password itself', async () => {
    ({ home, anna } = await livedIn({}, undefined, { baseUrl: new URL('https://dav.example.org') }));
    const shown = await make('android');
    const [made = ''] = shownPasswords(shown);
    const href = unescape(/href="(davx5:[^"]*)"/.exec(shown.body)?.[1] ?? '');
    assert.equal(href, `davx5://anna:${made}@dav.example.org/`);
    assert.match(shown.body, /<svg viewBox/);
    assert.equal(shown.headers.get('Cache-Control'), 'no-store');
    assert.doesNotMatch((await make('thunderbird')).body, /:\/\/anna:/);
  });

  it('has a guide for every kind of device, with the account’s own addresses', async () => {
    ({ home, anna } = await livedIn());
    assert.match(words(await anna.open('/help')), /Set-up guides for your devices/);
    const list = await anna.open('/help/devices');
    for (const kind of deviceKinds) {
      assert.ok(list.body.includes(`href="/help/devices/${kind}"`), kind);
      const page = await anna.open(`/help/devices/${kind}`);
      assert.equal(page.status, 200, kind);
      assert.ok(page.body.includes(new URL(home.origin).host), kind);
      assert.match(words(page), /\banna\b/, kind);
      assert.ok(page.body.includes('data-copy='), kind);
    }
    assert.equal((await anna.open('/help/devices/toaster')).status, 404);
    assert.equal(
      (await new Visitor(home.origin).open('/help/devices/android')).path.split('?')[0],
      '/sign-in',
    );
  });

  it('gives vdirsyncer a whole configuration, for what the password is for', async () => {
    ({ home, anna } = await livedIn());
    const form = await anna.open('/app-passwords/new?device=vdirsyncer');
    const shown = await anna.send(form, '/app-passwords/new', { label: 'Laptop', services: 'contacts' });
    const file = unescape(/<pre[^>]*>([^<]*)<\/pre>/.exec(shown.body)?.[1] ?? '');
    assert.match(file, /^\[general\]\nstatus_path = .*\n\n\[pair contacts\]\n/);
    assert.ok(file.includes(`type = "carddav"\nurl = "${home.origin}/"\nusername = "anna"\n`));
    assert.doesNotMatch(file, /caldav"/);
    const [made = ''] = shownPasswords(shown);
    assert.ok(!file.includes(made));
  });
});
