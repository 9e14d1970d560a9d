/** What people do in the console beyond the first story, each by clicking in a real browser. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { livedIn } from '../console/house.js';
import type { House, Person } from '../console/house.js';
import { closeBrowser } from './browser.js';
import { openWindow } from './visit.js';

describe('In a browser', function () {
  this.timeout(120_000);
  let home: House;
  let anna: Person;
  let context: BrowserContext;
  let page: Page;
  before(async () => {
    const dns = {
      resolveSrv: async () => [{ name: 'localhost', port: 443, priority: 0, weight: 1 }],
      resolveTxt: async () => [],
    };
    ({ home, anna } = await livedIn({ registration: undefined }, undefined, { dns }));
    context = await openWindow(home, {}, anna);
    page = await context.newPage();
  });
  after(async () => {
    await context.close();
    await closeBrowser();
    await home.dispose();
  });

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const follow = (name: string): Promise<void> => page.getByRole('link', { name, exact: true }).click();
  const says = (text: string): Promise<void> => page.getByText(text).first().waitFor();
  const fill = (label: string, value: string): Promise<void> =>
    page.getByLabel(label, { exact: true }).fill(value);
  const sync = (secret: string, path: string) =>
    home.auth.basic.authenticate({
      authorization: `Basic ${Buffer.from(`anna:${secret}`).toString('base64')}`,
      ...{ path, address: '192.0.2.20', https: true, loopback: false, userAgent: 'DAVx5/4.5-ose' },
    });

  it('administrators choose who may make an account, invite, and give a quota', async () => {
    await page.goto('/admin');
    await follow('New accounts');
    await page.getByLabel('By invite').check();
    await press('Save');
    await says('Your choice is saved.');
    await follow('Invites');
    await fill('Mail address', 'bob@example.org');
    await press('Make an invite link');
    const link = (await page.locator('#link').textContent()) ?? '';
    assert.ok(link.startsWith(`${home.origin}/invite/`));
    await page.goto('/admin/invites');
    await says('bob@example.org');
    await press('Withdraw the invite for bob@example.org');
    await says('The invite no longer works.');
    const bob = await home.auth.accounts.create({ name: 'bob' }, { kind: 'shell' });
    await page.goto('/admin');
    await fill('Find an account', 'bo');
    await press('Find');
    await follow('Open bob');
    await page.getByRole('textbox', { name: 'Most that may be stored' }).fill('50');
    await press('Save the quota');
    await says('The quota is saved.');
    const [overview] = await home.auth.administration.accounts({ text: 'bob' });
    assert.equal(overview?.account.id, bob.id);
    assert.equal(overview.quotaBytes, 50 * 1024 ** 2);
  });

  it('administrators keep groups, and delete an account whose name they type', async () => {
    await page.goto('/admin/groups');
    await fill('Name', 'family');
    await fill('Shown as', 'The family');
    await press('Make the group');
    await fill('User name or mail address', 'bob');
    await press('Add');
    await says('The group is saved.');
    await press('Take bob out of the group');
    await says('Nobody yet');
    await follow('Remove the group');
    await press('Remove the group');
    await says('The group is gone.');
    await page.goto('/admin');
    await follow('Open bob');
    await follow('Delete the account');
    await fill('Type the user name, bob', 'bob');
    await press('Delete it for good');
    await says('The account is deleted.');
  });

  it('administrators see which DNS records are published', async () => {
    await page.goto('/admin/server');
    await page.getByRole('link', { name: /DNS records/ }).click();
    await fill('Mail domain', 'example.org');
    await page.getByRole('button', { name: /Check/ }).click();
    await page.locator('.state').first().waitFor();
    const names = await page.locator('code').allTextContents();
    assert.ok(
      names.some((name) => name.startsWith('_caldav._tcp.example.org')),
      names.join(),
    );
  });

  it('an app password is limited to one calendar, changed, and says why its device does not sync', async () => {
    await page.goto('/app-passwords/new?device=thunderbird');
    await fill('Name', 'Work laptop');
    await page.getByText('More choices').click();
    await page.getByLabel('Only some').check();
    await page.getByRole('group', { name: 'Calendars', exact: true }).getByRole('checkbox').first().check();
    await page
      .getByRole('group', { name: 'Address books', exact: true })
      .getByRole('checkbox')
      .first()
      .check();
    await press('Make the password');
    const secret = ((await page.locator('#secret-0').textContent()) ?? '').replace(/\s/g, '');
    assert.equal((await sync(secret, '/dav/calendars/anna/')).kind, 'accepted');
    await page.goto('/');
    await page
      .getByRole('link', { name: /Details/ })
      .first()
      .click();
    await follow('Change');
    await page.getByRole('radio', { name: 'Contacts', exact: true }).check();
    await press('Save');
    const outcome = await sync(secret, '/dav/calendars/anna/');
    assert.ok(outcome.kind === 'accepted' && !outcome.actor.services.has('calendars'));
    await page.getByRole('heading', { name: 'How is it doing?' }).waitFor();
    await page.getByRole('heading', { name: 'Latest requests' }).waitFor();
  });

  it('a profile for an iPhone is downloaded, and fetched by another device by its link', async () => {
    await page.goto('/app-passwords/new?device=iphone');
    await fill('Name', 'iPhone');
    await press('Make the password');
    const [download] = await Promise.all([page.waitForEvent('download'), press('Download the profile')]);
    assert.match(download.suggestedFilename(), /\.mobileconfig$/);
    assert.match(await readFile(await download.path(), 'utf8'), /com\.apple\.caldav\.account/);
    await page.goto('/app-passwords/new?device=iphone');
    await fill('Name', 'iPad');
    await press('Show a QR code instead');
    const link = (await page.locator('#link').textContent()) ?? '';
    const ipad = await (await openWindow(home)).newPage();
    await ipad.goto(link);
    const [fetched] = await Promise.all([
      ipad.waitForEvent('download'),
      ipad.getByRole('button', { name: 'Download the profile' }).click(),
    ]);
    assert.match(await readFile(await fetched.path(), 'utf8'), /CardDAVPassword/);
    await ipad.context().close();
  });

  it('DAVx5 is granted an app password on the page that it opens', async () => {
    const device = { address: '192.0.2.20', https: true, loopback: false, userAgent: 'DAVx5/4.5-ose' };
    const { token, pollToken } = home.auth.deviceLogins.begin(device);
    await page.goto(`/index.php/login/v2/flow/${token}`);
    await page.getByRole('heading', { name: /^Connect DAVx5/ }).waitFor();
    assert.equal(await home.auth.deviceLogins.collect(pollToken, device), undefined);
    await press('Connect');
    await page.getByRole('heading', { name: 'Go back to the app' }).waitFor();
    const answer = await home.auth.deviceLogins.collect(pollToken, device);
    assert.equal((await sync(answer?.secret ?? '', '/dav/addressbooks/anna/')).kind, 'accepted');
  });

  it('activity is filtered, and guides have the account’s own address to copy', async () => {
    await page.goto('/activity');
    await page.getByLabel('Show', { exact: false }).first().waitFor();
    await page.locator('select#kind').selectOption('app-password');
    await page.locator('main form button').first().click();
    await says('App password made');
    await page.goto('/help/devices/kde');
    const addresses = await page.locator('dd code').allTextContents();
    assert.ok(addresses.includes(`${home.origin}/dav/`) && addresses.includes('anna'));
  });
});
