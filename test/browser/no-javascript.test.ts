/** Set-up, sign-in and the life of an app password with JavaScript switched off. */
import assert from 'node:assert/strict';
import type { BrowserContext, Page } from 'playwright-core';
import { Person, goodPassword, house, setUpPath } from '../console/house.js';
import type { House } from '../console/house.js';
import { closeBrowser } from './browser.js';
import { openWindow, phone } from './visit.js';

describe('Without JavaScript', function () {
  this.timeout(120_000);
  let home: House;
  let context: BrowserContext;
  let page: Page;
  before(async () => {
    home = await house();
    context = await openWindow(home, { javaScriptEnabled: false, viewport: phone });
    page = await context.newPage();
  });
  after(async () => {
    await context.close();
    await closeBrowser();
    await home.dispose();
  });

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

  it('one gets from the first link to a device that is connected, and revokes it', async () => {
    const anna = new Person(home, 'anna');
    await page.goto(await setUpPath(home));
    await page.getByLabel('User name').fill('anna');
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByLabel('Same password again').fill('short');
    await press('Make the account');
    await page.getByRole('link', { name: 'Choose a password of 12 characters or more' }).click();
    assert.match(page.url(), /#password$/);
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByLabel('Same password again').fill(goodPassword);
    await press('Make the account');
    await press('Continue');
    anna.secret = (await page.locator('#key').innerText()).replace(/\s/g, '');
    await page.getByLabel('Six-digit code').fill(anna.code());
    await press('Switch on');
    assert.equal(await page.getByRole('button', { name: 'Copy: recovery codes' }).count(), 0);
    await page.getByLabel('I have saved them').check();
    await press('Continue');

    await page.getByRole('link', { name: 'iPhone or iPad' }).click();
    await press('Make the password');
    const secret = (await page.locator('#secret-0').innerText()).replace(/\s/g, '');
    assert.equal(await page.getByText('Waiting for the first sync').isVisible(), false);
    await page.getByRole('link', { name: 'I have typed it in' }).click();
    await page.getByText('Waiting for the first sync').waitFor();
    const outcome = await home.auth.basic.authenticate({
      authorization: `Basic ${Buffer.from(`anna:${secret}`).toString('base64')}`,
      path: '/dav/',
      address: '192.0.2.20',
      https: true,
      loopback: false,
      userAgent: 'iOS/18.1 (22B83) dataaccessd/1.0',
    });
    assert.equal(outcome.kind, 'accepted');
    // The page asks again by itself every few seconds.
    await page.getByRole('heading', { name: 'iPhone is connected' }).waitFor();

    await page.goto('/app-passwords');
    await page.getByRole('link', { name: 'Revoke iPhone' }).click();
    await press('Revoke it');
    await page.getByText('The app password no longer works').waitFor();
    await page.goto('/security/two-step/passkey');
    await page.getByText('This browser cannot make a passkey here').waitFor();
    await press('Sign out');
    assert.equal(await page.getByRole('button', { name: /passkey/ }).count(), 0);

    await page.getByLabel('User name or e-mail address').fill('anna');
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await press('Sign in');
    await page.getByLabel('Six-digit code').fill(anna.code());
    await press('Continue');
    await page
      .getByRole('heading', { name: 'Your devices' })
      .or(page.getByRole('heading', { name: /Welcome/ }))
      .waitFor();
  });
});
