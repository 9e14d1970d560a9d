/** Every page, as axe and a ruler see it: light and dark, on a phone and on a desk. */
import assert from 'node:assert/strict';
import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContext, Page } from 'playwright-core';
import type { Letter, SendOutcome } from '../../auth/index.js';
import { Authenticator } from '../auth/authenticator.js';
import { Person, goodPassword, house, livedIn, setUpPath } from '../console/house.js';
import type { House } from '../console/house.js';
import { addPasskey } from '../console/passkey.js';
import { closeBrowser } from './browser.js';
import { virtualAuthenticator } from './virtual-authenticator.js';
import { desktop, furnish, openWindow, phone, trouble } from './visit.js';

const anonymous = ['/sign-in', '/forgotten', '/forgotten/sent', '/help', '/no-such-page'];

const signedIn = [
  '/',
  '/profile',
  '/profile/email',
  '/profile/export',
  '/profile/time-zone',
  '/profile/delete',
  '/security',
  '/security/password',
  '/security/two-step',
  '/security/two-step/passkey',
  '/security/recovery-codes',
  '/app-passwords',
  '/app-passwords/new',
  '/app-passwords/new?device=iphone',
  '/app-passwords/new?device=android',
  '/app-passwords/new?device=other',
  '/help/devices',
  '/help/devices/android',
  '/help/devices/iphone',
  '/help/devices/vdirsyncer',
  '/app-passwords/revoke-all',
  '/app-passwords/trouble',
  '/activity',
  '/help',
  '/admin',
  '/admin/groups',
  '/admin/groups/family',
  '/admin/invites',
  '/admin/registration',
  '/admin/server',
  '/admin/dns',
  '/admin/dns?domain=localhost',
  '/step-up',
  '/no-such-page',
];

/** What a narrow window may change of the page that a wide one has shown to be right. */
const rulesOfLayout = [
  'color-contrast',
  'link-in-text-block',
  'meta-viewport',
  'scrollable-region-focusable',
  'target-size',
];

/**
 * What is wrong with the page that stands open, a line each: everything on a desk in the light, colours in the dark, and on a
 * phone what its layout may change. The page is loaded once, since axe takes longer to be loaded than to look.
 */
async function faults(page: Page): Promise<string[]> {
  // The pages hold no frames, for which axe would open a window of its own on every page.
  // What is right is not described: that takes longer than looking.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
  await page.setViewportSize(desktop);
  const found = [...broken((await axe.analyze()).violations), ...(await measured(page))];
  await page.emulateMedia({ colorScheme: 'dark' });
  found.push(...(await onceMore(page, ['color-contrast'])));
  await page.setViewportSize(phone);
  found.push(...(await onceMore(page, rulesOfLayout)), ...(await measured(page)));
  await page.emulateMedia({ colorScheme: 'light' });
  found.push(...(await onceMore(page, ['color-contrast'])));
  return found.map((fault) => `${page.url()}: ${fault}`);
}

/** axe is in the page by now. */
async function onceMore(page: Page, rules: readonly string[]): Promise<string[]> {
  const options = JSON.stringify({ runOnly: rules, resultTypes: ['violations'] });
  return broken(await page.evaluate<Violations>(`axe.run(${options}).then(({ violations }) => violations)`));
}

type Violations = AxeResults['violations'];

const broken = (violations: Violations): string[] =>
  violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );

type AxeResults = Awaited<ReturnType<AxeBuilder['analyze']>>;

/**
 * What axe does not measure: whether anything stands out of the window, and targets of 44 px (WCAG 2.5.5). Runs in the
 * page, so it is handed over as text.
 */
const measuring = `(() => {
  const wrong = [];
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  if (wide > 0) wrong.push(wide + ' px wider than the window');
  const targets = 'button, .button, nav a, .me, summary, select, input:not([type=hidden], .sr), a.choice, .back';
  for (const element of document.querySelectorAll(targets)) {
    const target = element.matches('[type=radio], [type=checkbox]') ? element.closest('label') : element;
    const { height, width } = target.getBoundingClientRect();
    if (width > 0 && height < 43.5) wrong.push(height + ' px high: ' + element.outerHTML.slice(0, 120));
  }
  return wrong;
})()`;

const measured = (page: Page): Promise<string[]> => page.evaluate<string[]>(measuring);

/** How far things have moved since the page began to be painted (Cumulative Layout Shift). */
const shifting = `new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (sum += value)))
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(sum), 200);
})`;

describe('Every page is accessible', function () {
  this.timeout(300_000);
  let home: House;
  let anna: Person;
  let paths: readonly string[];
  let invite: string;
  before(async () => {
    const dns = { resolveSrv: async () => [], resolveTxt: async () => [] };
    ({ home, anna } = await livedIn({ mails: true }, undefined, { dns }));
    await anna.send(await anna.open('/profile'), '/profile', { displayName: 'Anna Lee' });
    await furnish(home, 'anna');
    anna.cookies.clear();
    await anna.signIn();
    await addPasskey(anna, new Authenticator(home.origin), 'Blue security key');
    const { id } = await anna.account();
    const [passkey] = await home.auth.passkeys.list(id);
    const [session] = await home.auth.sessions.list(id);
    const [password] = await home.auth.appPasswords.list(id);
    const one = `/app-passwords/${password?.id ?? ''}`;
    const never = (await home.auth.appPasswords.list(id)).find(({ label }) => label === 'Study');
    const shell = { kind: 'shell' } as const;
    const bob = await home.auth.accounts.create({ name: 'bob' }, shell);
    await home.auth.groups.create({ name: 'family', displayName: 'The family' }, shell);
    await home.auth.groups.add('family', bob.id, shell);
    const invited = await home.auth.links.invite({ email: 'clara@example.org', groups: ['family'] }, shell);
    invite = new URL(invited.url).pathname;
    const device = { address: '192.0.2.20', https: true, loopback: false, userAgent: 'DAVx5/4.5-ose' };
    const { token } = home.auth.deviceLogins.begin(device);
    const links = await mailedLinks();
    await trouble(home, 'anna');
    paths = [
      ...signedIn,
      `/security/two-step/passkey/${passkey?.id ?? ''}/rename`,
      `/security/two-step/passkey/${passkey?.id ?? ''}/remove`,
      `/security/sessions/${session?.id ?? ''}/name`,
      one,
      `${one}/wait`,
      `${one}/revoke`,
      `${one}/edit`,
      `/app-passwords/${never?.id ?? ''}`,
      `/app-passwords/${never?.id ?? ''}/wait`,
      `/admin/accounts/${id}`,
      `/admin/accounts/${bob.id}/disable`,
      `/admin/accounts/${bob.id}/delete`,
      `/index.php/login/v2/flow/${token}`,
      ...links,
    ];
  });
  /** Of an address that waits to be confirmed while another stands, and of a forgotten password. */
  async function mailedLinks(): Promise<string[]> {
    const { id } = await anna.account();
    await home.auth.accounts.setMail(id, 'anna@example.org', { kind: 'shell' });
    await anna.send(await anna.open('/profile/email'), '/profile/email', { email: 'anna.lee@example.org' });
    await home.auth.links.mailReset(id, { kind: 'shell' });
    const found: string[] = [];
    const send = async ({ about }: Letter): Promise<SendOutcome> => {
      if ('url' in about) found.push(new URL(about.url).pathname);
      return 'sent';
    };
    await home.auth.outbox.deliver({ send, onGivenUp: () => undefined }, new AbortController().signal);
    assert.equal(found.length, 2);
    return found;
  }

  after(async () => {
    await home.dispose();
    await closeBrowser();
  });

  /** Without movement, so that colours are compared when they have arrived. */
  const options = { viewport: phone, reducedMotion: 'reduce' } as const;

  it('by its address', async () => {
    const found: string[] = [];
    const visit = async (context: BrowserContext, list: readonly string[]): Promise<void> => {
      const page = await context.newPage();
      for (const path of list) {
        await page.goto(path);
        assert.equal(page.url(), `${home.origin}${path}`);
        found.push(...(await faults(page)));
      }
      await context.close();
    };
    await visit(await openWindow(home, options), [...anonymous, invite]);
    await visit(await openWindow(home, options, anna), paths);
    assert.deepEqual(found, []);
  });

  it('in the second step, and with what a passkey is answered', async () => {
    const found: string[] = [];
    const context = await openWindow(home, options);
    const page = await context.newPage();
    await page.goto('/sign-in');
    await page.getByLabel('User name').fill('anna');
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
    found.push(...(await faults(page)));
    await page
      .locator('[data-problem]')
      .evaluateAll('(lines) => lines.forEach((line) => (line.hidden = false))');
    found.push(...(await faults(page)));
    await context.close();
    assert.deepEqual(found, []);
  });

  it('with what forms answer', async () => {
    const found: string[] = [];
    const context = await openWindow(home, options, anna);
    const page = await context.newPage();
    await page.goto('/app-passwords/new?device=iphone');
    await page.getByRole('button', { name: 'Show a QR code' }).click();
    await page.getByRole('heading', { name: 'Point the camera' }).waitFor();
    found.push(...(await faults(page)));
    const link = (await page.locator('#link').textContent()) ?? '';
    assert.ok(link.startsWith(`${home.origin}/profile/`));
    await page.goto(link);
    found.push(...(await faults(page)));
    await page.goto('/app-passwords/new?device=iphone');
    await page.getByText('More choices').click();
    await page.getByLabel('Only some').check();
    found.push(...(await faults(page)));
    await page.getByLabel('All of them').check();
    await page.getByLabel('Name').fill('');
    await page.getByRole('button', { name: 'Make the password' }).click();
    await page.getByRole('alert').waitFor();
    found.push(...(await faults(page)));
    await page.getByLabel('Name').fill('iPhone');
    await page.getByLabel('One password for each').check();
    await page.getByRole('button', { name: 'Make the password' }).click();
    await page.locator('#secret-1').waitFor();
    found.push(...(await faults(page)));
    await page.reload();
    await page.getByRole('heading', { name: 'This password was shown already' }).waitFor();
    found.push(...(await faults(page)));
    await page.goto('/admin/invites');
    await page.getByRole('button', { name: 'Make an invite link' }).click();
    await page.locator('#link').waitFor();
    found.push(...(await faults(page)));
    await context.close();
    assert.deepEqual(found, []);
  });

  it('in the three steps of set-up', async () => {
    const empty = await house();
    try {
      const found: string[] = [];
      const person = new Person(empty, 'eva');
      const path = await setUpPath(empty);
      const context = await openWindow(empty, options);
      const page = await context.newPage();
      // A device that can keep passkeys, so that one is recommended.
      await virtualAuthenticator(page);
      const check = async (): Promise<void> => void found.push(...(await faults(page)));
      await page.goto(path);
      await check();
      await page.getByLabel('User name').fill(person.name);
      await page.getByRole('textbox', { name: 'Password', exact: true }).fill('plum tree in the yard');
      await page.getByLabel('Same password again').fill('plum tree in the yard');
      await page.getByRole('button', { name: 'Make the account' }).click();
      await page.getByText('Recommended').first().waitFor();
      await check();
      await page.getByRole('radio', { name: /^Authenticator app/ }).check();
      await check();
      await page.getByRole('button', { name: 'Continue' }).click();
      await check();
      person.secret = (await page.locator('#key').innerText()).replace(/\s/g, '');
      await page.getByLabel('Six-digit code').fill(person.code());
      await page.getByRole('button', { name: 'Switch on' }).click();
      await page.locator('#codes').waitFor();
      await check();
      await page.getByLabel('I have saved them').check();
      await page.getByRole('button', { name: 'Continue' }).click();
      await check();
      for (const path of ['/', '/profile/email', '/forgotten']) {
        await page.goto(path);
        await check();
      }
      await context.close();
      assert.deepEqual(found, []);
    } finally {
      await empty.dispose();
    }
  });

  it('for who has a passkey and nothing else', async () => {
    const { home: other, anna: owner } = await livedIn();
    try {
      const { id } = await owner.account();
      await addPasskey(owner, new Authenticator(other.origin), 'Blue security key');
      const [app] = await other.auth.totp.list(id);
      const removal = `/security/two-step/app/${app?.id ?? ''}/remove`;
      await owner.send(await owner.open(removal), removal);
      const [passkey] = await other.auth.passkeys.list(id);
      const found: string[] = [];
      const context = await openWindow(other, options, owner);
      const page = await context.newPage();
      for (const path of [
        '/security/two-step',
        `/security/two-step/passkey/${passkey?.id ?? ''}/remove`,
        '/step-up',
      ]) {
        await page.goto(path);
        assert.equal(page.url(), `${other.origin}${path}`);
        found.push(...(await faults(page)));
      }
      await page.getByText('Use a recovery code').click();
      found.push(...(await faults(page)));
      await context.close();
      assert.deepEqual(found, []);
    } finally {
      await other.dispose();
    }
  });

  it('and nothing moves while it is painted', async () => {
    const context = await openWindow(home, { viewport: phone }, anna);
    const page = await context.newPage();
    for (const path of [
      '/',
      '/app-passwords',
      '/app-passwords/new?device=iphone',
      '/security/two-step',
      '/security/two-step/passkey',
      '/step-up',
    ]) {
      await page.goto(path, { waitUntil: 'networkidle' });
      const shift = await page.evaluate<number>(shifting);
      assert.equal(shift, 0, path);
    }
    await context.close();
  });
});
